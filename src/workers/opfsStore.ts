// Shards in the browser's own storage (OPFS), and the file that tokens wait in. In a worker only: it uses synchronous handles.

import { LabError } from '../core/errors';
import type { JournalFile } from '../data/pipeline/partJournal';
import type { ShardStore, SpillFile } from '../data/pipeline/shards/shardStore';
import { opened, roomOr, storageRoot, subfolder, words, writeFile, writeWhole } from './opfsFiles';

const ROOT = 'shards';
const SPILLS = 'spills';
const INDEX = 'index.json';

/** @param folder a plain name @throws LabError `storage` where the browser gives no storage */
export async function openOpfsStore(folder: string): Promise<ShardStore> {
  const own = await subfolder(await subfolder(await storageRoot(), ROOT), folder);
  return {
    write: (name, bytes) => writeFile(own, name, bytes),
    async read(name, start, end) {
      try {
        const file = await (await own.getFileHandle(name)).getFile();
        return new Uint8Array(await file.slice(start, end).arrayBuffer());
      } catch (cause) {
        throw new LabError({ code: 'storage', message: `${name} could not be read.`, why: words(cause) }, { cause });
      }
    },
    openSpill: openOpfsSpill,
  };
}

/**
 * The store of a run that begins: shards of an earlier run, whole or interrupted, are removed.
 * @throws LabError `storage`, also where another tab writes there
 */
export async function emptyOpfsStore(folder: string): Promise<ShardStore> {
  await empty(await subfolder(await subfolder(await storageRoot(), ROOT), folder));
  return openOpfsStore(folder);
}

/** Bytes of a file of a folder; null where there is none. @throws LabError `storage` */
export async function storedBytes(folder: string, name: string): Promise<number | null> {
  const own = await subfolder(await subfolder(await storageRoot(), ROOT), folder);
  try {
    return (await (await own.getFileHandle(name)).getFile()).size;
  } catch {
    return null;
  }
}

export async function removeFromOpfs(folder: string, name: string): Promise<void> {
  const own = await subfolder(await subfolder(await storageRoot(), ROOT), folder);
  await own.removeEntry(name).catch(() => undefined);
}

/** To be appended to, with what is there already. @throws LabError `storage` while another worker has it open */
export async function openOpfsJournal(folder: string, name: string): Promise<JournalFile> {
  const own = await subfolder(await subfolder(await storageRoot(), ROOT), folder);
  const access = await opened(own, name);
  let size = access.getSize();
  return {
    get size() {
      return size;
    },
    async append(bytes) {
      try {
        writeWhole(access, bytes, size);
        size += bytes.length;
      } catch (error) {
        access.truncate(size);
        throw roomOr(error, name, bytes.length);
      }
    },
    async read(start, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - start)));
      access.read(bytes, { at: start });
      return bytes;
    },
    async truncate(to) {
      access.truncate(to);
      size = to;
    },
    async close() {
      access.close();
    },
  };
}

/** A file of its own for each run; those that a run of before could not remove go first. */
export async function openOpfsSpill(): Promise<SpillFile> {
  const folder = await subfolder(await storageRoot(), SPILLS);
  await removeLeftovers(folder);
  const name = `${crypto.randomUUID()}.bin`;
  const access = await opened(folder, name);
  let size = 0;
  return {
    async append(parts) {
      const at = size;
      const length = parts.reduce((sum, bytes) => sum + bytes.length, 0);
      try {
        for (const bytes of parts) {
          writeWhole(access, bytes, size);
          size += bytes.length;
        }
      } catch (error) {
        // What was written in part is as if it were not.
        size = at;
        access.truncate(at);
        throw roomOr(error, 'tokens', length);
      }
      return at;
    },
    async read(start, length) {
      const bytes = new Uint8Array(length);
      if (access.read(bytes, { at: start }) < length)
        throw new LabError({
          code: 'storage',
          message: 'Tokens that were set aside are gone.',
          why: `Wanted ${length} bytes at ${start} of ${size}.`,
        });
      return bytes;
    },
    async discard() {
      access.close();
      await folder.removeEntry(name);
    },
  };
}

/** Files that nobody holds open; another tab's run keeps its own. */
async function removeLeftovers(folder: FileSystemDirectoryHandle): Promise<void> {
  for await (const name of folder.keys()) {
    // Refused while a handle on it is open.
    await folder.removeEntry(name).catch(() => undefined);
  }
}

/** The index first: a folder that has one is complete. */
async function empty(folder: FileSystemDirectoryHandle): Promise<void> {
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  for (const name of names.sort((a, b) => Number(b === INDEX) - Number(a === INDEX))) {
    try {
      await folder.removeEntry(name);
    } catch (cause) {
      throw new LabError(
        {
          code: 'storage',
          message: `${name} of an earlier run could not be removed.`,
          why: words(cause),
          advice: 'Another tab may be preparing data: let it end, or close it.',
        },
        { cause },
      );
    }
  }
}
