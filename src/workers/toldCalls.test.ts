import { describe, expect, test, vi } from 'vitest';
import { LabError } from '../core/errors';
import { LifeLine } from './settling';
import { tellRows, untilAnswered, whileHeard } from './toldCalls';

const stuck = (): LabError => new LabError({ code: 'worker.timeout', message: 'stuck' });

/** A worker whose last report reaches the page after its reply. */
function overtaken<Told>(reports: readonly Told[]) {
  let late: () => void = () => undefined;
  return {
    work: async (tell: (told: Told) => void): Promise<readonly Told[]> => {
      for (const report of reports.slice(0, -1)) tell(report);
      late = () => {
        for (const report of reports.slice(-1)) tell(report);
      };
      return reports;
    },
    arrive: () => late(),
  };
}

describe('a reply that overtakes what was told before it', () => {
  test('nothing looks under way that is over', async () => {
    const heard: string[] = [];
    const call = overtaken(['read', 'weights', 'tokenizer']);
    await untilAnswered((stage: string) => heard.push(stage), call.work);
    call.arrive();
    expect(heard).toEqual(['read', 'weights']);
  });

  test('every row is heard once, in order', async () => {
    const heard: number[] = [];
    const call = overtaken([1, 2, 3]);
    await tellRows(
      (row: number) => heard.push(row),
      call.work,
      (rows) => rows,
    );
    call.arrive();
    expect(heard).toEqual([1, 2, 3]);
  });

  test('a worker that has answered is not ended for its silence afterwards', async () => {
    vi.useFakeTimers();
    try {
      const line = new LifeLine();
      const call = overtaken([0.5, 1]);
      await whileHeard(line, 1_000, stuck, () => undefined, call.work);
      call.arrive();
      vi.advanceTimersByTime(10_000);
      expect(line.dead).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });

  test('one that has not is, a while after the last that it told', async () => {
    vi.useFakeTimers();
    try {
      const line = new LifeLine();
      const call = whileHeard(
        line,
        1_000,
        stuck,
        () => undefined,
        (tell: (share: number) => void) => {
          setTimeout(() => tell(0.5), 800);
          return new Promise<never>(() => undefined);
        },
      );
      const failed = expect(call).rejects.toThrow('stuck');
      vi.advanceTimersByTime(1_700);
      expect(line.dead).toBeNull();
      vi.advanceTimersByTime(200);
      await failed;
    } finally {
      vi.useRealTimers();
    }
  });
});
