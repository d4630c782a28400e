// Where the actions of one step lie in time: a row a rank, its own work on one lane, exchanges on lanes below, none over another.
// Pure: from plan and events to intervals in milliseconds. Pixels, colours and words are the drawing's; files are traceEvents.ts's.

import type { TraceEvent } from '../core/meshRecords';
import type { PlanAction, StepPlan } from './stepPlan';

export const actionPhases = [
  'forward',
  'backward',
  'inputGradient',
  'weightGradient',
  'update',
  'communication',
] as const;
export type ActionPhase = (typeof actionPhases)[number];

export interface TraceBar {
  readonly rank: number;
  /** Index into the rank's actions of the plan. */
  readonly index: number;
  readonly action: PlanAction;
  readonly phase: ActionPhase;
  /** From the start of the step. */
  readonly startMs: number;
  readonly endMs: number;
  /** Until here it waited for other ranks. */
  readonly waitEndMs: number;
  readonly bytes: number;
  /** 0: the rank's own work. From 1: exchanges, which may run at the same time. */
  readonly lane: number;
}

export interface TraceRow {
  readonly rank: number;
  /** In order of their start. */
  readonly bars: readonly TraceBar[];
}

export interface TraceLayout {
  readonly spanMs: number;
  readonly rows: readonly TraceRow[];
  /** Lanes of the row that has most; at least 2. */
  readonly lanes: number;
}

/** @param ranks the ranks that plan.actions are of, in its order; all of the mesh where left out */
export function layoutTrace(
  plan: StepPlan,
  events: readonly TraceEvent[],
  ranks: readonly number[] = plan.actions.map((_, rank) => rank),
): TraceLayout {
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  const byRank = new Map<number, TraceEvent[]>(ranks.map((rank) => [rank, []]));
  for (const event of events) {
    start = Math.min(start, event.startMs);
    end = Math.max(end, event.endMs);
    byRank.get(event.rank)?.push(event);
  }
  let lanes = 2;
  const rows = ranks.map((rank, place): TraceRow => {
    const busyUntil: number[] = [];
    const bars: TraceBar[] = [];
    const ofRank = byRank.get(rank) ?? [];
    for (const event of ofRank.sort((a, b) => a.startMs - b.startMs || a.action - b.action)) {
      const action = plan.actions[place]?.[event.action];
      if (action === undefined) continue;
      const phase = phaseOf(action);
      let lane = 0;
      if (phase === 'communication') {
        const free = busyUntil.findIndex((until) => until <= event.startMs);
        lane = 1 + (free === -1 ? busyUntil.length : free);
        busyUntil[lane - 1] = event.endMs;
        lanes = Math.max(lanes, lane + 1);
      }
      const startMs = event.startMs - start;
      const endMs = event.endMs - start;
      const waitEndMs = Math.min(endMs, startMs + Math.max(0, event.waitMs));
      bars.push({ rank, index: event.action, action, phase, startMs, endMs, waitEndMs, bytes: event.bytes, lane });
    }
    return { rank, bars };
  });
  return { spanMs: events.length === 0 ? 0 : end - start, rows, lanes };
}

export function phaseOf(action: PlanAction): ActionPhase {
  switch (action.kind) {
    case 'compute':
      return action.pass;
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
