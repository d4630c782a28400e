// What a model that reads whole texts was asked last, task by task, and what it answered. Plain state; labControllerReading alone writes it.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { ReadingRequest, ReadingResult, ReadingTask } from '../../core/answerRecords';
import type { LabErrorData } from '../../core/errors';

/** A question with its answer, of one task. */
export type Answered<Task extends ReadingTask> = {
  readonly request: Extract<ReadingRequest, { readonly task: Task }>;
  readonly result: Extract<ReadingResult, { readonly task: Task }>;
};

export interface ReadingState {
  /** What is being asked. */
  readonly asking: ReadingTask | null;
  readonly fill: Answered<'fill'> | null;
  readonly classify: Answered<'classify'> | null;
  readonly tag: Answered<'tag'> | null;
  readonly answer: Answered<'answer'> | null;
  readonly similar: Answered<'similar'> | null;
  /** Of the question asked last. */
  readonly error: { readonly task: ReadingTask; readonly error: LabErrorData } | null;
}

export const noReadings: ReadingState = {
  asking: null,
  fill: null,
  classify: null,
  tag: null,
  answer: null,
  similar: null,
  error: null,
};

export const readingStore = createStore<ReadingState>()(() => noReadings);

export function useReading<Value>(select: (state: ReadingState) => Value): Value {
  return useStore(readingStore, select);
}
