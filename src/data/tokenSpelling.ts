// A token by itself, for people to look at: how the vocabulary spells it, and the bytes of text that it stands for. Pure.

import { byteCharacters } from './byteCharacters';
import { JsonTokenizer } from './jsonTokenizer';
import type { Tokenizer } from './tokenizer';

interface SpelledToken {
  /** As the vocabulary writes it. */
  readonly text: string;
  /** UTF-8 of what it adds to a text; part of a character where a byte-level token is one. */
  readonly bytes: Uint8Array;
}

export class TokenSpelling {
  /** Byte-level vocabularies write a byte as a character. */
  readonly #byteOf: ReadonlyMap<string, number> | null;

  constructor(private readonly tokenizer: Tokenizer) {
    const { spec } = tokenizer;
    const byteLevel = spec.kind === 'json' && /"type"\s*:\s*"ByteLevel"/.test(spec.json);
    this.#byteOf = byteLevel ? new Map(byteCharacters().map((character, byte) => [character, byte])) : null;
  }

  of(id: number): SpelledToken {
    const { spec } = this.tokenizer;
    if (spec.kind === 'byte') return { text: shownByte(id), bytes: Uint8Array.of(id) };
    const text =
      this.tokenizer instanceof JsonTokenizer
        ? (this.tokenizer.spelling(id) ?? `#${id}`)
        : this.tokenizer.decode(Uint32Array.of(id));
    return { text, bytes: this.#bytesOf(text) };
  }

  /** What `of` says, in the characters of the text itself where they are whole. */
  readable(id: number): string {
    const { text } = this.of(id);
    return this.#byteOf === null ? text : readableSpelling(text);
  }

  #bytesOf(text: string): Uint8Array {
    if (this.#byteOf !== null) {
      const bytes = Array.from(text, (character) => this.#byteOf?.get(character));
      if (bytes.every((byte) => byte !== undefined)) return Uint8Array.from(bytes);
    }
    // As Llama writes a byte that is no whole character.
    const single = /^<0x([0-9A-F]{2})>$/.exec(text);
    if (single !== null) return Uint8Array.of(Number.parseInt(single[1], 16));
    return new TextEncoder().encode(text.replace(/^##(?=.)/, '').replaceAll('\u2581', ' '));
  }
}

/** Text that a byte-level vocabulary spells with a character for each byte; as it is spelled where its bytes are no whole characters. */
export function readableSpelling(spelled: string): string {
  const bytes = Array.from(spelled, (character) => byteCharacters().indexOf(character));
  if (bytes.includes(-1)) return spelled;
  const text = new TextDecoder().decode(Uint8Array.from(bytes));
  return text.includes('\ufffd') ? spelled : text;
}

function shownByte(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `0x${byte.toString(16).padStart(2, '0')}`;
}
