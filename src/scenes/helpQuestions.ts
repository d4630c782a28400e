// The questions of the help as customers write them: with small talk around. Held-out questions are said in other words, with other small
// talk. Pure.

import { hashName, threefry2x32 } from '../core/rng';
import { helpPassages } from './helpPassages';

export interface HelpQuestion {
  readonly text: string;
  /** Of the fact that answers it: `PASSAGE.FACT`. */
  readonly fact: string;
  readonly passage: string;
  /** A piece of the passage. */
  readonly answer: string;
}

/** Words of the lab are in it too: what a message is about does not follow from which words it has. */
const talk = {
  training: {
    before: [
      '',
      'hello, ',
      'quick question: ',
      'sorry if this was asked before, ',
      'my model was training with two ranks when I saw this, ',
      'I exported a run yesterday and read the page about weights, now ',
      'I dropped a text with a million tokens into the page, ',
      'the loss in my chart falls and the planner is open, ',
      'my teacher sent me a link to the lab, ',
      'I pressed a key in the check view and wonder, ',
      'we train on a software adapter at school, ',
      'my colleague has a pipeline with a bubble and asks, ',
      'I set the temperature and the seed, ',
      'the tokenizer of my folder is loaded and int8 is on, ',
      'with zero and data parallelism in mind, ',
    ],
    after: [
      '',
      '?',
      ' please',
      '? thank you',
      ', I am lost',
      ', the language of my page is English',
      ', my browser has WebGPU and the theme is dark',
      ', a row of the table was red before',
      ', I stopped the run at a step',
      ', the file with the vocabulary is there',
    ],
  },
  heldOut: {
    before: [
      'hi, ',
      'one more question, ',
      'while two ranks were training I looked at the weights of my run, ',
      'my school has a software adapter and a planner, ',
      'I read the page about zero and dropped a tokenizer, ',
      'the temperature and the key in my link are set, ',
      'my colleague asks with his pipeline in mind, ',
    ],
    after: [
      '?',
      '? many thanks',
      ', the theme of my browser is English',
      ', the table with the vocabulary is red',
      ', I stopped at a step before and am lost',
    ],
  },
} as const;

/** @param each messages of every wording, with other small talk; the same for the same seed */
export function helpQuestions(part: 'training' | 'heldOut', each: number, seed: number): HelpQuestion[] {
  const stream = hashName(`help.${part}`);
  const { before, after } = talk[part];
  const questions: HelpQuestion[] = [];
  for (const [p, { text: passage, facts }] of helpPassages.entries())
    for (const [f, fact] of facts.entries())
      for (const wording of fact[part]) {
        for (let copy = 0; copy < each; copy++) {
          const [a, b] = threefry2x32(seed, stream, questions.length, copy);
          const text = `${before[a % before.length]}${wording}${after[b % after.length]}`;
          questions.push({ text, fact: `${p}.${f}`, passage, answer: fact.answer });
        }
      }
  return questions;
}
