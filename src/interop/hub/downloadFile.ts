// Downloads one file of a Hub: continues what is there, survives connections that break, and hands out bytes only when their number and their
// digest are those that the hub named. What is not right is thrown away; what is only unfinished stays for the next time.

import { LabError } from '../../core/errors';
import { foreignFile } from '../weightFileKind';
import type { DownloadStore, StoredDownload } from './downloadStore';
import { fileUrl, type HubRepository } from './hubAddress';
import { type Digest, type HubFile, parseDigest } from './hubListing';
import { attempts, type HubConnection, Interrupted, listening, refuseWebPage, requestHub } from './hubRequest';

export interface FileSource {
  readonly connection: HubConnection;
  readonly base: string;
  readonly repository: HubRepository;
  readonly store: DownloadStore;
}

/**
 * The file's bytes.
 * @param onBytes told how many bytes are there, also when they become fewer
 * @throws LabError `hub.*`, `storage`; the signal's reason when it is aborted
 */
export async function downloadFile(
  { connection, base, repository, store }: FileSource,
  file: HubFile,
  onBytes: (bytes: number) => void,
): Promise<Uint8Array> {
  const { name, size } = file;
  // Without a digest nothing says that a part from another day is a part of this file.
  const kept = file.digest !== null;
  const download = await store.open(file.digest?.hex ?? `${base} ${repository.id} ${repository.revision} ${name}`);
  try {
    if (!kept || download.length > size) await download.clear();
    onBytes(download.length);
    // A part that was there from before may be what is wrong: then once more without it.
    for (let again = download.length > 0; ; again = false) {
      const named = await completeDownload(connection, fileUrl(base, repository, name), file, download, onBytes);
      const bytes = await download.read();
      const digest = file.digest ?? named;
      const right = digest === null || (await matches(bytes, digest));
      if (!right || !kept) await download.clear();
      if (right) return bytes;
      if (again) continue;
      const id = digest.kind === 'git' ? 'git object id' : 'sha256';
      throw wrongContent(name, `Its bytes do not have the ${id} ${digest.hex} that the hub names.`);
    }
  } finally {
    await download.close();
  }
}

/** As many responses as it takes. @returns the digest that they name */
async function completeDownload(
  connection: HubConnection,
  url: string,
  file: HubFile,
  download: StoredDownload,
  onBytes: (bytes: number) => void,
): Promise<Digest | null> {
  let digest: Digest | null = null;
  let best = download.length;
  await attempts(connection, file.name, async () => {
    if (download.length === file.size && file.size > 0) return;
    try {
      digest = await continueDownload(connection, url, file, download, onBytes);
    } catch (thrown) {
      const progressed = download.length > best;
      best = Math.max(best, download.length);
      throw thrown instanceof Interrupted ? new Interrupted(thrown.why, thrown.waitMs, progressed) : thrown;
    }
  });
  return digest;
}

/** One response, appended to what is there. @returns the digest that the response names */
async function continueDownload(
  connection: HubConnection,
  url: string,
  { name, size }: HubFile,
  download: StoredDownload,
  onBytes: (bytes: number) => void,
): Promise<Digest | null> {
  return listening(connection, async (signal, heard) => {
    const from = download.length;
    const response = await requestHub(
      connection.fetch,
      signal,
      url,
      name,
      from === 0 ? {} : { Range: `bytes=${from}-` },
    );
    const restart = async (): Promise<void> => {
      await download.clear();
      onBytes(0);
    };
    if (response.status === 416 || (response.status === 206 && !continues(response, from, size))) {
      await response.body?.cancel().catch(() => undefined);
      await restart();
      throw new Interrupted(`The server has no bytes from ${from} on.`);
    }
    refuseWebPage(response, name);
    // A server that knows no ranges begins at the beginning.
    if (response.status === 200 && from > 0) await restart();
    const begin = download.length;
    const announced = response.headers.has('Content-Encoding') ? null : response.headers.get('Content-Length');
    if (announced !== null && Number(announced) !== size - begin) {
      await response.body?.cancel().catch(() => undefined);
      throw await wrongLength(
        download,
        name,
        `The hub lists ${size} bytes; the server announces ${begin + Number(announced)}.`,
      );
    }
    const reader = response.body?.getReader();
    if (reader === undefined) throw new Interrupted('The response has no body.');
    for (;;) {
      const { done, value } = await interrupted(() => reader.read());
      if (done) break;
      heard();
      if (download.length === 0) refuseForeign(value, name);
      if (download.length + value.byteLength > size) {
        await reader.cancel().catch(() => undefined);
        throw await wrongLength(download, name, `The hub lists ${size} bytes; the server sends more.`);
      }
      await download.append(value);
      onBytes(download.length);
    }
    if (download.length < size)
      throw new Interrupted(`The connection ended after ${download.length} of ${size} bytes.`);
    return parseDigest(response.headers.get('X-Linked-ETag'));
  });
}

/** Whether a part begins where ours ends, and is of a file of this size. Servers may keep Content-Range from the page: then length and digest judge. */
function continues(response: Response, from: number, size: number): boolean {
  const range = response.headers.get('Content-Range');
  if (range === null) return true;
  const [, begin, , total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range) ?? [];
  return Number(begin) === from && (total === '*' || Number(total) === size);
}

async function interrupted<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw new Interrupted(thrown instanceof Error ? `The connection broke: ${thrown.message}` : String(thrown));
  }
}

/** A page for people, or a pointer of Git LFS, that is sent as if it were the file. */
function refuseForeign(first: Uint8Array, name: string): void {
  const foreign = foreignFile(first);
  if (foreign === null) return;
  throw wrongContent(name, `It is ${foreign.kind}.`);
}

async function wrongLength(download: StoredDownload, name: string, why: string): Promise<LabError> {
  await download.clear();
  return wrongContent(name, why);
}

function wrongContent(name: string, why: string): LabError {
  return new LabError({
    code: 'hub.content',
    message: `${name} is not what the hub says it is.`,
    why,
    advice: 'Nothing of it was kept. Try again; if it stays so, the hub or a proxy in between sends something else.',
  });
}

/** Whether the bytes have this digest. Git's is that of `blob LENGTH\\0` and the bytes. */
async function matches(bytes: Uint8Array<ArrayBuffer>, { kind, hex }: Digest): Promise<boolean> {
  const digest = await crypto.subtle.digest(kind === 'git' ? 'SHA-1' : 'SHA-256', kind === 'git' ? blob(bytes) : bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('') === hex;
}

function blob(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`blob ${bytes.byteLength}\0`);
  const content = new Uint8Array(head.byteLength + bytes.byteLength);
  content.set(head);
  content.set(bytes, head.byteLength);
  return content;
}
