// The prediction of the plan as it is set, for all panels of the planner: computed once a change, beside the typing and not before it.

import { createContext, useContext, useDeferredValue, useMemo } from 'react';
import { type LabErrorData, toLabErrorData } from '../../core/errors';
import type { ClusterPlan, Prediction } from '../../planner/clusterPlan';
import { clusterPredictor } from '../../planner/clusterPredictor';
import { type PlanIssue, planIssue } from '../../planner/planRules';
import { usePlanner } from '../stores/plannerStore';

export interface Planned {
  readonly plan: ClusterPlan;
  /** Null where the plan breaks a rule or could not be predicted. */
  readonly prediction: Prediction | null;
  readonly issue: PlanIssue | null;
  readonly error: LabErrorData | null;
}

export const PlannedContext = createContext<Planned | null>(null);

export function usePlanned(): Planned {
  const planned = useContext(PlannedContext);
  if (planned === null) throw new Error('no plan is predicted here');
  return planned;
}

export function usePrediction(): Planned {
  const plan = useDeferredValue(usePlanner((state) => state.settings.plan));
  return useMemo(() => predicted(plan), [plan]);
}

function predicted(plan: ClusterPlan): Planned {
  const issue = planIssue(plan);
  if (issue !== null) return { plan, prediction: null, issue, error: null };
  try {
    return { plan, prediction: clusterPredictor.predict(plan), issue, error: null };
  } catch (thrown) {
    return { plan, prediction: null, issue, error: toLabErrorData(thrown) };
  }
}
