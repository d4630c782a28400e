// The one typed protocol between the page and its workers: control calls (comlink) and the event stream (a raw port).
// Types and plain constants only; it is never widened by a cast, and it must not import a host.

import type { ReadingRequest, ReadingResult } from '../core/answerRecords';
import type { DeviceCalibration } from '../core/deviceRates';
import type { LabErrorData } from '../core/errors';
import type { ExportOptions } from '../core/exportOptions';
import type { Inspection, InspectRequest, TensorListing, TensorReport, WatchRequest } from '../core/insideRecords';
import type {
  LedgerRow,
  MeshFacts,
  MeshRankFacts,
  MeshThroughput,
  ProofReport,
  RankActivity,
  StepTrace,
} from '../core/meshRecords';
import type { ModelConfig } from '../core/modelConfig';
import type { ModelHistory } from '../core/modelHistory';
import type { PipelineConfig } from '../core/pipelineConfig';
import type {
  DocumentReading,
  DocumentRef,
  DocumentText,
  PipelineProgress,
  PipelineSummary,
  ReadingRun,
  StepReading,
} from '../core/pipelineRecords';
import type {
  AdapterFacts,
  BenchName,
  BenchOptions,
  BenchRow,
  CheckRow,
  CompressedFolder,
  CompressionOptions,
  CompressionRow,
  DataRequest,
  DistillationOptions,
  DistillationProgress,
  DistilledFolder,
  DownloadProgress,
  EvaluationRow,
  GenerateRequest,
  GenerateResult,
  HeldOutText,
  LoadOptions,
  MemoryRow,
  ModelSummary,
  NamedFile,
  PlayFacts,
  PreparedData,
  ProfileReport,
  RunEstimate,
  RunFacts,
  RunState,
  SampleRow,
  StepRow,
  TextProgress,
} from '../core/records';
import type { ParallelConfig, RunConfig, TaskName } from '../core/runConfig';
import type { PreparedScene, SceneJudgement, SceneName, SceneSize, SceneStageRun } from '../core/sceneRecords';
import type { StoredRun } from '../core/storedRun';
import type { ScoreRequest, TextScore } from '../core/textScores';
import type { StepPlan } from '../parallel/stepPlan';
import type { ClusterPlan } from '../planner/clusterPlan';
import type { Neighbour } from '../planner/neighbours';
import type { SearchProgress, SearchRequest, SearchResult } from '../planner/search';

export type RankEvent =
  | { readonly type: 'state'; readonly state: RunState }
  /** What the worker is doing now; progress 0..1 or null when unknown. */
  | { readonly type: 'phase'; readonly label: PhaseLabel; readonly progress: number | null }
  | { readonly type: 'facts'; readonly facts: RunFacts }
  | { readonly type: 'steps'; readonly rows: readonly StepRow[] }
  | { readonly type: 'evaluation'; readonly row: EvaluationRow }
  | { readonly type: 'sample'; readonly row: SampleRow }
  | { readonly type: 'memory'; readonly rows: readonly MemoryRow[]; readonly liveBuffers: number }
  | { readonly type: 'notice'; readonly notice: LabErrorData }
  | { readonly type: 'failure'; readonly error: LabErrorData }
  /** A run over several ranks was prepared: where everything lies, and the plan that every step executes. */
  | { readonly type: 'mesh'; readonly facts: MeshFacts; readonly plan: StepPlan }
  /** All ranks of the mesh as they are now, a few times a second. */
  | { readonly type: 'ranks'; readonly rows: readonly RankActivity[] }
  /** Communication of all ranks since the run began. */
  | { readonly type: 'ledger'; readonly rows: readonly LedgerRow[] }
  /** One executed step of all ranks, at most twice a second. */
  | { readonly type: 'trace'; readonly trace: StepTrace }
  /** What a rank saw of a watched tensor in a step. */
  | { readonly type: 'tensor'; readonly report: TensorReport }
  | { readonly type: 'throughput'; readonly throughput: MeshThroughput }
  | { readonly type: 'heartbeat'; readonly atMs: number };

