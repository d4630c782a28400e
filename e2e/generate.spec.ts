// `lab generate` through the built page: a text over a pipeline and on one worker, within the context and beyond it, and by beams; draws that follow their seed,
// and the folder's own settings with an end before a stop string; the model in 8 and in 4 bits beside it in float32, written and read again,
// and as a draft of the other.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type RunLab, test } from './runLab';

let folder = '';
let model = '';

/** Of the preset. */
const CONTEXT = 32;

test.beforeAll(async ({ runLab }) => {
  folder = await mkdtemp(join(tmpdir(), 'shardlab-generate-'));
  model = join(folder, 'model');
  const { status } = await runLab('train', 'primer-tiny', '--steps', '5', '--out', model);
  expect(status).toBe(0);
});

test.afterAll(() => rm(folder, { recursive: true, force: true }));

async function generate(runLab: RunLab, ...options: string[]): Promise<unknown> {
  const { status, last } = await runLab('generate', model, '--prompt', 'The ', ...options);
  expect(status).toBe(0);
  return last;
}

function textOf(result: unknown): string {
  return typeof result === 'object' && result !== null && 'text' in result ? String(result.text) : '';
}

test('a text is continued, over a pipeline and on one worker, within the context and beyond it', async ({ runLab }) => {
  // A stage a layer: width 32 in float32, and the token back.
  const short = await generate(runLab, '--max-tokens', '10', '--mesh', 'dp=2,pp=2');
  expect(short).toMatchObject({ finish: 'length', droppedTokens: 0, pipeline: { stages: 2, bytesPerToken: 132 } });
  expect(short).toMatchObject({ changes: [{ field: 'mesh dp', used: 1 }] });
  const long = await generate(runLab, '--max-tokens', '60');
  expect(textOf(long).startsWith(textOf(short))).toBe(true);
  // The newest half goes on, twice.
  expect(long).toMatchObject({ finish: 'length', droppedTokens: 2 * (CONTEXT / 2 + 1) });
  // Four tokens of the prompt leave room for 29.
  const searched = await generate(runLab, '--max-tokens', '60', '--beams', '3', '--temperature', '1');
  expect(searched).toMatchObject({
    finish: 'length',
    changes: [{ field: 'temperature' }, { field: 'maxTokens', used: 29 }],
  });
});

// What the draws themselves are is tested on the device.
test('draws follow their seed, and a stop string ends the text before it', async ({ runLab }) => {
  const drawn = ['--temperature', '1.5', '--max-tokens', '20', '--seed'];
  const first = textOf(await generate(runLab, ...drawn, '3'));
  expect(textOf(await generate(runLab, ...drawn, '4'))).not.toBe(first);
  const stop = [...first][5] ?? '';
  // The same, as the folder itself asks for it.
  const file = join(model, 'generation_config.json');
  const written = await readFile(file);
  const config = { do_sample: true, temperature: 1.5, top_k: 0, max_new_tokens: 20, stop_strings: [stop] };
  await writeFile(file, JSON.stringify({ ...config, no_repeat_ngram_size: 2 }));
  const stopped = await generate(runLab, '--seed', '3');
  await writeFile(file, written);
  expect(stopped).toMatchObject({ finish: 'stop', text: first.slice(0, first.indexOf(stop)) });
  expect(stopped).toMatchObject({ notFollowed: [{ field: 'no_repeat_ngram_size', value: '2' }] });
});

test('a model is quantised, measured beside what it was, written, and asked again', async ({ runLab }) => {
  const field = (value: unknown, name: string): unknown =>
    typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
  for (const [scheme, most] of [
    ['int8', 0.01],
    ['int4', 0.05],
  ] as const) {
    const out = join(folder, scheme);
    const { status, last } = await runLab('quantize', model, '--scheme', scheme, '--tokens', '2000', '--out', out);
    expect(status).toBe(0);
    const rows = field(last, 'rows');
    const [before, after] = Array.isArray(rows) ? rows : [];
    expect(Number(field(after, 'bytes'))).toBeLessThan(0.75 * Number(field(before, 'bytes')));
    expect(Math.abs(Number(field(after, 'perplexityChange')))).toBeLessThan(most);
    expect(Number(field(after, 'tokensPerSecond'))).toBeGreaterThan(0);
    if (scheme === 'int8') continue;
    const rounded = await generate(runLab, '--max-tokens', '12', '--quantize', scheme);
    const read = await runLab('generate', out, '--prompt', 'The ', '--max-tokens', '12');
    expect(read.status).toBe(0);
    expect(textOf(read.last)).toBe(textOf(rounded));
    // A draft changes nothing of what is written.
    expect(await generate(runLab, '--max-tokens', '40', '--draft', out, '--draft-tokens', '3')).toMatchObject({
      speculation: { draftTokens: 3 },
      draftComparison: { sameTokens: true },
    });
  }
  const bad = await runLab('quantize', model);
  expect(bad.status).toBe(2);
});
