// What the commands take that ask a model which reads whole texts: fill, classify, tag, answer, similar.

import { poolings, readingDefaults } from '../../../src/core/answerRecords';
import type { CommandSpec, OptionSpec } from './commandSpec';

const { fillTopK, answerTopK, maxAnswerTokens } = readingDefaults;
const many = (name: string, max: number, help: string): OptionSpec => ({
  name,
  kind: 'number',
  placeholder: 'N',
  range: { min: 1, max, whole: true },
  help,
});
const DIR = { name: 'DIR', required: true } as const;

export const readingCommands: readonly CommandSpec[] = [
  {
    name: 'fill',
    positional: DIR,
    rest: 'TEXT',
    options: [many('top-k', 1_000, `candidates of a gap, ${fillTopK} if left out`)],
    help: 'the likeliest words for each [MASK] of a text, by the masked language model in a Hugging Face folder',
  },
  {
    name: 'classify',
    positional: DIR,
    rest: 'TEXT',
    options: [],
    help: 'the classes of texts with their probabilities, by the classifier in a Hugging Face folder',
  },
  {
    name: 'tag',
    positional: DIR,
    rest: 'TEXT',
    options: [],
    help: 'a label for each word of a text, by the token classifier in a Hugging Face folder',
  },
  {
    name: 'answer',
    positional: DIR,
    rest: 'QUESTION',
    options: [
      { name: 'context', kind: 'text', placeholder: 'TEXT', help: 'where to look; however long' },
      { name: 'context-file', kind: 'text', placeholder: 'FILE', help: 'a text file to look in, instead' },
      many('top-k', 1_000, `answers, ${answerTopK} if left out`),
      many('max-answer-tokens', 10_000, `tokens that an answer may have, ${maxAnswerTokens} if left out`),
      { name: 'allow-none', kind: 'flag', help: 'also weigh that the context does not answer' },
    ],
    help: 'answers to a question that are spans of a text, by the model in a Hugging Face folder',
  },
  {
    name: 'similar',
    positional: DIR,
    rest: 'TEXT',
    options: [
      {
        name: 'pooling',
        kind: 'text',
        placeholder: 'NAME',
        choices: poolings,
        help: 'mean, of the last hidden states, if left out; or what the pooler gives',
      },
    ],
    help: 'how near texts are to the first one: cosines of the vectors that the model in a Hugging Face folder gives',
  },
];
