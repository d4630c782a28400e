// Tokens and words of parts, in the order in which they arrive, until it is known which documents stay. It knows no document.

import type { PiecePart } from './partBuilder';
import type { SpillFile } from './shards/shardStore';

export interface SpilledPart {
  readonly tokensAt: number;
  readonly tokens: number;
  readonly wordsAt: number;
  readonly words: number;
}

export class TokenSpill {
  constructor(
    private readonly file: SpillFile,
    private readonly wide: boolean,
  ) {}

  /** @throws LabError `storage`, with nothing added */
  async add({ tokens, words }: Pick<PiecePart, 'tokens' | 'words'>): Promise<SpilledPart> {
    // One append, so that it is all there or none of it; words first, since they are wider.
    const bytes = new Uint8Array(words.byteLength + tokens.byteLength);
    bytes.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
    bytes.set(new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength), words.byteLength);
    const at = bytes.length === 0 ? 0 : await this.file.append(bytes);
    return { wordsAt: at, words: words.length, tokensAt: at + words.byteLength, tokens: tokens.length };
  }

  async tokens({ tokensAt, tokens }: SpilledPart): Promise<Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>> {
    if (tokens === 0) return this.wide ? new Uint32Array() : new Uint16Array();
    const bytes = await this.file.read(tokensAt, tokens * (this.wide ? 4 : 2));
    return this.wide ? new Uint32Array(bytes.buffer) : new Uint16Array(bytes.buffer);
  }

  async words({ wordsAt, words }: SpilledPart): Promise<Uint32Array<ArrayBuffer>> {
    if (words === 0) return new Uint32Array();
    return new Uint32Array((await this.file.read(wordsAt, words * 4)).buffer);
  }

  discard(): Promise<void> {
    return this.file.discard();
  }
}
