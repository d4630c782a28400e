// The float64 BERT: every gradient of every head against differences, with padding, segments and ignored targets; and against what transformers
// computed, to what float32 rounding explains.

import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { type BertConfig, bertArchitectures, bertConfigSchema, bertSizes } from '../core/models/bert';
import { targetCount } from '../core/models/modelSizes';
import { readModelConfig } from '../interop/modelConfigJson';
import { modelShapes } from '../model/shapes/modelShapes';
import { type GoldenTensors, loadGoldenTensors, tensorOf } from '../testing/goldenCase';
import { largestDifference, largestMagnitude, relativeError } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { type BertBatch, bertBackward, bertForward } from './bert';
import { crossEntropy, IGNORED_TARGET } from './crossEntropy';
import { centralDifference } from './finiteDifference';

const tiny: BertConfig = v.parse(bertConfigSchema, {
  model_type: 'bert',
  vocab_size: 5,
  hidden_size: 4,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 3,
  max_position_embeddings: 4,
  pad_token_id: null,
  labels: ['a', 'b', 'c'],
});
const input: BertBatch = {
  tokens: Int32Array.of(1, 4, 4, 0, 2, 1),
  tokenTypes: Int32Array.of(0, 1, 1, 0, 0, 1),
  mask: Uint32Array.of(1, 1, 0, 1, 1, 1),
  batch: 2,
  sequenceLength: 3,
};

function parametersOf(config: BertConfig): Map<string, Float64Array> {
  return new Map(
    modelShapes(config).parameters.map(({ name, shape }) => {
      const count = shape.reduce((product, dim) => product * dim, 1);
      const centre = name.endsWith('LayerNorm.weight') ? 1 : 0;
      return [name, randomValues(name, count, 0.5).map((value) => value + centre)];
    }),
  );
}

describe('bertBackward', () => {
  const variants = [
    ...bertArchitectures.map((architecture) => ({ architecture })),
    { architecture: 'BertForMaskedLM', tie_word_embeddings: false, hidden_act: 'gelu_new' },
    { architecture: 'BertForSequenceClassification', hidden_act: 'relu' },
  ] as const;
  it.each(variants)('gives every gradient that differences give: %o', (changes) => {
    const config: BertConfig = { ...tiny, ...changes };
    const parameters = parametersOf(config);
    const count = targetCount(bertSizes(config), 2, 3);
    const targets = Int32Array.from({ length: count }, (_, i) => (i === 1 ? IGNORED_TARGET : (i * i + 1) % 3));
    const forward = bertForward(config, parameters, input);
    const { loss, gradients } = bertBackward(config, parameters, input, forward, targets, count - 1);
    const lossWith = (name: string, values: Float64Array) => {
      const { head } = bertForward(config, new Map(parameters).set(name, values), input);
      return crossEntropy({ logits: head.logits, targets, vocabulary: head.columns, count: count - 1 }).loss;
    };
    expect([...gradients.keys()].sort()).toEqual([...parameters.keys()].sort());
    for (const [name, values] of parameters) {
      const numeric = centralDifference((probe) => lossWith(name, probe), values);
      expect(relativeError(gradients.get(name) ?? new Float64Array(), numeric), name).toBeLessThan(1e-8);
      expect(lossWith(name, values)).toBe(loss);
    }
  });

  it('gives the embedding of the padding token the gradient of the head alone', () => {
    const [config, trained] = [{ ...tiny, pad_token_id: 4 }, tiny].map((one) => {
      const classifier: BertConfig = { ...one, architecture: 'BertForSequenceClassification' };
      const parameters = parametersOf(classifier);
      const forward = bertForward(classifier, parameters, input);
      const { gradients } = bertBackward(classifier, parameters, input, forward, Int32Array.of(0, 1), 2);
      return [...(gradients.get('bert.embeddings.word_embeddings.weight') ?? [])];
    });
    expect(config.slice(16)).toEqual([0, 0, 0, 0]);
    expect(config.slice(0, 16)).toEqual(trained.slice(0, 16));
    expect(trained.slice(16)).not.toEqual([0, 0, 0, 0]);
  });
});

for (const name of ['bert-mlm', 'bert-classifier', 'bert-qa']) {
  const golden = loadGoldenTensors(name);
  describe.skipIf(golden === null)(`golden ${name}`, () => {
    if (!golden) return;
    it('has the outputs and gradients that transformers computed', () => {
      const config = readModelConfig(JSON.stringify(golden.config));
      if (config.model_type !== 'bert') throw new Error('not a BERT');
      const parameters = new Map(
        [...golden.model].map(([key, { values }]): [string, Float64Array] => [key, Float64Array.from(values)]),
      );
      const { batch, targets } = goldenBatch(golden.io);
      const forward = bertForward(config, parameters, batch);
      const count = targets.reduce((sum, target) => sum + (target === IGNORED_TARGET ? 0 : 1), 0);
      const { loss, gradients } = bertBackward(config, parameters, batch, forward, targets, count);
      const outputs = new Map<string, Float64Array>([['out.loss', Float64Array.of(loss)]]);
      if (golden.io.has('out.logits')) outputs.set('out.logits', forward.logits);
      else {
        outputs.set('out.start_logits', forward.logits.slice(0, forward.logits.length / 2));
        outputs.set('out.end_logits', forward.logits.slice(forward.logits.length / 2));
      }
      for (const [i, values] of forward.hiddenStates.entries()) outputs.set(`out.hidden_states.${i}`, values);
      for (const [i, values] of forward.attentions.entries()) outputs.set(`out.attentions.${i}`, values);
      for (const [parameter, values] of gradients) outputs.set(`grad.${parameter}`, values);
      const expected = [...golden.io.keys()].filter((key) => /^(out|grad)\./.test(key));
      expect([...outputs.keys()].sort()).toEqual(expected.sort());
      for (const [key, values] of outputs) {
        const truth = tensorOf(golden.io, key).values;
        // What softmax does not see has a gradient of zero but for rounding.
        const unseen = modelShapes(config).unseenBias(key.slice('grad.'.length)) !== null;
        const scale = unseen ? 1 : largestMagnitude(truth);
        expect(largestDifference(values, truth) / scale, key).toBeLessThan(2e-5);
      }
    });
  });
}

function goldenBatch(io: GoldenTensors): { readonly batch: BertBatch; readonly targets: Int32Array } {
  const { shape, values: ids } = tensorOf(io, 'in.input_ids');
  const [batch, sequenceLength] = shape;
  const labels = io.has('in.labels') ? ['in.labels'] : ['in.start_positions', 'in.end_positions'];
  return {
    batch: {
      tokens: Int32Array.from(ids),
      tokenTypes: Int32Array.from(tensorOf(io, 'in.token_type_ids').values),
      mask: Uint32Array.from(tensorOf(io, 'in.attention_mask').values),
      batch,
      sequenceLength,
    },
    targets: Int32Array.from(labels.flatMap((label) => [...tensorOf(io, label).values])),
  };
}
