// Tokenizers of older folders: vocab.txt and vocab.json with merges.txt, taken out of the golden tokenizers, must encode every golden string as
// the tokenizer.json does. What cannot be known is refused by name.

import { describe, expect, test } from 'vitest';
import type { NamedFile } from '../core/records';
import { createJsonTokenizer } from '../data/jsonTokenizer';
import { maskToken, padToken, textFrame } from '../data/textFrame';
import { goldenFile } from '../testing/goldenFile';
import { folderFiles } from './folderFiles';
import { isRecord, parseRecord } from './jsonRecord';
import { readFolderTokenizer } from './tokenizerFiles';

const text = (name: string, content: unknown): NamedFile => ({
  name,
  bytes: new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content)),
});
const tokenizer = (...files: readonly NamedFile[]) => readFolderTokenizer(folderFiles(files));
const tokenizerOf = (...files: readonly NamedFile[]) => createJsonTokenizer(tokenizer(...files)?.json ?? '');

interface Case {
  readonly text: string;
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
  readonly decoded: string;
}

function golden(kind: string) {
  const [json, expected] = [`tokenizers/${kind}.json`, `tokenizers/${kind}.expect.json`].map(goldenFile);
  if (json === null || expected === null) return null;
  const { model } = parseRecord(kind, new TextDecoder().decode(json));
  const { vocab, merges } = isRecord(model) ? model : {};
  const cases: readonly Case[] = JSON.parse(new TextDecoder().decode(expected));
  return {
    vocabulary: Object.entries(isRecord(vocab) ? vocab : {}).sort((a, b) => Number(a[1]) - Number(b[1])),
    merges: (Array.isArray(merges) ? merges : []).map((merge: unknown) =>
      Array.isArray(merge) ? merge.join(' ') : String(merge),
    ),
    cases,
  };
}

function expectGolden(made: ReturnType<typeof createJsonTokenizer>, cases: readonly Case[]): void {
  expect(cases.length).toBeGreaterThan(50);
  for (const { text, ids, tokens, decoded } of cases) {
    const encoded = made.encodeWithSpecialTokens(text);
    expect([...encoded.ids], text).toEqual(ids);
    expect(encoded.tokens, text).toEqual(tokens);
    expect(made.decode(ids), text).toBe(decoded);
  }
}

