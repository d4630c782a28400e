// Makes any tokenizer from its description; holds the two that need no file: characters and UTF-8 bytes.
// Pure. A tokenizer.json may hold a pattern that never ends: run createTokenizer and encode where they can be killed.

import type { TokenizerSpec } from '../core/records';
import { wellFormed } from './decodeText';
import { createJsonTokenizer } from './jsonTokenizer';
import type { TokenBuffer } from './tokenBuffer';
import type { Encoded, Tokenizer } from './tokenizer';

/** @throws LabError `tokenizer.invalid` for a tokenizer.json that cannot be used */
export function createTokenizer(spec: TokenizerSpec): Tokenizer {
  switch (spec.kind) {
    case 'char':
      return new CharTokenizer(spec.characters);
    case 'byte':
      return new ByteTokenizer();
    case 'json':
      return createJsonTokenizer(spec.json);
  }
}

/** The vocabulary of a character tokenizer: the text's code points, sorted. */
export function charactersOf(text: string): readonly string[] {
  const seen = new Set<string>();
  for (const character of wellFormed(text)) seen.add(character);
  return [...seen].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
}

class CharTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly spec: TokenizerSpec;
  private readonly idOf: ReadonlyMap<string, number>;

  constructor(private readonly characters: readonly string[]) {
    this.vocabularySize = characters.length;
    this.spec = { kind: 'char', characters };
    this.idOf = new Map(characters.map((character, id) => [character, id]));
  }

  encode(text: string): Uint32Array {
    return this.encodeCounted(text).ids;
  }

  encodeCounted(text: string): Encoded {
    const ids = new Uint32Array(text.length);
    let length = 0;
    let dropped = 0;
    for (const character of wellFormed(text)) {
      const id = this.idOf.get(character);
      if (id === undefined) dropped++;
      else ids[length++] = id;
    }
    return { ids: ids.slice(0, length), dropped };
  }

  encodeInto(text: string, tokens: TokenBuffer): number {
    const { ids, dropped } = this.encodeCounted(text);
    tokens.push(ids);
    return dropped;
  }

  decode(ids: ArrayLike<number>): string {
    const parts: string[] = [];
    for (let i = 0; i < ids.length; i++) parts.push(this.characters[ids[i]] ?? '');
    return parts.join('');
  }
}

class ByteTokenizer implements Tokenizer {
  readonly vocabularySize = 256;
  readonly spec: TokenizerSpec = { kind: 'byte' };
  readonly #encoder = new TextEncoder();

  encode(text: string): Uint32Array {
    return new Uint32Array(this.#encoder.encode(text));
  }

  encodeCounted(text: string): Encoded {
    return { ids: this.encode(text), dropped: 0 };
  }

  encodeInto(text: string, tokens: TokenBuffer, bytes?: Uint8Array | null): number {
    if (bytes) {
      tokens.push(bytes);
      return 0;
    }
    // UTF-8 has 3 bytes at most for a UTF-16 unit.
    const array = tokens.reserve(3 * text.length);
    if (array instanceof Uint8Array)
      tokens.length += this.#encoder.encodeInto(text, array.subarray(tokens.length)).written;
    else tokens.push(this.#encoder.encode(text));
    return 0;
  }

  decode(ids: ArrayLike<number>): string {
    const bytes = Array.from(ids).filter((id) => id < 256);
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
  }
}
