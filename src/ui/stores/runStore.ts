// What the workers have told of the device and the run. Plain state; labController alone writes it.
// The curves are not here but in metricsLog, since they change at any rate.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { LabErrorData } from '../../core/errors';
import type { PresetId } from '../../core/presets';
import type {
  AdapterFacts,
  CheckRow,
  MemoryRow,
  ProfileReport,
  RunEstimate,
  RunFacts,
  RunState,
  SampleRow,
} from '../../core/records';
import type { PhaseLabel } from '../../workers/protocol';

export type DeviceStatus = 'unopened' | 'opening' | 'open' | 'absent' | 'lost';

export interface Sample extends SampleRow {
  readonly id: number;
  /** Asked for by the person, not written by the run itself. */
  readonly asked: boolean;
}

export interface DataSummary {
  readonly title: string;
  readonly vocabularySize: number;
  readonly trainTokens: number;
  readonly validationTokens: number;
  readonly bytesPerToken: number;
}

export interface Notice {
  readonly id: number;
  readonly error: LabErrorData;
}

export interface RunStoreState {
  readonly device: DeviceStatus;
  readonly adapter: AdapterFacts | null;
  /** Why there is no device. */
  readonly deviceError: LabErrorData | null;
  readonly state: RunState;
  readonly phase: PhaseLabel;
  readonly phaseProgress: number | null;
  readonly facts: RunFacts | null;
  readonly data: DataSummary | null;
  /** Steps done in the current run; metricsLog may still show an earlier one. */
  readonly step: number;
  readonly memory: readonly MemoryRow[];
  readonly liveBuffers: number;
  readonly samples: readonly Sample[];
  readonly asking: boolean;
  readonly profile: ProfileReport | null;
  readonly profiling: boolean;
  readonly estimate: RunEstimate | null;
  readonly estimating: boolean;
  readonly presetEstimates: Readonly<Partial<Record<PresetId, RunEstimate>>>;
  /** Play was pressed before the run was ready. */
  readonly playWhenReady: boolean;
  /** A pause was asked for and the step in hand is still running. */
  readonly pausing: boolean;
  readonly exporting: boolean;
  /** The mesh is being compared with one worker. */
  readonly proving: boolean;
  /** One worker is being timed. */
  readonly measuring: boolean;
  readonly failure: LabErrorData | null;
  readonly notices: readonly Notice[];
  /** A short message that goes by itself, e.g. `Link copied`. */
  readonly flash: string | null;
  readonly checkRows: readonly CheckRow[];
  readonly checkState: 'idle' | 'running' | 'done' | 'stopped';
  readonly checkError: LabErrorData | null;
}

export const runStore = createStore<RunStoreState>()(() => ({
  device: 'unopened',
  adapter: null,
  deviceError: null,
  state: 'empty',
  phase: 'idle',
  phaseProgress: null,
  facts: null,
  data: null,
  step: 0,
  memory: [],
  liveBuffers: 0,
  samples: [],
  asking: false,
  profile: null,
  profiling: false,
  estimate: null,
  estimating: false,
  presetEstimates: {},
  playWhenReady: false,
  pausing: false,
  exporting: false,
  proving: false,
  measuring: false,
  failure: null,
  notices: [],
  flash: null,
  checkRows: [],
  checkState: 'idle',
  checkError: null,
}));

export function useRun<Value>(select: (state: RunStoreState) => Value): Value {
  return useStore(runStore, select);
}

let lastId = 0;
export function newId(): number {
  return ++lastId;
}

const MAX_NOTICES = 4;

export function addNotice(error: LabErrorData): void {
  runStore.setState(({ notices }) => ({
    notices: [...notices.filter((known) => known.error.message !== error.message), { id: newId(), error }].slice(
      -MAX_NOTICES,
    ),
  }));
}

export function dismissNotice(id: number): void {
  runStore.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
}

let flashTimer: ReturnType<typeof setTimeout> | undefined;
export function flash(message: string): void {
  runStore.setState({ flash: message });
  clearTimeout(flashTimer);
  flashTimer = setTimeout(() => runStore.setState({ flash: null }), 3000);
}
