// Tokens and words of parts until it is known which documents stay: in memory up to a budget, beyond it in a file, which is opened when it is
// first needed. It knows no document.

import { type TokenArray, tokenArrayLike } from '../tokenBuffer';
import type { PiecePart } from './partBuilder';
import type { SpillFile } from './shards/shardStore';

/** What is held of a part. */
export type HeldContent = Pick<PiecePart, 'tokens' | 'words'>;

/** Where it is: in memory, or in the file, words first. */
export type HeldPart =
  | { readonly memory: HeldContent }
  | {
      readonly at: number;
      readonly words: number;
      readonly tokens: number;
      /** An empty array of the tokens' kind. */
      readonly kind: TokenArray;
    };

export class HeldParts {
  #file: SpillFile | null = null;
  #inMemory = 0;

  /** @param budget bytes in memory */
  constructor(
    private readonly open: () => Promise<SpillFile>,
    private readonly budget: number,
  ) {}

  /** @throws LabError `storage`, with nothing added */
  async add({ tokens, words }: HeldContent): Promise<HeldPart> {
    const size = tokens.byteLength + words.byteLength;
    if (this.#inMemory + size <= this.budget) {
      this.#inMemory += size;
      return { memory: { tokens, words } };
    }
    this.#file ??= await this.open();
    const at = await this.#file.append([bytesOf(words), bytesOf(tokens)]);
    return { at, words: words.length, tokens: tokens.length, kind: tokenArrayLike(tokens, 0) };
  }

  async words(part: HeldPart): Promise<Uint32Array<ArrayBuffer>> {
    if ('memory' in part) return part.memory.words;
    return new Uint32Array((await this.#read(part.at, 4 * part.words)).buffer);
  }

  async tokens(part: HeldPart): Promise<TokenArray> {
    if ('memory' in part) return part.memory.tokens;
    const { kind, tokens } = part;
    const bytes = await this.#read(part.at + 4 * part.words, tokens * kind.BYTES_PER_ELEMENT);
    if (kind instanceof Uint8Array) return bytes;
    return kind instanceof Uint16Array ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
  }

  async #read(at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    return length === 0 || this.#file === null ? new Uint8Array() : this.#file.read(at, length);
  }

  async discard(): Promise<void> {
    await this.#file?.discard();
    this.#file = null;
  }
}

function bytesOf(array: TokenArray): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
