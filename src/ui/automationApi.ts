// The contract between the page and the command line: what the page offers under `?automation`, as types and constants.
// It must stay plain data, so that both sides (a browser and Node) can read it; it knows no worker and no React.

import type { ReadingRequest, ReadingResult } from '../core/answerRecords';
import type { FieldIssue, LabErrorData } from '../core/errors';
import type { ExportOptions } from '../core/exportOptions';
import type { Inspection, InspectRequest } from '../core/insideRecords';
import type { InspectionRow } from '../core/inspectionRows';
import type { PipelineProgress, PipelineSummary } from '../core/pipelineRecords';
import type {
  AdapterFacts,
  BenchName,
  BenchOptions,
  BenchRow,
  CheckRow,
  CompressedFolder,
  CompressionOptions,
  CompressionRow,
  DistillationOptions,
  DistillationProgress,
  EvaluationRow,
  GenerateRequest,
  GenerateResult,
  LoadOptions,
  NamedFile,
  RunFacts,
  RunState,
} from '../core/records';
import type { RunConfig } from '../core/runConfig';
import type { SceneEvent, SceneName, SceneResult, SceneSize } from '../core/sceneRecords';
import type { TimeShares } from '../parallel/stepShares';
import type { PredictionCheck } from '../planner/comparison';
import type {
  ConformanceOptions,
  ImportedModel,
  PipelineRequest,
  RankEvent,
  TaskSource,
  VerifyOptions,
} from '../workers/protocol';

/** A folder that was read whole. */
type StartingModel = ImportedModel & { readonly name: string };

/** A training run as the command line asks for it: the configuration is already checked. */
export interface AutomationTrainRequest {
  readonly config: RunConfig;
  /** The person's own text, for corpus `text`. */
  readonly content?: NamedFile;
  /** tokenizer.json as text, for tokenizer `json`. */
  readonly tokenizerJson?: string;
  /** What the run begins with; random weights where left out. Its model is the configuration's. */
  readonly start?: StartingModel;
  /** How the model is wanted as files; null where it is not. */
  readonly exported: ExportOptions | null;
}

/** What was expected of a step, held against steps that were run. */
export interface AutomationPredictOutcome {
  readonly adapter: AdapterFacts;
  readonly checks: readonly PredictionCheck[];
  /** Medians over the traced steps. */
  readonly stepMs: { readonly predicted: number; readonly measured: number };
  readonly shares: { readonly predicted: TimeShares; readonly measured: TimeShares };
  readonly tracedSteps: number;
}

export interface AutomationTrainOutcome {
  readonly adapter: AdapterFacts;
  readonly facts: RunFacts;
  /** `finished` when all steps were done. */
  readonly state: RunState;
  /** Held-out evaluation after the last step. */
  readonly evaluation: EvaluationRow;
  /** The Hugging Face folder, a run's adapter in a folder of its own in it; empty unless it was asked for. */
  readonly files: readonly NamedFile[];
}

/**
 * What the page's controller implements for the bridge. Each method opens the worker if it has none, rejects with a
 * LabError, and settles even where the worker dies.
 */
