// Sums or takes the largest of float32 arrays, element by element. Pure; the order of calls is the order of the sum.

import { addInto } from './vectorSum';

export type ReduceOperation = 'sum' | 'max';

/** target[i] = target[i] op source[i]; both of one length. A NaN on either side stays. */
export function reduceInto(target: Float32Array, source: Float32Array, operation: ReduceOperation): void {
  if (operation === 'sum') addInto(target, source);
  else for (let i = 0; i < target.length; i++) target[i] = Math.max(target[i], source[i]);
}
