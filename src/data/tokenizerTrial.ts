// A trial of a tokenizer that came from outside: texts on which a pattern that backtracks without end shows it. Pure; the caller runs it where it
// can be killed, and counts a trial that does not end as a refusal.

import type { Tokenizer } from './tokenizer';

const RUN = 60;

/** Runs of one character, of a word, of digits and of spaces, each ended by what a greedy pattern trips over. */
const TEXTS: readonly string[] = [
  ...['a', 'A', '1', ' ', '\n', '.', '_', 'é', '中', 'ab', 'a ', '1.', ' .', "'s"].flatMap((part) => [
    part.repeat(RUN),
    `${part.repeat(RUN)}!`,
    `${part.repeat(RUN)}\u{1f680}`,
  ]),
  'The quick brown fox, 12.5% of 3,000; "quoted" (and so on) \u2014 na\u00efve.\n\n\tx = y_1;',
];

/** @throws what the tokenizer throws */
export function tryTokenizer(tokenizer: Tokenizer): void {
  for (const text of TEXTS) tokenizer.decode(tokenizer.encode(text));
}
