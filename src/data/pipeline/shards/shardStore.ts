// Where shards go, and the file that tokens wait in until all documents are known. Types, and the two errors that a store has.

import { LabError } from '../../../core/errors';

export interface ShardStore {
  /** Replaces a file of that name; it is there whole or not at all. @throws LabError `storage`, see outOfRoom */
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** @throws LabError `storage` where there is none */
  read(name: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Begins an empty file to append to; `discard` removes it. */
  openSpill(): Promise<SpillFile>;
}

export interface SpillFile {
  /** All of them, one behind another, or nothing. @returns where they begin @throws LabError `storage`, see outOfRoom */
  append(parts: readonly Uint8Array<ArrayBuffer>[]): Promise<number>;
  /** A copy that is a buffer of its own. */
  read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  discard(): Promise<void>;
}

const NO_ROOM = 'There is no room left';

/** The store is full: what was written stays, and the same call works once there is room. */
export function outOfRoom(what: string, bytes: number, cause?: unknown): LabError {
  return new LabError(
    {
      code: 'storage',
      message: `${NO_ROOM} for ${what}.`,
      why: `It needs ${(bytes / 1e6).toFixed(1)} MB more than the browser or the disk gives.`,
      advice:
        'Free some room (old runs and shards, or the disk), then try again: while the run waits, nothing that was done is lost.',
    },
    { cause },
  );
}

export function isOutOfRoom(error: unknown): boolean {
  return error instanceof LabError && error.code === 'storage' && error.message.startsWith(NO_ROOM);
}
