// The records that runs produce and workers exchange: facts, rows of metrics, prepared data, check and bench results.
// Plain types; whoever measures fills them, whoever shows them reads them.

import type { LabErrorData } from './errors';
import type { ModelHistory } from './modelHistory';
import type { NonFiniteRank } from './nonFiniteRanks';
import type { Pruning } from './quantization/prune';
import type { QuantizationScheme } from './quantization/scheme';
import type { ParallelConfig, RunConfig } from './runConfig';
import type { Judgement, SequenceData, SequenceTask } from './sequenceRecords';

/** What the browser says of the adapter, and what the lab asked it for. */
export interface AdapterFacts {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** A CPU that pretends to be a GPU: every number measured on it is shown as such. */
  readonly software: boolean;
  readonly profile: 'adapter' | 'min';
  /** The limits the device was made with, by WebGPU's names. */
  readonly limits: Readonly<Record<string, number>>;
  /** Features in use, by WebGPU's names. */
  readonly features: readonly string[];
  /** Features or limits the lab could have used but did not get, each with the reason. */
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
  readonly userAgent: string;
}

export interface MemoryRow {
  /** `gathered`: parameters or gradients of a unit that are whole only while it is used (ZeRO 2 and 3). */
  readonly kind:
    | 'parameters'
    | 'gradients'
    | 'optimizer'
    | 'gathered'
    | 'activations'
    | 'inputs'
    | 'scratch'
    | 'readback';
  readonly bytes: number;
}

/** What a run would need, computed from the real trace before anything is allocated. */
export interface RunEstimate {
  readonly parameterCount: number;
  readonly memory: readonly MemoryRow[];
  readonly totalBytes: number;
  /** The adapter's room as far as it is known: the largest buffer and binding it allows. */
  readonly largestBufferBytes: number;
  readonly largestBufferLimit: number;
  readonly flopsPerStep: number;
  readonly dispatchesPerStep: number;
  readonly tokensPerStep: number;
  /** Predicted from this adapter's measured rates; always shown as a prediction. */
  readonly predictedStepMs: number;
  /** Why the run would be refused, or null when it fits. */
  readonly refusal: LabErrorData | null;
}

export interface StepRow {
  /** 1 for the first optimiser step. */
  readonly step: number;
  /** Nats a token over the global batch, full precision. */
  readonly loss: number;
  /** Global L2 norm before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Tokens of this step. */
  readonly tokens: number;
  /** Milliseconds on the worker's clock since the run's first step began, pauses left out. */
  readonly elapsedMs: number;
  /** Gradient elements that were NaN or infinite; the update was skipped if there were any. */
  readonly nonFinite: number;
  /** Over a mesh, where a loss or gradient was not finite: the ranks that computed it. */
  readonly nonFiniteRanks?: readonly NonFiniteRank[];
  /** Asynchronous training: how many versions older the weights behind the gradient were than those it was applied to. */
  readonly staleness?: number;
  /** Asynchronous training: the rank whose gradient it was. */
  readonly rank?: number;
}

export interface EvaluationRow {
  readonly step: number;
  /** Held-out loss in nats a token. */
  readonly loss: number;
  readonly bitsPerByte: number;
  readonly perplexity: number;
  /** Items that the loss is of: tokens, or of labelled sequences what each task counts. */
  readonly tokens: number;
  /** Of models with a head for labels or answers. */
  readonly judgement?: Judgement;
}

export interface SampleRow {
  readonly step: number;
  readonly prompt: string;
  /** The continuation so far, prompt left out. */
  readonly text: string;
  readonly done: boolean;
  /** Oldest tokens that the model no longer saw in the end, since the text outgrew its context. */
  readonly droppedTokens?: number;
  /** Where the stages of a pipeline wrote it and somebody asked for it. */
  readonly pipeline?: PipelineTraffic;
}

