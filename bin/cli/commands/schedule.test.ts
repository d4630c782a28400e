// `lab schedule` through the command line's main, with no page to open: orders, the table, help and every refusal.

import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { goldenFile } from '../../../src/testing/goldenFile';
import { main } from '../main';

const lineSchema = v.object({
  event: v.literal('done'),
  ok: v.boolean(),
  order: v.optional(v.record(v.string(), v.array(v.nullable(v.string())))),
  error: v.optional(v.object({ code: v.string(), message: v.string() })),
});

async function lab(words: string, json = true) {
  let stdout = '';
  let stderr = '';
  const status = await main([...words.split(' '), ...(json ? ['--json'] : [])], {
    // Whoever serves or opens a page fails here.
    root: '/nowhere',
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  const lines = json ? stdout.trimEnd().split('\n') : [];
  return {
    status,
    stdout,
    stderr,
    lines,
    last: json ? v.parse(lineSchema, JSON.parse(lines.at(-1) ?? '')) : undefined,
  };
}

test('prints one line of JSON: the order of each rank, idle slots as null', async () => {
  const run = await lab('schedule 1f1b --ranks 2 --micro-batches 2');
  expect(run.status).toBe(0);
  expect(run.lines).toHaveLength(1);
  expect(run.last).toEqual({
    event: 'done',
    ok: true,
    order: { 0: ['0F0', null, '0F1', '0B0', null, '0B1'], 1: [null, '1F0', '1B0', '1F1', '1B1'] },
  });
});

test('zbv has 2 stages a rank unless told otherwise', async () => {
  const { last } = await lab('schedule zbv --ranks 2 --micro-batches 4');
  expect(last?.order?.['0'].slice(0, 6)).toEqual(['0F0', '0F1', '0F2', '3F0', '3I0', '3W0']);
});

const golden = goldenFile('pipeline_schedules.json');

test.skipIf(golden === null)('writes a case of the golden file as the file does', async () => {
  const file = v.parse(
    v.object({
      schedules: v.array(
        v.object({ schedule: v.string(), ranks: v.number(), stages_per_rank: v.number(), order: v.unknown() }),
      ),
    }),
    JSON.parse(new TextDecoder().decode(golden ?? new Uint8Array())),
  );
  const expected = file.schedules.find(
    (each) => each.schedule === 'ScheduleInterleaved1F1B' && each.stages_per_rank === 4,
  );
  const { last } = await lab('schedule interleaved-1f1b --ranks 4 --stages-per-rank 4 --micro-batches 8');
  expect(last?.order).toEqual(expected?.order);
});

test('without --json: a column a slot, and the bubble', async () => {
  const run = await lab('schedule gpipe --ranks 2 --micro-batches 2', false);
  expect(run.status).toBe(0);
  expect(run.stdout.split('\n')).toEqual([
    'rank 0  0F0  0F1  .    .    0B0  0B1',
    'rank 1  .    1F0  1F1  1B0  1B1',
    'bubble 33.3%, predicted: forward 1, backward 2, each half of a split backward 1, messages free',
    '',
  ]);
  expect(run.stderr).toBe('');
});

test('help says the names and the options', async () => {
  const { stdout, status } = await lab('schedule --help', false);
  expect(status).toBe(0);
  for (const word of ['gpipe', 'zbv', '--ranks P', '--stages-per-rank V', '--micro-batches M'])
    expect(stdout).toContain(word);
});

describe('wrong usage ends with status 2 and says what would have been right', () => {
  const refusals: readonly (readonly [string, RegExp])[] = [
    ['schedule', /NAME is missing: lab schedule NAME --ranks P/],
    [
      'schedule gpip --ranks 2 --micro-batches 2',
      /unknown NAME 'gpip'; did you mean gpipe\? It takes: gpipe, 1f1b, .*zbv/,
    ],
    ['schedule gpipe --micro-batches 2', /--ranks P is missing/],
    ['schedule gpipe --ranks 2', /--micro-batches M is missing/],
    ['schedule gpipe --ranks two --micro-batches 2', /--ranks takes a whole number from 1 to 1024, got 'two'/],
    ['schedule gpipe --ranks 2 --micro-batches 0', /--micro-batches takes a whole number from 1/],
    ['schedule gpipe --ranks 2 --micro-batches 2.5', /got '2.5'/],
    ['schedule gpipe --ranks 2 --stages-per-rank 2 --micro-batches 2', /holds one stage, not 2.* Choose 1, or/],
    ['schedule 1f1b --ranks 4 --micro-batches 3', /does not take 3 micro-batches.* need 4 .*Choose 4 or more/],
    ['schedule interleaved-1f1b --ranks 4 --micro-batches 9', /2 does not divide 9\. Choose 8 or 10 micro-batches/],
    ['schedule zbv --ranks 4 --stages-per-rank 1 --micro-batches 8', /exactly 2 stages, not 1\. Choose 2/],
    ['schedule gpipe --ranks 1024 --micro-batches 4096', /4194304 forwards, and at most 500000/],
  ];
  test.each(refusals)('lab %s', async (words, message) => {
    const run = await lab(words);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(2);
    expect(run.lines).toHaveLength(1);
    expect(run.last).toMatchObject({ ok: false, error: { code: 'usage' } });
  });
});
