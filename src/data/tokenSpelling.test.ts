import { expect, test } from 'vitest';
import { defaultSpecialTokens, type TokenizerKind } from '../core/tokenizerRecords';
import { createTokenizer } from './createTokenizer';
import { TokenizerTraining } from './tokenizerTraining/trainTokenizer';
import { readableSpelling, TokenSpelling } from './tokenSpelling';

const text = 'the cat sat on the mat, the caf\u00e9 \u4e2d\u6587 \u{1f680}\n'.repeat(4);

async function trained(kind: TokenizerKind, vocabularySize: number) {
  const training = new TokenizerTraining({
    kind,
    vocabularySize,
    minFrequency: 2,
    specialTokens: defaultSpecialTokens[kind],
  });
  training.push(text);
  training.endDocument();
  return createTokenizer({ kind: 'json', json: (await training.train()).json });
}

test('bytes of the tokens of a text are its UTF-8, whatever the tokenizer', async () => {
  for (const tokenizer of [
    createTokenizer({ kind: 'byte' }),
    createTokenizer({ kind: 'char', characters: [...new Set(text)] }),
    await trained('byte-level-bpe', 280),
  ]) {
    const spelling = new TokenSpelling(tokenizer);
    const bytes = [...tokenizer.encode(text)].flatMap((id) => [...spelling.of(id).bytes]);
    expect(new TextDecoder().decode(Uint8Array.from(bytes))).toBe(text);
  }
});

test('spellings of whole characters are read as text, others as they are', async () => {
  const spelling = new TokenSpelling(await trained('byte-level-bpe', 300));
  const read = Array.from({ length: 270 }, (_, id) => spelling.readable(id));
  expect(read).toContain(' the');
  expect(readableSpelling('\u0120caf\u00c3\u00a9')).toBe(' caf\u00e9');
  expect(readableSpelling('\u00c3')).toBe('\u00c3');
});

test('WordPiece and Unigram are spelled as their vocabularies write them', async () => {
  const spelled = async (kind: TokenizerKind) => {
    const tokenizer = await trained(kind, 60);
    const spelling = new TokenSpelling(tokenizer);
    return [...tokenizer.encode('the mat')].map((id) => spelling.of(id));
  };
  const wordPiece = await spelled('wordpiece');
  expect(wordPiece.map(({ text: word }) => word)).toContain('the');
  const unigram = await spelled('unigram');
  expect(new TextDecoder().decode(Uint8Array.from(unigram.flatMap(({ bytes }) => [...bytes])))).toMatch(/^ ?the mat$/);
});
