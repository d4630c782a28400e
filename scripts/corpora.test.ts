// The texts that the page fetches are in public/data/ once the tests begin, whole and in the form that the lab reads.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const textOf = (name: string): string => readFileSync(new URL(`../public/data/${name}`, import.meta.url), 'utf8');

test('books and addresses are whole', () => {
  expect(textOf('moby-dick.txt')).toContain('Call me Ishmael.');
  expect(textOf('state-of-the-union.txt').length).toBeGreaterThan(10_000_000);
});

test('messages are pairs of English and Chinese', () => {
  const pairs = textOf('messages-en-zh.tsv')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  expect(pairs.length).toBeGreaterThan(1_000);
  expect(pairs.filter((pair) => pair.length !== 2)).toEqual([]);
  expect(pairs.filter(([, chinese]) => /\p{Script=Han}/u.test(chinese ?? '')).length).toBeGreaterThan(
    0.95 * pairs.length,
  );
});
