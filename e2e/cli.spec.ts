// The command line over a stand-in page: usage errors, JSON lines, files in and out, exit statuses and failures.
// What the real page answers is tested by the specs of the product.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { build } from 'vite';
import { main } from '../bin/cli/main';

let folder = '';
let root = '';

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shardlab-cli-'));
  root = join(folder, 'page');
  await build({
    root: 'e2e/fakePage',
    publicDir: false,
    configFile: false,
    logLevel: 'warn',
    build: { outDir: root, emptyOutDir: true, target: 'es2023', modulePreload: false },
  });
});

test.afterAll(() => rm(folder, { recursive: true, force: true }));

interface Run {
  readonly status: number;
  readonly lines: readonly Record<string, unknown>[];
  readonly stdout: string;
  readonly stderr: string;
}

async function lab(...argv: string[]): Promise<Run> {
  let stdout = '';
  let stderr = '';
  const status = await main(argv, {
    root,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    openDeadlineMs: 20_000,
    silenceMs: 2_000,
  });
  const lines = argv.includes('--json') ? stdout.trimEnd().split('\n').map(parseLine) : [];
  return { status, lines, stdout, stderr };
}

function parseLine(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error(`not an object: ${line}`);
  return { ...value };
}

const wrongUsage: readonly (readonly [string[], RegExp])[] = [
  [[], /a command is missing; it takes: adapter, verify/],
  [['trian'], /unknown command 'trian'; did you mean train\?/],
  [['train'], /CONFIG_OR_PRESET is missing/],
  [['train', 'moby-small', '--stepz', '3'], /unknown option of train '--stepz'; did you mean --steps\?/],
  [['train', 'moby-small', '--steps', '1.5'], /--steps takes a whole number from 1 to 10000000, got '1.5'/],
  [['train', 'moby-small', '--steps'], /--steps takes a value/],
  [['train', 'nowhere/config.json'], /nowhere\/config.json is not a file/],
  [['conformance', '/nowhere'], /not a folder that can be read/],
  [['conformance', 'docs'], /docs has no config.json/],
  [['generate', 'docs'], /--prompt TEXT is missing/],
  [['bench', 'matmull'], /did you mean matmul\?/],
  [['adapter', 'now'], /'now' is too much/],
  [['adapter', '-x'], /unknown option of adapter '-x'/],
];

for (const [argv, message] of wrongUsage) {
  test(`wrong usage: lab ${argv.join(' ')}`, async () => {
    const run = await lab(...argv, '--json');
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(2);
    expect(run.lines).toHaveLength(1);
    expect(run.lines[0]).toMatchObject({ event: 'done', ok: false, error: { code: 'usage' } });
  });
}

test('help lists the commands and their options', async () => {
  expect((await lab('--help')).stdout).toContain('conformance');
  const help = await lab('train', '--help');
  expect(help.stdout).toContain('--steps N');
  expect(help.status).toBe(0);
});

test('adapter: one line of JSON, and words for people', async () => {
  const run = await lab('adapter', '--json');
  expect(run.status).toBe(0);
  expect(run.lines).toHaveLength(1);
  expect(run.lines[0]).toMatchObject({ event: 'done', ok: true, adapter: { vendor: 'nobody', software: true } });
  expect(run.stderr).toContain('(software adapter)');
  expect((await lab('adapter')).stdout).toContain('nobody pretended (software adapter)');
});

test('LAB_REQUIRE_GPU=1 refuses a software adapter', async () => {
  process.env['LAB_REQUIRE_GPU'] = '1';
  try {
    const run = await lab('adapter', '--json');
    expect(run.status).toBe(1);
    expect(run.lines.at(-1)).toMatchObject({ event: 'done', ok: false, error: { code: 'gpu.software' } });
  } finally {
    delete process.env['LAB_REQUIRE_GPU'];
  }
});

test('verify: ok, failed, nothing checked, and what the console said', async () => {
  const good = await lab('verify', '--json');
  expect(good.status).toBe(0);
  expect(good.lines[0]).toEqual({ event: 'check', check: 'add', maxError: 1e-7, tolerance: 1e-6, ok: true });
  const bad = await lab('verify', '--only', 'wrong', '--json');
  expect(bad.status).toBe(1);
  expect(bad.lines[1]).toMatchObject({ event: 'check', maxError: 'NaN', ok: false });
  expect(bad.lines.at(-1)).toMatchObject({ event: 'done', ok: false, failed: ['wrong'] });
  expect((await lab('verify', '--only', 'nothing')).status).toBe(1);
  expect((await lab('verify', '--only', 'console')).stderr).toContain('page error: a message for people');
});

test('conformance: every file of the folder arrives whole', async () => {
  const source = join(folder, 'golden');
  await folderOf(source, {
    'config.json': '{}',
    'expect.json': '{}',
    'io.safetensors': 'abc',
    'model.safetensors': 'x'.repeat(300_000),
  });
  const run = await lab('conformance', source, '--json');
  expect(run.status).toBe(0);
  const sizes = Object.fromEntries(
    run.lines.filter(({ event }) => event === 'check').map(({ check, maxError }) => [String(check), maxError]),
  );
  expect(sizes).toEqual({ 'config.json': 2, 'expect.json': 2, 'io.safetensors': 3, 'model.safetensors': 300_000 });
});

