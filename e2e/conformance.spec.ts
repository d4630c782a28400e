// `lab conformance` on the golden folders through the built page: every check passes, and a copy with one falsified gradient value fails by name.
// The folder is LAB_GOLDEN, else ../shared/golden beside the repository; under CI its absence is a failure.

import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, type RunLab, test } from './runLab';

const golden = process.env['LAB_GOLDEN'] ?? resolve('../shared/golden');
let folder = '';

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shardlab-conformance-'));
});

test.afterAll(() => rm(folder, { recursive: true, force: true }));

test.beforeEach(() => {
  const missing = !existsSync(join(golden, 'gpt2/config.json'));
  if (missing && process.env['CI']) throw new Error(`no golden folder at ${golden}; set LAB_GOLDEN`);
  test.skip(missing, `no golden folder at ${golden}; set LAB_GOLDEN`);
});

interface Check {
  readonly check: string;
  readonly ok: boolean;
}

async function conformance(
  runLab: RunLab,
  directory: string,
  ...options: readonly string[]
): Promise<{ status: number | null; checks: Check[]; last: unknown }> {
  const { status, lines, last } = await runLab('conformance', directory, ...options);
  const checks = lines.flatMap(({ check, ok }) =>
    typeof check === 'string' && typeof ok === 'boolean' ? [{ check, ok }] : [],
  );
  return { status, checks, last };
}

for (const [name, ...options] of [
  ['gpt2'],
  ['gpt2-4layer', '--mesh', 'pp=2'],
  ['llama-gqa', '--mesh', 'tp=2'],
  ['bert-mlm'],
  ['bert-classifier'],
  ['bert-qa', '--mesh', 'tp=2'],
] as const) {
  test(`${[name, ...options].join(' ')} conforms`, async ({ runLab }) => {
    const { status, checks, last } = await conformance(runLab, join(golden, name), ...options);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.length).toBeGreaterThan(100);
    expect(last).toMatchObject({ event: 'done', ok: true });
    expect(status).toBe(0);
  });
}

test('one falsified gradient value fails, by name', async ({ runLab }) => {
  const copy = join(folder, 'gpt2');
  await cp(join(golden, 'gpt2'), copy, { recursive: true });
  const tensor = 'grad.transformer.h.0.ln_1.weight';
  const path = join(copy, 'io.safetensors');
  await rm(join(folder, 'gpt2/io.safetensors'), { force: true });
  await writeFile(path, falsify(await readFile(join(golden, 'gpt2/io.safetensors')), tensor));
  const { status, checks, last } = await conformance(runLab, copy);
  expect(checks.filter(({ ok }) => !ok).map(({ check }) => check)).toEqual([tensor]);
  expect(last).toMatchObject({ event: 'done', ok: false });
  expect(status).toBe(1);
});

/** The file with the tensor's largest value off by a hundredth. */
function falsify(file: Buffer, tensor: string): Buffer {
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = file.toString('utf8', 8, 8 + headerLength);
  const entry = new RegExp(`"${tensor.replaceAll('.', '\\.')}":\\{[^}]*"data_offsets":\\[(\\d+),(\\d+)\\]`).exec(
    header,
  );
  if (!entry) throw new Error(`io.safetensors has no ${tensor}`);
  const [begin, end] = [Number(entry[1]), Number(entry[2])].map((offset) => 8 + headerLength + offset);
  let largest = begin;
  for (let at = begin; at < end; at += 4)
    if (Math.abs(file.readFloatLE(at)) > Math.abs(file.readFloatLE(largest))) largest = at;
  const changed = Buffer.from(file);
  changed.writeFloatLE(1.01 * file.readFloatLE(largest), largest);
  return changed;
}
