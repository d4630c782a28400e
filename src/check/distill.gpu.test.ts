// That a student sees its teacher: one that begins as its teacher and learns from nothing else stays what it is; with another share of the labels it
// moves; and the three models are measured in order.

import { expect, test } from 'vitest';
import type { PreparedData } from '../core/records';
import { defaultRunConfig } from '../core/runConfig';
import { MeasuredChoices } from '../gpu/tuning';
import { initialWeights } from '../model/initialize';
import { largestDifference } from '../testing/gradientCheck';
import { testDevice } from '../testing/testDevice';
import { rates, tinyModel, tinyTokens, tinyTrain } from '../testing/tinyRun';
import { distillModel } from './distill';

const lab = testDevice('adapter');

const data: PreparedData = {
  tokenizer: { kind: 'byte' },
  vocabularySize: tinyModel.vocab_size,
  trainTokens: tinyTokens,
  validationTokens: tinyTokens.slice(0, 60),
  bytesPerToken: 1,
  unigramEntropy: 1,
  bigramEntropy: 1,
  title: 'tiny',
  characters: 500,
  notices: [],
};

test('a student that is its teacher already learns nothing from it', async () => {
  const train = { ...tinyTrain, optimizer: 'sgd' as const, weightDecay: 0, steps: 3, microBatches: 2 };
  const config = { ...defaultRunConfig, model: tinyModel, train };
  const values = initialWeights(tinyModel, train.seed);
  const engine = { gpu: lab.gpu, cache: lab.cache, choices: await MeasuredChoices.measure(lab.gpu, lab.cache), rates };
  const moved = async (alpha: number) => {
    const seen: string[] = [];
    const tell = {
      row: ({ variant }: { variant: string }) => seen.push(variant),
      progress: ({ stage, step }: { stage: string; step: number }) => seen.push(`${stage} ${step}`),
    };
    const options = { temperature: 2, alpha, tokens: 32 };
    const made = await distillModel(engine, { model: tinyModel, values }, config, data, options, tell);
    expect(seen).toEqual(['teacher', 'alone 3', 'student alone', 'distilled 3', 'student distilled']);
    expect(made.rows[2].bytes).toBe(made.rows[0].bytes);
    return Math.max(...[...values].map(([name, before]) => largestDifference(made.values.get(name) ?? [], before)));
  };
  expect(await moved(1)).toBeLessThan(1e-6);
  expect(await moved(0.5)).toBeGreaterThan(1e-4);
});