/** One kernel's share of a profiled step, summed over its dispatches of one label. */
export interface ProfileRow {
  readonly label: string;
  readonly kernel: string;
  /** Structure and tuning in short, e.g. `tile 64x64, regs 8x4`. */
  readonly variant: string;
  readonly phase: 'forward' | 'backward' | 'optimizer';
  readonly dispatches: number;
  readonly microseconds: number;
  readonly share: number;
  readonly gflopPerSecond: number;
  readonly gigabytesPerSecond: number;
}

export interface ProfileReport {
  readonly rows: readonly ProfileRow[];
  readonly totalMicroseconds: number;
  /** False where the adapter has no timestamp queries: then there are no rows, and `reason` says so. */
  readonly available: boolean;
  readonly reason?: string;
}

export type RunState = 'empty' | 'preparing' | 'ready' | 'running' | 'paused' | 'finished' | 'failed';

/** Facts that are known once a run is prepared. */
export interface RunFacts {
  readonly config: RunConfig;
  /** Of the model, adapters merged. */
  readonly parameterCount: number;
  /** Values that are trained: fewer beside adapters. */
  readonly trainedCount: number;
  readonly vocabularySize: number;
  readonly trainTokens: number;
  readonly validationTokens: number;
  /** UTF-8 bytes of held-out text a token, for bits per byte. */
  readonly bytesPerToken: number;
  /** Baselines on the same held-out text, nats a token. */
  readonly uniformEntropy: number;
  readonly unigramEntropy: number;
  readonly bigramEntropy: number;
  readonly memory: readonly MemoryRow[];
  readonly totalBytes: number;
  readonly dispatchesPerStep: number;
  readonly flopsPerStep: number;
  /** Matmul variants chosen by measurement, part of the run's record. */
  readonly tuning: readonly string[];
}

/** A tokenizer as data: what a data worker hands to a rank, and what a folder stores. */
export type TokenizerSpec =
  | { readonly kind: 'char'; readonly characters: readonly string[] }
  | { readonly kind: 'byte' }
  /** tokenizer.json, as text. */
  | { readonly kind: 'json'; readonly json: string };

/** The result of data preparation. Token arrays are transferred, not copied. */
/**
 * Where rows of a batch begin: anywhere in the text, drawn anew for each; or at whole sequences, each of them once an epoch, as shards are
 * read (so that it is known who reads which document).
 */
export type RowOrder = 'windows' | 'sequences';

export interface PreparedData {
  readonly tokenizer: TokenizerSpec;
  readonly vocabularySize: number;
  readonly trainTokens: Uint32Array;
  readonly validationTokens: Uint32Array;
  /** UTF-8 bytes a token of the held-out part. */
  readonly bytesPerToken: number;
  readonly unigramEntropy: number;
  readonly bigramEntropy: number;
  /** Of the user's text or the corpus, for the page. */
  readonly title: string;
  readonly characters: number;
  readonly notices: readonly LabErrorData[];
  /** Left out: windows. */
  readonly rowOrder?: RowOrder;
  /** The tokens at which documents begin, ascending from 0. Left out: it is not known. */
  readonly trainDocuments?: Uint32Array;
  readonly validationDocuments?: Uint32Array;
  /** Left out: each token is learnt from those before it. */
  readonly sequences?: SequenceData;
}

export interface DataRequest {
  readonly corpus: RunConfig['data']['corpus'];
  readonly tokenizerKind: RunConfig['data']['tokenizer'];
  readonly validationFraction: number;
  /** For corpus `text`: bytes of the file as dropped, or text as pasted. */
  readonly content?: { readonly name: string; readonly bytes: Uint8Array };
  /** Forces an encoding that the person picked after a refusal. */
  readonly encoding?: 'utf-8' | 'utf-16le' | 'utf-16be' | 'gbk';
  /** For tokenizer `json`: the tokenizer.json text. */
  readonly tokenizerJson?: string;
  /** Smallest number of tokens that a run needs in each part: sequenceLength + 1. */
  readonly minimumTokens: number;
  /** For tokenizer `wordpiece`: its tokens at most; 1000 where it is left out. */
  readonly vocabulary?: number;
  /** For corpus `records`, where the model has a head for them; left out: their texts are learnt as running text. */
  readonly labelled?: { readonly task: Exclude<SequenceTask, 'masked-lm'>; readonly sequenceLength: number };
}

