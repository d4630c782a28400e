// A question with a long context as sequences that a model can read: windows over the context's tokens, each with the question before it, as many
// tokens of two neighbours shared as is asked for. For answering and for training alike. Pure.

import { LabError } from '../core/errors';
import { type FramedText, frameLength, framePair, type TextFrame } from './textFrame';

export interface ContextWindow {
  readonly sequence: FramedText;
  /** First token of the context that it has, and how many. */
  readonly first: number;
  readonly length: number;
}

export interface WindowOptions {
  /** Tokens of a sequence at most. */
  readonly length: number;
  /** Tokens of the context that two neighbours share, fewer where a window has hardly more. */
  readonly overlap: number;
}

/**
 * At least one; an empty context gives one without tokens of it.
 * @throws LabError `data.invalid` where the question leaves no room for the context
 */
export function answerWindows(
  frame: TextFrame,
  question: Uint32Array,
  context: Uint32Array,
  { length, overlap }: WindowOptions,
): ContextWindow[] {
  const room = length - frameLength(frame, 2) - question.length;
  if (room < 1)
    throw new LabError({
      code: 'data.invalid',
      message: 'The question leaves no room for the context.',
      why: `It has ${question.length} tokens; a sequence has ${length}, of which ${frameLength(frame, 2)} are marks.`,
      advice: 'Ask in fewer words, or use a model that reads more tokens.',
    });
  const stride = room - Math.min(overlap, room >> 1);
  const windows: ContextWindow[] = [];
  for (let first = 0; ; first += stride) {
    const part = context.subarray(first, first + room);
    windows.push({ sequence: framePair(frame, question, part), first, length: part.length });
    if (first + room >= context.length) return windows;
  }
}
