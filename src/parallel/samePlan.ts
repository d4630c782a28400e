// Whether two plans are of the same step, so that events of one can be drawn with the other. What things cost may differ. Pure.

import type { PlanAction, StepPlan } from './stepPlan';

export function samePlan(a: StepPlan, b: StepPlan): boolean {
  if (a === b) return true;
  const axes = a.mesh.dp === b.mesh.dp && a.mesh.pp === b.mesh.pp && a.mesh.tp === b.mesh.tp;
  if (!axes || a.stages !== b.stages || a.microBatches !== b.microBatches) return false;
  return a.actions.every((actions, rank) => {
    const others = b.actions[rank] ?? [];
    return actions.length === others.length && actions.every((action, index) => sameAction(action, others[index]));
  });
}

function sameAction(a: PlanAction, b: PlanAction | undefined): boolean {
  if (a.kind !== b?.kind) return false;
  if (a.kind !== 'compute') return true;
  return b.kind === 'compute' && a.stage === b.stage && a.microBatch === b.microBatch && a.pass === b.pass && a.part === b.part; // biome-ignore format: one line
}
