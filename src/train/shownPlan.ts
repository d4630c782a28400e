// The plan that a page shows for a run, whatever its strategy, and where an executed action stands in it. Pure.

import type { StrategyName } from '../core/runConfig';
import type { PlanMode } from '../parallel/planModes';
import type { PlanAction } from '../parallel/stepPlan';
import type { MeshRankPlan } from './meshRankPlan';

/** One after another: a round of local steps shows one of them and the meeting, an asynchronous rank its gradient and its update. */
const shownModes: Readonly<Record<StrategyName, readonly PlanMode[]>> = {
  sync: ['train'],
  async: ['async', 'apply'],
  'local-sgd': ['local', 'meet'],
  diloco: ['local', 'meet'],
};

type Planned = Pick<MeshRankPlan, 'spec' | 'actions'>;

/** One rank's actions. */
export function shownActions({ spec, actions }: Planned): readonly PlanAction[] {
  const shown: PlanAction[] = [];
  for (const mode of shownModes[spec.parallel.strategy]) {
    const from = shown.length;
    for (const action of actions[mode].actions)
      shown.push({ ...action, waitsFor: action.waitsFor.map((index) => from + index) });
  }
  return shown;
}

/** Place of action `index` of a mode among the shown ones, or null where that mode is not shown. */
export function shownIndex({ spec, actions }: Planned, mode: PlanMode, index: number): number | null {
  let from = 0;
  for (const shown of shownModes[spec.parallel.strategy]) {
    if (shown === mode) return from + index;
    from += actions[shown].actions.length;
  }
  return null;
}
