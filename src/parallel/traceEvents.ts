// A step as a file that Perfetto and chrome://tracing open: the Trace Event Format, JSON object form. Pure.
// A process for what is predicted and one for what is measured, a thread for each rank's own work and for each lane of its exchanges, complete
// events (`X`) in microseconds, and an arrow (`s` to `f`) from each send to its receive.
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU

import type { TraceEvent } from '../core/meshRecords';
import { type ActionPlace, PlanLinks } from './planLinks';
import type { PlanAction, StepPlan } from './stepPlan';
import { layoutTrace, type TraceBar } from './traceLayout';

export type TraceArguments = Readonly<Record<string, string | number>>;

interface Located {
  readonly pid: number;
  readonly tid: number;
}

export type TraceFileEvent =
  | (Located & {
      readonly ph: 'M';
      readonly name: 'process_name' | 'process_sort_index' | 'thread_name' | 'thread_sort_index';
      readonly args: TraceArguments;
    })
  | (Located & {
      readonly ph: 'X';
      readonly name: string;
      readonly cat: string;
      /** Microseconds. */
      readonly ts: number;
      readonly dur: number;
      readonly args: TraceArguments;
    })
  | (Located & {
      readonly ph: 's' | 'f';
      /** The arrow ends at the slice that encloses its time. */
      readonly bp?: 'e';
      readonly id: number;
      readonly name: string;
      readonly cat: string;
      readonly ts: number;
    });

export interface TraceFile {
  readonly displayTimeUnit: 'ms';
  readonly otherData: TraceArguments;
  readonly traceEvents: readonly TraceFileEvent[];
}

/** One account of a step. */
export interface TraceSource {
  /** The process's name: `predicted`, or `measured, step 12`. */
  readonly name: string;
  readonly plan: StepPlan;
  readonly events: readonly TraceEvent[];
  /** The ranks that plan.actions are of; all of the mesh where left out. */
  readonly ranks?: readonly number[];
}

const LANES = 64;

/** @param name of an action, as its slice is called */
export function traceFile(
  sources: readonly TraceSource[],
  name: (action: PlanAction) => string,
  about: TraceArguments = {},
): TraceFile {
  const metadata: TraceFileEvent[] = [];
  const timed: Extract<TraceFileEvent, { ts: number }>[] = [];
  let arrows = 0;
  sources.forEach(({ name: process, plan, events, ranks }, source) => {
    const pid = source + 1;
    const links = new PlanLinks(plan, ranks);
    metadata.push({ ph: 'M', pid, tid: 0, name: 'process_name', args: { name: process } });
    metadata.push({ ph: 'M', pid, tid: 0, name: 'process_sort_index', args: { sort_index: source } });
    const layout = layoutTrace(plan, events, ranks);
    const bars = new Map<string, TraceBar>();
    layout.rows.forEach(({ rank, bars: ofRank }, row) => {
      for (const lane of new Set([0, ...ofRank.map((bar) => bar.lane)])) {
        const tid = row * LANES + lane + 1;
        const thread = lane === 0 ? `rank ${rank}` : `rank ${rank}, exchanges ${lane}`;
        metadata.push({ ph: 'M', pid, tid, name: 'thread_name', args: { name: thread } });
        metadata.push({ ph: 'M', pid, tid, name: 'thread_sort_index', args: { sort_index: tid } });
      }
      let free = 0;
      for (const bar of ofRank) {
        bars.set(keyOf(bar), bar);
        // Slices of one thread must not overlap: clocks of the same rank may disagree by a rounding.
        const startMs = bar.lane === 0 ? Math.max(free, bar.startMs) : bar.startMs;
        if (bar.lane === 0) free = Math.max(free, bar.endMs);
        const ts = microseconds(startMs);
        timed.push({
          ph: 'X',
          pid,
          tid: row * LANES + bar.lane + 1,
          name: name(bar.action),
          cat: bar.phase,
          ts,
          dur: Math.max(0, microseconds(bar.endMs) - ts),
          args: argumentsOf(bar),
        });
      }
    });
    for (const bar of bars.values()) {
      const twin = bar.action.kind === 'send' ? links.twin(bar) : null;
      const target = twin === null ? undefined : bars.get(keyOf(twin));
      if (target === undefined) continue;
      const id = ++arrows;
      const arrow = { cat: 'message', name: name(bar.action), pid, id };
      const tid = ({ rank, lane }: TraceBar) => layout.rows.findIndex((row) => row.rank === rank) * LANES + lane + 1;
      const from = microseconds(bar.startMs);
      timed.push({ ph: 's', tid: tid(bar), ts: from, ...arrow });
      timed.push({ ph: 'f', bp: 'e', tid: tid(target), ts: Math.max(from, microseconds(target.endMs)), ...arrow });
    }
  });
  timed.sort((a, b) => a.ts - b.ts);
  return { displayTimeUnit: 'ms', otherData: about, traceEvents: [...metadata, ...timed] };
}

function keyOf({ rank, index }: ActionPlace): string {
  return `${rank} ${index}`;
}

/** Whole nanoseconds, as Perfetto keeps them. */
function microseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e6) / 1e3;
}

function argumentsOf({ index, rank, action, startMs, waitEndMs, bytes }: TraceBar): TraceArguments {
  return {
    action: index,
    rank,
    kind: action.kind,
    ...('stage' in action ? { stage: action.stage, microBatch: action.microBatch } : {}),
    ...('tensor' in action ? { tensor: action.tensor.of } : {}),
    ...('peer' in action ? { peer: action.peer } : {}),
    ...('group' in action ? { axis: action.axis, group: action.group.join(',') } : {}),
    ...('flops' in action ? { flops: action.flops } : {}),
    ...(bytes > 0 ? { bytes } : {}),
    ...('bytes' in action ? { tensorBytes: action.bytes } : {}),
    ...(waitEndMs > startMs ? { waitMs: waitEndMs - startMs } : {}),
  };
}