/** What is left out is as the loaded folder's generation_config.json says, else as the field says. */
export interface GenerateRequest {
  readonly prompt: string;
  /** 64 where nobody says. */
  readonly maxTokens?: number;
  /** 0, as where nobody says, is greedy. */
  readonly temperature?: number;
  readonly seed: number;
  /** Only the so many most probable tokens; 0, as where it is left out, for all. */
  readonly topK?: number;
  /** Only the fewest tokens that have this probability together, above 0; 1 for all. */
  readonly topP?: number;
  /** Only tokens with this share of the most probable one's probability; 0 for all. */
  readonly minP?: number;
  /** Above 1 makes tokens that the text has less likely. */
  readonly repetitionPenalty?: number;
  /** Added to the logits of single tokens. */
  readonly logitBias?: readonly { readonly token: number; readonly bias: number }[];
  /** The text ends before any of these. */
  readonly stop?: readonly string[];
  /** Above 1: the likeliest text that so many beams find, in place of tokens drawn one by one. */
  readonly beams?: number;
  /** With beams: a text's score is its log-probability over its length to this power; 1 where it is left out. */
  readonly lengthPenalty?: number;
  /** With beams: true ends with as many finished texts as beams, false (the default) and 'never' when no better one is likely, or possible. */
  readonly earlyStopping?: boolean | 'never';
  /** Speculative decoding: a draft proposes tokens, the model judges them; the text is distributed as without. */
  readonly draft?: DraftChoice;
}

/** Who proposes: a folder that was loaded beside the model, or the model's own weights in int4; and how many tokens at once. */
export interface DraftChoice {
  readonly from: 'folder' | 'int4';
  readonly tokens: number;
}

/** What came of a draft's proposals. */
export interface Speculation {
  /** Proposed in a round. */
  readonly draftTokens: number;
  readonly rounds: number;
  readonly drafted: number;
  readonly accepted: number;
}

/** What the workers of a pipeline sent each other while texts were continued, prompts apart. */
export interface PipelineTraffic {
  readonly stages: number;
  /** Of filling the cache from prompts, and anew where a text outgrew it. */
  readonly prefillBytes: number;
  /** Of each token of each text. */
  readonly bytesPerToken: number;
}

export interface GenerateResult {
  readonly text: string;
  readonly promptTokens: number;
  readonly tokens: readonly number[];
  readonly milliseconds: number;
  /** From the prompt's first token into the cache until the first new token was there. */
  readonly prefillMs: number;
  /** From the first new token to the last; 0 where there are no two. */
  readonly decodeMs: number;
  /** Why it ended: all tokens that were asked for, a stop string or the model's own end of a text, or somebody stopped it. */
  readonly finish: 'length' | 'stop' | 'cancelled';
  /** Oldest tokens that the model no longer saw in the end, since the text outgrew its context. */
  readonly droppedTokens: number;
  /** Settings that were out of range, what took their place, and why. */
  readonly changes: readonly SettingChange[];
  /** Of the text that beams found: log-probability over the penalised length. Left out where tokens were drawn. */
  readonly beamScore?: number;
  /** Settings that nobody asked for and the folder's generation_config.json gave, and what of that file is not followed. */
  readonly fromFolder: readonly NamedValue[];
  readonly notFollowed: readonly NamedValue[];
  /** Left out where one worker computed it. */
  readonly pipeline?: PipelineTraffic;
  /** Left out where no draft proposed. */
  readonly speculation?: Speculation;
}

