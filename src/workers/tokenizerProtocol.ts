// Between the page and the workers that train and try tokenizers: control calls (comlink) and progress over a port. Types only.

import type { ShardIndex } from '../core/pipelineRecords';
import type { TokenizerSpec } from '../core/records';
import type {
  LearntMerge,
  TokenizedText,
  TokenizerKind,
  TokenizerTrainingOptions,
  TrainedTokenizer,
  TrainingProgress,
} from '../core/tokenizerRecords';

/** To train on the documents of the training part of shards. */
export interface TrainTokenizerRequest {
  readonly options: TokenizerTrainingOptions;
  readonly index: ShardIndex;
  /** Where the shards are in the browser's own storage. */
  readonly folder: string;
  /** That the shards were made with. */
  readonly tokenizer: TokenizerSpec;
}

export interface TrainTokenizerResult extends TrainedTokenizer {
  /** None for Unigram. */
  readonly newestMerges: readonly LearntMerge[];
  /** Held-out text, a MB at most: UTF-8 bytes, and the tokens that they become. Null where nothing was held out. */
  readonly heldOut: { readonly bytes: number; readonly tokens: number } | null;
  readonly seconds: number;
}

/** A trained tokenizer as the browser's storage keeps it. */
export interface KeptTokenizer extends TrainTokenizerResult {
  readonly id: string;
  readonly kind: TokenizerKind;
  /** That a person gave it; null for none. */
  readonly name: string | null;
  /** Names of the first files of its text. */
  readonly files: readonly string[];
  readonly fileCount: number;
  /** In milliseconds since 1970. */
  readonly madeAt: number;
}

export interface KeptTokenizers {
  /** The newest last. */
  readonly tokenizers: readonly KeptTokenizer[];
  /** Files that were there and are no longer what was written; they are removed. */
  readonly broken: number;
}

export type TokenizerProgress =
  | { readonly phase: 'reading'; readonly documents: number; readonly ofDocuments: number }
  | TrainingProgress;

export type TokenizerEvent =
  | { readonly type: 'progress'; readonly progress: TokenizerProgress }
  | { readonly type: 'heartbeat' };

export interface TokenizerApi {
  connect(port: MessagePort): Promise<void>;
  /** @throws LabError `tokenizer.invalid`, `data.invalid`, `storage` */
  train(request: TrainTokenizerRequest): Promise<TrainTokenizerResult>;
  /** @throws LabError `tokenizer.invalid` */
  tokenize(tokenizer: TokenizerSpec, text: string): Promise<TokenizedText>;
  /** In the browser's own storage, in place of what is there of the same id. @throws LabError `storage` */
  keep(tokenizer: KeptTokenizer): Promise<void>;
  /** @throws LabError `storage` */
  kept(): Promise<KeptTokenizers>;
  /** @throws LabError `storage` */
  forget(id: string): Promise<void>;
}
