// The parts that a run has taken, written down one behind another as they come, each with its checksum: a run that was interrupted takes them
// from here instead of making them again. What is not whole at the end is cut off. It knows no document.

import type { TokenArray } from '../tokenBuffer';
import type { PiecePart } from './partBuilder';
import { isOutOfRoom } from './shards/shardStore';
import { sha256 } from './shards/splitWriter';
import type { StageTally } from './tally';

/** A file that grows at its end. */
export interface JournalFile {
  readonly size: number;
  /** @throws LabError `storage`, see outOfRoom; the file is then as it was */
  append(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Fewer bytes where the file ends. A copy that is a buffer of its own. */
  read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** A record: the sum of what follows in hexadecimal, this head, JSON of the small things, the arrays. */
const SUM_BYTES = 64;
const HEAD_BYTES = 16;
const MAGIC = 0x4a50_4c53;

type Small = Pick<PiecePart, 'piece' | 'part' | 'last' | 'bytes' | 'rows' | 'bad'> & {
  readonly tallies: readonly (Omit<StageTally, 'dropped' | 'counts'> & {
    readonly dropped: readonly (readonly [string, number])[];
    readonly counts: readonly (readonly [string, number])[];
  })[];
  readonly lengths: readonly number[];
  readonly tokenBytes: number;
};

export class PartJournal {
  /** Null once there was no room: the run goes on without it. */
  #file: JournalFile | null;

  constructor(file: JournalFile) {
    this.#file = file;
  }

  /** Parts of before, in the order in which they came; from the first that is not whole, or not the next of its piece, the file is cut off. */
  async *recovered(): AsyncGenerator<PiecePart> {
    const file = this.#file;
    if (file === null) return;
    const next = new Map<number, number>();
    let at = 0;
    for (;;) {
      const record = await readRecord(file, at);
      if (record === null || record.part.part !== (next.get(record.part.piece) ?? 0)) break;
      next.set(record.part.piece, record.part.last ? -1 : record.part.part + 1);
      at += record.length;
      yield record.part;
    }
    await file.truncate(at);
  }

  async append(part: PiecePart): Promise<void> {
    if (this.#file === null) return;
    try {
      await this.#file.append(await encodeRecord(part));
    } catch (error) {
      if (!isOutOfRoom(error)) throw error;
      await this.release();
    }
  }

  /** It is a help, and must not take the room of what is wanted. @returns whether that gave any */
  async release(): Promise<boolean> {
    const size = this.#file?.size ?? 0;
    await this.#file?.truncate(0);
    await this.close();
    return size > 0;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }
}

/** Bytes of the sources behind the parts of a journal, by their heads alone: nothing is checked. */
export async function journaledBytes(file: Pick<JournalFile, 'size' | 'read'>): Promise<number> {
  let bytes = 0;
  for (let at = 0; at < file.size; ) {
    const head = headOf(await file.read(at + SUM_BYTES, HEAD_BYTES));
    if (head === null || at + head.length > file.size) break;
    bytes += head.sourceBytes;
    at += head.length;
  }
  return bytes;
}

async function encodeRecord(part: PiecePart): Promise<Uint8Array<ArrayBuffer>> {
  const { piece, part: index, last, bytes, rows, bad } = part;
  const arrays = arraysOf(part);
  const small: Small = {
    ...{ piece, part: index, last, bytes, rows, bad },
    tallies: part.tallies.map((tally) => ({ ...tally, dropped: [...tally.dropped], counts: [...tally.counts] })),
    lengths: arrays.map(({ length }) => length),
    tokenBytes: part.tokens.BYTES_PER_ELEMENT,
  };
  const text = new TextEncoder().encode(JSON.stringify(small));
  const arrayBytes = arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const record = new Uint8Array(SUM_BYTES + HEAD_BYTES + text.length + arrayBytes);
  new Uint32Array(record.buffer, SUM_BYTES, 4).set([MAGIC, text.length, arrayBytes, bytes]);
  let at = SUM_BYTES + HEAD_BYTES;
  record.set(text, at);
  at += text.length;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    record.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  record.set(new TextEncoder().encode(await sha256(record.subarray(SUM_BYTES))));
  return record;
}

function headOf(bytes: Uint8Array<ArrayBuffer>): { text: number; length: number; sourceBytes: number } | null {
  if (bytes.length < HEAD_BYTES) return null;
  const [magic, text, arrays, sourceBytes] = new Uint32Array(bytes.slice().buffer);
  return magic === MAGIC ? { text, length: SUM_BYTES + HEAD_BYTES + text + arrays, sourceBytes } : null;
}

async function readRecord(file: JournalFile, at: number): Promise<{ part: PiecePart; length: number } | null> {
  const head = headOf(await file.read(at + SUM_BYTES, HEAD_BYTES));
  if (head === null || at + head.length > file.size) return null;
  const record = await file.read(at, head.length);
  const sum = new TextDecoder().decode(record.subarray(0, SUM_BYTES));
  if (record.length < head.length || (await sha256(record.subarray(SUM_BYTES))) !== sum) return null;
  const from = SUM_BYTES + HEAD_BYTES;
  const small: Small = JSON.parse(new TextDecoder().decode(record.subarray(from, from + head.text)));
  return { part: decoded(small, record.slice(from + head.text)), length: head.length };
}

/** In the order of a record. */
function arraysOf(part: PiecePart): readonly TokenArray[] {
  const { rowOf, characters, hashes, tokenCounts, tokens, wordCounts, words, signatures, bands } = part;
  return [rowOf, characters, hashes, tokenCounts, wordCounts, words, bands, signatures, tokens];
}

function decoded({ lengths, tokenBytes, tallies, ...small }: Small, bytes: Uint8Array<ArrayBuffer>): PiecePart {
  let at = 0;
  let index = 0;
  const taken = (width: number): ArrayBuffer => {
    const from = at;
    at += lengths[index++] * width;
    return bytes.slice(from, at).buffer;
  };
  const [rowOf, characters, hashes, tokenCounts, wordCounts, words, bands] = [1, 2, 3, 4, 5, 6, 7].map(
    () => new Uint32Array(taken(4)),
  );
  const signatures = new Uint16Array(taken(2));
  const buffer = taken(tokenBytes);
  const tokens =
    tokenBytes === 1 ? new Uint8Array(buffer) : tokenBytes === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
  return {
    ...small,
    tallies: tallies.map((tally) => ({ ...tally, dropped: new Map(tally.dropped), counts: new Map(tally.counts) })),
    ...{ rowOf, characters, hashes, tokenCounts, tokens, wordCounts, words, signatures, bands },
  };
}
