// What a tokenizer puts around a text, and between two: [CLS] text [SEP], [CLS] question [SEP] context [SEP]. Read off what its own
// post-processor does, so that windows of a long text can be framed one by one. Pure.

import { JsonTokenizer } from './jsonTokenizer';
import type { Tokenizer } from './tokenizer';
import { invalidTokenizer } from './tokenizerJsonCheck';

export interface TextFrame {
  /** Around one text. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Between two texts, and behind the second. */
  readonly between: readonly number[];
  readonly end: readonly number[];
  /** Segment of the second text and of what follows it; everything before is of the first segment. */
  readonly secondType: number;
}

/** A framed sequence, as a model reads it. */
export interface FramedText {
  readonly ids: Uint32Array;
  readonly typeIds: Uint32Array;
  /** Index of the first token of the text, or of the second text. */
  readonly start: number;
}

/** Names that published tokenizers give the token that stands for a hidden one, and for padding. */
const MASK_NAMES = ['[MASK]', '<mask>'];
const PAD_NAMES = ['[PAD]', '<pad>'];

/** @throws LabError `tokenizer.invalid` for characters and bytes, which have no special tokens */
export function requireMarks(tokenizer: Tokenizer): JsonTokenizer {
  if (tokenizer instanceof JsonTokenizer) return tokenizer;
  throw invalidTokenizer(
    'A model that reads whole texts needs a tokenizer with tokens for their beginning and end.',
    'Characters and bytes have none.',
  );
}

/** The id of the token that stands for a hidden one, or null. */
export function maskToken(tokenizer: JsonTokenizer): { readonly id: number; readonly token: string } | null {
  return namedToken(tokenizer, MASK_NAMES);
}

/** The id of the token that fills short sequences up, or null. */
export function padToken(tokenizer: JsonTokenizer): { readonly id: number; readonly token: string } | null {
  return namedToken(tokenizer, PAD_NAMES);
}

function namedToken(
  tokenizer: JsonTokenizer,
  names: readonly string[],
): { readonly id: number; readonly token: string } | null {
  for (const token of names) {
    const id = tokenizer.idOf(token);
    if (id !== undefined) return { id, token };
  }
  return null;
}

/** @throws LabError `tokenizer.invalid` where texts are not framed, or cannot be seen to be */
export function textFrame(tokenizer: JsonTokenizer): TextFrame {
  // A token that stands for itself wherever it is written, and that is not one of the frame's.
  const frame = new Set(tokenizer.encodeWithSpecialTokens('').ids);
  const probe = tokenizer.specialTokens.find(({ id }) => !frame.has(id));
  const single = probe && tokenizer.encodeWithSpecialTokens(probe.content);
  const pair = probe && tokenizer.encodeWithSpecialTokens(probe.content, probe.content);
  const at = single?.ids.indexOf(probe?.id ?? -1) ?? -1;
  const first = pair?.ids.indexOf(probe?.id ?? -1) ?? -1;
  const second = pair?.ids.lastIndexOf(probe?.id ?? -1) ?? -1;
  if (!single || !pair || at < 1 || at === single.ids.length - 1 || first < 1 || second <= first + 1)
    throw invalidTokenizer(
      'The tokenizer does not mark where a text begins and ends.',
      'Its tokenizer.json has no post_processor that does so, or no special tokens of its own.',
    );
  return {
    before: [...single.ids.subarray(0, at)],
    after: [...single.ids.subarray(at + 1)],
    between: [...pair.ids.subarray(first + 1, second)],
    end: [...pair.ids.subarray(second + 1)],
    secondType: pair.typeIds[second],
  };
}

export function frameText({ before, after }: TextFrame, text: ArrayLike<number>): FramedText {
  const ids = Uint32Array.from([...before, ...Array.from(text), ...after]);
  return { ids, typeIds: new Uint32Array(ids.length), start: before.length };
}

export function framePair(
  { before, between, end, secondType }: TextFrame,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): FramedText {
  const head = [...before, ...Array.from(first), ...between];
  const ids = Uint32Array.from([...head, ...Array.from(second), ...end]);
  const typeIds = Uint32Array.from(ids, (_, t) => (t < head.length ? 0 : secondType));
  return { ids, typeIds, start: head.length };
}

/** Tokens of a frame around one text, or around two. */
export function frameLength(frame: TextFrame, texts: 1 | 2): number {
  const { before, after, between, end } = frame;
  return before.length + (texts === 1 ? after.length : between.length + end.length);
}
