// Memory of ranks by kind, predicted and measured, as lengths of one scale. Pure.

import type { MemoryRow } from '../../core/records';

export const barKinds = ['parameters', 'gradients', 'optimizer', 'activations', 'gathered', 'buffers'] as const;
export type BarKind = (typeof barKinds)[number];
export type KindBytes = Readonly<Record<BarKind, number>>;

export interface RankBars {
  readonly rank: number;
  readonly predicted: KindBytes;
  /** Some kinds of the prediction are not worked out yet. */
  readonly partial: boolean;
  readonly measured: KindBytes | null;
}

const kindOf: Readonly<Record<MemoryRow['kind'], BarKind>> = {
  parameters: 'parameters',
  gradients: 'gradients',
  optimizer: 'optimizer',
  activations: 'activations',
  gathered: 'gathered',
  inputs: 'buffers',
  scratch: 'buffers',
  readback: 'buffers',
};

export function kindBytes(rows: readonly MemoryRow[]): KindBytes {
  const bytes = { parameters: 0, gradients: 0, optimizer: 0, activations: 0, gathered: 0, buffers: 0 };
  for (const { kind, bytes: more } of rows) bytes[kindOf[kind]] += more;
  return bytes;
}

export function totalBytes(bytes: KindBytes): number {
  return barKinds.reduce((sum, kind) => sum + bytes[kind], 0);
}

/** The end of the scale: the fullest bar. */
export function mostBytes(bars: readonly RankBars[]): number {
  return Math.max(
    1,
    ...bars.flatMap(({ predicted, measured }) => [totalBytes(predicted), measured ? totalBytes(measured) : 0]),
  );
}

/** The largest share by which a rank's measured total misses its predicted one; null where there is nothing to compare. */
export function worstMiss(bars: readonly RankBars[]): number | null {
  const misses = bars.flatMap(({ predicted, measured, partial }) => {
    const total = measured === null || partial ? 0 : totalBytes(measured);
    return measured === null || total === 0 ? [] : [Math.abs(totalBytes(predicted) / total - 1)];
  });
  return misses.length === 0 ? null : Math.max(...misses);
}
