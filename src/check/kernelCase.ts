// What a kernel check is: one dispatch on given arrays, and what the float64 twin says must come out, with a tolerance by rule.
// It must not know any single kernel: those are in src/check/kernels/, one file a family.

import type { CheckRow } from '../core/records';
import type { KernelArray, KernelRun } from '../gpu/runKernel';

/** 2^-24: half a unit in the last place of float32 at 1. */
const EPSILON = 2 ** -24;

export interface Expectation {
  /** From the float64 twin. */
  readonly values: Float64Array | Uint32Array;
  /** Length of the longest sum behind an element (K of a matmul, columns of a norm); 1 for element-wise kernels. */
  readonly terms: number;
  /** Factor on the rule, with the reason beside it where it is not 1 (exp and tanh of GPUs are a few ulp off; reciprocals in norms). */
  readonly factor?: number;
  /** Added to the rule: what a value of zero may miss by. */
  readonly absolute?: number;
}

export interface KernelCase {
  /** E.g. `TN 17x31x13 bias-gradient`. */
  readonly name: string;
  readonly run: KernelRun;
  /** By name of the writable binding; bindings without an expectation are scratch. */
  readonly expected: Readonly<Record<string, Expectation>>;
}

/** A case, and what a device must have to run it. */
export interface FamilyCase extends KernelCase {
  /** A feature by WebGPU's name. */
  readonly needs?: string;
  /** Bytes of workgroup memory. */
  readonly needsWorkgroupStorage?: number;
}

/** Cases of one family; built lazily since expected values cost time. */
export interface KernelFamily {
  readonly family: string;
  /** `wanted` by a case's name: what it refuses may still come, where its expected values cost little. */
  readonly cases: (wanted?: (name: string) => boolean) => Iterable<FamilyCase>;
}

/**
 * |a-b| <= absolute + 16 * factor * eps * sqrt(terms) * max|ref|: rounding errors of a sum of `terms` products grow like sqrt(terms)
 * (Higham 2002, ch. 2.8), 16 leaves room for the order of sums; the scale is the tensor's since sums of either sign cancel.
 */
export function toleranceOf(expected: Expectation): number {
  if (expected.values instanceof Uint32Array) return 0;
  let scale = 0;
  for (const value of expected.values) scale = Math.max(scale, Math.abs(value));
  return (expected.absolute ?? 0) + 16 * (expected.factor ?? 1) * EPSILON * Math.sqrt(expected.terms) * scale;
}

/** Largest absolute difference; infinite where one side is not finite and the other is, or lengths differ. */
export function largestError(actual: KernelArray, expected: Expectation['values']): number {
  if (actual.length < expected.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference;
  }
  return worst;
}

export function judge(
  check: string,
  outputs: Readonly<Record<string, KernelArray>>,
  expected: KernelCase['expected'],
): CheckRow[] {
  return Object.entries(expected).map(([binding, expectation]) => {
    const output = outputs[binding];
    const maxError = output ? largestError(output, expectation.values) : Infinity;
    const tolerance = toleranceOf(expectation);
    return { check: `${check} ${binding}`, maxError, tolerance, ok: maxError <= tolerance };
  });
}
