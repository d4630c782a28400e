// What a case of an operation is, a graph with what the float64 twins say of its outputs and gradients, and what all cases begin from.
// It must not know any operation. Test-only.

import { randomValues } from '../randomValues';
import type { GraphRun, Values } from '../runTrace';

/** An expected tensor: `terms` is the longest sum behind an element, `absolute` what a zero may miss by beside the rule. */
export interface Expected {
  readonly values: Float64Array;
  readonly terms: number;
  readonly factor?: number;
  readonly absolute?: number;
}

export interface OperationCase {
  readonly name: string;
  readonly run: GraphRun;
  readonly outputs: Readonly<Record<string, Expected>>;
  readonly gradients: Readonly<Record<string, Expected>>;
  /** Element 0 of named buffers. */
  readonly named?: Readonly<Record<string, Expected>>;
}

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** One, prime, and one that fills several workgroups and divides by 4. */
export const SIZES: readonly Size[] = [
  { rows: 1, columns: 1 },
  { rows: 5, columns: 7 },
  { rows: 66, columns: 64 },
];

/** float32 values as float64, so that both sides begin alike. */
export function matrix(name: string, ...shape: number[]): Values {
  const count = shape.reduce((a, b) => a * b, 1);
  return { shape, values: randomValues(`${name} ${shape.join('x')}`, count) };
}

export function plus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]);
}

export function label({ rows, columns }: Size): string {
  return `${rows}x${columns}`;
}

export const STEP = {
  seed: 11,
  step: 3,
  firstRow: 0,
  position: 0,
  learningRate: 0,
  inverseTokens: 1,
  beta1: 0,
  beta2: 0,
};

/**
 * exp of GPUs is a few units in the last place off, and a derivative multiplies such factors: 4 covers both.
 */
export const EXP = 4;
