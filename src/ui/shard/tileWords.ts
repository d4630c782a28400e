// What a tile says in words: shape, placement along each axis, and which slice each rank holds.

import { type MeshAxis, type MeshShape, meshAxes } from '../../parallel/mesh';
import type { AxisPlacement, MappedTensor, TensorLayer, TensorMap, TensorSlice } from '../../planner/tensorMap';
import type { Texts } from '../i18n/useText';
import type { PictureData } from '../pictures/csv';

/** `[96, 64]`; dims as they are written in code. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** Axes of one rank say nothing. */
export function placementTexts(
  tensor: MappedTensor,
  mesh: MeshShape,
  layer: TensorLayer,
  texts: Texts,
): readonly { readonly axis: MeshAxis; readonly text: string }[] {
  return meshAxes
    .filter((axis) => mesh[axis] > 1)
    .map((axis) => ({ axis, text: placementText(tensor, axis, layer, texts) }));
}

function placementText(
  { placements, partial }: MappedTensor,
  axis: MeshAxis,
  layer: TensorLayer,
  texts: Texts,
): string {
  const words = texts.t.shard.tiles;
  if (axis === 'dp' && layer === 'activations') return words.batch;
  const text = kindText(placements[axis], texts);
  return partial.includes(axis) ? words.partialThen(text) : text;
}

function kindText(placement: AxisPlacement, { t, format }: Texts): string {
  const words = t.shard.tiles;
  switch (placement.kind) {
    case 'replicate':
      return words.replicate;
    case 'partial':
      return 'Partial';
    case 'unitShard':
      return words.unitShard;
    case 'stage':
      return words.stages(placement.stages.map((stage) => format.integer(stage)).join(', '));
    case 'shard': {
      const text = words.shard(format.integer(placement.dim));
      return placement.blocks > 1 ? `${text}, ${words.blocks(format.integer(placement.blocks))}` : text;
    }
  }
}

/** `[0:48, :]` of the whole tensor, blocks joined by +; and where ZeRO divides that piece further, which of its elements. */
export function sliceText({ shape }: MappedTensor, { cuts, flat }: TensorSlice, { t, format }: Texts): string {
  const words = t.shard.tiles;
  const dims = shape.map((_, dim) => {
    const spans = cuts.find((cut) => cut.dim === dim)?.spans;
    return spans === undefined ? ':' : spans.map(({ start, length }) => `${start}:${start + length}`).join(' + ');
  });
  const piece = cuts.length === 0 ? words.whole : `[${dims.join(', ')}]`;
  if (flat.end - flat.start === flat.of) return piece;
  const elements = words.elements(format.integer(flat.start), format.integer(flat.end - 1), format.integer(flat.of));
  return cuts.length === 0 ? elements : `${piece}, ${elements}`;
}

/** Every slice of the picture. */
export function tileRows({ tensors, mesh, layer }: TensorMap, texts: Texts): PictureData {
  const { columns } = texts.t.shard.tiles;
  const axes = meshAxes.filter((axis) => mesh[axis] > 1);
  return {
    columns: [
      columns.tensor,
      columns.shape,
      ...axes.map((axis) => columns[axis]),
      columns.rank,
      columns.slice,
      columns.bytes,
    ],
    rows: tensors.flatMap((tensor) =>
      tensor.slices.map((slice) => [
        tensor.name,
        shapeText(tensor.shape),
        ...axes.map((axis) => placementText(tensor, axis, layer, texts)),
        slice.rank,
        sliceText(tensor, slice, texts),
        slice.bytes,
      ]),
    ),
  };
}

/** Tensors of which some rank holds something else than before; null where the model itself is another. */
export function movedTensors(before: TensorMap, after: TensorMap): number | null {
  if (before.tensors.map(outline).join() !== after.tensors.map(outline).join()) return null;
  const said = ({ slices }: MappedTensor) =>
    slices.map(({ rank, cuts, flat }) => `${rank} ${JSON.stringify(cuts)} ${flat.start} ${flat.end}`).join();
  const old = new Map(before.tensors.map((tensor) => [tensor.name, tensor]));
  return after.tensors.filter((tensor) => {
    const known = old.get(tensor.name);
    return known === undefined || said(known) !== said(tensor);
  }).length;
}

function outline({ name, shape }: MappedTensor): string {
  return `${name} ${shape.join('x')}`;
}
