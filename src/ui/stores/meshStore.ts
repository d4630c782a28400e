// What a run over several ranks has told: where everything lies, the plan, and what is measured of it. Plain state.
// labController and the events it applies write it; `rank` alone is the person's, and is the same in every picture.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type {
  LedgerRow,
  MeshFacts,
  MeshThroughput,
  ProofReport,
  RankActivity,
  StepTrace,
} from '../../core/meshRecords';
import type { StepPlan } from '../../parallel/stepPlan';

export interface MeshState {
  readonly facts: MeshFacts | null;
  readonly plan: StepPlan | null;
  readonly ranks: readonly RankActivity[];
  readonly ledger: readonly LedgerRow[];
  readonly trace: StepTrace | null;
  readonly throughput: MeshThroughput | null;
  readonly proof: ProofReport | null;
}

export interface MeshStoreState extends MeshState {
  /** The rank that the person points at, in whichever picture. */
  readonly rank: number | null;
}

const nothing: MeshState = {
  facts: null,
  plan: null,
  ranks: [],
  ledger: [],
  trace: null,
  throughput: null,
  proof: null,
};

export const meshStore = createStore<MeshStoreState>()(() => ({ ...nothing, rank: null }));

export function useMesh<Value>(select: (state: MeshStoreState) => Value): Value {
  return useStore(meshStore, select);
}

/** Another run comes, or none. */
export function clearMesh(): void {
  meshStore.setState(nothing);
}

/** Ranks tell of their own communication, one by one or together. */
export function addLedger(rows: readonly LedgerRow[]): void {
  const told = new Set(rows.map(({ rank }) => rank));
  meshStore.setState(({ ledger }) => ({ ledger: [...ledger.filter(({ rank }) => !told.has(rank)), ...rows] }));
}

const noTrace: StepTrace = { step: -1, events: [], ledger: [], sent: [] };
let gathering = noTrace;

/** Ranks may tell of a step one by one: it is shown once all of them have. */
export function addTrace(trace: StepTrace): void {
  const already = gathering.step === trace.step ? gathering : noTrace;
  const told = new Set(trace.events.map(({ rank }) => rank));
  const others = ({ rank }: { readonly rank: number }): boolean => !told.has(rank);
  gathering = {
    step: trace.step,
    events: [...already.events.filter(others), ...trace.events],
    ledger: [...already.ledger.filter(others), ...trace.ledger],
    sent: [...already.sent.filter(({ from }) => !told.has(from)), ...trace.sent],
  };
  const ranks = meshStore.getState().plan?.actions.length ?? 0;
  if (new Set(gathering.events.map(({ rank }) => rank)).size < ranks) return;
  meshStore.setState({ trace: gathering });
}

export function pointAtRank(rank: number | null): void {
  if (meshStore.getState().rank !== rank) meshStore.setState({ rank });
}
