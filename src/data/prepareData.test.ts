// Encodings and data preparation: what is taken, what is offered, what is refused, and the numbers that come out.

import { describe, expect, test } from 'vitest';
import type { DataRequest } from '../core/records';
import { createTokenizer } from './createTokenizer';
import { decodeText } from './decodeText';
import { prepareData, splitText } from './prepareData';
import { primerText } from './primer';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
function utf16(text: string, little: boolean): Uint8Array {
  const out = new Uint8Array(2 * text.length);
  const view = new DataView(out.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), little);
  return out;
}
/** "今天天气很好，我们去学校读书。" in GBK. */
const gbk = Uint8Array.from([
  0xbd, 0xf1, 0xcc, 0xec, 0xcc, 0xec, 0xc6, 0xf8, 0xba, 0xdc, 0xba, 0xc3, 0xa3, 0xac, 0xce, 0xd2, 0xc3, 0xc7, 0xc8,
  0xa5, 0xd1, 0xa7, 0xd0, 0xa3, 0xb6, 0xc1, 0xca, 0xe9, 0xa1, 0xa3,
]);

describe('row 51: decodeText', () => {
  test('UTF-8 with and without a mark, line ends made LF', () => {
    expect(decodeText('a', bytes('\ufeffone\r\ntwo\rthree'))).toEqual({
      text: 'one\ntwo\nthree',
      encoding: 'utf-8',
      notices: [],
    });
  });

  test('UTF-16 in both orders, by its mark or by its zero bytes', () => {
    for (const little of [true, false]) {
      const encoding = little ? 'utf-16le' : 'utf-16be';
      expect(decodeText('a', utf16('\ufeff你好 Tarn', little))).toMatchObject({ text: '你好 Tarn', encoding });
      const guessed = decodeText('a', utf16('The island of Tarn', little));
      expect(guessed).toMatchObject({ text: 'The island of Tarn', encoding });
      expect(guessed.notices).toHaveLength(1);
    }
  });

  test('GBK is recognised and offered, and read when asked for', () => {
    expect(() => decodeText('a.txt', gbk)).toThrow(
      expect.objectContaining({ code: 'data.invalid', advice: expect.stringContaining('gbk') }),
    );
    expect(decodeText('a.txt', gbk, 'gbk').text).toBe('今天天气很好，我们去学校读书。');
  });

  test('Latin-1 is not taken for GBK; forcing UTF-8 counts what was replaced', () => {
    const latin = Uint8Array.from([...bytes('caf'), 0xe9, ...bytes(' au lait')]);
    expect(() => decodeText('a', latin)).toThrow(
      expect.objectContaining({ why: expect.stringContaining('not valid UTF-8') }),
    );
    expect(decodeText('a', latin, 'utf-8').notices[0]?.message).toContain('1 place');
  });

  test.each([
    ['empty', new Uint8Array(0), /is empty/],
    ['PNG', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), /PNG/],
    ['zip', bytes('PK\u0003\u0004 and so on'), /zip/],
    ['PDF', bytes('%PDF-1.7 and so on'), /PDF/],
    ['zeros', new Uint8Array(1_000), /is not text/],
    ['noise', Uint8Array.from({ length: 4_096 }, (_, i) => (i * 73 + (i >> 3) * 31) & 0xff), /is not text/],
  ])('%s is refused with a reason', (_, content, message) => {
    expect(() => decodeText('x', content)).toThrow(message);
  });

  test('lone surrogates of UTF-16 become U+FFFD; 5 MB in one line is fine', () => {
    expect(decodeText('a', utf16('\ufeffa\ud800b', true)).text).toBe('a\ufffdb');
    expect(decodeText('a', bytes('word '.repeat(1_000_000))).text).toHaveLength(5_000_000);
  });
});

const request: DataRequest = { corpus: 'primer', tokenizerKind: 'char', validationFraction: 0.1, minimumTokens: 65 };
const noFetch = async (): Promise<Response> => new Response('', { status: 404 });

