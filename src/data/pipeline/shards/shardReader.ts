// Tokens of a split of shards, by place, a few shards in memory at a time; each is checked against its sum when it is loaded. It keeps no position.

import { LabError } from '../../../core/errors';
import type { ShardIndex, ShardRecord, SplitName, SplitRecord } from '../../../core/pipelineRecords';
import type { ShardStore } from './shardStore';
import { sha256 } from './splitWriter';

/** Shards that stay in memory. */
const KEPT_SHARDS = 4;

type Tokens = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

export class ShardReader {
  readonly split: SplitRecord;
  readonly sequenceLength: number;
  /** The newest last. */
  readonly #kept = new Map<number, Promise<Tokens>>();
  readonly #starts: readonly number[];

  constructor(
    private readonly index: ShardIndex,
    name: SplitName,
    private readonly store: Pick<ShardStore, 'read'>,
  ) {
    this.split = index.splits[name];
    this.sequenceLength = index.sequenceLength;
    let start = 0;
    this.#starts = this.split.shards.map(({ tokens }) => {
      start += tokens;
      return start - tokens;
    });
  }

  /** A sequence and the token behind it: sequenceLength + 1 tokens. */
  sequence(sequence: number): Promise<Uint32Array> {
    return this.tokens(sequence * this.sequenceLength, this.sequenceLength + 1);
  }

  /** @throws LabError `storage` where a shard is not what the index says */
  async tokens(start: number, count: number): Promise<Uint32Array> {
    const result = new Uint32Array(count);
    let shard = this.#starts.findLastIndex((at) => at <= start);
    for (let filled = 0; filled < count; shard++) {
      const from = this.#starts.at(shard);
      if (shard < 0 || from === undefined) {
        const why = `Wanted ${count} from ${start}, there are ${this.split.tokens}.`;
        throw new LabError({ code: 'internal', message: 'Tokens past the end of the shards were asked for.', why });
      }
      const tokens = await this.#shard(shard);
      const part = tokens.subarray(start + filled - from, start + count - from);
      result.set(part, filled);
      filled += part.length;
    }
    return result;
  }

  #shard(shard: number): Promise<Tokens> {
    const known = this.#kept.get(shard);
    this.#kept.delete(shard);
    const wanted = known ?? this.#load(shard);
    this.#kept.set(shard, wanted);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_SHARDS) break;
      this.#kept.delete(oldest);
    }
    // What could not be read may be there the next time.
    wanted.catch(() => this.#kept.delete(shard));
    return wanted;
  }

  async #load(shard: number): Promise<Tokens> {
    const { buffer } = await readWhole(this.split.shards[shard], this.store);
    return this.index.dtype === 'uint16' ? new Uint16Array(buffer) : new Uint32Array(buffer);
  }
}

/** A file of the index. @throws LabError `storage` where it is not what the index says */
async function readWhole(
  { name, bytes, sha256: expected }: ShardRecord,
  store: Pick<ShardStore, 'read'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const content = await store.read(name, 0, bytes);
  if (content.length === bytes && (await sha256(content)) === expected) return content;
  throw new LabError({
    code: 'storage',
    message: `${name} is not what was written.`,
    why: `It has ${content.length} of ${bytes} bytes, or another checksum.`,
    advice: 'Prepare the data again.',
  });
}

/** Words of a documents' file for each document: file, record, tokens. */
const DOCUMENT_WORDS = 3;

/** The token of the split at which each document begins. @throws LabError `storage` where the file is not what the index says */
export async function readDocumentStarts(split: SplitRecord, store: Pick<ShardStore, 'read'>): Promise<Uint32Array> {
  const { buffer } = await readWhole(split.documentsFile, store);
  const documents = new Uint32Array(buffer);
  const starts = new Uint32Array(documents.length / DOCUMENT_WORDS);
  for (let i = 1; i < starts.length; i++) starts[i] = starts[i - 1] + documents[DOCUMENT_WORDS * i - 1];
  return starts;
}
