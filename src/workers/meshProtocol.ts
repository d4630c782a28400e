// The protocol between a run's host worker and the workers of its ranks: control calls (comlink) and the event stream (a raw port).
// Types only; tensors travel between the ranks over ports of their own.

import type { DeviceRates } from '../core/deviceRates';
import type { LabErrorData } from '../core/errors';
import type { TensorListing, TensorReport, WatchRequest } from '../core/insideRecords';
import type { LedgerRow, MeshRankFacts, RankActivity, StepTrace } from '../core/meshRecords';
import type { BatchData } from '../data/batchSource';
import type { ArenaName } from '../gpu/graph';
import type { ChoiceRecord } from '../gpu/recordedChoices';
import type { TextReply, TextWork } from '../infer/stageText';
import type { PlanMode } from '../parallel/planModes';
import type { AsyncUpdate } from '../train/asyncRank';
import type { ParameterPiece } from '../train/meshRank';
import type { MeshSpec } from '../train/meshSpec';
import type { MicroBatch } from '../train/microBatch';
import type { OutputPiece } from '../train/rankOutputs';
import type { StepMetrics } from '../train/stepMetrics';

export interface RankSetup {
  readonly rank: number;
  readonly run: string;
  /** Counts up when a run's mesh is built again: messages of an older one are ignored. */
  readonly generation: number;
  readonly spec: MeshSpec;
  readonly limits: 'adapter' | 'min';
  readonly choices: ChoiceRecord;
  readonly rates: DeviceRates;
}

export interface MeshRankSetup extends RankSetup {
  /** Without tokens where batches are given. */
  readonly data: BatchData;
}

export interface PeerPort {
  readonly peer: number;
  readonly port: MessagePort;
}

/** What a rank made of the first weights, for the check that nothing is missing. */
export interface InitializedPart {
  readonly name: string;
  readonly elements: number;
}

/** One plan to run; all ranks get the same turns, but for batches that are given. */
export interface MeshTurn {
  readonly mode: PlanMode;
  /** Counts the plans that the mesh has run. */
  readonly turn: number;
  /** 1 for the first step; 0 for an evaluation. */
  readonly step: number;
  readonly learningRate: number;
  /** Of the global batch; a replica that steps alone counts its own. */
  readonly validTokens: number;
  readonly batches:
    | { readonly from: 'train' }
    /** Held-out windows; `first` counts micro-batches over all turns of the evaluation. */
    | { readonly from: 'validation'; readonly first: number }
    /** This replica's micro-batches. */
    | { readonly from: 'given'; readonly microBatches: readonly MicroBatch[] };
  readonly trace: boolean;
}

/** Asynchronous training: every rank serves until `updates` since the run began are applied, or more where `allow` raised that meanwhile. */
export interface AsyncMeshTurn {
  readonly turn: number;
  readonly updates: number;
}

/** Of texts that are continued side by side; `turn` counts what the mesh has run, as in a MeshTurn. */
export interface TextTurn {
  readonly turn: number;
  /** How many, as openTexts was asked for. */
  readonly texts: number;
  readonly work: TextWork;
}

export type MeshRankEvent =
  /** Asynchronous updates that were applied, in order; from the rank of the clock. */
  | { readonly type: 'updates'; readonly rows: readonly AsyncUpdate[] }
  | { readonly type: 'heartbeat'; readonly activity: RankActivity | null }
  | { readonly type: 'compile'; readonly done: number; readonly total: number }
  | { readonly type: 'ledger'; readonly rows: readonly LedgerRow[] }
  | { readonly type: 'trace'; readonly trace: StepTrace }
  /** What was seen of a watched tensor, or why nothing was: training goes on. */
  | { readonly type: 'tensor'; readonly report: TensorReport }
  | { readonly type: 'tensorFailure'; readonly error: LabErrorData }
  | { readonly type: 'failure'; readonly error: LabErrorData };

/** Shares of a rank's time in its turns, milliseconds since it was set up. */
export interface RankTimes {
  readonly totalMs: number;
  readonly waitMs: number;
  readonly deviceMs: number;
}

export interface MeshRankApi {
  connect(port: MessagePort): Promise<void>;
  /** Opens the device, compiles, allocates: to train. */
  setUp(setup: MeshRankSetup, ports: readonly PeerPort[]): Promise<MeshRankFacts>;
  /** The same for a rank that only continues texts; its parameters are to be written. */
  setUpTexts(setup: RankSetup, ports: readonly PeerPort[]): Promise<void>;
  /** Makes this rank's own part of the seed's weights; the optimiser starts afresh. */
  initialize(seed: number): Promise<readonly InitializedPart[]>;
  /** Takes this rank's part of whole parameters. */
  writeParameters(values: ReadonlyMap<string, Float32Array>): Promise<void>;
  run(turns: readonly MeshTurn[]): Promise<readonly StepMetrics[]>;
  /** Updates since the run began when all ranks are at rest; 0 on ranks without the clock. */
  serve(turn: AsyncMeshTurn): Promise<number>;
  /** Of the rank of the clock; does not wait for the turn that runs. */
  allow(updates: number): Promise<void>;
  /** Compiles and allocates for `texts` side by side, unless that is done. @returns why it cannot be; the rank is then as it was */
  openTexts(texts: number): Promise<LabErrorData | null>;
  /** The same turn on all ranks; those of other replicas than the first only count it. */
  text(turn: TextTurn): Promise<TextReply>;
  pieces(arena: ArenaName): Promise<readonly ParameterPiece[]>;
  outputs(): Promise<readonly OutputPiece[]>;
  /** Fingerprint of the stored parameters. */
  checksum(): Promise<number>;
  times(): Promise<RankTimes>;
  /** What of a step can be looked at on this rank. */
  tensors(): Promise<readonly Omit<TensorListing, 'ranks'>[]>;
  watch(request: WatchRequest | null): Promise<void>;
  /** Ends all waits for other ranks with this error: one of them is gone. */
  abort(error: LabErrorData): Promise<void>;
}
