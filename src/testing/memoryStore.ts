// A store in memory with a limit, for tests. It keeps nothing when the page goes.

import { LabError } from '../core/errors';
import { outOfRoom, type ShardStore, type SpillFile } from '../data/pipeline/shards/shardStore';

export class MemoryStore implements ShardStore {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  #spilled = 0;

  /** @param room bytes in all; may be changed at any time */
  constructor(public room = Number.POSITIVE_INFINITY) {}

  get bytes(): number {
    return [...this.files.values()].reduce((sum, file) => sum + file.length, this.#spilled);
  }

  async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.bytes - (this.files.get(name)?.length ?? 0) + bytes.length > this.room)
      throw outOfRoom(name, bytes.length);
    this.files.set(name, bytes.slice());
  }

  async read(name: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const file = this.files.get(name);
    if (file === undefined) throw new LabError({ code: 'storage', message: `There is no file ${name}.` });
    return file.slice(start, end);
  }

  async openSpill(): Promise<SpillFile> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    const starts: number[] = [];
    let size = 0;
    return {
      append: async (added) => {
        const length = added.reduce((sum, bytes) => sum + bytes.length, 0);
        if (this.bytes + length > this.room) throw outOfRoom('tokens', length);
        const at = size;
        for (const bytes of added) {
          starts.push(size);
          parts.push(bytes.slice());
          size += bytes.length;
        }
        this.#spilled += length;
        return at;
      },
      read: async (start, length) => {
        const part = starts.findLastIndex((at) => at <= start);
        return parts[part].slice(start - starts[part], start - starts[part] + length);
      },
      discard: async () => {
        this.#spilled -= size;
        parts.length = 0;
      },
    };
  }
}
