// Words counted from pieces of any size are those of the whole text, and those that the encoder's pre-tokenizer makes.

import { ByteLevelPreTokenizer, SplitPreTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokenizerKinds } from '../../core/tokenizerRecords';
import { byteCharacters } from '../byteCharacters';
import { wellFormed } from '../decodeText';
import { WordCounter } from './wordCounter';
import { unigramWords } from './wordPatterns';

const specials = ['<|end|>', '<|', '[UNK]'];
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(' a', 'b c', '\n', '  ', "it's", '你好', '👩‍🚀', ...specials),
    ),
  )
  .map((parts) => parts.join(''));

test.each(tokenizerKinds)('%s: where the text is cut makes no difference', (kind) => {
  fc.assert(
    fc.property(text, fc.array(fc.nat(6)), (whole, cuts) => {
      const once = new WordCounter(kind, specials);
      once.push(whole);
      once.endDocument();
      const pieces = new WordCounter(kind, specials);
      let at = 0;
      for (const cut of cuts) {
        pieces.push(whole.slice(at, at + cut));
        at += cut;
      }
      pieces.push(whole.slice(at));
      pieces.endDocument();
      expect([...pieces.words]).toEqual([...once.words]);
      expect(pieces.bytes).toBe(once.bytes);
    }),
  );
});

test('words and bytes are those of the pre-tokenizer', () => {
  const byteLevel = new ByteLevelPreTokenizer({
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: true,
  });
  const split = new SplitPreTokenizer({
    type: 'Split',
    pattern: { Regex: unigramWords },
    behavior: 'Isolated',
    invert: false,
  });
  const characters = byteCharacters();
  const inBytes = (word: string) => Array.from(new TextEncoder().encode(word), (byte) => characters[byte]).join('');
  fc.assert(
    fc.property(text, (raw) => {
      const clean = wellFormed(raw);
      for (const kind of ['byte-level-bpe', 'unigram'] as const) {
        const counter = new WordCounter(kind, []);
        counter.push(raw);
        counter.endDocument();
        const expected = new Map<string, number>();
        const words = kind === 'unigram' ? split.pre_tokenize_text(clean) : byteLevel.pre_tokenize_text(clean);
        for (const word of words) expected.set(word, (expected.get(word) ?? 0) + 1);
        const name = kind === 'unigram' ? (word: string) => word : inBytes;
        expect([...counter.words].map(([word, count]) => [name(word), count])).toEqual([...expected]);
        expect(counter.bytes).toBe(new TextEncoder().encode(clean).length);
      }
    }),
  );
});

test('a text without any place to cut does not pile up', () => {
  const counter = new WordCounter('byte-level-bpe', []);
  for (let i = 0; i < 40; i++) counter.push('👩'.repeat(50_000));
  counter.endDocument();
  expect(counter.bytes).toBe(40 * 50_000 * 4);
  expect([...counter.words.keys()].join('')).not.toContain('\ufffd');
  for (const word of counter.words.keys()) expect(word.length).toBeLessThan(1_500_000);
});

test('where words are too many to keep, those that occur often stay', () => {
  const counter = new WordCounter('byte-level-bpe', [], 10);
  for (let i = 0; i < 200; i++) counter.push(` common frequent w${i}x `);
  counter.endDocument();
  expect(counter.words.size).toBeLessThanOrEqual(10);
  expect(counter.words.get(' common')).toBe(200);
  expect(counter.rarest).toBeGreaterThan(0);
});
