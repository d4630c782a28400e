// How surprise is told and coloured: in bits, in steps that a colour-blind eye can tell by lightness. Pure.

/** Lower ends of the steps, bits. */
export const surpriseSteps: readonly number[] = [0, 1, 2, 4, 6, 8];

/** Of a log-probability in nats: its surprise in bits. */
export function bitsOf(logProbability: number): number {
  return -logProbability / Math.LN2;
}

/** The step of surpriseSteps that a token is in; null where nothing is known of it. */
export function surpriseStep(logProbability: number): number | null {
  if (Number.isNaN(logProbability)) return null;
  const bits = bitsOf(logProbability);
  return surpriseSteps.reduce((step, least, index) => (bits >= least ? index : step), 0);
}
