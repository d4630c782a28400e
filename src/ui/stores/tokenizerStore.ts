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
import type { KeptTokenizer, TokenizerProgress } from '../../workers/tokenizerProtocol';

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
  readonly trained: readonly KeptTokenizer[];
  /** Why the browser does not keep it, by id. */
  readonly unkept: Readonly<Record<string, LabErrorData>>;
  /** The id of what was trained last on this page. */
  readonly newest: string | null;
  /** Can be taken back. */
  readonly removed: KeptTokenizer | null;
  readonly text: string;
  /** `byte`, `user` or the id of a trained one; the second may be none. */
  readonly shown: readonly [string, string | null];
}

/** Merges that are shown while they are learnt. */
const KEPT_MERGES = 120;

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
  unkept: {},
  newest: null,
  removed: null,
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
export function addTrained(entry: KeptTokenizer): void {
  tokenizerStore.setState(({ trained, shown }) => ({
    merges: entry.newestMerges,
    trained: [...trained.filter(({ id }) => id !== entry.id), entry],
    newest: entry.id,
    removed: null,
    shown: [entry.id, shown[0] === entry.id ? shown[1] : shown[0]],
  }));
}

/** Those of before, in the order in which they were made; what this page has of an id is newer. */
export function addKept(entries: readonly KeptTokenizer[]): void {
  tokenizerStore.setState(({ trained }) => {
    const present = new Set(trained.map(({ id }) => id));
    const all = [...entries.filter(({ id }) => !present.has(id)), ...trained];
    return { trained: all.sort((a, b) => a.madeAt - b.madeAt) };
  });
}

export function changeTrained(entry: KeptTokenizer): void {
  tokenizerStore.setState(({ trained }) => ({ trained: trained.map((each) => (each.id === entry.id ? entry : each)) }));
}

export function dropTrained(entry: KeptTokenizer): void {
  tokenizerStore.setState(({ trained, shown: [first, second] }) => ({
    trained: trained.filter(({ id }) => id !== entry.id),
    removed: entry,
    newest: null,
    shown: [first === entry.id ? 'byte' : first, second === entry.id ? null : second],
  }));
}

export function noteUnkept(id: string, error: LabErrorData | null): void {
  tokenizerStore.setState(({ unkept: { [id]: _, ...others } }) => ({
    unkept: error === null ? others : { ...others, [id]: error },
  }));
}
