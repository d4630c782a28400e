// labController's hand on questions to the model that is played with, where it reads whole texts: gaps, classes, labels, answers, similarity. It
// draws nothing; what it learns is in readingStore.

import type { ReadingRequest, ReadingResult } from '../core/answerRecords';
import { toLabErrorData } from '../core/errors';
import { playController } from './labControllerPlay';
import { playStore } from './stores/playStore';
import { noReadings, type ReadingState, readingStore } from './stores/readingStore';

/** The store's part of one answer. Null where the worker answered something else. */
function answered(request: ReadingRequest, result: ReadingResult): Partial<ReadingState> | null {
  if (request.task === 'fill' && result.task === 'fill') return { fill: { request, result } };
  if (request.task === 'classify' && result.task === 'classify') return { classify: { request, result } };
  if (request.task === 'tag' && result.task === 'tag') return { tag: { request, result } };
  if (request.task === 'answer' && result.task === 'answer') return { answer: { request, result } };
  if (request.task === 'similar' && result.task === 'similar') return { similar: { request, result } };
  return null;
}

// Answers of another model say nothing of this one.
playStore.subscribe((now, before) => {
  if (now.model !== before.model) readingStore.setState(noReadings);
});

/** One question at a time. */
export async function ask(request: ReadingRequest): Promise<void> {
  const { model } = playStore.getState();
  if (readingStore.getState().asking !== null || model === null) return;
  const { task } = request;
  readingStore.setState({ asking: task, error: null });
  try {
    const part = answered(request, await playController.read(request));
    if (part !== null && playStore.getState().model === model) readingStore.setState(part);
  } catch (thrown) {
    const error = toLabErrorData(thrown);
    if (error.code !== 'run.cancelled') readingStore.setState({ error: { task, error } });
  } finally {
    readingStore.setState({ asking: null });
  }
}
