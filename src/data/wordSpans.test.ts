// Tokens find their words in the text, marks are read off a tokenizer, and windows over a long context miss nothing.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { folderFiles } from '../interop/folderFiles';
import { readFolderTokenizer } from '../interop/tokenizerFiles';
import { wordPieceTokenizer } from '../testing/wordPieceTokenizer';
import { answerWindows } from './answerWindows';
import { byteCharacters } from './byteCharacters';
import { createTokenizer } from './createTokenizer';
import { createJsonTokenizer, type JsonTokenizer } from './jsonTokenizer';
import { framePair, frameText, maskToken, padToken, requireMarks, textFrame } from './textFrame';
import { WordEncoder } from './wordSpans';

const tokenizer = wordPieceTokenizer(['the', 'big', 'dog', '##s', 'walk', '##ing', '.', ',', '中', '$', 'e']);
const encoder = new WordEncoder(tokenizer);

test('every token is of the word whose characters it stands for', () => {
  const text = 'The  dogs, walking. 中中 the\u00a0big é$dog [MASK]xyz';
  const { ids, wordOf, words } = encoder.encode(text);
  expect([...ids]).toEqual([...tokenizer.encode(text)]);
  const found = [...ids].map((id, t) => {
    const { start, end } = words[wordOf[t]];
    return `${tokenizer.spelling(id)}=${text.slice(start, end)}`;
  });
  const expected =
    'the=The dog=dogs ##s=dogs ,=, walk=walking ##ing=walking .=. 中=中 中=中 the=the big=big e=é $=$ dog=dog';
  expect(found).toEqual([...expected.split(' '), '[MASK]=[MASK]', '[UNK]=xyz']);
});

test('whatever the text, the tokens are those of the whole', () => {
  const part = fc.constantFrom(
    'the',
    'dogs',
    ' ',
    '\t',
    '.',
    '[MASK]',
    '[',
    '中',
    'É',
    '\u0000',
    '\ud800',
    '$',
    '€',
    'ﬁ',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      const { ids, wordOf, words } = encoder.encode(text);
      expect([...ids]).toEqual([...tokenizer.encode(text)]);
      for (let t = 1; t < ids.length; t++) expect(wordOf[t]).toBeGreaterThanOrEqual(wordOf[t - 1]);
      for (const { start, end } of words) expect(end).toBeGreaterThan(start);
    }),
  );
});

/** RoBERTa's over single bytes and one merge. */
function byteLevel(prefixed: boolean): JsonTokenizer {
  const vocab: Record<string, number> = { '<s>': 0, '<pad>': 1, '</s>': 2, '<mask>': 3 };
  for (const character of byteCharacters()) vocab[character] = Object.keys(vocab).length;
  vocab['Ġd'] = Object.keys(vocab).length;
  const files = { 'vocab.json': vocab, 'merges.txt': 'Ġ d\n', 'tokenizer_config.json': { add_prefix_space: prefixed } };
  const named = Object.entries(files).map(([name, content]) => ({
    name,
    bytes: new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content)),
  }));
  return createJsonTokenizer(readFolderTokenizer(folderFiles(named))?.json ?? '');
}

const plain = byteLevel(false);
const plainEncoder = new WordEncoder(plain);

test.each([false, true])(
  'tokens of a byte-level tokenizer find their words, a space before a text or not: %s',
  (prefixed) => {
    const bytes = byteLevel(prefixed);
    const text = "A dog's  day, 12th:\n\nend";
    const { ids, wordOf, words } = new WordEncoder(bytes).encode(text);
    expect([...ids]).toEqual([...bytes.encode(text)]);
    expect(words.map(({ start, end }) => text.slice(start, end))).toEqual([
      'A',
      'dog',
      "'s",
      'day',
      ',',
      '12',
      'th',
      ':',
      'end',
    ]);
    const second = [...ids].filter((_, t) => wordOf[t] === 1).map((id) => bytes.spelling(id));
    expect(second).toEqual(['Ġd', 'o', 'g']);
    // A line's end is of what it ends.
    expect([...ids].filter((_, t) => wordOf[t] === 7).map((id) => bytes.spelling(id))).toEqual([':', 'Ċ', 'Ċ']);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'dog', ' ', '\n', "'s", "'", '7', 'é', '中', '.', '<mask>'), { maxLength: 9 }),
        (parts) => {
          const whole = parts.join('');
          const encoded = plainEncoder.encode(whole);
          expect([...encoded.ids]).toEqual([...plain.encode(whole)]);
        },
      ),
      { numRuns: 40 },
    );
  },
);

test('marks are those of the tokenizer, and without them it is refused', () => {
  const frame = textFrame(tokenizer);
  const [the, big] = tokenizer.encode('the big');
  for (const pair of [undefined, 'big the']) {
    const own = tokenizer.encodeWithSpecialTokens('the big', pair);
    const framed = pair === undefined ? frameText(frame, [the, big]) : framePair(frame, [the, big], [big, the]);
    expect([...framed.ids]).toEqual([...own.ids]);
    expect([...framed.typeIds]).toEqual([...own.typeIds]);
    expect(framed.ids[framed.start]).toBe(pair === undefined ? the : big);
  }
  expect([maskToken(tokenizer)?.id, padToken(tokenizer)?.id]).toEqual([4, 0]);
  expect(() => requireMarks(createTokenizer({ kind: 'byte' }))).toThrow('beginning and end');
});

test('windows cover the context, overlap as asked, and fit', () => {
  const frame = textFrame(tokenizer);
  const question = Uint32Array.of(5, 6);
  fc.assert(
    fc.property(fc.nat(60), fc.integer({ min: 6, max: 40 }), fc.nat(20), (count, length, overlap) => {
      const context = Uint32Array.from({ length: count }, (_, i) => 100 + i);
      const windows = answerWindows(frame, question, context, { length, overlap });
      let covered = 0;
      for (const { sequence, first, length: own } of windows) {
        expect(sequence.ids.length).toBeLessThanOrEqual(length);
        expect(first).toBeLessThanOrEqual(covered);
        expect([...sequence.ids.subarray(sequence.start, sequence.start + own)]).toEqual([
          ...context.subarray(first, first + own),
        ]);
        covered = first + own;
      }
      expect(covered).toBe(count);
    }),
  );
  expect(() => answerWindows(frame, question, question, { length: 5, overlap: 0 })).toThrow('no room');
});
