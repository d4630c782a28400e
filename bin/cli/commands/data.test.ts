// `lab data` up to the page: which files it takes, what it refuses, and that a folder with shards of before never looks like a new run's.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AutomationCommand } from '../../../src/ui/automationApi';
import { LabFailure } from '../failure';
import { main } from '../main';
import { Reporter } from '../reporter';
import { parseArguments } from '../usage/usage';
import { data } from './data';

let folder = '';
const inFolder = (words: string) => words.replaceAll('DIR', folder).split(' ');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-data-'));
  for (const name of ['files', 'files/sub', 'files/.git', 'empty', 'old']) mkdirSync(join(folder, name));
  for (const name of ['files/b.txt', 'files/sub/a.txt', 'files/.git/x', 'files/.hidden', 'other.txt'])
    writeFileSync(join(folder, name), 'text');
  symlinkSync(join(folder, 'other.txt'), join(folder, 'files/linked.txt'));
  symlinkSync(folder, join(folder, 'files/circle'));
  symlinkSync(join(folder, 'nothing'), join(folder, 'files/broken.txt'));
  for (const name of [
    'index.json',
    'train-00000.bin',
    'train-00007.bin.partial',
    'validation-documents.bin',
    'notes.txt',
  ])
    writeFileSync(join(folder, 'old', name), 'old');
  writeFileSync(join(folder, 'config.json'), '{broken');
  writeFileSync(join(folder, 'byte.json'), '{"tokenize":{"tokenizer":"byte"}}');
  writeFileSync(join(folder, 'end.json'), '{"tokenize":{"documentEnd":"<|end|>"}}');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the page is asked; it then breaks down. @param before what happens between the checks and the page */
async function asked(words: string, { before = () => {}, error = /The page is gone/ } = {}) {
  const commands: AutomationCommand[] = [];
  let stdout = '';
  let chosen: readonly string[] = [];
  const none = { vendor: '', architecture: '', device: '', description: '', userAgent: '' };
  const server = {
    origin: '',
    addInput: (path: string) => ({ name: path, url: path }),
    openOutput: (to: string) => to,
  };
  const work = await data(parseArguments(inFolder(words)));
  before();
  const running = work({
    adapter: { ...none, software: true, profile: 'min', limits: {}, features: [], missing: [] },
    server: { ...server, close: async () => {} },
    reporter: new Reporter(true, { write: (chunk) => (stdout += chunk) }, { write: () => true }),
    run: async (command, _onEvent, files = []) => {
      commands.push(command);
      chosen = files;
      throw new LabFailure('page.crashed', 'The page is gone.');
    },
  });
  await expect(running).rejects.toThrow(error);
  return { command: commands[0], chosen, stdout };
}

test('files under a folder in order, links to files among them; what is left out is told', async () => {
  const { command, chosen, stdout } = await asked('data DIR/files task:copy:5:2 --out DIR/out --workers 3');
  expect(command).toMatchObject({
    command: 'data',
    workers: 3,
    inputs: [
      { name: 'files/b.txt', chosen: 0 },
      { name: 'files/linked.txt', chosen: 1 },
      { name: 'files/sub/a.txt', chosen: 2 },
      { name: 'task:copy:5:2', task: { task: 'copy', examples: 5, seed: 2 } },
    ],
  });
  expect(chosen).toEqual(inFolder('DIR/files/b.txt DIR/files/linked.txt DIR/files/sub/a.txt'));
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  ).toEqual([
    { event: 'leftOut', name: 'files/broken.txt', why: 'It is a link to nothing.' },
    { event: 'leftOut', name: 'files/circle', why: 'It is a link to a folder; name that folder itself.' },
  ]);
});

test('a tokenizer that is named is used', async () => {
  const { command } = await asked('data DIR/other.txt --out DIR/out --force --tokenizer DIR/other.txt');
  expect(command).toMatchObject({ config: { tokenize: { tokenizer: 'json' } }, tokenizer: expect.anything() });
  const more = await asked('data DIR/other.txt --out DIR/out --force --tokenizer DIR/other.txt --config DIR/end.json');
  expect(more.command).toMatchObject({ config: { tokenize: { tokenizer: 'json', documentEnd: '<|end|>' } } });
  expect((await asked('data DIR/other.txt --out DIR/out --force')).command).toMatchObject({ config: undefined });
});

test('forced into a folder of an earlier run, its shards go before anything is written', async () => {
  await asked('data DIR/other.txt --out DIR/old --force');
  expect(readdirSync(join(folder, 'old'))).toEqual(['notes.txt']);
});

test('a folder that cannot be made is said before anything is read', async () => {
  const before = () => writeFileSync(join(folder, 'late'), '');
  await asked('data DIR/other.txt --out DIR/late', { before, error: /--out .*late cannot be written: EEXIST/ });
});

describe('refusals say what, why and what to do', () => {
  const refusals: readonly (readonly [string, RegExp])[] = [
    ['data --out DIR/new', /FILE is missing/],
    ['data DIR/other.txt', /--out DIR is missing/],
    ['data DIR/no.txt --out DIR/new', /there is no file .*no\.txt\. Name files or folders/],
    ['data /dev/null --out DIR/new', /neither a file nor a folder/],
    ['data DIR/empty --out DIR/new', /has no files in it/],
    ['data DIR/other.txt --out DIR/new --workers 0', /--workers .*1 to 16/],
    ['data DIR/other.txt --out DIR/new --workers 2.5', /--workers/],
    ['data DIR/other.txt --out DIR/new --config DIR/no.json', /no\.json is not a file/],
    ['data DIR/other.txt --out DIR/new --config DIR/config.json', /config\.json is not JSON/],
    ['data DIR/other.txt --out DIR/new --tokenizer DIR/no.json', /no\.json is not a file/],
    [
      'data DIR/other.txt --out DIR/new --tokenizer DIR/other.txt --config DIR/byte.json',
      /tokenizer of the configuration is 'byte'/,
    ],
    ['data DIR/other.txt --out DIR/files', /is not empty .*--force/],
    ['data DIR/files --out DIR/files --force', /has files that are to be read/],
    ['data DIR/other.txt --out DIR/other.txt', /cannot be used: ENOTDIR/],
    ['data DIR/other.txt --out DIR/other.txt/no', /cannot be used: ENOTDIR/],
    ['data task:copi --out DIR/new', /is no task; .*copy, sort, addition/],
    ['data task:copy:x --out DIR/new', /is no task/],
    ['data DIR/other.txt --out DIR/new --near', /unknown option/],
  ];
  test.each(refusals)('lab %s', async (words, message) => {
    let stderr = '';
    let stdout = '';
    const status = await main([...inFolder(words), '--json'], {
      // Whoever serves or opens a page fails here.
      root: '/nowhere',
      stdout: { write: (chunk) => (stdout += chunk) },
      stderr: { write: (chunk) => (stderr += chunk) },
    });
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      event: 'done',
      ok: false,
      error: { code: 'usage' },
    });
    expect(readdirSync(folder)).not.toContain('new');
  });
});
