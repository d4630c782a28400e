// Rows of published runs: those that efficiencies were fitted to stay within the bar, and every refusal names the row and the field.
// What the planner is judged by, rows that it was not fitted to, is in bin/cli/commands/plan.test.ts.

import { describe, expect, test } from 'vitest';
import { LabError } from '../core/errors';
import { fittedMegatron, fittedTorchtitan, longSequences } from '../testing/publishedRows';
import { predictRun, readPublishedRuns } from './published';

const fitted = readPublishedRuns({ runs: [...fittedMegatron, ...fittedTorchtitan] });

test.each(fitted.map((run) => [run.name, run] as const))(
  '%s',
  (_name, run) => {
    const { predicted } = predictRun(run);
    const { reported } = run;
    expect(Math.abs(predicted.throughput / reported.throughput - 1)).toBeLessThan(0.15);
    if (reported.memoryGiB !== undefined)
      expect(Math.abs(predicted.memoryGiB / reported.memoryGiB - 1)).toBeLessThan(0.15);
  },
  30_000,
);

test.each(readPublishedRuns({ runs: longSequences }).map((run) => [run.name, run] as const))(
  'long sequences, memory alone: %s, %#',
  (_name, run) => {
    const { predicted } = predictRun(run);
    expect(Math.abs(predicted.memoryGiB / (run.reported.memoryGiB ?? 0) - 1)).toBeLessThan(0.2);
  },
);

test('what a row is silent about follows its source', () => {
  const [first] = readPublishedRuns({ runs: [fittedTorchtitan[6]] });
  expect(first.plans).toHaveLength(1);
  expect(first.plans[0]).toMatchObject({
    ...{ schedule: 'interleaved-1f1b', stagesPerRank: 2, microBatchRows: 4, zero: 3, precision: 'fp8' },
    ...{ compiled: true, overlappedTensor: true, sequenceParallel: true, fusedAttention: true, globalBatch: 256 },
  });
  const [megatron] = readPublishedRuns({ runs: [fittedMegatron[2]] });
  for (const plan of megatron.plans)
    expect(plan).toMatchObject({ zero: 0, precision: 'bf16', sequenceParallel: false, compiled: false });
  expect(new Set(megatron.plans.map(({ stagesPerRank }) => stagesPerRank))).toEqual(new Set([1, 3]));
});

describe('refusals name the row and the field', () => {
  const refusal = (input: unknown): string => {
    try {
      readPublishedRuns(input);
    } catch (error) {
      if (error instanceof LabError) return `${error.message} ${error.why ?? ''}`;
    }
    return 'it was taken';
  };
  const row = fittedTorchtitan[0];
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    ['no runs', {}, /^runs .*missing/],
    ['a missing field', { runs: [row, { ...row, localBatch: undefined }] }, /^runs\.1\.localBatch .*missing/],
    ['an unknown axis', { runs: [{ ...row, parallel: { fsdp: 8, ep: 2 } }] }, /^runs\.0\.parallel\.ep/],
    ['an unknown model', { runs: [{ ...row, model: 'Mamba' }] }, /^runs\.0\.model .*Llama 3\.1 8B/],
    ['unknown hardware', { runs: [{ ...row, hardware: 'V100' }] }, /^runs\.0\.hardware .*A100 SXM 80 GB/],
    ['another number of ranks', { runs: [{ ...row, gpus: 16 }] }, /^runs\.0\.parallel .*8 ranks/],
    ['a batch that does not divide', { runs: [{ ...row, globalBatch: 17 }] }, /^runs\.0\.globalBatch/],
    ['Megatron: gpus', { runs: [{ ...fittedMegatron[1], gpus: 12 }] }, /^runs\.0\.gpus .*multiple of tp 8/],
    ['Megatron: text', { runs: [{ ...fittedMegatron[1], hidden: '6144' }] }, /^runs\.0\.hidden/],
    ['neither kind', { runs: [{ hardware: 'A100' }] }, /^runs\.0\./],
  ];
  test.each(cases)('%s', (_name, input, message) => expect(refusal(input)).toMatch(message));
});
