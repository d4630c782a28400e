// The two accounts of a step that the pictures draw, of one plan: what is predicted of the set-up and what was last measured.

import { useMemo } from 'react';
import type { StepTrace } from '../../core/meshRecords';
import { meshSize } from '../../parallel/mesh';
import { samePlan } from '../../parallel/samePlan';
import type { StepPlan } from '../../parallel/stepPlan';
import { useMesh } from '../stores/meshStore';
import { usePrediction } from '../stores/predictionStore';
import { useSetup } from '../stores/setupStore';

export interface StepAccounts {
  readonly plan: StepPlan;
  readonly predicted: StepTrace | null;
  readonly measured: StepTrace | null;
  /** A run is there, but of another plan than the prediction's: it is left out. */
  readonly otherRun: boolean;
}

/** Null where one worker does everything, or nothing is known yet. */
export function useStepAccounts(): StepAccounts | null {
  const prediction = usePrediction((state) => state.prediction);
  const plan = useMesh((state) => state.plan);
  const trace = useMesh((state) => state.trace);
  const ranks = useSetup((state) => meshSize(state.config.parallel));
  const same = useMemo(
    () => prediction !== null && plan !== null && samePlan(prediction.plan, plan),
    [prediction, plan],
  );
  return useMemo(() => {
    const shown = prediction?.plan ?? plan;
    if (shown === null || (ranks === 1 && shown.actions.length === 1)) return null;
    if (prediction === null) return { plan: shown, predicted: null, measured: trace, otherRun: false };
    const otherRun = plan !== null && trace !== null && !same;
    return { plan: prediction.plan, predicted: prediction.trace, measured: same ? trace : null, otherRun };
  }, [prediction, plan, trace, same, ranks]);
}
