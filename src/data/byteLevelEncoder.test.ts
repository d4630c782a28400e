// The fast encoder of byte-level BPE gives what the tokenizers package gives, on any text and whatever it remembers; other files are not its own.

import { Tokenizer as PackageTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { goldenFile } from '../testing/goldenFile';
import { ByteLevelEncoder } from './byteLevelEncoder';
import { wellFormed } from './decodeText';
import { primerText } from './primer';
import { TokenBuffer } from './tokenBuffer';
import { checkTokenizerJson } from './tokenizerJsonCheck';
import { TokenizerTraining } from './tokenizerTraining/trainTokenizer';

const oddities =
  "it's we'll they've I'd 'twas ''s 'S  two  spaces \n\n\nlines\t\ttabs \u00a0odd\u3000spaces ½ ٣٤ 12,345.67 caf\u00e9 cafe\u0301 中文字符 かな 한국어 🚀🚀 👩\u200d👧 x ";

async function both() {
  const training = new TokenizerTraining({
    ...{ kind: 'byte-level-bpe', vocabularySize: 700, minFrequency: 2, specialTokens: ['<|endoftext|>'] },
  });
  training.push(primerText().slice(0, 60_000) + oddities.repeat(3));
  training.endDocument();
  const golden = goldenFile('tokenizers/byte-level-bpe.json');
  const files = [(await training.train()).json, ...(golden === null ? [] : [new TextDecoder().decode(golden)])];
  return files.map((file) => {
    const { json, vocabularySize } = checkTokenizerJson(file);
    return {
      fast: ByteLevelEncoder.of(json, vocabularySize),
      slow: new PackageTokenizer({ ...json }, {}),
      vocabularySize,
    };
  });
}

test('any text: the same ids as the package, the second time too', async () => {
  for (const { fast, slow, vocabularySize } of await both()) {
    const encoded = (text: string) => {
      const tokens = new TokenBuffer(vocabularySize);
      expect(fast?.encodeInto(text, tokens)).toBe(true);
      return [...tokens.taken()];
    };
    const expected = (text: string) =>
      text === '' ? [] : slow.encode(wellFormed(text), { add_special_tokens: false }).ids;
    const parts = fc.constantFrom(
      ..."' s t re ve ll d ab é ́ 1 ½ . - ( \n \t 中 か 한 🚀 \u200d \ud800 \udc00 \u00a0".split(' '),
      ' ',
      '  ',
    );
    const text = fc.oneof(
      fc.array(parts, { maxLength: 30 }).map((list) => list.join('')),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    fc.assert(
      fc.property(text, (each) => {
        expect(encoded(each)).toEqual(expected(each));
      }),
      { numRuns: 1_500 },
    );
    for (const each of [oddities, primerText().slice(0, 40_000), primerText().slice(0, 40_000), 'a'.repeat(500)])
      expect(encoded(each)).toEqual(expected(each));
  }
});

test('added tokens, very long words and other kinds of files are left to the package', async () => {
  const [{ fast }] = await both();
  const tokens = new TokenBuffer(65_536);
  tokens.push([7]);
  expect(fast?.encodeInto('one <|endoftext|> two', tokens)).toBe(false);
  expect(fast?.encodeInto(`one ${'x'.repeat(600)}`, tokens)).toBe(false);
  expect(fast?.encodeInto(`🚀 ${'x'.repeat(600)}`, tokens)).toBe(false);
  expect([...tokens.taken()]).toEqual([7]);
  for (const kind of ['unigram', 'wordpiece']) {
    const file = goldenFile(`tokenizers/${kind}.json`);
    if (file === null) continue;
    const { json, vocabularySize } = checkTokenizerJson(new TextDecoder().decode(file));
    expect(ByteLevelEncoder.of(json, vocabularySize)).toBeNull();
  }
});
