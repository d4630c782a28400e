// Placements in the words of DTensor: along a mesh axis a tensor is replicated, sharded along a dim, or partial (to be summed). Pure.
// Memory maps, tensor splits and merging all derive from these; nothing else knows where a piece of a tensor lies.

import { partOf, type Span } from '../core/partition';
import { sumLengths } from '../core/spans';

export type Placement =
  | { readonly kind: 'replicate' }
  /**
   * Split along `dim`. `blocks` > 1: the dim is that many equal blocks, each split on its own (GPT-2's packed query, key and value columns:
   * 3); `shares`: the blocks stand in these proportions, and so do their units (grouped queries beside fewer keys and values); `unit` > 1: whole units of that many elements are dealt out (the columns of a head), so that a head never lies on two ranks.
   */
  | {
      readonly kind: 'shard';
      readonly dim: number;
      readonly blocks: number;
      readonly unit: number;
      readonly shares?: readonly number[];
    }
  | { readonly kind: 'partial' };

export const REPLICATE: Placement = { kind: 'replicate' };

export function shard(
  dim: number,
  options: { readonly blocks?: number; readonly unit?: number; readonly shares?: readonly number[] } = {},
): Placement {
  const { unit = 1, shares, blocks = shares?.length ?? 1 } = options;
  return { kind: 'shard', dim, blocks, unit, ...(shares ? { shares } : {}) };
}

/** The index ranges along the sharded dim that part `index` of `parts` holds, in order; one a block. */
export function shardSpans(
  placement: Extract<Placement, { kind: 'shard' }>,
  extent: number,
  parts: number,
  index: number,
): Span[] {
  const { blocks, unit, shares = new Array<number>(blocks).fill(1) } = placement;
  const one = extent / shares.reduce((sum, share) => sum + share, 0);
  const own = partOf(one / unit, parts, index);
  let before = 0;
  return shares.map((share) => {
    const start = before + own.start * unit * share;
    before += one * share;
    return { start, length: own.length * unit * share };
  });
}

/** Shape of the piece that part `index` of `parts` holds. */
export function localShape(shape: readonly number[], placement: Placement, parts: number, index: number): number[] {
  if (placement.kind !== 'shard') return [...shape];
  const extent = sumLengths(shardSpans(placement, shape[placement.dim], parts, index));
  return shape.map((dim, i) => (i === placement.dim ? extent : dim));
}

/** Calls `copy(global, local, length)` for each run of consecutive elements that part `index` of `parts` holds. */
export function eachRun(
  shape: readonly number[],
  placement: Placement,
  parts: number,
  index: number,
  copy: (global: number, local: number, length: number) => void,
): void {
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (placement.kind !== 'shard') {
    copy(0, 0, count);
    return;
  }
  const inner = shape.slice(placement.dim + 1).reduce((product, dim) => product * dim, 1);
  const extent = shape[placement.dim];
  const outer = count / (inner * extent);
  const spans = shardSpans(placement, extent, parts, index);
  let local = 0;
  for (let o = 0; o < outer; o++) {
    for (const { start, length } of spans) {
      copy((o * extent + start) * inner, local, length * inner);
      local += length * inner;
    }
  }
}

/** The piece of `whole` that part `index` of `parts` holds. */
export function takeShard(
  whole: Float32Array,
  shape: readonly number[],
  placement: Placement,
  parts: number,
  index: number,
): Float32Array {
  const piece = new Float32Array(localShape(shape, placement, parts, index).reduce((a, b) => a * b, 1));
  eachRun(shape, placement, parts, index, (global, local, length) =>
    piece.set(whole.subarray(global, global + length), local),
  );
  return piece;
}

/** Writes the piece of part `index` of `parts` into `whole`. */
export function putShard(
  whole: Float32Array,
  shape: readonly number[],
  placement: Placement,
  parts: number,
  index: number,
  piece: Float32Array,
): void {
  eachRun(shape, placement, parts, index, (global, local, length) =>
    whole.set(piece.subarray(local, local + length), global),
  );
}