describe('prepareData', () => {
  test('the primer: about 50 KB of words, split, tokenized, with baselines in order', async () => {
    const progress: number[] = [];
    const data = await prepareData(request, (value) => progress.push(value), noFetch);
    expect(data.characters).toBeGreaterThan(40_000);
    expect(data.characters).toBeLessThan(60_000);
    expect(data.vocabularySize).toBeLessThan(80);
    expect(data.trainTokens.length + data.validationTokens.length).toBe(data.characters);
    expect(data.validationTokens.length / data.characters).toBeCloseTo(0.1, 1);
    expect(data.bytesPerToken).toBe(1);
    expect(data.bigramEntropy).toBeLessThan(data.unigramEntropy);
    expect(data.notices).toEqual([]);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
    const tokenizer = createTokenizer(data.tokenizer);
    expect(tokenizer.decode(data.trainTokens) + tokenizer.decode(data.validationTokens)).toBe(primerText());
  });

  test('Moby-Dick comes through the given fetch; its absence names the way out', async () => {
    const paths: string[] = [];
    const data = await prepareData(
      { ...request, corpus: 'moby-dick' },
      () => {},
      async (path) => {
        paths.push(path);
        return new Response('Call me Ishmael. '.repeat(100));
      },
    );
    expect(paths).toEqual(['data/moby-dick.txt']);
    expect(data.title).toBe('Moby-Dick');
    const html = async (): Promise<Response> => new Response('<html>', { headers: { 'content-type': 'text/html' } });
    for (const fetchFile of [noFetch, html, () => Promise.reject(new TypeError('offline'))]) {
      await expect(prepareData({ ...request, corpus: 'moby-dick' }, () => {}, fetchFile)).rejects.toMatchObject({
        code: 'data.invalid',
        advice: expect.stringContaining('primer'),
      });
    }
  });

  test('bytes a token count the held-out UTF-8', async () => {
    const content = { name: 'zh.txt', bytes: bytes('你好，世界。é𝕏\n'.repeat(200)) };
    const chars = await prepareData({ ...request, corpus: 'text', content }, () => {}, noFetch);
    expect(chars.bytesPerToken).toBeCloseTo((6 * 3 + 2 + 4 + 1) / 9, 6);
    const raw = await prepareData({ ...request, corpus: 'text', tokenizerKind: 'byte', content }, () => {}, noFetch);
    expect(raw.bytesPerToken).toBe(1);
    expect(raw.vocabularySize).toBe(256);
  });

  test('too short says what it has and what it needs', async () => {
    const content = { name: 'short.txt', bytes: bytes('Only a few words.') };
    await expect(prepareData({ ...request, corpus: 'text', content }, () => {}, noFetch)).rejects.toMatchObject({
      message: 'short.txt is too short for this run.',
      why: expect.stringMatching(/Has \d+ tokens .* needs 65/),
    });
    await expect(prepareData({ ...request, corpus: 'text' }, () => {}, noFetch)).rejects.toMatchObject({
      code: 'data.invalid',
    });
    await expect(prepareData({ ...request, tokenizerKind: 'json' }, () => {}, noFetch)).rejects.toMatchObject({
      code: 'tokenizer.invalid',
    });
  });

  test('row 26: one character over and over is taken, with a notice and finite baselines', async () => {
    const data = await prepareData(
      { ...request, corpus: 'text', content: { name: 'a', bytes: bytes('a'.repeat(2_000)) } },
      () => {},
      noFetch,
    );
    expect(data.notices[0]?.message).toContain('nothing to learn');
    expect(data.bigramEntropy).toBe(0);
  });

  test('the split falls on a line end, and never inside a character', () => {
    expect(splitText('aa\nbb\ncc\ndd', 0.4)).toEqual({ trainText: 'aa\nbb\n', heldOutText: 'cc\ndd' });
    expect(splitText('𝕏𝕏𝕏', 0.5).trainText).toBe('𝕏');
  });
});
