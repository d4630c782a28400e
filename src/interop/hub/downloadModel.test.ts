// Row 58: downloads against a Hub on this machine that fails in every way that hubs do. Each fault ends in a clear message or is overcome, and
// nothing but what the hub's digests name is handed out or kept as whole.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LabError, toLabErrorData } from '../../core/errors';
import type { DownloadProgress, NamedFile } from '../../core/records';
import { cutInHalf, type MockHub, sendBytes, startMockHub } from '../../testing/mockHub';
import { downloadModel } from './downloadModel';
import { type DownloadStore, MemoryDownloads } from './downloadStore';
import { hubOrigins, parseHubBase, parseRepository, publicHub } from './hubAddress';
import { type HubFile, modelFilesOf, parseDigest } from './hubListing';
import { type Fetch, pause } from './hubRequest';

const WEIGHTS = 'model.safetensors';
const weights = Uint8Array.from({ length: 300_001 }, (_, i) => (i * 2_654_435_761) >>> 24);
const config = new TextEncoder().encode('{"model_type":"gpt2"}');
const files = new Map([
  ['config.json', config],
  [WEIGHTS, weights],
  ['pytorch_model.bin', new Uint8Array(9)],
  ['README.md', new Uint8Array(5)],
]);

let hub: MockHub;
beforeAll(async () => {
  hub = await startMockHub('owner/tiny', files);
});
afterAll(() => hub.close());
afterEach(() => hub.reset());

interface Options {
  readonly store?: DownloadStore;
  readonly signal?: AbortSignal;
  readonly fetch?: Fetch;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly id?: string;
  readonly pauses?: number[];
}

function download({
  store = new MemoryDownloads(),
  signal,
  onProgress,
  id = 'owner/tiny',
  pauses = [],
  ...rest
}: Options = {}) {
  const connection = {
    fetch: rest.fetch ?? ((url, init) => fetch(url, init)),
    signal: signal ?? new AbortController().signal,
    silenceMs: 250,
    pause: async (ms: number, aborted: AbortSignal) => {
      pauses.push(ms);
      await pause(1, aborted);
    },
  };
  return downloadModel({ connection, base: hub.origin, repository: { id, revision: 'main' }, store }, (at) =>
    onProgress?.(at),
  );
}

