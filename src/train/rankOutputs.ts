// What an evaluation leaves on a rank, read back: its parts of logits, hidden states, and what attention weights follow from.

import { LabError } from '../core/errors';
import { modelSizes } from '../core/modelConfig';
import type { Tensor } from '../gpu/graph';
import { valuesOf } from '../gpu/program';
import { readBuffer } from '../gpu/readback';
import { type Placement, shard } from '../parallel/placement';
import type { BoundMeshRank } from './boundMeshRank';
import type { MeshRankPlan } from './meshRankPlan';

/** One tensor-parallel rank's part of something that an evaluation computed. */
export interface OutputPiece {
  readonly name: string;
  readonly wholeShape: readonly number[];
  readonly placement: Placement;
  readonly values: Float32Array;
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
  const { width, heads, kvHeads, headDim } = modelSizes(model);
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
    if (outputs.logits) await add(stage, 'logits', [N, model.vocab_size], shard(1), outputs.logits);
  }
  return pieces;
}
