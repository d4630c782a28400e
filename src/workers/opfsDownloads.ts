// Downloads in the browser's own storage (OPFS), one file each, named by the digest of what it shall be. In a worker only: it uses synchronous
// handles. What has no digest stays in memory, and so does everything where the browser gives no storage.

import { LabError } from '../core/errors';
import { type DownloadStore, MemoryDownloads, type StoredDownload } from '../interop/hub/downloadStore';

const FOLDER = 'hub';

export async function openDownloads(): Promise<DownloadStore> {
  const memory = new MemoryDownloads();
  const folder = await openFolder();
  if (folder === null) return memory;
  return {
    open: (key) => (/^[0-9a-f]{40,64}$/.test(key) ? openFile(folder, key) : memory.open(key)),
  };
}

/** Removes all of them. @throws LabError `storage` where one is in use */
export async function forgetDownloads(): Promise<void> {
  const folder = await openFolder();
  if (folder === null) return;
  for await (const name of folder.keys()) await stored(name, () => folder.removeEntry(name));
}

async function openFolder(): Promise<FileSystemDirectoryHandle | null> {
  try {
    return await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
  } catch {
    // A private window: what is downloaded lives as long as the page.
    return null;
  }
}

async function openFile(folder: FileSystemDirectoryHandle, key: string): Promise<StoredDownload> {
  const access = await stored(key, async () =>
    (await folder.getFileHandle(key, { create: true })).createSyncAccessHandle(),
  );
  return {
    get length() {
      return access.getSize();
    },
    append: (chunk) =>
      stored(key, () => {
        const at = access.getSize();
        if (access.write(new Uint8Array(chunk), { at }) === chunk.byteLength) return;
        access.truncate(at);
        throw new DOMException('It was written in part.', 'QuotaExceededError');
      }),
    read: () =>
      stored(key, () => {
        const bytes = new Uint8Array(access.getSize());
        access.read(bytes, { at: 0 });
        return bytes;
      }),
    clear: () => stored(key, () => access.truncate(0)),
    async close() {
      const empty = access.getSize() === 0;
      access.flush();
      access.close();
      if (empty) await folder.removeEntry(key).catch(() => undefined);
    },
  };
}

async function stored<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const full = cause instanceof DOMException && cause.name === 'QuotaExceededError';
    throw new LabError(
      {
        code: 'storage',
        message: full ? 'There is no room for the download.' : 'The download could not be stored.',
        why: `${name.slice(0, 12)}: ${cause instanceof Error ? cause.message : String(cause)}`,
        advice: full
          ? 'Free some space, or remove earlier downloads.'
          : 'Close other tabs that download the same model.',
      },
      { cause },
    );
  }
}