describe('readFolderTokenizer', () => {
  test('tokenizer.json as it is, and none where there is none', () => {
    expect(tokenizer(text('tokenizer.json', '{"a":1}'), text('vocab.txt', 'x'))).toEqual({
      json: '{"a":1}',
      from: ['tokenizer.json'],
    });
    expect(tokenizer(text('config.json', '{}'))).toBeNull();
  });

  test.each(['\n', '\r\n'])(
    'vocab.txt and tokenizer_config.json, as BERT folders have them (lines end in %j)',
    (end) => {
      const found = golden('wordpiece');
      if (found === null) return;
      const words = text('vocab.txt', found.vocabulary.map(([token]) => `${token}${end}`).join(''));
      const settings = text('tokenizer_config.json', {
        do_lower_case: true,
        tokenizer_class: 'BertTokenizer',
        model_max_length: 48,
      });
      expectGolden(tokenizerOf(words, settings), found.cases);
      expectGolden(tokenizerOf(words), found.cases);
      expect(tokenizer(words, settings)?.from).toEqual(['vocab.txt', 'tokenizer_config.json']);
      const cased = tokenizerOf(words, text('tokenizer_config.json', { do_lower_case: false }));
      expect(cased.encodeWithSpecialTokens('The').tokens).not.toEqual(
        tokenizerOf(words).encodeWithSpecialTokens('The').tokens,
      );
      const pair = tokenizerOf(words).encodeWithSpecialTokens('the', 'an');
      expect(pair.tokens).toEqual(['[CLS]', 'the', '[SEP]', 'an', '[SEP]']);
      expect([...pair.typeIds]).toEqual([0, 0, 0, 1, 1]);
    },
  );

  test('vocab.json and merges.txt, as GPT-2 folders have them', () => {
    const found = golden('byte-level-bpe');
    if (found === null) return;
    const vocabulary = text('vocab.json', Object.fromEntries(found.vocabulary));
    const merges = text('merges.txt', `#version: 0.2\n${found.merges.join('\n')}\n`);
    expectGolden(tokenizerOf(vocabulary, merges), found.cases);
    const named = text('tokenizer_config.json', {
      tokenizer_class: 'GPT2Tokenizer',
      eos_token: { content: '<|endoftext|>' },
    });
    expectGolden(tokenizerOf(vocabulary, merges, named), found.cases);
    expect(() => tokenizer(vocabulary)).toThrow('vocab.json and no merges.txt');
    expect(() => tokenizer(merges)).toThrow('merges.txt and no vocab.json');
  });

  test("RoBERTa's files put <s> and </s> around a text, and added tokens go past the vocabulary", () => {
    const vocab = { '<s>': 0, '<pad>': 1, '</s>': 2, '<unk>': 3, h: 4, i: 5, hi: 6, '<mask>': 7 };
    const made = tokenizerOf(
      text('vocab.json', vocab),
      text('merges.txt', 'h i\n'),
      text('added_tokens.json', { '<new>': 8 }),
    );
    expect(made.encodeWithSpecialTokens('hi<mask><new>').tokens).toEqual(['<s>', 'hi', '<mask>', '<new>', '</s>']);
    expect(made.vocabularySize).toBe(9);
    expect(made.decode([0, 6, 2])).toBe('hi');
    // As transformers': a pair has two marks between and one segment, and <mask> takes the space before it along.
    expect(made.encodeWithSpecialTokens('hi <mask>hi').tokens).toEqual(['<s>', 'hi', '<mask>', 'hi', '</s>']);
    const pair = made.encodeWithSpecialTokens('hi', 'h');
    expect(pair.tokens).toEqual(['<s>', 'hi', '</s>', '</s>', 'h', '</s>']);
    expect([...pair.typeIds]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(textFrame(made)).toEqual({ before: [0], after: [2], between: [2, 2], end: [2], secondType: 0 });
    expect([maskToken(made)?.id, padToken(made)?.id]).toEqual([7, 1]);
  });

  test.each([
    [[text('vocab.txt', '[CLS]\n[SEP]\n[UNK]\na\na\n')], 'vocab.txt has "a" twice'],
    [[text('vocab.txt', '[SEP]\n[UNK]\na\n')], 'vocab.txt has no "[CLS]"'],
    [
      [text('vocab.txt', 'a'), text('tokenizer_config.json', { tokenizer_class: 'BertJapaneseTokenizer' })],
      'BertJapaneseTokenizer',
    ],
    [
      [text('vocab.txt', 'a'), text('tokenizer_config.json', { do_basic_tokenize: false })],
      'changes how words are split',
    ],
    [
      [text('vocab.json', '{"a":0}'), text('merges.txt', ''), text('tokenizer_config.json', { add_bos_token: true })],
      'adds tokens to every text',
    ],
    [[text('vocab.json', '{"a":"0"}'), text('merges.txt', '')], 'gives "a" no number'],
    [[text('vocab.json', '{'), text('merges.txt', '')], 'vocab.json is not JSON'],
    [[text('spiece.model', 'x')], 'SentencePiece'],
    [[{ name: 'vocab.txt', bytes: Uint8Array.of(0xff, 0xfe) }], 'not UTF-8'],
  ])('row 49: files that make no known tokenizer are refused by name (%#)', (files, message) => {
    expect(() => tokenizer(...files)).toThrow(message);
  });

  test('row 49: ids out of range, merges of unknown tokens and duplicate ids are refused where the tokenizer is made', () => {
    const make = (vocab: unknown, merges: string) => () =>
      tokenizerOf(text('vocab.json', vocab), text('merges.txt', merges));
    expect(make({ a: 0, b: -1 }, '')).toThrow('out of range');
    expect(make({ a: 0, b: 0 }, '')).toThrow('stands for two');
    expect(make({ a: 0, b: 1 }, 'a c')).toThrow('not in the vocabulary');
    expect(make({ a: 0, b: 1 }, 'a b c')).toThrow('not a pair');
  });
});
