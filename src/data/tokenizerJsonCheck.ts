// Checks a tokenizer.json before the tokenizers package sees it: model type, ids, duplicates, sizes.
// Pure. A pattern's running time cannot be judged here; whoever encodes does it where it can be killed.

import { LabError } from '../core/errors';

const MAX_CHARACTERS = 64 * 1024 * 1024;
const MAX_VOCABULARY = 1_000_000;
/** The largest published vocabularies have below 600,000 merges. */
const MAX_MERGES = 800_000;
const MODELS = ['BPE', 'WordPiece', 'Unigram'];

export interface CheckedTokenizerJson {
  /** The parsed file. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Highest id plus 1, added tokens among them. */
  readonly vocabularySize: number;
  /** The whole text may be cut in front of a space without changing its tokens. */
  readonly cuttable: boolean;
  /** A pair of texts has one segment: RobertaProcessing numbers both 0, as the tokenizers library does. */
  readonly oneSegment: boolean;
}

/** @throws LabError `tokenizer.invalid`, with what was found and what is taken */
export function checkTokenizerJson(text: string): CheckedTokenizerJson {
  if (text.length > MAX_CHARACTERS) {
    throw invalidTokenizer(
      'tokenizer.json is too large.',
      `It has ${text.length} characters; at most ${MAX_CHARACTERS} are read.`,
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalidTokenizer('tokenizer.json is not JSON.', cause instanceof Error ? cause.message : String(cause));
  }
  const json = record(parsed, 'tokenizer.json');
  const model = record(json.model, 'model');
  const type = model.type ?? (Array.isArray(model.vocab) ? 'Unigram' : 'merges' in model ? 'BPE' : undefined);
  if (typeof type !== 'string' || !MODELS.includes(type)) {
    throw invalidTokenizer(
      `The tokenizer's model type ${short(type)} is not known.`,
      `Known are ${MODELS.join(', ')}.`,
    );
  }
  const ids = type === 'Unigram' ? unigramVocabulary(model) : vocabulary(model.vocab);
  if (type === 'BPE') checkMerges(model.merges, ids);
  const tokens = new Map([...ids].map(([token, id]) => [id, token]));
  for (const { content, id } of addedTokens(json.added_tokens)) {
    const other = tokens.get(id);
    if (other !== undefined && other !== content) {
      throw invalidTokenizer(
        `The id ${id} stands for two tokens.`,
        `${short(other)} and the added token ${short(content)}`,
      );
    }
    tokens.set(id, content);
  }
  let vocabularySize = 0;
  for (const id of tokens.keys()) vocabularySize = Math.max(vocabularySize, id + 1);
  if (vocabularySize === 0) throw invalidTokenizer('The tokenizer has no tokens.');
  if (vocabularySize > 2 * tokens.size + 1_000) {
    throw invalidTokenizer(
      'The tokenizer has ids out of range.',
      `${tokens.size} tokens, but the highest id is ${vocabularySize - 1}.`,
    );
  }
  const normalizers = JSON.stringify(json.normalizer ?? null);
  const cuttable = isRecord(json.pre_tokenizer) && !/"(Prepend|Strip|Precompiled)"/.test(normalizers);
  const oneSegment = /"type":"RobertaProcessing"/.test(JSON.stringify(json.post_processor ?? null));
  return { json, vocabularySize, cuttable, oneSegment };
}

export function invalidTokenizer(message: string, why?: string): LabError {
  return new LabError({
    code: 'tokenizer.invalid',
    message,
    ...(why === undefined ? {} : { why: why.slice(0, 400) }),
    advice: 'Take tokenizer.json as the Hugging Face tokenizers library saves it, or choose characters or bytes.',
  });
}

function vocabulary(value: unknown): ReadonlyMap<string, number> {
  const entries = Object.entries(record(value, 'model.vocab'));
  checkCount(entries.length);
  const ids = new Map<string, number>();
  const seen = new Map<number, string>();
  for (const [token, raw] of entries) {
    const id = checkedId(raw, token);
    const other = seen.get(id);
    if (other !== undefined)
      throw invalidTokenizer(`The id ${id} stands for two tokens.`, `${short(other)} and ${short(token)}`);
    seen.set(id, token);
    ids.set(token, id);
  }
  return ids;
}

function unigramVocabulary(model: Readonly<Record<string, unknown>>): ReadonlyMap<string, number> {
  const { vocab, unk_id: unknownId } = model;
  if (!Array.isArray(vocab)) throw invalidTokenizer('model.vocab of the Unigram tokenizer is not a list.');
  checkCount(vocab.length);
  const ids = new Map<string, number>();
  vocab.forEach((entry: unknown, id) => {
    const [piece, score]: unknown[] = Array.isArray(entry) ? entry : [];
    if (typeof piece !== 'string' || typeof score !== 'number' || !Number.isFinite(score)) {
      throw invalidTokenizer(`Entry ${id} of model.vocab is not a piece with a score.`, `It is ${short(entry)}.`);
    }
    if (ids.has(piece))
      throw invalidTokenizer(
        `The piece ${short(piece)} stands twice in model.vocab.`,
        `Entries ${ids.get(piece)} and ${id}`,
      );
    ids.set(piece, id);
  });
  if (unknownId !== null && unknownId !== undefined && (!isId(unknownId) || unknownId >= vocab.length)) {
    throw invalidTokenizer(
      'unk_id of the Unigram tokenizer is out of range.',
      `It is ${short(unknownId)}; there are ${vocab.length} pieces.`,
    );
  }
  return ids;
}

function checkMerges(merges: unknown, ids: ReadonlyMap<string, number>): void {
  if (!Array.isArray(merges)) throw invalidTokenizer('model.merges of the BPE tokenizer is not a list.');
  if (merges.length > MAX_MERGES)
    throw invalidTokenizer('The tokenizer has too many merges.', `${merges.length}; at most ${MAX_MERGES} are read.`);
  merges.forEach((merge: unknown, index) => {
    const parts: unknown[] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
    const [left, right] = parts;
    if (parts.length !== 2 || typeof left !== 'string' || typeof right !== 'string') {
      throw invalidTokenizer(`Merge ${index} is not a pair of tokens.`, `It is ${short(merge)}.`);
    }
    for (const part of [left, right]) {
      if (!ids.has(part))
        throw invalidTokenizer(`Merge ${index} uses a token that is not in the vocabulary.`, short(part));
    }
  });
}

function addedTokens(value: unknown): readonly { readonly content: string; readonly id: number }[] {
  if (!Array.isArray(value)) {
    if (value === undefined || value === null) return [];
    throw invalidTokenizer('added_tokens is not a list.', `It is ${short(value)}.`);
  }
  return value.map((entry: unknown, index) => {
    const { content, id } = record(entry, `added_tokens[${index}]`);
    if (typeof content !== 'string' || content === '') throw invalidTokenizer(`added_tokens[${index}] has no content.`);
    return { content, id: checkedId(id, content) };
  });
}

function checkCount(count: number): void {
  if (count > MAX_VOCABULARY)
    throw invalidTokenizer('The tokenizer has too many tokens.', `${count}; at most ${MAX_VOCABULARY} are read.`);
}

function checkedId(value: unknown, token: string): number {
  if (!isId(value) || value >= MAX_VOCABULARY) {
    throw invalidTokenizer(
      `The token ${short(token)} has an id out of range.`,
      `${short(value)}; ids are whole numbers from 0 to ${MAX_VOCABULARY - 1}.`,
    );
  }
  return value;
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw invalidTokenizer(`${where} is not an object.`, `It is ${short(value)}.`);
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
