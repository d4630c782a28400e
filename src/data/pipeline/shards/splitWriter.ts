// Writes one split: its tokens in shard files of a fixed size, and which document each token belongs to. Nothing of the split is kept but
// three shards.

import type { ShardRecord, SplitName, SplitRecord } from '../../../core/pipelineRecords';
import type { TokenArray } from '../../tokenBuffer';
import { wholeSequences } from './sequenceOrder';
import type { ShardStore } from './shardStore';

/** Entries of the documents' file before it goes into memory twice the size: 3 words each. */
const FIRST_DOCUMENTS = 1_024;
/** Shards that are on their way at a time, while the next is filled: several threads and processes pass them on, one behind another. */
const MOST_ON_THE_WAY = 2;

export class SplitWriter {
  /** Of every token id, how often it was written. */
  readonly tokenCounts: Uint32Array;
  readonly #shards: ShardRecord[] = [];
  #buffer: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  #filled = 0;
  /** Shards begun to be written; those on their way; and the buffers that are no longer needed. */
  #ended = 0;
  readonly #onTheWay: Promise<void>[] = [];
  readonly #spare: (Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>)[] = [];
  #tokens = 0;
  #documents = new Uint32Array(3 * FIRST_DOCUMENTS);
  #documentCount = 0;

  /**
   * @param shardTokens a whole number of sequences
   * @param store writes one file, whole; it waits where there is no room
   */
  constructor(
    private readonly split: SplitName,
    private readonly options: {
      readonly shardTokens: number;
      readonly sequenceLength: number;
      readonly vocabularySize: number;
    },
    private readonly store: ShardStore['write'],
  ) {
    const { shardTokens, vocabularySize } = options;
    this.#buffer = vocabularySize <= 65_536 ? new Uint16Array(shardTokens) : new Uint32Array(shardTokens);
    this.tokenCounts = new Uint32Array(vocabularySize);
  }

  /** A document; its tokens follow by write(), where those of several may be one run. */
  enter(file: number, record: number, tokens: number): void {
    if (3 * (this.#documentCount + 1) > this.#documents.length) {
      const grown = new Uint32Array(2 * this.#documents.length);
      grown.set(this.#documents);
      this.#documents = grown;
    }
    const at = 3 * this.#documentCount++;
    this.#documents[at] = file;
    this.#documents[at + 1] = record;
    this.#documents[at + 2] = tokens;
  }

  async write(tokens: TokenArray): Promise<void> {
    this.#tokens += tokens.length;
    for (let at = 0; at < tokens.length; ) {
      const room = this.#buffer.length - this.#filled;
      const part = tokens.subarray(at, at + room);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#buffer.length) await this.#endShard();
    }
  }

  async finish(): Promise<SplitRecord> {
    if (this.#filled > 0) await this.#endShard();
    await Promise.all(this.#onTheWay);
    const { sequenceLength } = this.options;
    const documents = new Uint8Array(this.#documents.buffer, 0, 12 * this.#documentCount);
    const documentsFile = await this.#file(`${this.split}-documents.bin`, documents, this.#documentCount);
    return {
      documents: this.#documentCount,
      tokens: this.#tokens,
      // The last input of a sequence needs the token behind it as its target.
      sequences: wholeSequences(this.#tokens, sequenceLength),
      shards: this.#shards,
      documentsFile,
    };
  }

  async #endShard(): Promise<void> {
    if (this.#onTheWay.length === MOST_ON_THE_WAY) await this.#onTheWay.shift();
    const full = this.#buffer;
    const filled = this.#filled;
    const { tokenCounts } = this;
    for (let i = 0; i < filled; i++) tokenCounts[full[i]]++;
    const index = this.#ended++;
    const name = `${this.split}-${String(index).padStart(5, '0')}.bin`;
    const bytes = new Uint8Array(full.buffer, 0, filled * full.BYTES_PER_ELEMENT);
    const written = this.#file(name, bytes, filled).then((shard) => {
      this.#shards[index] = shard;
      this.#spare.push(full);
    });
    // Heard when its turn comes, or at the end; until then it is nobody's.
    written.catch(() => undefined);
    this.#onTheWay.push(written);
    this.#buffer =
      this.#spare.pop() ?? (full instanceof Uint16Array ? new Uint16Array(full.length) : new Uint32Array(full.length));
    this.#filled = 0;
  }

  async #file(name: string, bytes: Uint8Array<ArrayBuffer>, tokens: number): Promise<ShardRecord> {
    const [sum] = await Promise.all([sha256(bytes), this.store(name, bytes)]);
    return { name, tokens, bytes: bytes.length, sha256: sum };
  }
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