test('train: losses in full, a folder with metrics, and no overwriting', async () => {
  const out = join(folder, 'model');
  const run = await lab('train', 'primer-tiny', '--steps', '3', '--seed', '7', '--out', out, '--json');
  expect(run.status).toBe(0);
  expect(run.stderr, 'fewer steps than the preset warms up').toMatch(/train\.warmupSteps is not \d+ in this run/);
  const steps = run.lines.filter(({ event }) => event === 'step');
  expect(steps.map(({ loss }) => loss)).toEqual([0.1 + 0.2, (0.1 + 0.2) / 2, (0.1 + 0.2) / 3]);
  expect(run.lines.at(-1)).toMatchObject({ event: 'done', ok: true, state: 'finished', steps: 3, seed: 7 });
  expect((await readdir(out)).sort()).toEqual(['config.json', 'metrics.jsonl', 'run.json']);
  const metrics = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n').map(parseLine);
  expect(metrics.map(({ event }) => event)).toEqual(['step', 'step', 'step', 'evaluation']);
  expect(metrics[0]?.['loss']).toBe(0.1 + 0.2);
  const again = await lab('train', 'primer-tiny', '--steps', '3', '--out', out);
  expect(again.status).toBe(2);
  expect(again.stderr).toContain('is not empty (3 entries); --force');
  expect((await lab('train', 'primer-tiny', '--steps', '3', '--out', out, '--force')).status).toBe(0);
});

test('train: unknown presets and wrong fields are listed; failures are named', async () => {
  const preset = await lab('train', 'mobi', '--json');
  expect(preset.status).toBe(2);
  expect(preset.stderr).toContain('moby-small');
  const file = join(folder, 'run.json');
  await writeFile(file, JSON.stringify({ model: { n_embd: 'wide' }, train: { stepz: 3 }, colour: 1 }));
  const wrong = await lab('train', file, '--json');
  expect(wrong.status).toBe(2);
  const error = JSON.stringify(wrong.lines.at(-1));
  for (const path of ['model.n_embd', 'train.stepz', 'colour']) expect(error).toContain(path);
  await writeFile(file, '{ not json');
  expect((await lab('train', file)).stderr).toContain('is not JSON');
  const failed = await lab('train', 'primer-tiny', '--seed', '13', '--json');
  expect(failed.status).toBe(1);
  expect(failed.lines.at(-1)).toMatchObject({ event: 'done', ok: false, error: { code: 'run.nonFinite' } });
  expect(failed.stderr).toContain('lower the learning rate');
});

test('train: own text needs a file, and the file arrives', async () => {
  const needs = await lab('train', 'your-text');
  expect(needs.status).toBe(2);
  expect(needs.stderr).toContain('--text FILE');
  const text = join(folder, 'a text ?#%.txt');
  await writeFile(text, 'one two three');
  const run = await lab('train', 'your-text', '--text', text, '--steps', '1', '--json');
  expect(run.status).toBe(0);
  expect(run.lines.find(({ event }) => event === 'facts')).toMatchObject({ trainTokens: 13 });
});

test('generate and bench', async () => {
  const source = join(folder, 'generate');
  await folderOf(source, { 'config.json': '{}', 'model.safetensors': 'x', 'trained.safetensors': 'not the model' });
  const text = await lab('generate', source, '--prompt', 'Hello');
  expect(text.stdout).toBe('Hello and config.json+model.safetensors\n');
  const run = await lab('bench', '--size', 'large', '--json');
  expect(run.lines.map(({ event, bench }) => bench ?? event)).toEqual([
    'matmul',
    'attention',
    'train',
    'decode',
    'collectives',
    'done',
  ]);
});

test('a page that is not there, and a browser that is not one, end in named failures', async () => {
  const status = await main(['adapter', '--json'], {
    root: join(folder, 'nothing'),
    openDeadlineMs: 1_500,
    ...silent(),
  });
  expect(status).toBe(1);
  const named = process.env['LAB_CHROMIUM'];
  process.env['LAB_CHROMIUM'] = join(folder, 'no-browser');
  try {
    const run = await lab('adapter', '--json');
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('LAB_CHROMIUM names');
  } finally {
    if (named === undefined) delete process.env['LAB_CHROMIUM'];
    else process.env['LAB_CHROMIUM'] = named;
  }
});

for (const [what, code] of [
  ['reload', 'page.closed'],
  ['spin', 'page.silent'],
] as const) {
  test(`a page that is lost (${what}) ends in a named failure`, async () => {
    const run = await lab('verify', '--only', what, '--json');
    expect(run.status).toBe(1);
    expect(run.lines.at(-1)).toMatchObject({ event: 'done', ok: false, error: { code } });
  });
}

test('Ctrl-C closes the browser and ends with 130', async () => {
  const program = `import { main } from './dist/cli/main.js';
    process.exitCode = await main(['verify', '--only', 'never', '--json'], { root: ${JSON.stringify(root)} });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  await expect.poll(() => childrenOf(child.pid), { message: 'the browser is up' }).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  expect(stdout).toContain('"run.cancelled"');
});

/** Processes whose parent is this one, as /proc tells. */
function childrenOf(pid: number | undefined): number {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((word) => word !== '').length;
}

function silent(): { stdout: { write(text: string): boolean }; stderr: { write(text: string): boolean } } {
  return { stdout: { write: () => true }, stderr: { write: () => true } };
}

async function folderOf(path: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(path);
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
}