export interface AutomationController {
  adapter(): Promise<AdapterFacts>;
  verify(options: VerifyOptions, onRow: (row: CheckRow) => void): Promise<readonly CheckRow[]>;
  conformance(
    files: readonly NamedFile[],
    options: ConformanceOptions,
    onRow: (row: CheckRow) => void,
  ): Promise<readonly CheckRow[]>;
  /** Reads a folder to begin a run with. @throws LabError for a folder that cannot be read, or whose weights cannot be trained */
  open(name: string, files: readonly NamedFile[]): Promise<StartingModel>;
  /**
   * Prepares, trains to the last step, evaluates once, and exports if asked. All rank events go through `onEvent`.
   * A run that fails rejects with its LabError.
   */
  train(request: AutomationTrainRequest, onEvent: (event: RankEvent) => void): Promise<AutomationTrainOutcome>;
  /** Measures the device, predicts a step, runs the configuration's steps, and compares. */
  predict(config: RunConfig, onEvent: (event: RankEvent) => void): Promise<AutomationPredictOutcome>;
  /** Loads the folder, then continues the prompt; with a draft a second time without it, to compare. */
  generate(
    files: readonly NamedFile[],
    request: GenerateRequest,
    options: LoadOptions,
    onText: (piece: string) => void,
  ): Promise<{ readonly result: GenerateResult; readonly plain: GenerateResult | null }>;
  /** Loads the folder, then looks at what its model makes of a text. */
  inspect(files: readonly NamedFile[], request: InspectRequest): Promise<Inspection>;
  /** Loads the folder, then asks its model. */
  read(files: readonly NamedFile[], request: ReadingRequest): Promise<ReadingResult>;
  /**
   * Compresses the folder's model and measures it before and after, on `text`, or where none is given on the held-out part of what run.json
   * says it was trained on.
   */
  compress(
    files: readonly NamedFile[],
    text: NamedFile | undefined,
    options: CompressionOptions,
    onRow: (row: CompressionRow) => void,
  ): Promise<CompressedFolder>;
  /** Distils the folder's model into the one that `config` says, on its text or on `text`; teacher and students measured side by side. */
  distill(
    files: readonly NamedFile[],
    config: RunConfig,
    text: NamedFile | undefined,
    options: DistillationOptions,
    onRow: (row: CompressionRow) => void,
    onProgress: (progress: DistillationProgress) => void,
  ): Promise<CompressedFolder>;
  /** Runs a scene to its end, on workers of its own. */
  scene(scene: SceneName, size: SceneSize, onEvent: (event: SceneEvent) => void): Promise<SceneResult>;
  bench(name: BenchName, options: BenchOptions, onRow: (row: BenchRow) => void): Promise<readonly BenchRow[]>;
  /** Files to shards. Where there is no room it is given up, with what was missing. */
  data(request: PipelineRequest, onProgress: (progress: PipelineProgress) => void): Promise<PipelineSummary>;
}

/** A file that the page fetches from the server that serves it. */
export interface InputFile {
  readonly name: string;
  readonly url: string;
}

/** Which run: a preset's id, or a configuration as it was written. */
export type ConfigSource = { readonly preset: string } | { readonly value: unknown };

/** Fields by section, as the command line was given them. */
export type ConfigFields = Readonly<Record<string, number | string | boolean>>;
export type ConfigOverrides = Readonly<Record<'train' | 'parallel', ConfigFields>> & { readonly lora?: ConfigFields };

export type AutomationCommand =
  | { readonly command: 'adapter' }
  | { readonly command: 'verify'; readonly options: VerifyOptions }
  | { readonly command: 'conformance'; readonly inputs: readonly InputFile[]; readonly options: ConformanceOptions }
  | {
      readonly command: 'train';
      readonly source: ConfigSource;
      /** Laid over the configuration's sections before it is checked. */
      readonly overrides: ConfigOverrides;
      readonly text?: InputFile;
      readonly tokenizer?: InputFile;
      /** A folder whose model and weights the run begins with. */
      readonly from?: { readonly name: string; readonly inputs: readonly InputFile[] };
      /** Where the page POSTs the folder's files, one each at `outputUrl + name`; null when none are wanted. */
      readonly outputUrl: string | null;
      readonly exported: ExportOptions;
    }
  | { readonly command: 'predict'; readonly source: ConfigSource; readonly overrides: ConfigOverrides }
  | {
      readonly command: 'generate';
      readonly inputs: readonly InputFile[];
      readonly request: GenerateRequest;
      readonly options: Omit<LoadOptions, 'draft'>;
      /** The folder of a smaller model that drafts. */
      readonly draft?: readonly InputFile[];
    }
  | { readonly command: 'inspect'; readonly inputs: readonly InputFile[]; readonly request: InspectRequest }
  | { readonly command: 'read'; readonly inputs: readonly InputFile[]; readonly request: ReadingRequest }
  | {
      readonly command: 'quantize';
      readonly inputs: readonly InputFile[];
      readonly text?: InputFile;
      readonly options: CompressionOptions;
      /** As `train` has it. */
      readonly outputUrl: string | null;
    }
  | {
      readonly command: 'distill';
      /** The teacher's folder. */
      readonly inputs: readonly InputFile[];
      /** The student's run, as `train` has it. */
      readonly source: ConfigSource;
      readonly overrides: ConfigOverrides;
      readonly text?: InputFile;
      readonly options: DistillationOptions;
      readonly outputUrl: string | null;
    }
  | { readonly command: 'bench'; readonly name: BenchName; readonly options: BenchOptions }
  | { readonly command: 'scene'; readonly scene: SceneName; readonly size: SceneSize }
  | {
      readonly command: 'data';
      readonly inputs: readonly /** `chosen`: its place among the files that come with the command. */
      ({ readonly name: string; readonly chosen: number } | { readonly name: string; readonly task: TaskSource })[];
      /** A pipeline's configuration as it was written; undefined for the defaults. */
      readonly config: unknown;
      readonly workers: number;
      readonly tokenizer?: InputFile;
      /** As PipelineRequest has it. */
      readonly heldBytes?: number;
      /** Where the shards are POSTed, one file each at `outputUrl + name`. */
      readonly outputUrl: string;
    };

