// A loss in digits that fit its place: one that has run away is told by its size. Pure.

import type { Format } from '../i18n/format';

/** Below this, plain digits fit. */
export const PLAIN_LOSS = 1e4;

export function lossText(loss: number, decimals: number, format: Format): string {
  return loss < PLAIN_LOSS ? format.fixed(loss, decimals) : loss.toExponential(1).replace('e+', 'e');
}
