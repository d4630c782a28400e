// What a session says of a step that is not finite: at which ranks of a mesh, and whether that speaks for one replica or for the settings.

import { expect, test } from 'vitest';
import type { LabError } from '../core/errors';
import type { NonFiniteRank } from '../core/nonFiniteRanks';
import type { StepRow } from '../core/records';
import { defaultRunConfig, type RunConfig } from '../core/runConfig';
import { createTokenizer } from '../data/createTokenizer';
import { TrainingSession } from './session';
import type { StepMetrics } from './stepMetrics';
import type { RunnerRow, StepRunner } from './stepRunner';

/** Steps that cost nothing and come out as given. */
class GivenRunner implements StepRunner {
  weightVersion = 0;
  onRows: (rows: readonly RunnerRow[]) => void = () => undefined;
  onTensor = (): void => undefined;
  onTensorFailure = (): void => undefined;
  tensors = async () => [];
  watch = async () => undefined;
  begin = async () => undefined;
  drain = async () => undefined;
  evaluate = async () => ({ loss: 1, tokens: 1 });
  profile = () => Promise.reject(new Error('there is nothing to profile'));
  destroy = (): void => undefined;

  constructor(private readonly outcome: (step: number) => StepMetrics) {}

  async queue(step: number, learningRate: number): Promise<void> {
    this.onRows([{ step: step + 1, learningRate, ...this.outcome(step + 1) }]);
  }
}

const sound = { loss: 2, gradientNorm: 1, nonFinite: 0 };
const at = (rank: number, dp: number): NonFiniteRank => ({ rank, dp, pp: 0, tp: 0, loss: true, gradients: 9 });

async function failureOf(
  bad: StepMetrics,
  policy: RunConfig['train']['nonFinite'] = 'stop',
): Promise<{ readonly failures: readonly LabError[]; readonly rows: readonly StepRow[] }> {
  const { train, parallel } = defaultRunConfig;
  const config: RunConfig = {
    ...defaultRunConfig,
    train: { ...train, steps: 4, evalEvery: 0, sampleEvery: 0, nonFinite: policy },
    parallel: { ...parallel, dp: 2 },
  };
  const characters = ['a', 'b'];
  const data = {
    tokenizer: { kind: 'char', characters } as const,
    vocabularySize: 2,
    trainTokens: new Uint32Array(9),
    validationTokens: new Uint32Array(9),
    bytesPerToken: 1,
    unigramEntropy: 1,
    bigramEntropy: 1,
    title: 'none',
    characters: 9,
    notices: [],
  };
  const failures: LabError[] = [];
  const rows: StepRow[] = [];
  const runner = new GivenRunner((step) => (step === 3 ? bad : sound));
  const session = new TrainingSession(runner, config, data, createTokenizer(data.tokenizer), {
    state: () => undefined,
    phase: () => undefined,
    steps: (more) => rows.push(...more),
    evaluation: () => undefined,
    sample: () => undefined,
    failure: (error) => failures.push(error),
    continueText: () => Promise.resolve(),
    readText: () => Promise.resolve(null),
    judge: () => Promise.resolve(null),
  });
  expect(await session.play()).toBe(policy === 'stop' ? 'failed' : 'finished');
  return { failures, rows };
}

test('one replica: it is named in the error and in the row, and not the learning rate is blamed', async () => {
  const bad = { loss: Number.NaN, gradientNorm: 1, nonFinite: 18, nonFiniteRanks: [at(1, 1)] };
  const { failures, rows } = await failureOf(bad);
  expect(failures.map(({ code, message, why }) => [code, message, why])).toEqual([
    [
      'run.nonFinite',
      'Step 3 has a loss or gradients that are not finite; its update was left out. ' +
        'Found at rank 1 (dp=1, pp=0, tp=0): the loss and 9 gradient elements.',
      'The other replicas computed finite numbers: what sets dp=1 apart is its part of the batch and its device.',
    ],
  ]);
  expect(rows.at(-1)).toMatchObject({ step: 3, nonFiniteRanks: [at(1, 1)] });
});

test('all replicas, or a rank alone: the learning rate is the likely cause', async () => {
  const everywhere = { loss: Infinity, gradientNorm: 1, nonFinite: 18, nonFiniteRanks: [at(0, 0), at(1, 1)] };
  for (const bad of [everywhere, { loss: Infinity, gradientNorm: 1, nonFinite: 9 }]) {
    const { failures } = await failureOf(bad);
    expect(failures[0].why).toContain('learning rate');
  }
});

test('it says where the update was made all the same; skipped, the row alone tells', async () => {
  const loss = { loss: Number.NaN, gradientNorm: 1, nonFinite: 0, nonFiniteRanks: [{ ...at(1, 1), gradients: 0 }] };
  const { failures } = await failureOf(loss);
  expect(failures[0].message).toContain('its update was made. Found at rank 1 (dp=1, pp=0, tp=0): the loss.');
  const { failures: none, rows } = await failureOf({ ...loss, nonFinite: 3 }, 'skip');
  expect(none).toEqual([]);
  expect(rows.map(({ nonFiniteRanks }) => nonFiniteRanks?.length ?? 0)).toEqual([0, 0, 1, 0]);
});
