// A tokenizer.json behind the Tokenizer interface, run by the tokenizers package. Pure.
// Its patterns come from the file and can hang: the caller runs this in a worker that it can kill.

import { Tokenizer as PackageTokenizer } from '@huggingface/tokenizers';
import type { TokenizerSpec } from '../core/records';
import { ByteLevelEncoder } from './byteLevelEncoder';
import { wellFormed } from './decodeText';
import { TokenBuffer } from './tokenBuffer';
import type { Encoded, Tokenizer } from './tokenizer';
import { checkTokenizerJson, invalidTokenizer } from './tokenizerJsonCheck';

/** Long texts are encoded in pieces of at least this many characters, so that memory stays flat. */
const PIECE = 65_536;
/** The package hands all tokens of a word to one call as its arguments, and the stack has no room for some 120,000 of them. */
const LONGEST_WORD = 32_768;
const LONG_WORDS = new RegExp(`\\S{${LONGEST_WORD},}`, 'g');

/** A text as its model takes it. */
export interface MarkedEncoding {
  readonly ids: Uint32Array;
  /** As the vocabulary spells them; what an unknown token stands for where the model keeps that. */
  readonly tokens: readonly string[];
  /** Per token: 0 in the first text, 1 in the second. */
  readonly typeIds: Uint32Array;
}

/** @throws LabError `tokenizer.invalid` */
export function createJsonTokenizer(text: string): JsonTokenizer {
  const { json, vocabularySize, cuttable, oneSegment } = checkTokenizerJson(text);
  // The package wants these keys to be there, and an eos_token to be named or absent.
  const complete = {
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    added_tokens: [],
    ...json,
  };
  try {
    const tokenizer = new PackageTokenizer(complete, { clean_up_tokenization_spaces: false });
    const byteLevel = ByteLevelEncoder.of(json, vocabularySize);
    return new JsonTokenizer(tokenizer, vocabularySize, { cuttable, oneSegment }, text, byteLevel);
  } catch (cause) {
    throw invalidTokenizer(
      'The tokenizer.json cannot be used.',
      cause instanceof Error ? cause.message : String(cause),
    );
  }
}

export class JsonTokenizer implements Tokenizer {
  readonly spec: TokenizerSpec;
  /** Does what the package does, where it can. */
  readonly #byteLevel: ByteLevelEncoder | null;

  constructor(
    private readonly tokenizer: PackageTokenizer,
    readonly vocabularySize: number,
    private readonly manner: { readonly cuttable: boolean; readonly oneSegment: boolean },
    json: string,
    byteLevel: ByteLevelEncoder | null,
  ) {
    this.#byteLevel = byteLevel;
    this.spec = { kind: 'json', json };
  }

  encode(text: string): Uint32Array {
    return this.encodeCounted(text).ids;
  }

  encodeCounted(text: string): Encoded {
    const tokens = new TokenBuffer(this.vocabularySize);
    const dropped = this.encodeInto(text, tokens);
    return { ids: Uint32Array.from(tokens.taken()), dropped };
  }

  encodeInto(text: string, tokens: TokenBuffer): number {
    if (this.#byteLevel?.encodeInto(text, tokens) === true) return 0;
    let dropped = 0;
    for (const piece of this.manner.cuttable ? pieces(wellFormed(text)) : wordsCut(wellFormed(text))) {
      const encoded = this.tokenizer.encode(piece, { add_special_tokens: false }).ids;
      // A token without an id (no unknown token in this vocabulary) stands for something that is left out.
      const known = encoded.filter((id) => Number.isInteger(id));
      dropped += encoded.length - known.length;
      tokens.push(known);
    }
    return dropped;
  }

  /** A text, or two as a pair, as the file's own post-processor completes them, e.g. with [CLS] and [SEP]. What has no token is left out. */
  encodeWithSpecialTokens(text: string, pair?: string): MarkedEncoding {
    const text_pair = pair === undefined ? null : wellFormed(pair);
    const options = { add_special_tokens: true, return_token_type_ids: true, text_pair } as const;
    const { ids, tokens, token_type_ids: types } = this.tokenizer.encode(wellFormed(text), options);
    const known = ids.flatMap((id, at) => (Number.isInteger(id) ? [at] : []));
    return {
      ids: Uint32Array.from(known, (at) => ids[at]),
      tokens: known.map((at) => tokens[at]),
      // A post-processor without types leaves them out; the package gives RoBERTa's a second one.
      typeIds: Uint32Array.from(known, (at) => (this.manner.oneSegment ? 0 : (types?.[at] ?? 0))),
    };
  }

  /** A token as the vocabulary writes it; undefined where there is none of this id. */
  spelling(id: number): string | undefined {
    return this.tokenizer.id_to_token(id);
  }

  /** Undefined for what is no token. */
  idOf(token: string): number | undefined {
    return this.tokenizer.token_to_id(token);
  }

  /** Tokens that stand for no text, in the order of their ids. */
  get specialTokens(): readonly { readonly id: number; readonly content: string }[] {
    return [...this.tokenizer.get_added_tokens_decoder()]
      .filter(([, { special }]) => special)
      .map(([id, { content }]) => ({ id, content }))
      .sort((a, b) => a.id - b.id);
  }

  decode(ids: ArrayLike<number>): string {
    // The package throws on an empty list, and takes ids past the vocabulary for the unknown token.
    const known = Array.from(ids).filter((id) => this.tokenizer.id_to_token(id) !== undefined);
    return known.length === 0 ? '' : this.tokenizer.decode(known, { skip_special_tokens: true });
  }
}

/** Cuts between a letter and a space that a letter follows: every usual pre-tokenizer splits there too. */
function pieces(text: string): readonly string[] {
  const result: string[] = [];
  const cut = /(?<=\p{L}) (?=\p{L})/gu;
  let start = 0;
  while (text.length - start > PIECE) {
    cut.lastIndex = start + PIECE;
    const found = cut.exec(text);
    if (found === null) break;
    result.push(...wordsCut(text.slice(start, found.index)));
    start = found.index;
  }
  result.push(...wordsCut(text.slice(start)));
  return result;
}

/** The text, cut inside words that are too long for the package: such a word has tokens, though not those it would have whole. */
function wordsCut(text: string): readonly string[] {
  if (text.length <= LONGEST_WORD) return [text];
  const result: string[] = [];
  let start = 0;
  for (const { index, 0: word } of text.matchAll(LONG_WORDS)) {
    for (let at = index + LONGEST_WORD; at < index + word.length; at += LONGEST_WORD) {
      // Never between the halves of a surrogate pair.
      const cut = /[\udc00-\udfff]/.test(text.charAt(at)) ? at - 1 : at;
      result.push(text.slice(start, cut));
      start = cut;
    }
  }
  result.push(text.slice(start));
  return result;
}
