// What the Inside view looks at: a text and what the model made of it, the place that is pointed at in every picture, and tensors that are watched
// while the run trains. Plain state; labControllerInside alone writes what workers tell.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { LabErrorData } from '../../core/errors';
import type { Inspection, TensorId, TensorListing, TensorReport } from '../../core/insideRecords';

/** Whose inside: the run of this page, or the model of the Play view. */
export const insideSources = ['run', 'play'] as const;
export type InsideSource = (typeof insideSources)[number];

export interface InsideState {
  readonly text: string;
  readonly source: InsideSource;
  readonly state: 'idle' | 'looking';
  readonly inspection: Inspection | null;
  readonly error: LabErrorData | null;
  /** Of the large map. */
  readonly layer: number;
  readonly head: number;
  /** The token that is pointed at, and the one whose part in it is asked for. */
  readonly token: number | null;
  readonly other: number | null;
  /** Of the lens: 0 is the embedding. */
  readonly lensLayer: number;
  /** Null before it was asked for. */
  readonly listing: readonly TensorListing[] | null;
  readonly watched: readonly TensorId[];
  readonly every: number;
  /** The ranks compile what they are to look with; steps that are taken meanwhile are not seen. */
  readonly arming: boolean;
  readonly watchError: LabErrorData | null;
  /** The last of each rank, by reportKey. */
  readonly reports: ReadonlyMap<string, TensorReport>;
}

export const insideStore = createStore<InsideState>()(() => ({
  text: '',
  source: 'run',
  state: 'idle',
  inspection: null,
  error: null,
  layer: 0,
  head: 0,
  token: null,
  other: null,
  lensLayer: 0,
  listing: null,
  watched: [],
  every: 1,
  arming: false,
  watchError: null,
  reports: new Map(),
}));

export function useInside<Value>(select: (state: InsideState) => Value): Value {
  return useStore(insideStore, select);
}

export function tensorKey({ kind, name }: TensorId): string {
  return `${kind} ${name}`;
}

function reportKey(report: TensorReport): string {
  return `${tensorKey(report)} ${report.rank} ${report.start}`;
}

/** The latest reports since the last frame. */
let arrived: Map<string, TensorReport> | null = null;

/** However fast they come, the page takes them once a frame; those of a tensor that is watched no more are of no account. */
export function takeReport(report: TensorReport): void {
  if (arrived === null) {
    arrived = new Map();
    requestAnimationFrame(() => {
      const latest = [...(arrived ?? [])];
      arrived = null;
      insideStore.setState(({ reports, watched }) => {
        const keys = new Set(watched.map(tensorKey));
        return { reports: new Map([...reports, ...latest.filter(([, each]) => keys.has(tensorKey(each)))]) };
      });
    });
  }
  arrived.set(reportKey(report), report);
}

/** The same token in every picture. */
export function pointAtToken(token: number | null, other: number | null = token): void {
  const now = insideStore.getState();
  if (now.token !== token || now.other !== other) insideStore.setState({ token, other });
}
