// Where the activations lie that wait for their backward pass: by layer, for one micro-batch of the whole mesh, with how many micro-batches
// the schedule has under way at once. Gradients that a split backward pass keeps between its halves are not among them. Part of tensorMap. Pure.

import { partOf, type Span } from '../core/partition';
import { type ActivationShape, modelShapes } from '../model/shapes/modelShapes';
import type { RankState } from '../model/shapes/rankState';
import type { MeshLayout, MeshSettings } from '../parallel/meshLayout';
import { localShape, shardSpans } from '../parallel/placement';
import { heldActivations } from '../parallel/schedules/activations';
import type { MappedTensor, TensorSlice } from './tensorMap';

export function mapActivations(
  { model, train }: MeshSettings,
  layout: MeshLayout,
  ranks: readonly RankState[],
): MappedTensor[] {
  const { mesh, schedule, stages, microBatchRows } = layout;
  const batch = { rows: microBatchRows, tokens: train.sequenceLength };
  const held = Array.from({ length: mesh.pp }, (_, pp) => heldActivations(schedule, pp).byStage);

  // All layers of a stage are alike: their slices are one list.
  const known = new Map<string, readonly TensorSlice[]>();
  const map = (activation: ActivationShape, layer: number | null, stage: number): MappedTensor => {
    const { name: row, shape: local, placement, exchangedAt = null } = activation;
    // The replicas' sequences lie one after another in the micro-batch of the whole mesh.
    const shape = [local[0] * mesh.dp, ...local.slice(1)];
    const key = `${layer === null ? 'ends' : 'layers'} ${row} ${stage}`;
    const slices = known.get(key) ?? slicesOf(activation, stage);
    known.set(key, slices);
    return {
      name: layer === null ? row : `h.${layer}.${row}`,
      row,
      layer,
      shape,
      exchangedAt,
      placements: {
        dp: { kind: 'shard', dim: 0, blocks: 1, unit: 1 },
        pp: { kind: 'stage', stages: [stage] },
        tp: placement,
      },
      partial: [],
      copies: placement.kind === 'shard' ? 1 : mesh.tp,
      slices,
    };
  };

  function slicesOf(activation: ActivationShape, stage: number): TensorSlice[] {
    const { shape, placement } = activation;
    const owner = schedule.rankOfStage(stage);
    const count = held[owner].get(stage) ?? 1;
    const slices: TensorSlice[] = [];
    for (const { rank, at } of ranks) {
      if (at.pp !== owner) continue;
      const piece = localShape(shape, placement, mesh.tp, at.tp).reduce((a, b) => a * b, 1);
      if (piece === 0) continue;
      slices.push({
        rank,
        copy: placement.kind === 'shard' ? 0 : at.tp,
        cuts: cutsOf(activation, at.dp, at.tp),
        flat: { start: 0, end: piece, of: piece },
        bytes: 4 * piece * count,
        held: count,
      });
    }
    return slices;
  }

  function cutsOf({ shape, placement }: ActivationShape, dp: number, tp: number): TensorSlice['cuts'] {
    const own: Span = { start: dp * shape[0], length: shape[0] };
    if (placement.kind !== 'shard' || mesh.tp === 1) return mesh.dp === 1 ? [] : [{ dim: 0, spans: [own] }];
    if (placement.dim === 0) {
      const part = partOf(shape[0], mesh.tp, tp);
      return [{ dim: 0, spans: [{ start: own.start + part.start, length: part.length }] }];
    }
    const across = { dim: placement.dim, spans: shardSpans(placement, shape[placement.dim], mesh.tp, tp) };
    return mesh.dp === 1 ? [across] : [{ dim: 0, spans: [own] }, across];
  }

  const shapes = modelShapes(model);
  const stream = shapes.stream(batch);
  const ofLayer = shapes.layerActivations(batch);
  const tensors: MappedTensor[] = [];
  const add = (activations: readonly ActivationShape[], layer: number | null, stage: number): void => {
    for (const activation of activations) tensors.push(map(activation, layer, stage));
  };
  for (const { stage, firstLayer, endLayer, embedding, head } of stages) {
    if (embedding) add(shapes.embeddingActivations(batch), null, stage);
    for (let layer = firstLayer; layer < endLayer; layer++) {
      // What enters a layer is kept where the layer is computed, whoever made it.
      add([stream, ...ofLayer], layer, stage);
    }
    if (head) add(shapes.headActivations(batch), null, stage);
  }
  return tensors;
}
