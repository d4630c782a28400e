// `lab data` through the built page: the same shards whatever the number of workers, bad rows and refused files by name, tasks as sources;
// and a browser that has no room (Chromium's own quota).

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from './fixtures';
import { startLab } from './runLab';

let folder = '';

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shardlab-data-'));
  const files = join(folder, 'files');
  await mkdir(files);
  const book = (await readFile('public/data/moby-dick.txt', 'utf8')).slice(0, 200_000);
  await writeFile(join(files, 'book.txt'), book);
  const rows = book.split(/\n\n+/).slice(0, 100);
  await writeFile(join(files, 'rows.jsonl'), `${rows.map((text) => JSON.stringify({ text })).join('\n')}\n{broken\n`);
  await writeFile(
    join(files, 'page.html'),
    '<p>Write to <b>ahab@pequod.example</b> &amp; wait for an answer, if one comes.',
  );
  // A browser's decompressor takes one member of two.
  const members = ['{"text":"The mate was silent, and the ', 'sea was as calm as it had been."}\n'];
  await writeFile(join(files, 'more.jsonl.gz'), Buffer.concat(members.map((text) => gzipSync(text))));
  await writeFile(join(files, 'picture.png'), Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10));
});

test.afterAll(() => rm(folder, { recursive: true, force: true }));

async function contents(of: string): Promise<Record<string, string>> {
  const names = (await readdir(of)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, (await readFile(join(of, name))).toString('base64')] as const)),
  );
}

test('files to shards: the same bytes with 1 and 3 workers, and everything told', async () => {
  const config = join(folder, 'config.json');
  await writeFile(
    config,
    JSON.stringify({ source: { pieceKib: 32 }, pack: { sequenceLength: 64, shardTokens: 65_536 } }),
  );
  const data = (out: string, ...more: string[]) =>
    startLab('data', join(folder, 'files'), 'task:parity:300', '--config', config, '--out', join(folder, out), ...more);
  const one = await data('one', '--workers', '1');
  const three = await data('three', '--workers', '3');
  expect([one.status, three.status]).toEqual([0, 0]);
  const shards = await contents(join(folder, 'one'));
  expect(Object.keys(shards)).toContain('index.json');
  expect(await contents(join(folder, 'three'))).toEqual(shards);
  const of = (event: string) => three.lines.filter((line) => line['event'] === event);
  expect(of('file')).toMatchObject([
    { name: 'files/book.txt', badRows: 0 },
    { name: 'files/more.jsonl.gz', documents: 1, badRows: 0, compressed: true },
    { name: 'files/page.html', format: 'html' },
    { name: 'files/picture.png', refusal: { why: 'It looks like a PNG picture.' } },
    { name: 'files/rows.jsonl', badRows: 1, badRowSamples: [{ row: 101 }] },
    { name: 'task:parity:300' },
  ]);
  const stages = of('stage').map((line) => line['stage']);
  expect(stages.slice(0, 3)).toEqual(['decode', 'markup', 'normalize']);
  expect(of('stage').find((line) => line['stage'] === 'personal-data')).toMatchObject({ counts: { email: 1 } });
  // The rows are the book's first paragraphs again.
  expect(Number(three.last?.['clustersInAll'])).toBeGreaterThan(50);
  expect(three.last).toMatchObject({ event: 'done', ok: true, refused: 1, badRows: 1, workers: 3, deaths: 0 });
  const again = await data('one');
  expect([again.status, again.last?.['error']]).toEqual([
    2,
    { code: 'usage', message: expect.stringMatching(/is not empty/) },
  ]);
  await writeFile(config, JSON.stringify({ quality: { minCharacters: -1 } }));
  const refused = await data('four');
  expect([refused.status, refused.last?.['error']]).toMatchObject([
    2,
    { issues: [{ path: 'quality.minCharacters', got: '-1', expected: 'a whole number from 0 to 1000000000' }] },
  ]);
});

test('a browser without room: the run ends with what was missing, and nothing is left half done', async ({
  page,
  baseURL,
}) => {
  const origin = new URL(baseURL ?? '').origin;
  const devtools = await page.context().newCDPSession(page);
  await page.goto('/?automation');
  await expect.poll(() => page.evaluate(() => globalThis.shardlab?.version)).toBeGreaterThan(0);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 100_000 });
  const reply = await page.evaluate(() =>
    globalThis.shardlab?.run({
      command: 'data',
      inputs: [{ name: 'task:copy', task: { task: 'copy', seed: 1, examples: 30_000 } }],
      config: {},
      workers: 2,
      heldBytes: 0,
      outputUrl: '/nowhere/',
    }),
  );
  expect(reply).toMatchObject({
    outcome: 'failed',
    error: {
      code: 'storage',
      message: 'There is no room left for tokens.',
      advice: expect.stringMatching(/try again/),
    },
  });
});
