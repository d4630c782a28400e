// The predicted schedule of the plan, drawn as every schedule of the lab is: one rank of each pipeline stage, and enough micro-batches to see the order.

import { useDeferredValue, useMemo, useState } from 'react';
import type { TraceEvent } from '../../core/meshRecords';
import { meshSize } from '../../parallel/mesh';
import type { PlanAction, StepPlan } from '../../parallel/stepPlan';
import type { ClusterPlan } from '../../planner/clusterPlan';
import { type DrawnStep, drawnStep } from '../../planner/clusterStep';
import { simulatedTrace } from '../../planner/simulatedTrace';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { ScheduleChart } from '../schedule/ScheduleChart';
import type { PointedAction } from '../stores/selectionStore';
import { useView } from '../stores/viewStore';
import styles from './Planner.module.css';
import { usePlanned } from './planned';

export function PlanSchedulePanel() {
  const { t } = useText();
  const { plan, prediction } = usePlanned();
  const open = useView((state) => !state.collapsed.includes('planSchedule'));
  if (prediction === null) return null;
  return (
    <Panel
      id="planSchedule"
      flush
      title={
        <>
          {t.planner.schedule.title} <span className={styles.basis}>{t.planner.predicted}</span>
        </>
      }
    >
      {open ? <PlanSchedule plan={plan} microBatches={prediction.microBatches} /> : null}
    </Panel>
  );
}

interface PlanScheduleProps {
  readonly plan: ClusterPlan;
  readonly microBatches: number;
}

function PlanSchedule({ plan, microBatches }: PlanScheduleProps) {
  const { t, format } = useText();
  const words = t.planner.schedule;
  // The numbers come first; the picture follows.
  const settled = useDeferredValue(plan);
  const drawn = useMemo(() => drawing(settled), [settled]);
  const [pointed, setPointed] = useState<PointedAction | null>(null);
  const [rank, setRank] = useState<number | null>(null);
  if (drawn === null) return null;
  const count = format.integer(drawn.ranks.length);
  const shown = format.integer(drawn.plan.microBatches);
  return (
    <>
      <ScheduleChart
        plan={drawn.plan}
        ranks={drawn.ranks}
        predicted={drawn.events}
        measured={null}
        label={words.summary(count, shown)}
        pointed={pointed}
        onPoint={setPointed}
        rank={rank}
        onRank={setRank}
        testId="plan-schedule-action"
      />
      <p className={styles.foot}>
        {words.stand(count, format.integer(meshSize(settled.mesh)))}{' '}
        {drawn.plan.microBatches < microBatches ? words.shown(shown, format.integer(microBatches)) : ''}
      </p>
    </>
  );
}

interface Drawing {
  readonly plan: StepPlan;
  /** Pipeline ranks. */
  readonly ranks: readonly number[];
  readonly events: readonly TraceEvent[];
}

/** Null where the plan cannot be laid out, which the step says. */
function drawing(plan: ClusterPlan): Drawing | null {
  try {
    return byPipelineRank(drawnStep(plan));
  } catch {
    return null;
  }
}

/** Those that stand for all, by their place in the pipeline: what the others do is theirs. */
function byPipelineRank({ plan, ranks, simulated }: DrawnStep): Drawing {
  const rowOf = new Map(ranks.map((rank, row) => [rank, row]));
  const numbered = (action: PlanAction): PlanAction => {
    if ('peer' in action) return { ...action, peer: rowOf.get(action.peer) ?? action.peer };
    if ('group' in action) return { ...action, group: action.group.flatMap((rank) => rowOf.get(rank) ?? []) };
    return action;
  };
  const actions = plan.actions.map((own) => own.map(numbered));
  const events = simulatedTrace(simulated, actions, (_, row) => row);
  return {
    plan: { ...plan, mesh: { dp: 1, pp: plan.mesh.pp, tp: 1 }, actions },
    ranks: actions.map((_, row) => row),
    events,
  };
}