export const phaseLabels = [
  'device',
  'tokenize',
  'tune',
  'compile',
  'initialize',
  'train',
  'evaluate',
  'sample',
  'idle',
] as const;
export type PhaseLabel = (typeof phaseLabels)[number];

export interface DeviceOptions {
  readonly limits: 'adapter' | 'min';
}

export interface CalibrationFacts extends DeviceCalibration {
  /** Kernels with a time of their own, in all, and those of this configuration that had to be left out. */
  readonly measured: number;
  readonly unmeasured: number;
}

/** One step of a configuration, as it is expected on this device. */
export interface PredictedStep {
  readonly plan: StepPlan;
  /** As planned, by rank; memory is what the run would allocate. */
  readonly ranks: readonly MeshRankFacts[];
  /** Every action of every rank, on a clock that starts with the step; communication of one step. */
  readonly trace: StepTrace;
}

/** The model that training begins with, in place of the seed's random weights. */
export interface StartModel {
  readonly name: string;
  readonly files: readonly NamedFile[];
}

/** Control interface of a rank worker. Every call settles: the launcher rejects what is open when the worker dies. */
export interface RankApi {
  /** Opens the device; later calls return the same facts. */
  open(options: DeviceOptions): Promise<AdapterFacts>;
  estimate(config: RunConfig, vocabularySize: number): Promise<RunEstimate>;
  /** From the trainer's own plans; nothing is allocated and nothing runs. @throws LabError `config.invalid` */
  predict(config: RunConfig, vocabularySize: number): Promise<PredictedStep>;
  /** Measures the kernels that `config` asks for, and the links, for later predictions; not while a run trains, which would be measured too. */
  calibrate(config: RunConfig, vocabularySize: number, budgetMs: number): Promise<CalibrationFacts>;
  /** Builds the run; ends in state `ready`. Replaces a run that exists. */
  prepare(config: RunConfig, data: PreparedData, start: StartModel | null): Promise<RunFacts>;
  /** Trains until `steps`, a pause or a failure; resolves when it stops, with the state. */
  play(): Promise<RunState>;
  pause(): Promise<RunState>;
  /** One optimiser step, then paused. */
  stepOnce(): Promise<RunState>;
  /** Back to step 0 with the same seed. */
  reset(): Promise<RunState>;
  evaluate(): Promise<EvaluationRow>;
  /** @param onText gets the text piece by piece as it comes, whole characters that stay */
  generate(request: GenerateRequest, onText?: (piece: string, progress: TextProgress) => void): Promise<GenerateResult>;
  cancelGenerate(): Promise<void>;
  /** What the model that is loaded, or trained, makes of a text, layer by layer; training pauses for it. */
  inspect(request: InspectRequest): Promise<Inspection>;
  /** Asks a model that reads whole texts: the loaded one, else the run's. The answer is of the request's task. */
  read(request: ReadingRequest): Promise<ReadingResult>;
  /** Tensors of the run's steps that can be watched, by name; none of asynchronous runs. */
  tensors(): Promise<readonly TensorListing[]>;
  /** Looks at tensors while the run trains, as `tensor` events tell; null ends that. A reset run goes on being watched, a new one does not. */
  watch(request: WatchRequest | null): Promise<void>;
  profile(): Promise<ProfileReport>;
  /** The run's folder, or that of the model that was loaded: config.json, the weights, the tokenizer, a model card. */
  exportFolder(options: ExportOptions): Promise<readonly NamedFile[]>;
  /** How the model came about that exportFolder writes; null where nobody told. */
  history(): Promise<ModelHistory | null>;
  /** Loads a Hugging Face folder for `generate` or `read`. */
  loadFolder(files: readonly NamedFile[], options?: LoadOptions): Promise<RunFacts | null>;
  /** What the model that was loaded, or is trained, takes and reads. */
  playFacts(): Promise<PlayFacts>;
  /** How likely the model finds each token of a text. */
  scoreText(request: ScoreRequest): Promise<TextScore>;
  /** Logits [V] of the token at `position` of a text, from 1 to `ids.length`, after those before it. */
  nextLogits(ids: Uint32Array, position: number): Promise<Float32Array>;
  /** Compresses the model in a folder; rows, each a model measured on the held-out text, also arrive through `onRow`. Nothing stays loaded. */
  compress(
    files: readonly NamedFile[],
    heldOut: HeldOutText,
    onRow: (row: CompressionRow) => void,
    options: CompressionOptions,
  ): Promise<CompressedFolder>;
  /** Trains a smaller model on the text, alone and with the folder's model as its teacher, and measures all three. Nothing stays loaded. */
  distill(
    files: readonly NamedFile[],
    config: RunConfig,
    data: PreparedData,
    onRow: (row: CompressionRow) => void,
    onProgress: (progress: DistillationProgress) => void,
    options: DistillationOptions,
  ): Promise<DistilledFolder>;
  /** Every kernel variant against its float64 twin; rows also arrive through `onRow`. */
  verify(onRow: (row: CheckRow) => void, options: VerifyOptions): Promise<readonly CheckRow[]>;
  /** Against what the folder says, on one worker or over a mesh. */
  conformance(
    files: readonly NamedFile[],
    onRow: (row: CheckRow) => void,
    options: ConformanceOptions,
  ): Promise<readonly CheckRow[]>;
  /** Takes one step of the mesh and the same step on one worker, and compares them; the run must be over several ranks and synchronous. */
  prove(): Promise<ProofReport>;
  /** Times one worker on the same global batch, beside what the mesh reached. */
  measureOneWorker(): Promise<MeshThroughput>;
  /** Ends one rank's worker as a fault would: the run stops with its name. */
  stopRank(rank: number): Promise<void>;
  bench(name: BenchName, onRow: (row: BenchRow) => void, options: BenchOptions): Promise<readonly BenchRow[]>;
  /** Frees everything; the worker may then be terminated. */
  close(): Promise<void>;
}