async function refusal(options: Options = {}): Promise<LabError> {
  try {
    await download(options);
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error('the download went through');
}

function expectWhole(result: readonly NamedFile[]): void {
  expect(result.map(({ name }) => name)).toEqual(['config.json', WEIGHTS]);
  expect(Buffer.compare(result[1].bytes, weights)).toBe(0);
}

describe('a model from a hub', () => {
  test('comes whole, with its digests checked and progress told; pickles stay where they are; a second time nothing large comes again', async () => {
    const store = new MemoryDownloads();
    const progress: DownloadProgress[] = [];
    expectWhole(await download({ store, onProgress: (at) => progress.push(at) }));
    expect(hub.requests).toEqual(['config.json', WEIGHTS]);
    const total = config.byteLength + weights.byteLength;
    expect(progress.at(-1)).toEqual({ file: WEIGHTS, bytes: total, totalBytes: total, index: 2, count: 2 });
    for (const [i, { bytes }] of progress.entries()) expect(bytes).toBeGreaterThanOrEqual(progress[i - 1]?.bytes ?? 0);
    expectWhole(await download({ store }));
    expect(hub.requests).toEqual(['config.json', WEIGHTS]);
  });

  test('404: of the model, and of a file that is listed', async () => {
    expect(await refusal({ id: 'owner/other' })).toMatchObject({
      code: 'hub.notFound',
      message: 'The hub has no model owner/other@main.',
    });
    hub.faults.set(WEIGHTS, (_, response) => !!response.writeHead(404).end());
    expect(await refusal()).toMatchObject({ code: 'hub.notFound', message: `The hub has no ${WEIGHTS}.` });
    expect(hub.requests).toEqual(['config.json', WEIGHTS]);
  });

  test.each([401, 403])('%i: private or gated, no password is asked for or sent', async (status) => {
    let authorization: string | undefined;
    hub.faults.set('list', (request, response) => {
      authorization = request.headers.authorization ?? request.headers.cookie;
      return !!response.writeHead(status).end();
    });
    const error = await refusal();
    expect(error).toMatchObject({ code: 'hub.refused' });
    expect(error.advice).toContain('private or gated');
    expect(authorization).toBeUndefined();
  });

  test('429: a short pause is kept to, a long one is told of', async () => {
    hub.faults.set(
      WEIGHTS,
      (_, response, count) => count < 3 && !!response.writeHead(429, { 'Retry-After': '7' }).end(),
    );
    const pauses: number[] = [];
    expectWhole(await download({ pauses }));
    expect(pauses).toEqual([7_000, 7_000]);
    hub.faults.set(WEIGHTS, (_, response) => !!response.writeHead(429, { 'Retry-After': '3600' }).end());
    expect(await refusal()).toMatchObject({ code: 'hub.refused', why: expect.stringContaining('3600 s') });
  });

  test('5xx passes or is given up after a few attempts, each after a longer pause', async () => {
    hub.faults.set('config.json', (_, response, count) => count < 3 && !!response.writeHead(503).end());
    expectWhole(await download());
    hub.faults.set('config.json', (_, response) => !!response.writeHead(500).end());
    const pauses: number[] = [];
    expect(await refusal({ pauses })).toMatchObject({ code: 'hub.unreachable', why: expect.stringContaining('500') });
    expect(pauses).toEqual([500, 1_000, 2_000]);
  });

  test('a redirect is followed; a loop of them ends', async () => {
    hub.faults.set(WEIGHTS, (_, response) => !!response.writeHead(302, { Location: '/elsewhere' }).end());
    hub.faults.set('/elsewhere', (request, response) => {
      sendBytes(request, response, weights);
      return true;
    });
    expectWhole(await download());
    hub.faults.set('/elsewhere', (_, response) => !!response.writeHead(302, { Location: '/elsewhere' }).end());
    expect(await refusal()).toMatchObject({ code: 'hub.unreachable', message: expect.stringContaining(WEIGHTS) });
  });

  test('cut at half, again and again: goes on from there by range, and comes whole', async () => {
    hub.faults.set(WEIGHTS, (request, response, count) => {
      if (count > 3) return false;
      cutInHalf(request, response, weights);
      return true;
    });
    expectWhole(await download());
    expect(hub.requests).toEqual([
      'config.json',
      WEIGHTS,
      `${WEIGHTS} bytes=150000-`,
      `${WEIGHTS} bytes=225000-`,
      `${WEIGHTS} bytes=262500-`,
    ]);
  });

  test('cut at half where the server knows no ranges: begins anew, and ends after a few attempts that bring nothing new', async () => {
    hub.faults.set(WEIGHTS, (request, response, count) => {
      delete request.headers.range;
      if (count === 1) cutInHalf(request, response, weights);
      else sendBytes(request, response, weights);
      return true;
    });
    expectWhole(await download());
    hub.faults.set(WEIGHTS, (request, response) => {
      delete request.headers.range;
      cutInHalf(request, response, weights);
      return true;
    });
    expect(await refusal()).toMatchObject({ code: 'hub.unreachable' });
    expect(hub.requests.length).toBeLessThan(12);
  });

  test('a range that is not the one asked for, or of another file, begins anew', async () => {
    const store = new MemoryDownloads();
    hub.faults.set(WEIGHTS, (request, response, count) => {
      if (count % 2 === 1) cutInHalf(request, response, weights);
      else {
        response
          .writeHead(206, { 'Content-Range': `bytes 0-9/${weights.byteLength}`, 'Content-Length': '10' })
          .end(weights.subarray(0, 10));
      }
      return true;
    });
    expect(await refusal({ store })).toMatchObject({ code: 'hub.unreachable' });
    hub.faults.clear();
    expectWhole(await download({ store }));
  });

  test('a stored part that is not a prefix of the file is found out by the digest, and the file comes anew', async () => {
    const store = new MemoryDownloads();
    const { digest } = modelFilesOf(await listOf(), 'x')[1];
    const part = await store.open(digest?.hex ?? '');
    await part.append(new Uint8Array(1_000).fill(7));
    expectWhole(await download({ store }));
    expect(hub.requests.slice(1)).toEqual([`${WEIGHTS} bytes=1000-`, WEIGHTS]);
  });

  test.each(['shorter', 'longer'])('wrong length, %s: refused at once, nothing kept', async (how) => {
    const store = new MemoryDownloads();
    hub.faults.set(WEIGHTS, (request, response) => {
      sendBytes(request, response, how === 'shorter' ? weights.subarray(1) : Uint8Array.from([...weights, 0]));
      return true;
    });
    expect(await refusal({ store })).toMatchObject({
      code: 'hub.content',
      why: expect.stringContaining('lists 300001 bytes'),
    });
    expect(hub.requests).toHaveLength(2);
    hub.faults.clear();
    expectWhole(await download({ store }));
    expect(hub.requests.at(-1)).toBe(WEIGHTS);
  });

  test('longer than listed without saying so: refused while it comes', async () => {
    hub.faults.set(WEIGHTS, (_, response) => {
      response.writeHead(200, { 'Transfer-Encoding': 'chunked' });
      response.write(weights);
      response.end(weights);
      return true;
    });
    expect(await refusal()).toMatchObject({ code: 'hub.content', why: expect.stringContaining('sends more') });
  });

  test('wrong bytes of the right length: found by sha256, or by git id for small files; nothing kept', async () => {
    const wrong = (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, i) => (i === 3 ? byte ^ 1 : byte));
    for (const [name, bytes, id] of [
      [WEIGHTS, weights, 'sha256'],
      ['config.json', config, 'git object id'],
    ] as const) {
      const store = new MemoryDownloads();
      hub.faults.set(name, (request, response) => {
        sendBytes(request, response, wrong(bytes));
        return true;
      });
      expect(await refusal({ store })).toMatchObject({ code: 'hub.content', why: expect.stringContaining(id) });
      hub.faults.clear();
      expectWhole(await download({ store }));
    }
  });

  test('a digest that only X-Linked-ETag names is checked too', async () => {
    const sha256 = (await listOf()).find(({ name }) => name === WEIGHTS)?.digest?.hex;
    const bare = JSON.stringify([
      { type: 'file', path: 'config.json', size: config.byteLength },
      { type: 'file', path: WEIGHTS, size: weights.byteLength },
      { type: 'directory', path: 'onnx' },
    ]);
    hub.faults.set('list', (_, response) => !!response.end(bare));
    let etag = `"${sha256}"`;
    hub.faults.set(WEIGHTS, (request, response) => {
      response.setHeader('X-Linked-ETag', etag);
      sendBytes(request, response, weights);
      return true;
    });
    expectWhole(await download());
    etag = `"${'0'.repeat(64)}"`;
    expect(await refusal()).toMatchObject({ code: 'hub.content' });
  });

  test('HTML in place of the list or of a file, said or unsaid, and a Git LFS pointer', async () => {
    const html = `<!DOCTYPE html>${' '.repeat(weights.byteLength - 15)}`;
    hub.faults.set('list', (_, response) => !!response.setHeader('Content-Type', 'text/html; charset=utf-8').end(html));
    expect(await refusal()).toMatchObject({
      code: 'hub.content',
      message: expect.stringContaining('web page in place of the list'),
    });
    hub.faults.clear();
    hub.faults.set(WEIGHTS, (_, response) => !!response.setHeader('Content-Type', 'text/html').end(html));
    expect(await refusal()).toMatchObject({
      code: 'hub.content',
      message: expect.stringContaining(`in place of ${WEIGHTS}`),
    });
    hub.faults.set(WEIGHTS, (_, response) => !!response.end(html));
    expect(await refusal()).toMatchObject({ code: 'hub.content', why: expect.stringContaining('web page') });
    const pointer = 'version https://git-lfs.github.com/spec/v1\n'.padEnd(weights.byteLength);
    hub.faults.set(WEIGHTS, (_, response) => !!response.end(pointer));
    expect(await refusal()).toMatchObject({ code: 'hub.content', why: expect.stringContaining('Git LFS') });
  });

  test.each(['{', '{}', '[{"type":"file","path":"a","size":-1}]', '[{"type":"file","size":1}]'])(
    'a list that is none: %s',
    async (list) => {
      hub.faults.set('list', (_, response) => !!response.end(list));
      expect(await refusal()).toMatchObject({ code: 'hub.content' });
    },
  );

  test('a server that is silent is given up', async () => {
    hub.faults.set('config.json', () => true);
    expect(await refusal()).toMatchObject({ code: 'hub.unreachable', why: expect.stringContaining('silent') });
  });

  test('cancelled half-way, it goes on from there the next time', async () => {
    const store = new MemoryDownloads();
    const abort = new AbortController();
    hub.faults.set(WEIGHTS, (_, response) => {
      response.setHeader('Content-Length', weights.byteLength);
      response.write(weights.subarray(0, 100_000));
      return true;
    });
    const stopped = refusal({
      store,
      signal: abort.signal,
      onProgress: ({ bytes }) => {
        if (bytes === config.byteLength + 100_000) abort.abort();
      },
    });
    expect(await stopped).toMatchObject({ code: 'run.cancelled' });
    hub.faults.clear();
    expectWhole(await download({ store }));
    expect(hub.requests.at(-1)).toBe(`${WEIGHTS} bytes=100000-`);
  });

  test('a store that is full ends in its own error', async () => {
    const full = new LabError({ code: 'storage', message: 'There is no room.' });
    const store = new MemoryDownloads();
    const failing: DownloadStore = {
      open: async (key) => {
        const kept = await store.open(key);
        return {
          ...kept,
          length: 0,
          append: () => Promise.reject(full),
          clear: () => kept.clear(),
          close: () => kept.close(),
        };
      },
    };
    expect(toLabErrorData(await refusal({ store: failing }))).toMatchObject({ code: 'storage' });
  });
});

