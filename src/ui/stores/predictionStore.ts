// What the page expects of one step of the set-up: the plan, where everything lies, when each action runs and what it moves. Plain state in the
// records that measurements come in, so that every picture draws both alike. labController writes it; nothing here computes.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { LabErrorData } from '../../core/errors';
import type { RunConfig } from '../../core/runConfig';
import type { CalibrationFacts, PredictedStep } from '../../workers/protocol';

export interface StepPrediction extends PredictedStep {
  readonly config: RunConfig;
}

export interface PredictionState {
  /** Of the last set-up that could be planned. */
  readonly prediction: StepPrediction | null;
  /** The set-up has changed since. */
  readonly predicting: boolean;
  /** Why the set-up cannot be planned. */
  readonly refused: LabErrorData | null;
  /** What the device was measured at; null until it was. */
  readonly calibration: CalibrationFacts | null;
}

export const predictionStore = createStore<PredictionState>()(() => ({
  prediction: null,
  predicting: false,
  refused: null,
  calibration: null,
}));

export function usePrediction<Value>(select: (state: PredictionState) => Value): Value {
  return useStore(predictionStore, select);
}
