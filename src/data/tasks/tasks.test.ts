// Synthetic tasks: every answer is right, checked by other means; examples are a function of (task, seed, index).

import { expect, test } from 'vitest';
import { taskNames } from '../../core/runConfig';
import { loadCorpus } from '../corpus';
import { example, taskText } from './taskText';

const examples = (name: (typeof taskNames)[number]) => Array.from({ length: 500 }, (_, i) => example(name, 3, i));

test('answers follow from their prompts', () => {
  for (const { prompt, answer } of examples('copy')) expect(prompt).toBe(`copy ${answer} = `);
  for (const { prompt, answer } of examples('sort')) {
    const given = prompt.slice(5, -3);
    for (const digit of '0123456789') expect(answer.split(digit).length).toBe(given.split(digit).length);
    for (let i = 1; i < answer.length; i++) expect(answer[i] >= answer[i - 1]).toBe(true);
  }
  for (const { prompt, answer } of examples('addition')) {
    const [, a, b] = /^add (\d+) \+ (\d+) = $/.exec(prompt) ?? [];
    expect(BigInt([...answer].reverse().join(''))).toBe(BigInt(a) + BigInt(b));
  }
  for (const { prompt, answer } of examples('modular')) {
    const [, a, sign, b] = /^mod (\d+) ([+*]) (\d+) = $/.exec(prompt) ?? [];
    const value = sign === '+' ? BigInt(a) + BigInt(b) : BigInt(a) * BigInt(b);
    expect(BigInt(answer)).toBe(value % 97n);
  }
  for (const { prompt, answer } of examples('parity')) {
    expect(answer).toBe((prompt.replaceAll(/[^1]/g, '').length & 1) === 1 ? 'odd' : 'even');
  }
  for (const { prompt, answer } of examples('dyck')) {
    let rest = `${prompt.slice(6, -3)}${answer}`;
    for (let before = ''; before !== rest; ) {
      before = rest;
      rest = rest.replaceAll(/\(\)|\[\]|\{\}/g, '');
    }
    expect(rest).toBe('');
    expect(answer.length).toBeGreaterThan(0);
  }
});

test('the same seed gives the same text, another one another; lines stand alone', async () => {
  for (const name of taskNames) {
    const text = taskText(name, 1, 50);
    expect(taskText(name, 1, 50)).toBe(text);
    expect(taskText(name, 1, 60).startsWith(text)).toBe(true);
    expect(taskText(name, 2, 50)).not.toBe(text);
    const { prompt, answer } = example(name, 1, 49);
    expect(text.endsWith(`${prompt}${answer}\n`)).toBe(true);
    const corpus = await loadCorpus({ corpus: `task-${name}` }, () => Promise.reject(new Error('nothing is fetched')));
    expect(corpus.text.split('\n').length).toBeGreaterThan(10_000);
    expect(corpus.text.startsWith(text)).toBe(true);
  }
});
