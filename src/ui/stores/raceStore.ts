// The race: who is chosen, how far it is, and what contenders have told. Plain state; results stay until the next race.
// labController's race loop writes what is measured; chosen, steps and axis are the person's.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { LabErrorData } from '../../core/errors';
import type { EvaluationRow } from '../../core/records';
import type { RunConfig } from '../../core/runConfig';
import type { PhaseLabel } from '../../workers/protocol';
import { type ContenderId, contenderConfig } from '../race/contenders';
import { noCurve, type RaceAxis, type RacedCurve } from '../race/raceCurves';

export interface RaceEntry extends RacedCurve {
  readonly id: ContenderId;
  readonly config: RunConfig;
  readonly status: 'waiting' | 'preparing' | 'racing' | 'evaluating' | 'done' | 'stopped' | 'failed';
  readonly heldOut: EvaluationRow | null;
  /** The largest of any update so far; null where updates tell of none. */
  readonly staleness: number | null;
  readonly error: LabErrorData | null;
}

export interface RaceState {
  readonly state: 'idle' | 'running' | 'stopping';
  readonly chosen: readonly ContenderId[];
  readonly steps: number;
  readonly axis: RaceAxis;
  readonly entries: readonly RaceEntry[];
  /** What the worker does for the contender in turn. */
  readonly phase: PhaseLabel;
  readonly phaseProgress: number | null;
}

export const raceStore = createStore<RaceState>()(() => ({
  state: 'idle',
  chosen: ['one', 'sync', 'int8', 'topK', 'topKPlain'],
  steps: 100,
  axis: 'steps',
  entries: [],
  phase: 'idle',
  phaseProgress: null,
}));

export function useRace<Value>(select: (state: RaceState) => Value): Value {
  return useStore(raceStore, select);
}

/** The worker belongs to the race, not to the person's run. */
export function isRacing(): boolean {
  return raceStore.getState().state !== 'idle';
}

/** A new race begins: earlier results go. */
export function lineUp(ids: readonly ContenderId[], base: RunConfig, steps: number): void {
  const entries = ids.map(
    (id): RaceEntry => ({
      id,
      config: contenderConfig(id, base, steps),
      status: 'waiting',
      curve: noCurve,
      traffic: null,
      heldOut: null,
      staleness: null,
      error: null,
    }),
  );
  raceStore.setState({ state: 'running', entries, phase: 'idle', phaseProgress: null });
}

export function toggleContender(id: ContenderId): void {
  raceStore.setState(({ chosen }) => ({
    chosen: chosen.includes(id) ? chosen.filter((known) => known !== id) : [...chosen, id],
  }));
}

/** How much of all contenders' steps is done. */
export function raceShare({ entries }: RaceState): number {
  const shares = entries.map(({ status, curve, config }) =>
    ['done', 'failed', 'stopped'].includes(status) ? 1 : (curve.step.at(-1) ?? 0) / config.train.steps,
  );
  return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
}
