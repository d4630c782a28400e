// Files in the browser's own storage (OPFS): folders, and a file written whole or not at all. In a worker only: it uses synchronous handles.
// What lies there, and under which names, is its callers' business.

import { LabError } from '../core/errors';
import { outOfRoom } from '../data/pipeline/shards/shardStore';

/** @throws LabError `storage` where the browser gives none */
export async function storageRoot(): Promise<FileSystemDirectoryHandle> {
  try {
    return await navigator.storage.getDirectory();
  } catch (cause) {
    throw new LabError(
      {
        code: 'storage',
        message: 'The browser gives this page no storage of its own.',
        why: words(cause),
        advice: 'Private windows of some browsers have none: use a usual one.',
      },
      { cause },
    );
  }
}

/** Made where it is not there. @throws LabError `storage` */
export async function subfolder(parent: FileSystemDirectoryHandle, name: string): Promise<FileSystemDirectoryHandle> {
  try {
    return await parent.getDirectoryHandle(name, { create: true });
  } catch (cause) {
    throw roomOr(cause, name, 0);
  }
}

/** A file to write to, made where it is not there: even that may need room. @throws LabError `storage` */
export async function opened(folder: FileSystemDirectoryHandle, name: string): Promise<FileSystemSyncAccessHandle> {
  try {
    return await (await folder.getFileHandle(name, { create: true })).createSyncAccessHandle();
  } catch (cause) {
    throw roomOr(cause, name, 0);
  }
}

/** Replaces a file of that name. @throws LabError `storage`, see outOfRoom */
export async function writeFile(
  folder: FileSystemDirectoryHandle,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const access = await opened(folder, name);
  let written = false;
  try {
    access.truncate(0);
    writeWhole(access, bytes, 0);
    access.flush();
    written = true;
  } catch (error) {
    throw roomOr(error, name, bytes.length);
  } finally {
    access.close();
    // Whole or not at all.
    if (!written) await folder.removeEntry(name).catch(() => undefined);
  }
}

/**
 * Where the quota ends within what is written, Chromium 156 writes a part of it and answers with a count that was never written
 * (4294967288, an error code as an unsigned number); where it ended before, it throws.
 */
export function writeWhole(access: FileSystemSyncAccessHandle, bytes: Uint8Array<ArrayBuffer>, at: number): void {
  const written = access.write(bytes, { at });
  if (written !== bytes.length || access.getSize() < at + bytes.length)
    throw new DOMException('It was written in part.', 'QuotaExceededError');
}

export function roomOr(error: unknown, what: string, bytes: number): LabError {
  if (error instanceof DOMException && error.name === 'QuotaExceededError') return outOfRoom(what, bytes, error);
  return new LabError(
    { code: 'storage', message: `${what} could not be written.`, why: words(error) },
    { cause: error },
  );
}

export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
