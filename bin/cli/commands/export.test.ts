// `lab export` on real files: a folder in, a folder out in another type and in shards, and back; what it refuses, and in which words.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { goldenFile } from '../../../src/testing/goldenFile';
import { folderProblems } from '../../../src/testing/strictFolder';
import { main } from '../main';

let folder = '';
let source = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shardlab-export-'));
  source = join(folder, 'source');
  await mkdir(source);
  for (const name of ['config.json', 'generation_config.json', 'model.safetensors']) {
    const bytes = goldenFile(`gpt2/${name}`);
    if (bytes !== null) await writeFile(join(source, name), bytes);
  }
  await writeFile(join(source, 'notes.txt'), 'not of the model');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function lab(...argv: string[]) {
  let stdout = '';
  let stderr = '';
  const stream = (take: (text: string) => void) => ({
    write: (text: string) => {
      take(text);
      return true;
    },
  });
  const status = await main([...argv, '--json'], {
    root: '',
    stdout: stream((text) => (stdout += text)),
    stderr: stream((text) => (stderr += text)),
  });
  const last: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  return { status, last, stderr };
}

async function filesIn(path: string) {
  const names = (await readdir(path)).sort();
  return Promise.all(names.map(async (name) => ({ name, bytes: new Uint8Array(await readFile(join(path, name))) })));
}

test('BF16 in shards, and the same folder again byte-equal; what transformers needs is there', async () => {
  if (goldenFile('gpt2/config.json') === null) return;
  const half = join(folder, 'half');
  const run = await lab('export', source, '--dtype', 'bf16', '--max-shard-size', '20KB', '--out', half);
  expect(run).toMatchObject({ status: 0, last: { event: 'done', ok: true, dtype: 'BF16', shards: 4, nonFinite: 0 } });
  const written = await filesIn(half);
  expect(folderProblems(written)).toEqual([]);
  expect(written.map(({ name }) => name)).toEqual([
    'README.md',
    'config.json',
    'generation_config.json',
    ...['1', '2', '3', '4'].map((shard) => `model-0000${shard}-of-00004.safetensors`),
    'model.safetensors.index.json',
  ]);
  // The type stays what it is in the folder.
  const again = join(folder, 'again');
  expect(await lab('export', half, '--max-shard-size', '20KB', '--out', again)).toMatchObject({ status: 0 });
  expect(await filesIn(again)).toEqual(written);
});

test('usage and folders that are none are refused, and nothing is written', async () => {
  const out = join(folder, 'out');
  for (const [argv, words] of [
    [[source], /--out/],
    [[source, '--out', out, '--dtype', 'f64'], /f32, bf16, f16/],
    [[source, '--out', out, '--max-shard-size', '5 parsecs'], /5MB or 2GiB, not '5 parsecs'/],
    [[join(folder, 'nothing'), '--out', out], /not a folder/],
    [[folder, '--out', out], /no config.json/],
    [[source, '--out', source], /is not empty/],
  ] as const) {
    const { status, stderr } = await lab('export', ...argv);
    expect(status, stderr).toBe(2);
    expect(stderr).toMatch(words);
  }
  await writeFile(join(source, 'model.safetensors'), 'PK\u0003\u0004 a zip');
  expect(await lab('export', source, '--out', out)).toMatchObject({
    status: 1,
    last: { ok: false, error: { code: 'safetensors.invalid' } },
  });
  await expect(readdir(out)).rejects.toThrow('ENOENT');
});
