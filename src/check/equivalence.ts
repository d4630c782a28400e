// Compares what a mesh computed with what one worker did, tensor by tensor: largest differences and how many units in the last place apart.
// Pure; it fetches nothing and loosens nothing.

import type { ProofRow } from '../core/meshRecords';

/**
 * Of a tensor's largest magnitude. Gradients: float32 sums of the same numbers in another order differ by about eps * sqrt(K) of the largest,
 * K up to some thousand terms. Updates: Adam divides by the root of the second moment, which magnifies what differs in small gradients.
 */
const TOLERANCE = { gradient: 1e-4, update: 2e-2 } as const;
/** Gradients below this share of their tensor's largest are rounding, which Adam turns into whole steps: their updates are not compared. */
const ROUNDING = 1e-4;
/** Differences of 0, 1, 2-3, 4-7, ..., 2^14 and more. */
const ULP_BINS = 16;

/** Distance in units in the last place: the number of float32 values between the two. */
export function ulpDistance(a: number, b: number): number {
  return Math.abs(orderedBits(a) - orderedBits(b));
}

const scratch = new Float32Array(1);
const scratchBits = new Int32Array(scratch.buffer);

/** Bits of a float32 as an integer that grows with the value. */
function orderedBits(value: number): number {
  scratch[0] = value;
  const [bits] = scratchBits;
  return bits < 0 ? -2147483648 - bits : bits;
}

function largest(values: Float32Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

/**
 * @param counts elements that are compared; all where left out
 * @param scale what the tolerance is a share of; the largest magnitude of `one` where left out
 */
export function compareTensor(
  parameter: string,
  quantity: ProofRow['quantity'],
  mesh: Float32Array,
  one: Float32Array,
  counts: (index: number) => boolean = () => true,
): ProofRow {
  const scale = largest(one);
  const tolerance = TOLERANCE[quantity];
  const ulpHistogram = new Array<number>(ULP_BINS).fill(0);
  let worst = mesh.length === one.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < one.length; i++) {
    if (!counts(i)) continue;
    const difference = Math.abs(mesh[i] - one[i]);
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    const distance = ulpDistance(mesh[i], one[i]);
    ulpHistogram[distance === 0 ? 0 : Math.min(ULP_BINS - 1, 1 + Math.floor(Math.log2(distance)))]++;
  }
  const maxRelative = scale > 0 ? worst / scale : worst === 0 ? 0 : Number.POSITIVE_INFINITY;
  return {
    parameter,
    quantity,
    maxAbsolute: worst,
    maxRelative,
    tolerance,
    ok: maxRelative <= tolerance,
    ulpHistogram,
  };
}

/**
 * Which elements' updates say something: those whose gradient is more than rounding.
 * @param gradient of one worker
 */
export function updateCounts(gradient: Float32Array): (index: number) => boolean {
  const floor = ROUNDING * largest(gradient);
  return (index) => Math.abs(gradient[index]) > floor;
}