export interface ConformanceOptions {
  /** Left out: one worker. */
  readonly parallel?: Partial<ParallelConfig>;
  /** Left out: 1 without a pipeline, else as many as fill it. */
  readonly microBatches?: number;
  readonly seed?: number;
}

export interface VerifyOptions {
  /** Only kernels whose name contains this. */
  readonly only?: string;
  /** For the test that a wrong kernel is caught: WGSL text by kernel file name that replaces the shipped one. */
  readonly replaceShaders?: Readonly<Record<string, string>>;
}

/** Control interface of a data worker: killed and remade by the launcher when it overstays its deadline. */
export interface DataApi {
  prepare(request: DataRequest, onProgress: (progress: number) => void): Promise<PreparedData>;
}

/** Control interface of a scene worker. */
export interface SceneApi {
  prepare(name: SceneName, size: SceneSize, onProgress: (share: number) => void): Promise<PreparedScene>;
  /** Of the scene that was prepared. */
  judge(runs: readonly SceneStageRun[]): Promise<SceneJudgement>;
}

/** A model's folder that was read whole and found right. */
export interface ImportedModel {
  readonly config: ModelConfig;
  /** As they came, without those that say nothing of the model. */
  readonly files: readonly NamedFile[];
  /** tokenizer.json's text; null where the folder has no tokenizer. */
  readonly tokenizerJson: string | null;
  readonly summary: ModelSummary;
}

/** What an import worker is about to do; the launcher gives each its time. */
export type ImportStage = 'read' | 'weights' | 'tokenizer' | 'trial';

/** Control interface of an import worker, which reads bytes that nobody has judged yet. */
export interface ImportApi {
  readModel(files: readonly (File | NamedFile)[], onStage: (stage: ImportStage) => void): Promise<ImportedModel>;
  /** @throws LabError `tokenizer.invalid` */
  checkTokenizer(json: string, onStage: (stage: ImportStage) => void): Promise<void>;
}

