// A Hub on this machine, over real HTTP: lists files with their digests and sends them, with the faults that a test asks for. Test only.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** Takes the request instead of the Hub; true when it did. Called with the number, from 1, of requests for this file so far. */
export type Fault = (request: IncomingMessage, response: ServerResponse, count: number) => boolean;

export interface MockHub {
  readonly origin: string;
  /** `PATH RANGE` of every request for a file, in order. */
  readonly requests: string[];
  /** How often the list of files was asked for. */
  readonly lists: number;
  /** By the name of a file, or `list`. */
  readonly faults: Map<string, Fault>;
  /** No faults, and nothing counted. */
  reset(): void;
  close(): Promise<void>;
}

/** @param files by name; those with `.safetensors` are large files, listed with their sha256, the others with git's id */
export async function startMockHub(id: string, files: ReadonlyMap<string, Uint8Array>): Promise<MockHub> {
  const requests: string[] = [];
  const faults = new Map<string, Fault>();
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    // As the public Hub: any page may read, and sees these headers.
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Expose-Headers', 'ETag, X-Linked-ETag, Content-Range, Retry-After');
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://hub').pathname);
    const name = path === `/api/models/${id}/tree/main` ? 'list' : path.replace(`/${id}/resolve/main/`, '');
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    if (path.includes('/resolve/')) requests.push(`${name} ${request.headers.range ?? ''}`.trim());
    if (faults.get(name)?.(request, response, count)) return;
    const bytes = files.get(name);
    if (name === 'list') {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify([...files].map(([path, content]) => listed(path, content))));
    } else if (bytes === undefined) {
      response.writeHead(404).end('Entry not found');
    } else sendBytes(request, response, bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the mock hub got no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    requests,
    get lists() {
      return counts.get('list') ?? 0;
    },
    faults,
    reset() {
      faults.clear();
      counts.clear();
      requests.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listed(path: string, content: Uint8Array): Readonly<Record<string, unknown>> {
  const blob = createHash('sha1').update(`blob ${content.byteLength}\0`).update(content).digest('hex');
  const sha256 = createHash('sha256').update(content).digest('hex');
  const lfs = { oid: sha256, size: content.byteLength, pointerSize: 134 };
  return { type: 'file', path, size: content.byteLength, oid: blob, ...(path.endsWith('.safetensors') ? { lfs } : {}) };
}

/** The whole file, or from where a range begins. */
export function sendBytes(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const begin = Number(from ?? 0);
  response.setHeader('Content-Type', 'application/octet-stream');
  if (from !== undefined) {
    if (begin >= bytes.byteLength) {
      response.writeHead(416).end();
      return;
    }
    response.statusCode = 206;
    response.setHeader('Content-Range', `bytes ${begin}-${bytes.byteLength - 1}/${bytes.byteLength}`);
  }
  response.setHeader('Content-Length', bytes.byteLength - begin);
  response.end(bytes.subarray(begin));
}

/** Announces all that a request asks for, sends half of it and breaks the connection. */
export function cutInHalf(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const begin = Number(from ?? 0);
  if (from !== undefined) {
    response.statusCode = 206;
    response.setHeader('Content-Range', `bytes ${begin}-${bytes.byteLength - 1}/${bytes.byteLength}`);
  }
  response.setHeader('Content-Length', bytes.byteLength - begin);
  const half = bytes.subarray(begin, begin + Math.floor((bytes.byteLength - begin) / 2));
  // The end of the connection must not overtake what was written.
  response.write(half, () => setTimeout(() => response.destroy(), 20));
}
