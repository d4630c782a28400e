// A tokenizer.json behind the Tokenizer interface, run by the tokenizers package. Pure.
// Its patterns come from the file and can hang: the caller runs this in a worker that it can kill.

import { Tokenizer as PackageTokenizer } from '@huggingface/tokenizers';
import type { TokenizerSpec } from '../core/records';
import { wellFormed } from './decodeText';
import type { Encoded, Tokenizer } from './tokenizer';
import { checkTokenizerJson, invalidTokenizer } from './tokenizerJsonCheck';

/** Long texts are encoded in pieces of at least this many characters, so that memory stays flat. */
const PIECE = 65_536;

/** @throws LabError `tokenizer.invalid` */
export function createJsonTokenizer(text: string): JsonTokenizer {
  const { json, vocabularySize, cuttable } = checkTokenizerJson(text);
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
    return new JsonTokenizer(tokenizer, vocabularySize, cuttable, text);
  } catch (cause) {
    throw invalidTokenizer(
      'The tokenizer.json cannot be used.',
      cause instanceof Error ? cause.message : String(cause),
    );
  }
}

export class JsonTokenizer implements Tokenizer {
  readonly spec: TokenizerSpec;

  constructor(
    private readonly tokenizer: PackageTokenizer,
    readonly vocabularySize: number,
    private readonly cuttable: boolean,
    json: string,
  ) {
    this.spec = { kind: 'json', json };
  }

  encode(text: string): Uint32Array {
    return this.encodeCounted(text).ids;
  }

  encodeCounted(text: string): Encoded {
    const ids: Uint32Array[] = [];
    let length = 0;
    let dropped = 0;
    for (const piece of this.cuttable ? pieces(wellFormed(text)) : [wellFormed(text)]) {
      const encoded = this.run(piece, false);
      // A token without an id (no unknown token in this vocabulary) stands for something that is left out.
      const known = encoded.filter((id) => Number.isInteger(id));
      dropped += encoded.length - known.length;
      ids.push(Uint32Array.from(known));
      length += known.length;
    }
    const all = new Uint32Array(length);
    let at = 0;
    for (const part of ids) {
      all.set(part, at);
      at += part.length;
    }
    return { ids: all, dropped };
  }

  /** Ids as the file's own post-processor completes them, e.g. with [CLS] and [SEP]. */
  encodeWithSpecialTokens(text: string): Uint32Array {
    return Uint32Array.from(this.run(wellFormed(text), true).filter((id) => Number.isInteger(id)));
  }

  decode(ids: ArrayLike<number>): string {
    // The package throws on an empty list, and takes ids past the vocabulary for the unknown token.
    const known = Array.from(ids).filter((id) => this.tokenizer.id_to_token(id) !== undefined);
    return known.length === 0 ? '' : this.tokenizer.decode(known, { skip_special_tokens: true });
  }

  private run(text: string, add_special_tokens: boolean): readonly number[] {
    return this.tokenizer.encode(text, { add_special_tokens }).ids;
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
    result.push(text.slice(start, found.index));
    start = found.index;
  }
  result.push(text.slice(start));
  return result;
}
