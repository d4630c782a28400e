// What an evaluation leaves on a rank, read back: its parts of logits, hidden states, and what attention weights follow from.

import { LabError } from '../core/errors';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { Tensor } from '../gpu/graph';
import { valuesOf } from '../gpu/program';
import { readBuffer } from '../gpu/readback';
import { type Placement, REPLICATE, shard } from '../parallel/placement';
import type { BoundMeshRank } from './boundMeshRank';
import type { MeshRankPlan } from './meshRankPlan';

/** One tensor-parallel rank's part of something that an evaluation computed. */
export interface OutputPiece {
  readonly name: string;
  readonly wholeShape: readonly number[];
  readonly placement: Placement;
  readonly values: Float32Array;
}

/** A head's logits [items, classes] by transformers' names, each a row a token or a sequence: what spans have is two. */
export function namedLogits(
  model: ModelConfig,
  values: Float32Array,
): (readonly [name: string, values: Float32Array])[] {
  if (modelSizes(model).task !== 'question-answering') return [['logits', values]];
  const half = values.length / 2;
  return [
    ['start_logits', values.subarray(0, half)],
    ['end_logits', values.subarray(half)],
  ];
}

/** A kept tensor of a stage's evaluation program, as the last micro-batch left it. */
async function readEvaluated(
  device: GPUDevice,
  { memoryPlan, memory }: BoundMeshRank,
  stage: number,
  tensor: Tensor,
): Promise<Float32Array> {
  const pooled = memoryPlan.stages.find(({ plan }) => plan.span.stage === stage);
  if (!pooled) throw new LabError({ code: 'internal', message: `There is no stage ${stage} here` });
  const { plan, slotMaps } = pooled.evaluation;
  const { buffer, offset, size } = valuesOf(memory, plan, slotMaps[0], tensor);
  return readBuffer(device, buffer, offset, size);
}

/** Of the last micro-batch of an evaluation; [rows * tokens, ...] each. */
export async function readOutputs(device: GPUDevice, plan: MeshRankPlan, bound: BoundMeshRank): Promise<OutputPiece[]> {
  const { model, train } = plan.spec;
  const rows = plan.layoutOfMesh.microBatchRows;
  const N = rows * train.sequenceLength;
  const { task, width, heads, kvHeads, headDim, vocabulary } = modelSizes(model);
  // Queries, keys and values: whole groups of query heads are dealt out.
  const group = heads / kvHeads;
  const packed = shard(1, { shares: [group, 1, 1], unit: headDim });
  const pieces: OutputPiece[] = [];
  const add = async (
    stage: number,
    name: string,
    wholeShape: readonly number[],
    placement: Placement,
    tensor: Tensor,
  ): Promise<void> => {
    pieces.push({ name, wholeShape, placement, values: await readEvaluated(device, bound, stage, tensor) });
  };
  for (const { span, outputs } of plan.stages) {
    const { stage, firstLayer } = span;
    for (const [index, tensor] of outputs.hiddenStates.entries())
      await add(stage, `hidden_states.${firstLayer + index}`, [N, width], shard(0), tensor);
    for (const [index, { qkv, lse }] of outputs.attentions.entries()) {
      const layer = firstLayer + index;
      await add(stage, `qkv.${layer}`, [N, (heads + 2 * kvHeads) * headDim], packed, qkv);
      await add(stage, `lse.${layer}`, [rows, heads, train.sequenceLength], shard(1, { unit: group }), lse);
    }
    if (!outputs.logits) continue;
    // A language model's are divided by vocabulary.
    const divided = task === 'causal-lm' || task === 'masked-lm';
    for (const [name, values] of namedLogits(model, await readEvaluated(device, bound, stage, outputs.logits)))
      pieces.push({
        name,
        wholeShape: divided ? [N, vocabulary] : [values.length],
        placement: divided ? shard(1) : REPLICATE,
        values,
      });
  }
  return pieces;
}
