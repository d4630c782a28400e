// Tokenizers of the Data view: how one is to be trained, how far it is, those that were made, and which two take the typed text apart.
// Plain state; only labControllerTokenizer runs anything.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { LabErrorData } from '../../core/errors';
import {
  defaultMinFrequency,
  defaultSpecialTokens,
  type LearntMerge,
  type TokenizerKind,
} from '../../core/tokenizerRecords';
import type { TokenizerProgress, TrainTokenizerResult } from '../../workers/tokenizerProtocol';

export interface TrainedEntry extends TrainTokenizerResult {
  readonly id: string;
  readonly kind: TokenizerKind;
}

export interface TokenizerState {
  readonly kind: TokenizerKind;
  readonly vocabularySize: number;
  readonly minFrequency: number;
  /** With spaces between. */
  readonly specialTokens: string;
  readonly training: boolean;
  readonly progress: TokenizerProgress | null;
  /** The newest last. */
  readonly merges: readonly LearntMerge[];
  readonly error: LabErrorData | null;
  /** The newest last. */
  readonly trained: readonly TrainedEntry[];
  readonly text: string;
  /** `byte`, `user` or the id of a trained one; the second may be none. */
  readonly shown: readonly [string, string | null];
}

/** Merges that are shown while they are learnt. */
const KEPT_MERGES = 120;
const KEPT_TRAINED = 6;

export const tokenizerStore = createStore<TokenizerState>()(() => ({
  kind: 'byte-level-bpe',
  vocabularySize: 512,
  minFrequency: defaultMinFrequency,
  specialTokens: defaultSpecialTokens['byte-level-bpe'].join(' '),
  training: false,
  progress: null,
  merges: [],
  error: null,
  trained: [],
  text: 'Call me Ishmael. 你好，世界！ naïve café 🐳',
  shown: ['byte', null],
}));

export function useTokenizers<Value>(select: (state: TokenizerState) => Value): Value {
  return useStore(tokenizerStore, select);
}

/** Another kind has special tokens of its own. */
export function setKind(kind: TokenizerKind): void {
  tokenizerStore.setState({ kind, specialTokens: defaultSpecialTokens[kind].join(' ') });
}

export function noteProgress(progress: TokenizerProgress): void {
  tokenizerStore.setState(({ merges }) => ({
    progress,
    merges: progress.phase === 'merges' ? [...merges, ...progress.merges].slice(-KEPT_MERGES) : merges,
  }));
}

/** The new one is shown first, beside what was shown before. */
export function addTrained(entry: TrainedEntry): void {
  tokenizerStore.setState(({ trained, shown }) => ({
    merges: entry.newestMerges,
    trained: [...trained, entry].slice(-KEPT_TRAINED),
    shown: [entry.id, shown[0]],
  }));
}
