import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DiffPart, excerptDiff, textDiff } from './textDiff';

const side = (parts: readonly DiffPart[], other: DiffPart['kind']) =>
  parts
    .filter(({ kind }) => kind !== other)
    .map(({ text }) => text)
    .join('');

test('words that were put in, taken out and replaced', () => {
  expect(textDiff('write to ahab@pequod.example now', 'write to <EMAIL> now')).toEqual([
    { kind: 'same', text: 'write to ' },
    { kind: 'removed', text: 'ahab@pequod.example' },
    { kind: 'added', text: '<EMAIL>' },
    { kind: 'same', text: ' now' },
  ]);
  expect(textDiff('a b  c', 'a b c')).toEqual([
    { kind: 'same', text: 'a b ' },
    { kind: 'removed', text: ' ' },
    { kind: 'same', text: 'c' },
  ]);
});

test('what an excerpt cuts off is no change', () => {
  expect(excerptDiff('a  b c d…', 'a b c d e…')).toEqual([
    { kind: 'same', text: 'a ' },
    { kind: 'removed', text: ' ' },
    { kind: 'same', text: 'b c d' },
    { kind: 'same', text: '…' },
  ]);
  expect(excerptDiff('a b', 'a c')).toHaveLength(3);
});

test('both texts can be read from the parts, and equal texts have one part', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'cat', ' ', '\n', '.', '\u4e2d', '\u{1f680}'), { maxLength: 40 });
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      const [before, after] = [a.join(''), b.join('')];
      const parts = textDiff(before, after);
      expect(side(parts, 'added')).toBe(before);
      expect(side(parts, 'removed')).toBe(after);
      if (before === after) expect(parts.length).toBeLessThanOrEqual(1);
    }),
  );
});

test('the script is the shortest: one word of many', () => {
  const words = Array.from({ length: 300 }, (_, i) => `w${i % 7}`);
  const parts = textDiff(words.join(' '), words.with(150, 'new').join(' '));
  expect(parts.filter(({ kind }) => kind !== 'same').map(({ text }) => text)).toEqual(['w3', 'new']);
});

test('texts without anything in common are replaced, in bounded time', () => {
  const of = (letter: string) => Array.from({ length: 5_000 }, (_, i) => `${letter}${i}`).join(',');
  const parts = textDiff(of('a'), of('b'));
  expect(side(parts, 'added')).toBe(of('a'));
  expect(side(parts, 'removed')).toBe(of('b'));
});
