// The learning rate of one step under a cosine schedule with linear warm-up, as the golden cases were trained.
// The trainer's own schedules are held to it.

export interface CosineSchedule {
  readonly peak: number;
  readonly minimum: number;
  readonly warmupSteps: number;
  readonly steps: number;
}

/**
 * Step s counts from 1. While s <= warmupSteps: peak * s / warmupSteps; after that, with f = (s - 1 - warmupSteps) /
 * (steps - warmupSteps), minimum + (peak - minimum) (1 + cos(pi f)) / 2. Source: Loshchilov and Hutter 2017, eq. 5.
 */
export function cosineLearningRate({ peak, minimum, warmupSteps, steps }: CosineSchedule, step: number): number {
  if (step <= warmupSteps) return (peak * step) / warmupSteps;
  const fraction = (step - 1 - warmupSteps) / (steps - warmupSteps);
  return minimum + 0.5 * (peak - minimum) * (1 + Math.cos(Math.PI * fraction));
}
