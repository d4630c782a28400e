// What compressing the model that is played with gave, or teaching a smaller one by it: rows to compare, and the folder of each trial. Plain
// state; labControllerCompress alone writes it.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { LabErrorData } from '../../core/errors';
import type { ModelHistory } from '../../core/modelHistory';
import type { CompressionRow, DistillationProgress, NamedFile } from '../../core/records';
import type { StudentSizes } from '../../core/student';
import type { PlayModel } from './playStore';

/** A student as it was asked for. */
export interface AskedStudent extends StudentSizes {
  readonly steps: number;
  readonly temperature: number;
  /** The teacher's share of the loss. */
  readonly alpha: number;
}

export interface CompressTrial {
  readonly id: number;
  /** The model that was compressed, or that taught. */
  readonly model: PlayModel;
  /** Null where the model itself was compressed. */
  readonly student: AskedStudent | null;
  /** The first is the model as it was; the last is what the folder holds. */
  readonly rows: readonly CompressionRow[];
  /** Null where the trial was stopped before there was one. */
  readonly folder: { readonly files: readonly NamedFile[]; readonly history: ModelHistory | null } | null;
}

/** How far the training of a student is. */
export interface StudentProgress extends DistillationProgress {
  /** Until both trainings of the student are over, by the pace of this one; null before it is known. */
  readonly remainingMs: number | null;
}

export interface CompressState {
  /** Prepares the text and a device, or compresses, trains and measures. */
  readonly state: 'idle' | 'text' | 'measuring';
  /** The trial that is under way. */
  readonly asked: Pick<CompressTrial, 'model' | 'student'> | null;
  readonly rows: readonly CompressionRow[];
  /** Null while no student is trained. */
  readonly progress: StudentProgress | null;
  /** Newest last. */
  readonly trials: readonly CompressTrial[];
  /** What the held-out text is part of. */
  readonly text: string | null;
  readonly error: LabErrorData | null;
}

export const compressStore = createStore<CompressState>()(() => ({
  state: 'idle',
  asked: null,
  rows: [],
  progress: null,
  trials: [],
  text: null,
  error: null,
}));

export function useCompress<Value>(select: (state: CompressState) => Value): Value {
  return useStore(compressStore, select);
}
