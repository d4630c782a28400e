// Runs the contenders of a race one after the other on the rank that it is given, and writes what they tell to raceStore.
// labController's helper; a contender that fails leaves its error in its row, and the next one follows.

import { LabError, type LabErrorData, toLabErrorData } from '../core/errors';
import type { LedgerRow } from '../core/meshRecords';
import type { EvaluationRow, RunState, StepRow } from '../core/records';
import type { RunConfig } from '../core/runConfig';
import type { RankEvent } from '../workers/protocol';
import { extended } from './race/raceCurves';
import { type RaceEntry, raceStore } from './stores/raceStore';

/** The rank's verbs, as a race needs them. */
export interface RaceRank {
  prepare(config: RunConfig): Promise<unknown>;
  play(): Promise<RunState>;
  pause(): Promise<RunState>;
  evaluate(): Promise<EvaluationRow>;
  /** After a fault: the next contender gets a worker of its own. */
  replace(): void;
}

export interface RaceLoop {
  /** Events go to `take` while this holds. */
  readonly active: boolean;
  take(event: RankEvent): void;
  /** Resolves when the last of the store's entries is done or the race was stopped; never rejects. */
  run(): Promise<void>;
  stop(): void;
}

/** Curves are redrawn at most this often. */
const SHOW_MS = 100;
/** Events come by another port than answers: those sent before an answer are here by then. */
const SETTLE_MS = 120;

export function createRaceLoop(rank: RaceRank): RaceLoop {
  let active = false;
  let stopped = false;
  let current = 0;
  let failure: LabErrorData | null = null;
  /** Evaluating sends too, which is not the steps' doing. */
  let counting = false;
  let rows: StepRow[] = [];
  let sent = new Map<number, number>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const change = (patch: Partial<RaceEntry>): void =>
    raceStore.setState(({ entries }) => ({
      entries: entries.map((entry, index) => (index === current ? { ...entry, ...patch } : entry)),
    }));

  const show = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const entry = raceStore.getState().entries[current];
    if (entry === undefined) return;
    const curve = rows.length === 0 ? entry.curve : extended(entry.curve, rows);
    const known = rows.flatMap(({ staleness }) => (staleness === undefined ? [] : [staleness]));
    rows = [];
    const bytesOut = [...sent.values()].reduce((sum, bytes) => sum + bytes, 0);
    const step = curve.step.at(-1) ?? 0;
    const told = sent.size > 0 && bytesOut !== entry.traffic?.bytesOut;
    change({
      curve,
      ...(told && step > 0 ? { traffic: { bytesOut, step } } : {}),
      ...(known.length > 0 ? { staleness: Math.max(entry.staleness ?? 0, ...known) } : {}),
    });
  };
  const showSoon = (): void => {
    timer ??= setTimeout(show, SHOW_MS);
  };

  const race = async (entry: RaceEntry): Promise<void> => {
    failure = null;
    rows = [];
    sent = new Map();
    change({ status: 'preparing' });
    await rank.prepare(entry.config);
    if (stopped) return change({ status: 'stopped' });
    counting = true;
    change({ status: 'racing' });
    const state = await rank.play();
    await settled();
    counting = false;
    show();
    if (state === 'failed') {
      throw new LabError(failure ?? { code: 'internal', message: 'The contender stopped without a reason.' });
    }
    if (state !== 'finished') return change({ status: 'stopped' });
    change({ status: 'evaluating' });
    change({ heldOut: await rank.evaluate(), status: 'done' });
  };

  return {
    get active() {
      return active;
    },
    take(event) {
      if (event.type === 'steps') {
        rows = [...rows, ...event.rows];
        showSoon();
      } else if (event.type === 'ledger' && counting) {
        for (const [of, bytes] of bytesByRank(event.rows)) sent.set(of, bytes);
        showSoon();
      } else if (event.type === 'phase') {
        raceStore.setState({ phase: event.label, phaseProgress: event.progress });
      } else if (event.type === 'failure') {
        failure ??= event.error;
      }
    },
    async run() {
      active = true;
      stopped = false;
      const { entries } = raceStore.getState();
      for (const [index, entry] of entries.entries()) {
        current = index;
        if (stopped) {
          change({ status: 'stopped' });
          continue;
        }
        try {
          await race(entry);
        } catch (thrown) {
          counting = false;
          show();
          if (stopped) change({ status: 'stopped' });
          // What ranks had sent by then they did not get to tell.
          else change({ status: 'failed', error: toLabErrorData(thrown), traffic: null });
          rank.replace();
        }
      }
      clearTimeout(timer);
      timer = undefined;
      active = false;
    },
    stop() {
      stopped = true;
      const status = raceStore.getState().entries[current]?.status;
      if (active && status === 'racing') rank.pause().catch(() => undefined);
    },
  };
}

function bytesByRank(rows: readonly LedgerRow[]): Map<number, number> {
  const bytes = new Map<number, number>();
  for (const { rank, bytesOut } of rows) bytes.set(rank, (bytes.get(rank) ?? 0) + bytesOut);
  return bytes;
}

function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}