/** What a model takes that is asked, and what it reads. */
export interface PlayFacts {
  /** Of the parameters, as they lie on the device. */
  readonly parameterBytes: number;
  /** `F32`, or the scheme of its rounding. */
  readonly precision: string;
  /** Of keys and values of a text as long as the context; 0 where the model continues no texts. */
  readonly cacheBytes: number;
  /** The text of each token by itself, with U+FFFD for parts of characters; '' for tokens without one. */
  readonly tokenTexts: readonly string[];
  /** Null where the folder says nothing of it, and for a run. */
  readonly defaults: GenerationDefaults | null;
}

/** How far a text has come that is being continued. */
export interface TextProgress {
  /** New ones. */
  readonly tokens: number;
  /** Tokens of prompt and text that the model sees: its KV cache holds them. */
  readonly contextTokens: number;
  readonly droppedTokens: number;
}

/** A field of a file, its value as JSON. */
export interface NamedValue {
  readonly field: string;
  readonly value: string;
}

/** How a folder's generation_config.json wants its model to be asked. */
export interface GenerationDefaults {
  /** Only what the file says. */
  readonly settings: Readonly<Partial<Omit<GenerateRequest, 'prompt' | 'seed' | 'logitBias' | 'draft'>>>;
  /** Of prompt and text together, where it does not say how many are new. */
  readonly maxLength: number | null;
  /** Fields that would change a text and that the lab does not follow. */
  readonly notFollowed: readonly NamedValue[];
}

export interface SettingChange {
  readonly field: string;
  /** As text: NaN and infinity survive it. */
  readonly asked: string;
  readonly used: number;
  readonly why: string;
}

/** How a folder's weights are rounded when it is loaded. */
export interface QuantizationChoice {
  readonly scheme: QuantizationScheme;
  /** With int8: products take activations in 8 bits too. */
  readonly dot: boolean;
}

/** How a folder is loaded to be asked. */
export interface LoadOptions {
  readonly quantize?: QuantizationChoice;
  /** The files of a smaller model's folder, to draft for this one. */
  readonly draft?: readonly NamedFile[];
  /** Ranks along the axes of a mesh; one worker where it is left out. */
  readonly mesh?: Readonly<Partial<Record<'dp' | 'pp' | 'tp', number>>>;
  /** How the model came about, for the card of a folder that is written of it. */
  readonly history?: ModelHistory | null;
}

/** What to do to a model's weights, and on how much held-out text to judge it. */
export interface CompressionOptions {
  /** Null to leave weights in float32. */
  readonly scheme: QuantizationScheme | null;
  /** With int8: a further row whose products take activations in 8 bits too. */
  readonly dot: boolean;
  /** Before quantising. */
  readonly pruning: Pruning | null;
  /** Held-out tokens at most. */
  readonly tokens: number;
  /** How the model came about, for its card. */
  readonly history?: ModelHistory | null;
}

/** What compressing a folder gives: rows, and the folder anew. */
export interface CompressedFolder {
  readonly rows: readonly CompressionRow[];
  readonly files: readonly NamedFile[];
}

/** What distilling gives: the student's folder, and how it came about. */
export interface DistilledFolder extends CompressedFolder {
  readonly history: ModelHistory;
}

/** Text that the model was not trained on, as text or in its tokens. */
export type HeldOutText = { readonly text: string } | { readonly tokens: Uint32Array };

/** A model as it was, or compressed in one way, measured on this device. */
export interface CompressionRow {
  readonly variant: string;
  /** Of all parameters as they are stored. */
  readonly bytes: number;
  /** Of the parameters that are zero. */
  readonly zeroShare: number;
  /** Of any weight, by rounding. */
  readonly maxError: number;
  /** Largest over the matrices: root mean square of the error over that of the weights. */
  readonly relativeError: number;
  /** Greedy decoding of one text: median and spread. */
  readonly tokensPerSecond: number;
  readonly tokensPerSecondLow: number;
  readonly tokensPerSecondHigh: number;
  /** Nats a token. */
  readonly loss: number;
  readonly perplexity: number;
  readonly heldOutTokens: number;
  /** Against the model as it was. */
  readonly lossChange: number;
  /** Share of the perplexity as it was. */
  readonly perplexityChange: number;
}

