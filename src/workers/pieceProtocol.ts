// Between the pipeline's host and its data workers: control calls (comlink), and parts over a port, without a copy. Types only.

import type { LabErrorData } from '../core/errors';
import type { PipelineConfig } from '../core/pipelineConfig';
import type { TokenizerSpec } from '../core/records';
import type { HeldOutTable } from '../data/pipeline/decontaminate';
import type { PiecePart } from '../data/pipeline/partBuilder';
import type { Assignment } from '../data/pipeline/pieceScheduler';
import type { RunCheck, RunCounts } from '../data/pipeline/runCheck';
import type { FilePlan } from '../data/pipeline/source/planFiles';
import type { PipelineFile } from './protocol';

export interface PieceSetup {
  readonly files: readonly PipelineFile[];
  readonly plan: FilePlan;
  readonly config: PipelineConfig;
  readonly tokenizer: TokenizerSpec;
}

export type PieceEvent =
  | { readonly type: 'part'; readonly part: PiecePart }
  /** The worker cannot go on with its piece. */
  | { readonly type: 'failure'; readonly error: LabErrorData }
  | { readonly type: 'heartbeat' };

export interface PieceApi {
  connect(port: MessagePort): Promise<void>;
  setUp(setup: PieceSetup): Promise<void>;
  /** Answers at once; parts follow as events, two before the first acknowledgement. */
  process(assignment: Assignment): Promise<void>;
  acknowledge(): Promise<void>;
  /** What check() compares with, from now on. */
  hold(table: HeldOutTable): Promise<void>;
  check(part: RunCheck): Promise<RunCounts>;
}
