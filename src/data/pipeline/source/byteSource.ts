// A file as the pipeline reads it: ranges of bytes, never the whole. What gives the bytes (a Blob, a server, a folder) is somebody else's.

import { gzipBytes } from './gzipMembers';

export interface ByteSource {
  /** With its folders, as it is shown. */
  readonly name: string;
  readonly size: number;
  /** No text of it is shown before all stages that see one document have passed it. */
  readonly filteredOnly?: boolean;
  /** Bytes from `start` to before `end`, both within the file. @throws LabError `data.invalid` where they cannot be read */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

const CHUNK_BYTES = 256 * 1024;

/** The bytes in order, decompressed where they are gzip. Memory stays flat. @throws LabError `data.invalid` */
export function byteChunks(source: ByteSource, gzip: boolean): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  return gzip ? gzipBytes(source.name, plainChunks(source)) : plainChunks(source);
}

async function* plainChunks(source: ByteSource): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < source.size; at += CHUNK_BYTES) yield source.read(at, Math.min(source.size, at + CHUNK_BYTES));
}

export function blobSource(name: string, blob: Blob): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  };
}
