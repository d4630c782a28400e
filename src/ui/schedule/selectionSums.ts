// What ranks did in a part of a step, added up by phase: times of all ranks together, cut at the edges of the part. Pure.

import { type ActionPhase, actionPhases } from '../../parallel/traceLayout';
import { type Band, barTime } from './scheduleScene';
import type { TimeWindow } from './timeWindow';

export interface SelectionSums {
  /** Phases that took time, in their order; waiting is not among a phase's time. */
  readonly phases: readonly {
    readonly phase: ActionPhase | 'wait';
    readonly milliseconds: number;
    readonly slices: number;
  }[];
  readonly slices: number;
}

/** Times are the band's own, whatever it is drawn at. */
export function sumSelection(band: Band, { fromMs, toMs }: TimeWindow): SelectionSums {
  const sums = new Map<ActionPhase | 'wait', { milliseconds: number; slices: number }>();
  let slices = 0;
  const add = (phase: ActionPhase | 'wait', from: number, to: number) => {
    const milliseconds = (Math.min(to, toMs) - Math.max(from, fromMs)) / band.scale;
    if (milliseconds <= 0) return false;
    const sum = sums.get(phase) ?? { milliseconds: 0, slices: 0 };
    sums.set(phase, { milliseconds: sum.milliseconds + milliseconds, slices: sum.slices + 1 });
    return true;
  };
  for (const { bars } of band.layout.rows) {
    for (const bar of bars) {
      const time = barTime(band, bar);
      const workFrom = bar.waitEndMs * band.scale;
      const waited = add('wait', time.fromMs, workFrom);
      if (add(bar.phase, workFrom, time.toMs) || waited) slices++;
    }
  }
  const phases = [...actionPhases, 'wait' as const].flatMap((phase) => {
    const sum = sums.get(phase);
    return sum === undefined ? [] : [{ phase, ...sum }];
  });
  return { phases, slices };
}