/** Progress, in the order it happened. */
export type AutomationEvent =
  | { readonly type: 'rank'; readonly event: RankEvent }
  | { readonly type: 'check'; readonly row: CheckRow }
  | { readonly type: 'bench'; readonly row: BenchRow }
  /** The next piece of a text that is generated. */
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'compression'; readonly row: CompressionRow }
  | { readonly type: 'distillation'; readonly progress: DistillationProgress }
  | { readonly type: 'inspection'; readonly row: InspectionRow }
  | { readonly type: 'scene'; readonly event: SceneEvent }
  | { readonly type: 'pipeline'; readonly progress: PipelineProgress };

/** What a finished command hands back; files have gone to `outputUrl` and only their names and sizes are here. */
export type AutomationResult =
  | { readonly command: 'adapter'; readonly adapter: AdapterFacts }
  | { readonly command: 'verify' | 'conformance'; readonly adapter: AdapterFacts; readonly rows: readonly CheckRow[] }
  | {
      readonly command: 'train';
      readonly adapter: AdapterFacts;
      readonly facts: RunFacts;
      readonly state: RunState;
      readonly evaluation: EvaluationRow;
      readonly files: readonly { readonly name: string; readonly size: number }[];
    }
  | ({ readonly command: 'predict' } & AutomationPredictOutcome)
  | {
      readonly command: 'generate';
      readonly adapter: AdapterFacts;
      readonly result: GenerateResult;
      /** Of the model alone, where a draft proposed; else null. */
      readonly plain: GenerateResult | null;
    }
  | { readonly command: 'read'; readonly adapter: AdapterFacts; readonly result: ReadingResult }
  | {
      readonly command: 'inspect';
      readonly adapter: AdapterFacts;
      /** All but what went out as rows. */
      readonly inspection: Pick<Inspection, 'layers' | 'heads' | 'width' | 'leftOut' | 'dropped' | 'milliseconds'> & {
        readonly tokens: number;
        /** Null where the head says nothing of tokens. */
        readonly asked: 'next' | 'same' | null;
      };
    }
  | {
      readonly command: 'quantize' | 'distill';
      readonly adapter: AdapterFacts;
      readonly rows: readonly CompressionRow[];
      readonly files: readonly { readonly name: string; readonly size: number }[];
    }
  | { readonly command: 'bench'; readonly adapter: AdapterFacts; readonly rows: readonly BenchRow[] }
  | { readonly command: 'scene'; readonly result: SceneResult }
  | { readonly command: 'data'; readonly summary: PipelineSummary };

/** `refused`: the request itself was wrong (exit 2). `failed`: it was tried (exit 1). */
export type AutomationReply =
  | { readonly outcome: 'done'; readonly result: AutomationResult }
  | { readonly outcome: 'refused'; readonly message: string; readonly issues: readonly FieldIssue[] }
  | { readonly outcome: 'failed'; readonly error: LabErrorData };

/** `globalThis.shardlab` of a page opened with `?automation`. */
export interface AutomationApi {
  /** Raised when this contract changes in a way that an older command line could not follow. */
  readonly version: number;
  /**
   * Runs one command; never rejects. Events go through the binding named `automationBinding`, in order.
   * @param chosen files of the disk, which the command names by their place
   */
  run(command: AutomationCommand, chosen?: readonly File[]): Promise<AutomationReply>;
}

export const automationVersion = 2;
/** The function that the command line exposes to the page for events. */
export const automationBinding = 'shardlabEvent';
