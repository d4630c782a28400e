// The planner's own answers as a search asks for them.

import { predictClusterMemory, predictClusterStep } from './clusterStep';
import type { PlanPredictor } from './search';
import { leastPeakBytes, leastStepMs } from './searchBounds';

export const clusterPredictor: PlanPredictor = {
  predict: predictClusterStep,
  memory: predictClusterMemory,
  leastMs: leastStepMs,
  leastBytes: leastPeakBytes,
};
