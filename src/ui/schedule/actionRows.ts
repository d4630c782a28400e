// Every action of a step as rows of a table: what a schedule shows, for those who read rather than look, and for files. Pure.

import { phaseOf } from '../../parallel/traceLayout';
import type { Texts } from '../i18n/useText';
import { actionText } from '../mesh/actionText';
import type { PictureData } from '../pictures/csv';
import type { StepAccounts } from './stepAccounts';

/** In order of start, what is predicted first. */
export function actionRows({ plan, predicted, measured }: Omit<StepAccounts, 'otherRun'>, texts: Texts): PictureData {
  const { t } = texts;
  const { table, bases, phases } = t.schedule;
  const { basis, rank, action, phase, start, duration, waited, bytes } = table;
  const rows = [predicted, measured].flatMap((trace, index) => {
    const events = trace?.events ?? [];
    const from = events.reduce((least, { startMs }) => Math.min(least, startMs), Number.POSITIVE_INFINITY);
    return events
      .toSorted((a, b) => a.startMs - b.startMs || a.rank - b.rank || a.action - b.action)
      .flatMap((event) => {
        const done = plan.actions[event.rank]?.[event.action];
        if (done === undefined) return [];
        const name = index === 0 ? bases.predicted : bases.measured;
        const times = [event.startMs - from, event.endMs - event.startMs, event.waitMs].map((ms) =>
          Number(ms.toFixed(6)),
        );
        return [[name, String(event.rank), actionText(done, texts), phases[phaseOf(done)], ...times, event.bytes]];
      });
  });
  return { columns: [basis, rank, action, phase, start, duration, waited, bytes], rows };
}
