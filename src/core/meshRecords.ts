// The records of a mesh run: what ranks report and the page draws. Plain types; whoever measures fills them.

import type { MemoryRow } from './records';

/** `waiting`: for a message of another rank; `computing`: its kernels or its own copies. */
export type RankActivityState =
  | 'starting'
  | 'ready'
  | 'computing'
  | 'waiting'
  | 'paused'
  | 'finished'
  | 'failed'
  | 'dead';

/** A rank as it is placed, known once the run is prepared. */
export interface MeshRankFacts {
  readonly rank: number;
  readonly coordinates: { readonly dp: number; readonly pp: number; readonly tp: number };
  /** Model stages this rank holds, in order; layers are [first, end). */
  readonly stages: readonly {
    readonly stage: number;
    readonly firstLayer: number;
    readonly endLayer: number;
    readonly embedding: boolean;
    readonly head: boolean;
  }[];
  /** Values it stores, its share of sharded tensors only. */
  readonly parameterCount: number;
  /** Measured on its buffers. */
  readonly memory: readonly MemoryRow[];
  readonly totalBytes: number;
}

/** One rank now; sent a few times a second. */
export interface RankActivity {
  readonly rank: number;
  readonly state: RankActivityState;
  readonly step: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Of the last steps' wall time, the share spent neither waiting for messages nor idle. */
  readonly busyShare: number;
}

export type CollectiveName =
  | 'send'
  | 'receive'
  | 'broadcast'
  | 'allReduce'
  | 'reduceScatter'
  | 'allGather'
  | 'allToAll'
  | 'barrier'
  /** Asynchronous training: weights from their owners, a gradient to them. */
  | 'pull'
  | 'push';

/** Communication of one kind by one rank since the run began. */
export interface LedgerRow {
  readonly rank: number;
  readonly collective: CollectiveName;
  /** `dp`, `pp`, `tp`, or `world`. */
  readonly axis: string;
  /** What was moved: `gradients`, `activations`, `parameters`, `norm and loss`, ... */
  readonly what: string;
  readonly calls: number;
  readonly messages: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** Summed over calls, from start to finish of the call. */
  readonly milliseconds: number;
}

/** One executed action of a StepPlan on one rank; times in milliseconds on a clock that all ranks share. */
export interface TraceEvent {
  readonly rank: number;
  readonly step: number;
  /** Index into the rank's actions of the plan. */
  readonly action: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Of that, waiting for other ranks. */
  readonly waitMs: number;
  readonly bytes: number;
  /** Of an asynchronous update: how many versions older the weights behind its gradient were. */
  readonly staleness?: number;
}

/** What one rank sent another. */
export interface PeerTraffic {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** One step as ranks executed it, or as it is expected: of one rank, or of several together. */
export interface StepTrace {
  readonly step: number;
  readonly events: readonly TraceEvent[];
  /** Communication of this step alone. */
  readonly ledger: readonly LedgerRow[];
  readonly sent: readonly PeerTraffic[];
}

/** One parameter of the mesh against one worker on the same global batch. */
export interface ProofRow {
  readonly parameter: string;
  readonly quantity: 'gradient' | 'update';
  readonly maxAbsolute: number;
  /** maxAbsolute over the tensor's largest magnitude on one worker. */
  readonly maxRelative: number;
  readonly tolerance: number;
  readonly ok: boolean;
  /** Elements by distance in units in the last place: 0, 1, 2-3, 4-7, 8-15, ... the last one open. */
  readonly ulpHistogram: readonly number[];
}

export interface ProofReport {
  readonly step: number;
  readonly rows: readonly ProofRow[];
  /** Loss of the global batch, nats a token. */
  readonly loss: { readonly mesh: number; readonly one: number };
  /** Checksums of what replicas hold in common; equal within a group or the proof fails. */
  readonly replicas: readonly {
    readonly what: string;
    readonly ranks: readonly number[];
    readonly checksums: readonly number[];
  }[];
  /** Merged weights are bit for bit what the ranks hold. */
  readonly mergeExact: boolean;
  readonly ok: boolean;
}

/** Known once a mesh run is prepared. */
export interface MeshFacts {
  readonly ranks: readonly MeshRankFacts[];
  /** Every parameter was made by the ranks that own it, none twice with different bits, none left out. */
  readonly initialization: {
    readonly complete: boolean;
    readonly parameters: number;
    readonly missing: readonly string[];
  };
}

/**
 * Throughput against one worker, and where a group of steps spent its time: `waiting`, `device` and `own` are shares of the steps' wall time,
 * mean over ranks, that sum to 1.
 */
export interface MeshThroughput {
  readonly tokensPerSecond: number;
  /** Of one worker on the same global batch, measured in this page; null until it was. */
  readonly oneWorkerTokensPerSecond: number | null;
  /** Until a message of another rank came. */
  readonly waiting: number;
  /** Until the device had finished work whose result was wanted, and its bytes were brought back. */
  readonly device: number;
  /** The rest: encoding work, adding up, sending. */
  readonly own: number;
}