/** Control interface of a hub worker. */
export interface HubApi {
  /** One at a time. @throws LabError `hub.*`, `run.cancelled` after cancel() */
  download(hub: string, model: string, onProgress: (progress: DownloadProgress) => void): Promise<readonly NamedFile[]>;
  /** What is there of large files is kept. */
  cancel(): Promise<void>;
  /** Removes what is kept. */
  forget(): Promise<void>;
}

/** Control interface of a planner worker. */
export interface PlannerApi {
  /** Rejects with `run.cancelled` once `cancel` was called. */
  search(request: SearchRequest, onProgress: (progress: SearchProgress) => void): Promise<SearchResult>;
  /** What each plan beside this one would cost. */
  neighbours(plan: ClusterPlan): Promise<readonly Neighbour[]>;
  cancel(): Promise<void>;
}

/** Examples of a synthetic task, one a line. */
export interface TaskSource {
  readonly task: TaskName;
  readonly seed: number;
  readonly examples: number;
}

/** A file for the data pipeline: a Blob (a File of the page is one), the lab's own text, or what is generated. */
export interface PipelineFile {
  /** With its folders, as it is shown. */
  readonly name: string;
  /** Of a task: anything. */
  readonly size: number;
  /** No text of it is shown before the stages have filtered it. */
  readonly filteredOnly?: boolean;
  /** The page can get its content again by this name. */
  readonly preset?: string;
  readonly content:
    | { readonly blob: Blob }
    | { readonly task: TaskSource }
    | { readonly corpus: 'primer' }
    /** Of a run that came back after a reload: the person has to give it again before it can be read. */
    | { readonly absent: true };
}

export interface PipelineRequest {
  readonly files: readonly PipelineFile[];
  /** As checkPipelineConfig gives it. */
  readonly config: PipelineConfig;
  /** For tokenizer `json`. */
  readonly tokenizerJson?: string;
  /** Data workers, 1 to 16. */
  readonly workers: number;
  /** Bytes of tokens that wait in memory until all documents are known, 192 MiB if not said; more of them wait in the browser's storage. */
  readonly heldBytes?: number;
  /** Goes on with the run that was interrupted there, with the same files and configuration. */
  readonly goesOn?: boolean;
  /** Shards go into this folder of the browser's own storage, or are posted to addresses that begin so. */
  readonly target: { readonly folder: string } | { readonly url: string };
}

export type PipelineEvent =
  | { readonly type: 'progress'; readonly progress: PipelineProgress }
  /** There is no room: the run waits for resume() or cancel(). */
  | { readonly type: 'stalled'; readonly error: LabErrorData }
  | { readonly type: 'heartbeat' };

/** Control interface of the worker that runs the data pipeline and has data workers of its own. */
export interface PipelineApi {
  /** One at a time; rejects with `run.cancelled` once cancel() was called. */
  run(request: PipelineRequest): Promise<PipelineSummary>;
  cancel(): Promise<void>;
  /** Holds the run, and lets it go on. */
  pause(paused: boolean): Promise<void>;
  /** After `stalled`: tries again. */
  resume(): Promise<void>;
  /** Ends one data worker as a fault would: others take its pieces. */
  stopWorker(worker: number): Promise<void>;
  /** What a run has left in a folder; a finished one is the last run from now on. @throws LabError `storage` */
  stored(folder: string): Promise<StoredRun | null>;
  /** Removes that. @throws LabError `storage` while a run writes there */
  forget(folder: string): Promise<void>;
  /** Of the run that is going on or was the last; `files` are those of the run, for one that came back. */
  readDocument(document: DocumentRef, files: readonly PipelineFile[]): Promise<DocumentText>;
  /** The shards of the last run as the data of a training run, where they went to the browser's own storage. */
  prepared(): Promise<PreparedData>;
  /** What every row of a step's global batch reads of the training part, and on which rank. */
  readingsOfStep(step: number, run: ReadingRun): Promise<readonly StepReading[]>;
  /** When and where a document of the training part is read in an epoch; `index` is its place in the part. */
  readingsOfDocument(index: number, epoch: number, run: ReadingRun): Promise<readonly DocumentReading[]>;
}
