// The predicted schedule of the plan, drawn as every schedule of the lab is: one rank of each pipeline stage, and enough micro-batches to see the order.

import { useDeferredValue, useMemo, useState } from 'react';
import type { TraceEvent } from '../../core/meshRecords';
import { meshSize } from '../../parallel/mesh';
import type { ClusterPlan } from '../../planner/clusterPlan';
import { type DrawnStep, drawnStep } from '../../planner/clusterStep';
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
  const { step, events } = drawn;
  const count = format.integer(step.ranks.length);
  const shown = format.integer(step.plan.microBatches);
  return (
    <>
      <ScheduleChart
        plan={step.plan}
        ranks={step.ranks}
        predicted={events}
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
        {step.plan.microBatches < microBatches ? words.shown(shown, format.integer(microBatches)) : ''}
      </p>
    </>
  );
}

/** Null where the plan cannot be laid out, which the step says. */
function drawing(plan: ClusterPlan): { readonly step: DrawnStep; readonly events: readonly TraceEvent[] } | null {
  try {
    const step = drawnStep(plan);
    return { step, events: eventsOf(step) };
  } catch {
    return null;
  }
}

function eventsOf({ plan, simulated }: DrawnStep): TraceEvent[] {
  return simulated.flatMap(({ rank, startMs, endMs, waitMs }, row) =>
    plan.actions[row].map(
      (action, index): TraceEvent => ({
        rank,
        step: 0,
        action: index,
        startMs: startMs[index],
        endMs: endMs[index],
        waitMs: waitMs[index],
        bytes: 'bytes' in action ? action.bytes : 0,
      }),
    ),
  );
}
