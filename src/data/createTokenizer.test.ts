// The tokenizers against the published library's results, their tokenizer.json, and text that hurts.

import { Tokenizer as PackageTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { goldenFile } from '../testing/goldenFile';
import { charactersOf, createTokenizer } from './createTokenizer';
import { createJsonTokenizer } from './jsonTokenizer';
import { primerText } from './primer';
import { createStreamDecoder } from './streamDecoder';
import { tokenizerToJson } from './tokenizerToJson';

const expectationSchema = v.array(
  v.object({ text: v.string(), ids: v.array(v.number()), tokens: v.array(v.string()), decoded: v.string() }),
);
const kinds = ['byte-level-bpe', 'unigram', 'wordpiece'];

function golden(kind: string) {
  const json = goldenFile(`tokenizers/${kind}.json`);
  const expected = goldenFile(`tokenizers/${kind}.expect.json`);
  if (json === null || expected === null) return null;
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const parsed: unknown = JSON.parse(decode(expected));
  return { tokenizer: createJsonTokenizer(decode(json)), cases: v.parse(expectationSchema, parsed) };
}

describe('tokenizer.json', () => {
  test.each(kinds)('%s: ids, tokens and decoded text of every golden string', (kind) => {
    const found = golden(kind);
    if (found === null) return;
    expect(found.cases.length).toBeGreaterThan(50);
    for (const { text, ids, tokens, decoded } of found.cases) {
      const encoded = found.tokenizer.encodeWithSpecialTokens(text);
      expect([...encoded.ids], text).toEqual(ids);
      expect(encoded.tokens, text).toEqual(tokens);
      expect(found.tokenizer.decode(ids), text).toBe(decoded);
    }
  });

  test.each(kinds)('%s: a long text in pieces encodes as the whole does', (kind) => {
    const found = golden(kind);
    if (found === null) return;
    const text = primerText().repeat(3);
    expect([...found.tokenizer.encode(text)]).toEqual(
      [...found.tokenizer.encodeWithSpecialTokens(text).ids].slice(...(kind === 'wordpiece' ? [1, -1] : [])),
    );
  });

  test.each(kinds)('%s: streamed text equals text decoded at once', (kind) => {
    const found = golden(kind);
    if (found === null) return;
    for (const { ids, decoded } of found.cases) {
      const stream = createStreamDecoder(found.tokenizer);
      const parts = ids.map((id) => stream.push(id));
      if (kind === 'byte-level-bpe')
        for (const part of parts)
          expect(part.replaceAll('\ufffd', decoded.includes('\ufffd') ? '' : '!')).not.toContain('!!');
      expect(parts.join('') + stream.flush()).toBe(decoded);
    }
  });
});

const hurtful = [
  '',
  '\0',
  'a\0b',
  '\ud800',
  'x\udc00y',
  '👩‍🚀🚀',
  'שלום עולם',
  'x'.repeat(100_000),
  '\u200b\ufeff',
  '𝕏𝕐',
];
const characterText = `${primerText()}${hurtful.join('')}0123456789"\\__proto__你好`;

describe('characters and bytes', () => {
  const char = createTokenizer({ kind: 'char', characters: charactersOf(characterText) });
  const byte = createTokenizer({ kind: 'byte' });

  test.each([
    ['char', char],
    ['byte', byte],
  ] as const)('%s: row 50, text that hurts comes back as well-formed text', (_, tokenizer) => {
    for (const text of hurtful) {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
    }
    expect(tokenizer.decode([])).toBe('');
    expect(tokenizer.decode([999_999])).toBe('');
  });

  test('row 50: a golden tokenizer takes the same text and the empty list', () => {
    const found = golden('byte-level-bpe');
    if (found === null) return;
    for (const text of hurtful) expect(() => found.tokenizer.decode(found.tokenizer.encode(text))).not.toThrow();
    expect(found.tokenizer.decode([])).toBe('');
    expect(found.tokenizer.decode([999_999])).toBe('');
    expect(found.tokenizer.encode('')).toHaveLength(0);
  });

  test.each([
    ['wordpiece', 5_000_000],
    // Slower a character, and past what the package takes as one word.
    ['unigram', 300_000],
    ['byte-level-bpe', 300_000],
  ] as const)('row 50: %s takes a line of %i characters without a space', (kind, length) => {
    const found = golden(kind);
    if (found === null) return;
    const ids = found.tokenizer.encode(`a ${'x\u{1f680}'.repeat(length / 3)}`);
    expect(ids.length).toBeGreaterThan(1);
    // No character was cut in two.
    expect(found.tokenizer.decode(ids)).not.toContain('\ufffd');
  });

  test('row 50: characters and bytes take a line of 5 million characters', () => {
    const line = 'x'.repeat(5_000_000);
    for (const tokenizer of [char, byte]) expect(tokenizer.encode(line)).toHaveLength(line.length);
  });

  test('bytes round-trip any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => byte.decode(byte.encode(text)) === text));
  });

  test('unknown characters are dropped and counted', () => {
    const small = createTokenizer({ kind: 'char', characters: ['a', 'b'] });
    expect(small.encodeCounted('ab𝕏ca')).toEqual({ ids: Uint32Array.of(0, 1, 0), dropped: 2 });
  });

  test.each([
    ['char', char],
    ['byte', byte],
  ] as const)('%s: its tokenizer.json encodes and decodes the same elsewhere and here', (_, tokenizer) => {
    const json = tokenizerToJson(tokenizer.spec);
    const parsed: unknown = JSON.parse(json);
    expect(parsed).toBeInstanceOf(Object);
    const other = new PackageTokenizer(Object(parsed), { clean_up_tokenization_spaces: false });
    const again = createTokenizer({ kind: 'json', json });
    expect(again.vocabularySize).toBe(tokenizer.vocabularySize);
    for (const text of [...hurtful, primerText().slice(0, 5_000), '你好 0123456789 "\\ __proto__', 'a .b ,c']) {
      const clean = text.replace(/[\ud800-\udfff]/gu, '\ufffd');
      const ids = [...tokenizer.encode(clean)];
      expect([...again.encode(clean)]).toEqual(ids);
      if (clean === '') continue;
      expect(other.encode(clean).ids).toEqual(ids);
      expect(other.decode(ids)).toBe(clean);
      expect(again.decode(ids)).toBe(clean);
    }
  });

  test('a byte stream hands out whole characters only', () => {
    const text = 'naïve 你好 👩‍🚀';
    const stream = createStreamDecoder(byte);
    const parts = [...byte.encode(text)].map((id) => stream.push(id));
    for (const part of parts) expect(part).not.toContain('\ufffd');
    expect(parts.join('') + stream.flush()).toBe(text);
    const cut = createStreamDecoder(byte);
    expect(cut.push(0xe4) + cut.push(0xbd)).toBe('');
    expect(cut.flush()).toBe('\ufffd');
  });
});

