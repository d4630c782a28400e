// The learning rate as a function of the step: linear warm-up, then constant, linear, cosine or warm-up-stable-decay.
// Pure. It must not know which optimiser uses it.

import type { TrainConfig } from './runConfig';

type LrFields = Pick<
  TrainConfig,
  'steps' | 'warmupSteps' | 'decaySteps' | 'learningRate' | 'minLearningRate' | 'lrSchedule'
>;

/**
 * Learning rate of one optimiser step.
 *
 * Warm-up step s of W has learningRate * (s + 1) / W, so the first update already moves. After it, the decay's progress is
 * (s - W) / (steps - W): 0 at the first step after warm-up and 1 one step past the last, so the minimum is approached and
 * not spent on a step that hardly moves. Cosine: Loshchilov and Hutter 2016 (SGDR), eq. 5 with one cycle. `wsd`: Hu et al.
 * 2024 (MiniCPM), stable, then linear over the last `decaySteps`.
 *
 * @param step 0 for the first update. Steps past the end stay at the schedule's last value.
 */
export function learningRate(step: number, train: LrFields): number {
  const { steps, warmupSteps, decaySteps, learningRate: peak, minLearningRate: floor, lrSchedule } = train;
  // The share first: (peak * 3) / 3 may round to more than the peak, peak times a share of at most 1 may not.
  if (step < warmupSteps) return peak * ((step + 1) / warmupSteps);
  const progress = fraction(step - warmupSteps, steps - warmupSteps);
  switch (lrSchedule) {
    case 'constant':
      return peak;
    case 'linear':
      return peak + (floor - peak) * progress;
    case 'cosine':
      // Down from the peak, for the same reason: floor + (peak - floor) may be more than the peak.
      return peak - 0.5 * (peak - floor) * (1 - Math.cos(Math.PI * progress));
    case 'wsd':
      return decaySteps === 0 ? peak : peak + (floor - peak) * fraction(step - (steps - decaySteps), decaySteps);
  }
}

function fraction(part: number, whole: number): number {
  if (whole <= 0) return part > 0 ? 1 : 0;
  return Math.min(1, Math.max(0, part / whole));
}
