// What compressing the model that is played with gave: rows to compare, and the folder of each trial. Plain state; labControllerCompress alone
// writes it.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { LabErrorData } from '../../core/errors';
import type { CompressionRow, NamedFile } from '../../core/records';
import type { PlayModel } from './playStore';

export interface CompressTrial {
  readonly id: number;
  /** The model that was compressed. */
  readonly model: PlayModel;
  /** The first is the model as it was; the last is what `files` hold. */
  readonly rows: readonly CompressionRow[];
  readonly files: readonly NamedFile[];
}

export interface CompressState {
  /** Prepares the held-out text, or compresses and measures. */
  readonly state: 'idle' | 'text' | 'measuring';
  /** Of the trial that is under way. */
  readonly rows: readonly CompressionRow[];
  /** Newest last. */
  readonly trials: readonly CompressTrial[];
  /** What the held-out text is part of. */
  readonly text: string | null;
  readonly error: LabErrorData | null;
}

export const compressStore = createStore<CompressState>()(() => ({
  state: 'idle',
  rows: [],
  trials: [],
  text: null,
  error: null,
}));

export function useCompress<Value>(select: (state: CompressState) => Value): Value {
  return useStore(compressStore, select);
}
