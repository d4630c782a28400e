// `lab plan` through the command line's main, with no page to open: what it prints, published runs against the bar, and refusals.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { goldenFile } from '../../../src/testing/goldenFile';
import { main } from '../main';

async function lab(words: readonly string[], json = true) {
  let stdout = '';
  let stderr = '';
  const status = await main(['plan', ...words, ...(json ? ['--json'] : [])], {
    // Whoever serves or opens a page fails here.
    root: '/nowhere',
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  const lines: unknown[] = json
    ? stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
  return { status, stdout, stderr, lines };
}

async function fileWith(value: unknown): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'lab-plan-')), 'file.json');
  await writeFile(path, JSON.stringify(value));
  return path;
}

test('predicts a preset on a mesh: one line of JSON', async () => {
  const { status, lines } = await lab(['llama-3.1-70b', '--mesh', 'dp=32,tp=8', '--hardware', 'h100-sxm']);
  expect(status).toBe(0);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    event: 'done',
    ok: true,
    prediction: { microBatches: 1, fits: true, goodput: null },
  });
});

test('without --json: step, memory by rank and its moment, collectives', async () => {
  const { stdout } = await lab(['gpt3-175b', '--mesh', 'dp=4,pp=4,tp=8', '--mtbf-hours', '50000'], false);
  for (const word of ['predicted', 'MFU', 'bubble', 'fits', 'goodput', 'activations', 'reduceScatter dp'])
    expect(stdout).toContain(word);
});

test('takes a config.json and a run configuration', async () => {
  const config = { model_type: 'gpt2', vocab_size: 50257, n_positions: 1024, n_embd: 768, n_layer: 12, n_head: 12 };
  const hugging = await lab([await fileWith(config), '--ranks', '8']);
  expect(hugging.status).toBe(0);
  const run = await lab([
    await fileWith({ model: config, train: { batchSize: 8, microBatches: 2 }, parallel: { dp: 2, pp: 2, tp: 2 } }),
  ]);
  expect(run.lines.at(-1)).toMatchObject({ ok: true, prediction: { microBatches: 2 } });
});

const golden = goldenFile('published_runs.json');
const runSchema = v.object({
  event: v.literal('run'),
  index: v.number(),
  predicted: v.object({ throughput: v.number(), memoryGiB: v.number() }),
  reported: v.object({ throughput: v.number(), memoryGiB: v.optional(v.number()) }),
});

test.skipIf(golden === null)(
  'published runs: within 10%, memory within 15%',
  async () => {
    const path = await fileWith(JSON.parse(new TextDecoder().decode(golden ?? new Uint8Array())));
    const { status, lines } = await lab(['--published', path]);
    const rows = lines.slice(0, -1).map((line) => v.parse(runSchema, line));
    expect(rows.map(({ index }) => index)).toEqual(rows.map((_, index) => index));
    for (const { predicted, reported } of rows) {
      expect(Math.abs(predicted.throughput / reported.throughput - 1)).toBeLessThan(0.1);
      if (reported.memoryGiB !== undefined)
        expect(Math.abs(predicted.memoryGiB / reported.memoryGiB - 1)).toBeLessThan(0.15);
    }
    expect(lines.at(-1)).toMatchObject({ event: 'done', ok: true });
    expect(status).toBe(0);
  },
  30_000,
);

describe('wrong usage ends with status 2 and says what would have been right', () => {
  const refusals: readonly (readonly [string, RegExp])[] = [
    ['', /CONFIG is missing/],
    ['llama', /no file and no preset; presets: gpt2, bert-base/],
    ['gpt2 --hardware h900', /unknown hardware 'h900'. It takes: a100-80gb, h100-sxm/],
    ['gpt2 --mesh dp=2,xp=2', /--mesh takes dp=N,pp=N,tp=N/],
    ['gpt2 --mesh tp=5', /12 heads do not divide over tp 5/],
    ['gpt2 --mesh pp=13', /13 stages, and the model has 12 layers/],
    ['gpt2 --mesh dp=4 --ranks 8', /has 4 ranks, and --ranks says 8/],
    ['gpt2 --mesh dp=4 --global-batch 8 --micro-batches 3', /do not make 3 micro-batches/],
    ['gpt2 --hardware tpu-v5p --precision fp8', /TPU v5p has no fp8 products/],
    ['gpt2 --best', /--best needs --ranks N/],
    ['gpt2 --published x.json', /--published takes no CONFIG/],
    ['--published /nowhere/x.json', /not a file/],
  ];
  test.each(refusals)('lab plan %s', async (words, message) => {
    const { status, stderr, lines } = await lab(words.split(' ').filter((word) => word !== ''));
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
    expect(lines.at(-1)).toMatchObject({ ok: false, error: { code: 'usage' } });
  });
});