/** How a student learns from a teacher's logits (Hinton et al. 2015). */
export interface Distillation {
  /** What both sides' logits are divided by. */
  readonly temperature: number;
  /** The teacher's share of the loss, 0 to 1; the rest is the labels'. */
  readonly alpha: number;
}

export interface DistillationOptions extends Distillation {
  /** Held-out tokens to judge by, at most. */
  readonly tokens: number;
}

/** How far one of the two trainings of a student is. */
export interface DistillationProgress {
  readonly stage: 'alone' | 'distilled';
  readonly step: number;
  readonly steps: number;
  /** Of the batch, nats a token: alone the labels', distilled the mixed loss that is trained on. */
  readonly loss: number;
}

/** One line of verify or conformance. `maxError` in the unit that `tolerance` has. */
export interface CheckRow {
  readonly check: string;
  readonly maxError: number;
  readonly tolerance: number;
  readonly ok: boolean;
  readonly details?: string;
}

/** What was read of a model's folder, for people. */
export interface ModelSummary {
  /** transformers' name of the class, such as `GPT2LMHeadModel`. */
  readonly architecture: string;
  readonly parameterCount: number;
  /** Parameters by the type that the files have them in. */
  readonly dtypes: readonly { readonly dtype: string; readonly parameters: number }[];
  /** Of all files. */
  readonly bytes: number;
  /** Null where the folder has none. */
  readonly tokenizer: {
    /** `BPE`, `WordPiece` or `Unigram`. */
    readonly type: string;
    readonly vocabularySize: number;
    readonly from: readonly string[];
  } | null;
  /** The scheme that its weights are rounded by; null where they are floats. Rounded weights can be asked, not trained. */
  readonly quantized: string | null;
  /** Weights that are NaN or infinite. */
  readonly nonFinite: number;
}

/** How far the files of a model have come from a hub. */
export interface DownloadProgress {
  readonly file: string;
  /** Of all files together, as far as they are there. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** The file's number, from 1, of so many. */
  readonly index: number;
  readonly count: number;
}

/** A file by name, for Hugging Face folders in and out. */
export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface BenchRow {
  readonly bench: string;
  readonly variant: string;
  readonly medianMs: number;
  readonly lowMs: number;
  readonly highMs: number;
  readonly samples: number;
  /** In `unit`, e.g. GFLOP/s or tokens/s. */
  readonly rate: number;
  readonly unit: string;
  /** Of a training bench: losses of steps 0, 1, ... of the fresh run that was timed. */
  readonly losses?: readonly number[];
  /** Of `bench decode` where it was asked `toCompare`. */
  readonly decoded?: BenchDecoded;
}

/** What was generated, and how fast, for a comparison with another engine. */
export interface BenchDecoded {
  readonly tokens: readonly number[];
  /** Logits [V] that the first and the last token were drawn from, of the whole text at once. */
  readonly firstLogits: readonly number[];
  readonly lastLogits: readonly number[];
  /** Between two tokens, the mean of each generation. */
  readonly tokenMs: readonly number[];
}

export type BenchName = 'matmul' | 'attention' | 'train' | 'decode' | 'collectives';

export interface BenchOptions {
  /** `small` is vocab 65, block 64, width 64, 4 heads, 4 layers, batch 8; `large` is block 256, width 384, 6 heads, 6 layers, batch 64. */
  readonly size?: 'small' | 'large';
  /** `decode`: the shape of GPT-2 with 124 million parameters instead, after a prompt of 64 tokens. */
  readonly gpt2?: boolean;
  /** `decode`: one text in float32 alone, with what was generated. */
  readonly toCompare?: boolean;
  readonly matmulSizes?: readonly number[];
  readonly steps?: number;
  /** `train`: over this mesh, beside one worker on the same global batch. */
  readonly parallel?: Partial<ParallelConfig>;
  readonly microBatches?: number;
}
