// What a data pipeline tells of itself: counts and samples of each stage, files and their bad rows, clusters of duplicates, shards.
// Plain types; whoever runs the pipeline fills them, whoever shows it reads them.

import type { LabErrorData } from './errors';
import type { PipelineConfig, SourceEncoding, SourceFormat } from './pipelineConfig';

/** A document by where it was read. */
export interface DocumentRef {
  /** Index in the list of files. */
  readonly file: number;
  /** 1 for the first record of the file. */
  readonly record: number;
}

/** A document to look at. */
export interface DocumentText {
  readonly document: DocumentRef;
  /** As it was read; null where it is shown filtered only. */
  readonly raw: string | null;
  /** As the stages that see one document leave it; null where they leave it out. */
  readonly cleaned: string | null;
}

export interface StageSample {
  readonly document: DocumentRef;
  /** Around the first difference, or from the start. */
  readonly before: string;
  /** Null where the document was left out. */
  readonly after: string | null;
  /** Why it was left out. */
  readonly reason?: string;
  /** `before` is empty, and `after` too where stages follow: texts of its file are shown filtered only. */
  readonly withheld?: boolean;
}

export interface StageReport {
  /** `decode`, a StageName, `split`, `tokenize` or `pack`. */
  readonly stage: string;
  readonly documentsIn: number;
  readonly documentsOut: number;
  readonly charactersIn: number;
  readonly charactersOut: number;
  /** Documents whose text was changed. */
  readonly changed: number;
  /** Documents left out, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** What the stage counts itself: masked e-mail addresses, languages, tokens. */
  readonly counts: Readonly<Record<string, number>>;
  /** Processor time of all workers in this stage, by their own clocks. */
  readonly milliseconds: number;
  readonly samples: readonly StageSample[];
}

export interface BadRow {
  /** 1 for the first row; a CSV's header is row 1. */
  readonly row: number;
  readonly why: string;
}

export interface FileReport {
  readonly name: string;
  readonly bytes: number;
  readonly format: SourceFormat | null;
  readonly encoding: SourceEncoding | null;
  readonly compressed: boolean;
  readonly documents: number;
  readonly badRows: number;
  /** The first of them. */
  readonly badRowSamples: readonly BadRow[];
  /** Why nothing was read of it. */
  readonly refusal: LabErrorData | null;
}

export interface DuplicateCluster {
  readonly kept: DocumentRef;
  /** Documents left out for it; `similarity` is the estimate by MinHash, 1 for exact duplicates. */
  readonly members: readonly { readonly document: DocumentRef; readonly similarity: number }[];
}

export type SplitName = 'train' | 'validation';

export interface ShardRecord {
  readonly name: string;
  readonly tokens: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface SplitRecord {
  readonly documents: number;
  readonly tokens: number;
  /** Whole sequences: the last tokens that do not fill one are left over. */
  readonly sequences: number;
  readonly shards: readonly ShardRecord[];
  /** The file that says which document each token belongs to: 3 uint32 a document: file, record, tokens. */
  readonly documentsFile: ShardRecord;
}

/** index.json of a folder of shards. */
export interface ShardIndex {
  readonly format: 'shardlab-tokens';
  readonly version: 1;
  readonly dtype: 'uint16' | 'uint32';
  readonly vocabularySize: number;
  /** Tokens after every document. */
  readonly documentEnd: readonly number[];
  readonly sequenceLength: number;
  readonly files: readonly string[];
  readonly splits: Readonly<Record<SplitName, SplitRecord>>;
  readonly config: PipelineConfig;
}

/** A part of a document in a sequence. */
export interface DocumentSpan extends DocumentRef {
  /** In the split's documents file. */
  readonly index: number;
  /** Positions in the sequence: [from, to). */
  readonly from: number;
  readonly to: number;
}

/** A sequence is read: in which step, by whom. */
export interface DocumentReading {
  readonly epoch: number;
  readonly sequence: number;
  /** 0 for the first. */
  readonly step: number;
  /** Of the global batch. */
  readonly row: number;
  /** Data-parallel rank. */
  readonly rank: number;
  readonly microBatch: number;
}

/** A sequence of a step, with what it holds. */
export interface StepReading extends DocumentReading {
  readonly documents: readonly DocumentSpan[];
}

/** What decides who reads what. */
export interface ReadingRun {
  /** Tokens of a sequence of the run; left out: as the shards were packed for. */
  readonly sequenceLength?: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly dpSize: number;
  readonly microBatches: number;
}

export interface Histogram {
  /** Upper bound of bucket i, in the unit that is counted; the last is open. */
  readonly upTo: readonly number[];
  readonly counts: readonly number[];
}

export interface WorkerActivity {
  readonly worker: number;
  readonly state: 'starting' | 'working' | 'comparing' | 'idle' | 'dead';
  readonly file: string | null;
  readonly pieces: number;
  /** Pieces taken from another worker's queue. */
  readonly stolen: number;
  readonly bytes: number;
}

export type PipelinePhase = 'plan' | 'read' | 'pack' | 'done';

export interface PipelineProgress {
  readonly phase: PipelinePhase;
  readonly bytes: number;
  /** Of these, what an interrupted run had read: no work of this one. */
  readonly recoveredBytes: number;
  readonly totalBytes: number;
  readonly documents: number;
  readonly tokens: number;
  /** Pauses left out. */
  readonly seconds: number;
  readonly paused: boolean;
  readonly stages: readonly StageReport[];
  readonly workers: readonly WorkerActivity[];
}

export interface PipelineSummary {
  readonly index: ShardIndex;
  readonly files: readonly FileReport[];
  /** In the order in which they ran. */
  readonly stages: readonly StageReport[];
  readonly clusters: readonly DuplicateCluster[];
  readonly clustersInAll: number;
  readonly languages: Readonly<Record<string, number>>;
  /** Characters of documents that were kept. */
  readonly lengths: Histogram;
  /** The first documents that decontamination left out. */
  readonly contaminated: readonly DocumentRef[];
  /** The most frequent tokens of the training part, most frequent first; `text` to be read by people. */
  readonly commonTokens: readonly { readonly id: number; readonly count: number; readonly text: string }[];
  /** How often the token of a rank occurs, 1 being the most frequent: about ten ranks to each factor of ten, and the last. */
  readonly tokenRanks: readonly { readonly rank: number; readonly count: number }[];
  /** Tokens of the vocabulary that the training part has. */
  readonly tokensSeen: number;
  readonly seconds: number;
  /** Bytes that an interrupted run had read before this one went on: they took none of the seconds. */
  readonly recoveredBytes: number;
  readonly workers: number;
  /** Workers that died, whose pieces others took over. */
  readonly deaths: number;
  readonly notices: readonly LabErrorData[];
}
