// Encoders learn from data: hidden tokens of running text lower the loss; labelled texts give the twin's gradients, and over two replicas, a pipeline or
// tensor-parallel ranks the losses, gradients and weights of one worker.

import * as v from 'valibot';
import { expect, test } from 'vitest';
import { likeModel } from '../core/modelConfig';
import { type BertConfig, bertConfigSchema } from '../core/models/bert';
import { distilbertConfigSchema } from '../core/models/distilbert';
import type { EncoderConfig } from '../core/models/encoders';
import { robertaConfigSchema } from '../core/models/roberta';
import { maskingRule, prepareSequences } from '../data/prepareSequences';
import { initialWeights } from '../model/initialize';
import { encoderBackward, encoderForward } from '../reference/encoder';
import { largestDifference, largestMagnitude } from '../testing/gradientCheck';
import { testDevice } from '../testing/testDevice';
import { TinyMesh } from '../testing/tinyMesh';
import { buildTinyRank, startTinyRank, type TinyRun, tinyInputs, tinyTrain } from '../testing/tinyRun';
import { wordPieceTokenizer } from '../testing/wordPieceTokenizer';

const lab = testDevice('adapter');
const words = ['red', 'blue', 'sky', 'grass', 'is', 'the'];
const tokenizer = wordPieceTokenizer(words);

function tinyBert(architecture: BertConfig['architecture']): BertConfig {
  return v.parse(bertConfigSchema, {
    model_type: 'bert',
    architecture,
    vocab_size: tokenizer.vocabularySize,
    hidden_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 12,
    max_position_embeddings: 8,
    initializer_range: 0.3,
  });
}

const labelled = prepareSequences({
  title: 'colours',
  records: Array.from({ length: 23 }, (_, i) => ({
    text: `the ${['sky', 'grass'][i % 2]} is${' the'.repeat(i % 3)} ${['red', 'blue'][i % 2]}`,
    label: `${i % 2}`,
  })),
  task: 'sequence-classification',
  tokenizer,
  sequenceLength: 8,
  validationFraction: 0.1,
});

const classifier = tinyBert('BertForSequenceClassification');
// Its [PAD] is 0; a segment for each of two texts, as BERT's.
const roberta = v.parse(robertaConfigSchema, { ...likeModel('roberta', classifier), type_vocab_size: 2 });
const distilbert = v.parse(distilbertConfigSchema, likeModel('distilbert', classifier));

test.each([
  ['BERT', classifier, { pp: 2, tp: 2 }, 2],
  ['RoBERTa', roberta, { tp: 2 }, 1],
  ['DistilBERT', distilbert, { dp: 2 }, 2],
] as const)(
  'labelled texts: a %s has its twin’s gradients, over a mesh too',
  async (_, model, parallel, microBatches) => {
    const train = { ...tinyTrain, batchSize: 5, microBatches: 1 };
    const one: TinyRun<EncoderConfig> = { model, train, data: labelled };
    const rank = await buildTinyRank(lab.gpu, lab.cache, 'blocked', one);
    const mesh = await TinyMesh.build(
      lab.gpu,
      lab.cache,
      'blocked',
      { ...one, train: { ...train, microBatches } },
      parallel,
    );
    try {
      startTinyRank(rank, one);
      const loss = await rank.gradients(tinyInputs(one, 0));
      const gradients = await rank.readArena('gradients');
      const twin = twinGradients(one);
      expect(loss).toBeCloseTo(twin.loss, 5);
      expect([...gradients.keys()].sort()).toEqual([...twin.gradients.keys()].sort());
      for (const [name, expected] of twin.gradients)
        expect(largestDifference(gradients.get(name) ?? [], expected), name).toBeLessThan(
          1e-4 * largestMagnitude(expected) + 1e-7,
        );
      const [first] = await mesh.run('gradients', 0);
      expect(first.loss).toBeCloseTo(loss, 5);
      for (const [name, values] of await mesh.merged('gradients')) {
        const expected = gradients.get(name) ?? new Float32Array(0);
        expect(largestDifference(values, expected), name).toBeLessThan(1e-4 * largestMagnitude(expected) + 1e-7);
      }
      for (let step = 0; step < 3; step++) {
        rank.submitStep(tinyInputs(one, step), () => undefined);
        const [metrics] = await mesh.run('train', step);
        expect(metrics.loss).toBeCloseTo((await rank.readMetrics()).loss, 4);
      }
    } finally {
      mesh.destroy();
      rank.destroy();
    }
  },
);

function twinGradients(run: TinyRun<EncoderConfig>): ReturnType<typeof encoderBackward> {
  const { microBatch, validTokens } = tinyInputs(run, 0);
  const { inputs, targets, mask, tokenTypes } = microBatch(0);
  const { batchSize: batch, sequenceLength } = run.train;
  const parameters = new Map(
    [...initialWeights(run.model, run.train.seed)].map(([name, values]) => [name, Float64Array.from(values)]),
  );
  const input = {
    tokens: Int32Array.from(inputs),
    tokenTypes: Int32Array.from(tokenTypes ?? new Uint32Array(inputs.length)),
    mask: mask ?? new Uint32Array(inputs.length).fill(1),
    batch,
    sequenceLength,
  };
  const forward = encoderForward(run.model, parameters, input);
  return encoderBackward(run.model, parameters, input, forward, targets, validTokens);
}

test('hidden tokens are learnt from the text around them', async () => {
  // A word over and over, then another: a hidden one is what stands around it.
  const running = Uint32Array.from({ length: 1_200 }, (_, i) => 5 + (Math.floor(i / 50) % words.length));
  const data = {
    trainTokens: running,
    validationTokens: running,
    sequences: { task: 'masked-lm', masking: maskingRule(tokenizer) },
  } as const;
  const train = { ...tinyTrain, batchSize: 16, microBatches: 1, learningRate: 0.01 };
  const run: TinyRun<BertConfig> = { model: tinyBert('BertForMaskedLM'), train, data };
  const rank = await buildTinyRank(lab.gpu, lab.cache, 'blocked', run);
  try {
    startTinyRank(rank, run);
    const losses: number[] = [];
    for (let step = 0; step < 100; step++) {
      rank.submitStep(tinyInputs(run, step), () => undefined);
      losses.push((await rank.readMetrics()).loss);
    }
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    // Counting words tells log 6; the words around tell more.
    expect(mean(losses.slice(-10))).toBeLessThan(Math.log(words.length) / 2);
    expect(mean(losses.slice(-10))).toBeLessThan(mean(losses.slice(0, 5)) / 2);
  } finally {
    rank.destroy();
  }
});