describe('row 49: a tokenizer.json that cannot be right is refused with a reason', () => {
  const base = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] };
  const bpe = { type: 'BPE', vocab: { a: 0, b: 1 }, merges: [] };
  const refused: readonly (readonly [string, unknown, RegExp])[] = [
    ['not JSON', '{', /not JSON/],
    ['not an object', '[]', /not an object/],
    ['no model', '{}', /model is not an object/],
    ['unknown type', { ...base, model: { ...bpe, type: 'Magic' } }, /"Magic" is not known/],
    ['duplicate ids', { ...base, model: { ...bpe, vocab: { a: 0, b: 0 } } }, /id 0 stands for two tokens/],
    ['negative id', { ...base, model: { ...bpe, vocab: { a: -1 } } }, /out of range/],
    ['fractional id', { ...base, model: { ...bpe, vocab: { a: 0.5 } } }, /out of range/],
    ['huge id', { ...base, model: { ...bpe, vocab: { a: 1e9 } } }, /out of range/],
    ['ids with a gulf', { ...base, model: { ...bpe, vocab: { a: 0, b: 900_000 } } }, /out of range/],
    [
      'added token on another id',
      { ...base, added_tokens: [{ id: 1, content: '<s>' }], model: bpe },
      /id 1 stands for two/,
    ],
    ['unknown merge', { ...base, model: { ...bpe, merges: ['a c'] } }, /not in the vocabulary/],
    ['odd merge', { ...base, model: { ...bpe, merges: [['a']] } }, /not a pair/],
    ['too many merges', { ...base, model: { ...bpe, merges: new Array(1_000_000).fill('a b') } }, /too many merges/],
    ['unknown pre-tokenizer', { ...base, pre_tokenizer: { type: 'Nope' }, model: bpe }, /cannot be used/],
    [
      'bad pattern',
      {
        ...base,
        pre_tokenizer: { type: 'Split', pattern: { Regex: '([' }, behavior: 'Isolated', invert: false },
        model: bpe,
      },
      /cannot be used/,
    ],
    ['Unigram unk_id', { ...base, model: { type: 'Unigram', vocab: [['a', 0]], unk_id: 5 } }, /unk_id/],
    [
      'Unigram twice',
      {
        ...base,
        model: {
          type: 'Unigram',
          vocab: [
            ['a', 0],
            ['a', 1],
          ],
        },
      },
      /stands twice/,
    ],
    ['empty', { ...base, model: { ...bpe, vocab: {} } }, /no tokens/],
  ];
  test.each(refused)('%s', (_, json, message) => {
    expect(() =>
      createTokenizer({ kind: 'json', json: typeof json === 'string' ? json : JSON.stringify(json) }),
    ).toThrow(message);
  });

  test('arbitrary JSON gives a named error or a tokenizer', () => {
    const near = fc.record({
      model: fc.record({
        type: fc.constantFrom('BPE', 'Unigram', 'WordPiece'),
        vocab: fc.jsonValue(),
        merges: fc.jsonValue(),
      }),
      added_tokens: fc.jsonValue(),
      decoder: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), near), (json) => {
        try {
          createTokenizer({ kind: 'json', json: JSON.stringify(json) });
        } catch (error) {
          expect(error).toMatchObject({ code: 'tokenizer.invalid' });
        }
      }),
    );
  });
});
