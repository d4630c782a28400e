// The loops that sum or take the largest of float32 arrays, element by element. Pure; the order of calls is the order of the sum.

export type ReduceOperation = 'sum' | 'max';

/** target[i] = target[i] op source[i]; both of one length. A NaN on either side stays. */
export function reduceInto(target: Float32Array, source: Float32Array, operation: ReduceOperation): void {
  if (operation === 'sum') addInto(target, source);
  else for (let i = 0; i < target.length; i++) target[i] = Math.max(target[i], source[i]);
}

/** target[i] += source[i], rounded to float32. */
function addInto(target: Float32Array, source: Float32Array): void {
  const length = target.length;
  const whole = length - (length % 4);
  // Four a turn: the loop's bookkeeping costs as much as one addition.
  for (let i = 0; i < whole; i += 4) {
    target[i] += source[i];
    target[i + 1] += source[i + 1];
    target[i + 2] += source[i + 2];
    target[i + 3] += source[i + 3];
  }
  for (let i = whole; i < length; i++) target[i] += source[i];
}