async function listOf(): Promise<readonly HubFile[]> {
  const { listFiles } = await import('./hubListing');
  const connection = { fetch, signal: new AbortController().signal, silenceMs: 500, pause };
  return listFiles(connection, hub.origin, { id: 'owner/tiny', revision: 'main' });
}

describe('addresses and lists', () => {
  test('the base is https, or http on this machine, and nothing more than that', () => {
    expect(parseHubBase(' https://huggingface.co/ ')).toBe(publicHub);
    expect(parseHubBase('http://127.0.0.1:8000/hub/')).toBe('http://127.0.0.1:8000/hub');
    for (const text of [
      '',
      'huggingface.co',
      'http://huggingface.co',
      'ftp://a',
      'javascript:alert(1)',
      'https://a:b@c',
      'https://a/?x',
      'https://a/#x',
    ])
      expect(() => parseHubBase(text), text).toThrow(LabError);
    expect(hubOrigins(publicHub)).toEqual([publicHub, 'https://*.huggingface.co', 'https://*.hf.co']);
    expect(hubOrigins('https://mirror.example/path')).toEqual(['https://mirror.example']);
  });

  test('a model by name, with a revision, or by its page; paths and addresses elsewhere are none', () => {
    const parse = (text: string) => parseRepository(text, publicHub);
    expect(parse('gpt2')).toEqual({ id: 'gpt2', revision: 'main' });
    expect(parse(' openai-community/gpt2@v1.0 ')).toEqual({ id: 'openai-community/gpt2', revision: 'v1.0' });
    expect(parse(`${publicHub}/a/b/tree/refs/pr/1`)).toEqual({ id: 'a/b', revision: 'refs/pr/1' });
    expect(parse(`${publicHub}/a/b/`)).toEqual({ id: 'a/b', revision: 'main' });
    for (const text of [
      '',
      'a/b/c',
      '../b',
      'a/..',
      'a b',
      'https://other.example/a/b',
      'a/b@../x',
      'a/b@',
      'a?b',
      '/etc/passwd',
      '-a',
    ])
      expect(() => parse(text), text).toThrow(LabError);
  });

  test('digests of object ids and entity tags', () => {
    const sha = 'Ab'.repeat(32);
    for (const text of [sha, `"${sha}"`, `W/"${sha}"`, `sha256:${sha}`])
      expect(parseDigest(text)).toEqual({ kind: 'sha256', hex: sha.toLowerCase() });
    expect(parseDigest('0'.repeat(40))?.kind).toBe('git');
    for (const text of [undefined, null, 3, '', '"0x8D"', '0'.repeat(39), '0'.repeat(65)])
      expect(parseDigest(text)).toBeNull();
  });

  test('one file or shards, never both; other weights are named; what the page cannot hold is refused', () => {
    const list = (...names: string[]): HubFile[] => names.map((name) => ({ name, size: 2 ** 30, digest: null }));
    const names = (...given: string[]) => modelFilesOf(list(...given), 'a/b').map(({ name }) => name);
    const shards = [
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
    ];
    expect(names('config.json', 'vocab.txt', 'onnx/model.onnx', 'a/config.json', ...shards)).toEqual([
      'config.json',
      'vocab.txt',
      ...shards,
    ]);
    expect(names(WEIGHTS, ...shards)).toEqual([WEIGHTS]);
    expect(() => names('config.json', 'pytorch_model.bin')).toThrow('a/b has no model.safetensors.');
    expect(() => names(...Array.from({ length: 9 }, (_, i) => `model-0000${i}-of-00009.safetensors`))).toThrow(
      'too large',
    );
  });
});
