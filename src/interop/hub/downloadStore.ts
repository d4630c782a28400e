// Where downloads are kept, whole or in part, under the digest of what they shall be: so a part is only ever continued by the same content,
// and what is whole need not come again. The interface, and one in memory.

/** A file as far as it is there; one user at a time. */
export interface StoredDownload {
  /** Bytes. */
  readonly length: number;
  append(chunk: Uint8Array): Promise<void>;
  /** All of it. */
  read(): Promise<Uint8Array<ArrayBuffer>>;
  /** Back to no bytes. */
  clear(): Promise<void>;
  /** To be called at the end; what was appended stays. */
  close(): Promise<void>;
}

export interface DownloadStore {
  /** @throws LabError `storage` */
  open(key: string): Promise<StoredDownload>;
}

/** Keeps what is appended for as long as the store lives. */
export class MemoryDownloads implements DownloadStore {
  private readonly files = new Map<string, MemoryDownload>();

  async open(key: string): Promise<StoredDownload> {
    const known = this.files.get(key) ?? new MemoryDownload();
    this.files.set(key, known);
    return known;
  }
}

class MemoryDownload implements StoredDownload {
  private chunks: Uint8Array[] = [];
  length = 0;

  async append(chunk: Uint8Array): Promise<void> {
    this.chunks.push(chunk);
    this.length += chunk.byteLength;
  }

  async read(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(this.length);
    let at = 0;
    for (const chunk of this.chunks) {
      bytes.set(chunk, at);
      at += chunk.byteLength;
    }
    return bytes;
  }

  async clear(): Promise<void> {
    this.chunks = [];
    this.length = 0;
  }

  async close(): Promise<void> {}
}
