// What a model that reads whole texts is asked as a sample of itself, from one line of text, and its answer as one line. Pure.

import { type ReadingRequest, type ReadingResult, readingDefaults } from './answerRecords';
import type { ModelTask } from './models/modelSizes';

/** Classes of a text that are shown. */
const CLASSES = 3;
/** A question up to its mark, and the text behind it. */
const QUESTION = /^(.*?[?？])\s*(\S.*)$/s;

/**
 * The question that a head is put with a line of text: its gaps, a last one added where it has none; its class; its labels; or, of a question with a
 * text behind its question mark, the answer.
 * @returns null for a model that continues texts, and for an answer where there is no question or no text behind it
 */
export function sampleRequest(task: ModelTask, text: string): ReadingRequest | null {
  switch (task) {
    case 'masked-lm':
      return { task: 'fill', text, topK: readingDefaults.fillTopK, openEnd: true };
    case 'sequence-classification':
      return { task: 'classify', texts: [text] };
    case 'token-classification':
      return { task: 'tag', text };
    case 'question-answering': {
      const [, question, context] = QUESTION.exec(text.trim()) ?? [];
      const { answerTopK: topK, maxAnswerTokens } = readingDefaults;
      return context === undefined
        ? null
        : { task: 'answer', question, context, topK, maxAnswerTokens, allowNone: false };
    }
    case 'causal-lm':
      return null;
  }
}

/** What stands behind the text in a list of samples: ` → red 81%, blue 12%`. */
export function readingLine(result: ReadingResult): string {
  return ` → ${inOneLine(result)}`;
}

function inOneLine(result: ReadingResult): string {
  switch (result.task) {
    case 'fill':
      return result.gaps
        .map(({ candidates }) => candidates.map(({ token, probability }) => shared(token, probability)).join(', '))
        .join(' | ');
    case 'classify':
      return result.texts
        .map(({ classes }) =>
          classes
            .slice(0, CLASSES)
            .map(({ label, probability }) => shared(label, probability))
            .join(', '),
        )
        .join(' | ');
    case 'tag':
      return result.words.map(({ word, label, probability }) => `${word}: ${shared(label, probability)}`).join(', ');
    case 'answer':
      return result.answers.map(({ text, score }) => shared(text || '∅', score)).join(', ');
    case 'similar':
      return result.similarities.map((row) => row.map((value) => value.toFixed(2)).join(' ')).join(' | ');
  }
}

function shared(name: string, share: number): string {
  return `${name} ${(100 * share).toFixed(0)}%`;
}
