// Where the actions of one traced step lie in a picture of it: a row a rank, computation on one lane, exchanges on lanes below.
// Pure: from plan and trace to intervals in milliseconds. Pixels, colours and words are the drawing's.

import type { TraceEvent } from '../../core/meshRecords';
import type { PlanAction, StepPlan } from '../../parallel/stepPlan';

export type TimelinePhase = 'forward' | 'backward' | 'update' | 'communication';

export interface TimelineBar {
  readonly rank: number;
  /** Index into the rank's actions of the plan. */
  readonly index: number;
  readonly action: PlanAction;
  readonly phase: TimelinePhase;
  /** From the start of the step. */
  readonly startMs: number;
  readonly endMs: number;
  /** Until here it waited for other ranks. */
  readonly waitEndMs: number;
  readonly bytes: number;
  /** 0: the rank's own work. From 1: exchanges, which may run at the same time. */
  readonly lane: number;
}

export interface TimelineRow {
  readonly rank: number;
  /** In order of their start. */
  readonly bars: readonly TimelineBar[];
  /** Share of the step in which the rank computed. */
  readonly computing: number;
}

export interface TimelineLayout {
  readonly spanMs: number;
  readonly rows: readonly TimelineRow[];
  /** Lanes of the row that has most; at least 2. */
  readonly lanes: number;
}

export function layoutTimeline(plan: StepPlan, events: readonly TraceEvent[]): TimelineLayout {
  const start = Math.min(...events.map(({ startMs }) => startMs));
  const spanMs = events.length === 0 ? 0 : Math.max(...events.map(({ endMs }) => endMs)) - start;
  const rows = plan.actions.map((actions, rank): TimelineRow => {
    const busyUntil: number[] = [];
    const bars = events
      .filter((event) => event.rank === rank)
      .sort((a, b) => a.startMs - b.startMs || a.action - b.action)
      .flatMap((event): TimelineBar[] => {
        const action = actions[event.action];
        if (action === undefined) return [];
        const phase = phaseOf(action);
        let lane = 0;
        if (phase === 'communication') {
          const free = busyUntil.findIndex((until) => until <= event.startMs);
          lane = 1 + (free === -1 ? busyUntil.length : free);
          busyUntil[lane - 1] = event.endMs;
        }
        const startMs = event.startMs - start;
        const endMs = event.endMs - start;
        const waitEndMs = Math.min(endMs, startMs + Math.max(0, event.waitMs));
        return [{ rank, index: event.action, action, phase, startMs, endMs, waitEndMs, bytes: event.bytes, lane }];
      });
    return { rank, bars, computing: spanMs === 0 ? 0 : coveredMs(bars.filter(({ lane }) => lane === 0)) / spanMs };
  });
  return { spanMs, rows, lanes: Math.max(2, ...rows.flatMap(({ bars }) => bars.map(({ lane }) => lane + 1))) };
}

export function phaseOf(action: PlanAction): TimelinePhase {
  switch (action.kind) {
    case 'compute':
      return action.pass === 'forward' ? 'forward' : 'backward';
    case 'send':
    case 'receive':
    case 'allReduce':
    case 'reduceScatter':
    case 'allGather':
    case 'pull':
    case 'push':
      return 'communication';
    case 'copy':
    case 'zeroGradients':
    case 'gradientNorm':
    case 'optimizerStep':
    case 'outerStep':
      return 'update';
  }
}

/** Length of the union: intervals that touch or overlap count once, and waiting does not count. */
function coveredMs(bars: readonly TimelineBar[]): number {
  let covered = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { waitEndMs, endMs } of bars) {
    covered += Math.max(0, endMs - Math.max(waitEndMs, until));
    until = Math.max(until, endMs);
  }
  return covered;
}

/** The bar that a key leads to: along the row in time, or to what another rank did at that time. */
export function neighbourBar(layout: TimelineLayout, from: TimelineBar | null, key: string): TimelineBar | null {
  const filled = layout.rows.filter(({ bars }) => bars.length > 0);
  const row = filled.find(({ rank }) => rank === from?.rank);
  if (from === null || row === undefined) return filled[0]?.bars[0] ?? null;
  const at = row.bars.findIndex(({ index }) => index === from.index);
  const inRow = (to: number) => row.bars[Math.min(row.bars.length - 1, Math.max(0, to))] ?? null;
  const inColumn = (way: number) => {
    const other = filled[filled.indexOf(row) + way];
    const middle = (from.startMs + from.endMs) / 2;
    const distance = (bar: TimelineBar) =>
      Math.max(bar.startMs - middle, middle - bar.endMs, 0) + (bar.lane === from.lane ? 0 : layout.spanMs);
    return other?.bars.reduce((best, bar) => (distance(bar) < distance(best) ? bar : best)) ?? from;
  };
  switch (key) {
    case 'ArrowRight':
      return inRow(at + 1);
    case 'ArrowLeft':
      return inRow(at - 1);
    case 'Home':
      return inRow(0);
    case 'End':
      return inRow(row.bars.length - 1);
    case 'ArrowDown':
      return inColumn(1);
    case 'ArrowUp':
      return inColumn(-1);
    default:
      return null;
  }
}
