// Answers a question from a context of any length: the context is read in windows that overlap, as transformers' question-answering pipeline
// does, and spans of tokens become whole words of the text. Scores are of a window; a span found in two windows counts once, with the better.

import type { AnswerRequest, AnswerResult, ContextAnswer } from '../core/answerRecords';
import { LabError } from '../core/errors';
import { modelSizes } from '../core/modelConfig';
import { answerWindows, type ContextWindow } from '../data/answerWindows';
import { textFrame } from '../data/textFrame';
import { WordEncoder } from '../data/wordSpans';
import { answerSpans } from '../infer/encoderAnswers';
import type { AskedReader } from './readTexts';

/** The pipeline's defaults: tokens of a window with its question, of a question, and that two windows share. */
const WINDOW = 384;
const QUESTION = 64;
const OVERLAP = 128;

/** @throws LabError `data.invalid` for an empty context, or a question that leaves it no room */
export async function answerQuestion(
  { encoder, tokenizer }: AskedReader,
  { question, context, topK, maxAnswerTokens, allowNone }: AnswerRequest,
): Promise<AnswerResult> {
  const words = new WordEncoder(tokenizer);
  const { ids, wordOf, words: spans } = words.encode(context);
  if (ids.length === 0)
    throw new LabError({ code: 'data.invalid', message: 'There is no context to find an answer in.' });
  const length = Math.min(WINDOW, modelSizes(encoder.model).positions);
  const windows = answerWindows(textFrame(tokenizer), tokenizer.encode(question).subarray(0, QUESTION), ids, {
    length,
    overlap: Math.min(OVERLAP, length >> 1),
  });
  const found = new Map<string, ContextAnswer>();
  let none = 1;
  const perPass = encoder.batchOf(windows[0].sequence.ids.length);
  for (let first = 0; first < windows.length; first += perPass) {
    const pass = windows.slice(first, first + perPass);
    const { logits, shape } = await encoder.read(
      pass.map(({ sequence }) => sequence),
      { hidden: false },
    );
    const row = (index: number): Float32Array =>
      logits.subarray(index * shape.tokens, index * shape.tokens + shape.tokens);
    pass.forEach((window, index) => {
      const options = { maxTokens: maxAnswerTokens, count: Infinity, allowNone: true };
      const inContext = Array.from({ length: shape.tokens }, (_, t) => isOfContext(window, t));
      for (const { start, end, score } of answerSpans(row(index), row(shape.batch + index), inContext, options)) {
        if (start === 0) {
          none = Math.min(none, score);
          continue;
        }
        const token = (t: number): number => wordOf[window.first + t - window.sequence.start];
        const answer = { start: spans[token(start)].start, end: spans[token(end)].end, score };
        const key = `${answer.start} ${answer.end}`;
        const known = found.get(key);
        if (known === undefined || known.score < score)
          found.set(key, { text: context.slice(answer.start, answer.end), ...answer });
      }
    });
  }
  const answers = [...found.values(), ...(allowNone ? [{ text: '', start: 0, end: 0, score: none }] : [])];
  return {
    answers: answers.sort((a, b) => b.score - a.score || a.start - b.start || a.end - b.end).slice(0, topK),
    windows: windows.length,
  };
}

function isOfContext({ sequence, length }: ContextWindow, t: number): boolean {
  return t >= sequence.start && t < sequence.start + length;
}
