// The float64 encoders: every gradient of every head against differences, with padding, segments and ignored targets; and against what transformers
// computed, to what float32 rounding explains.

import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { type BertConfig, bertArchitectures, bertConfigSchema } from '../core/models/bert';
import { type DistilBertConfig, distilbertConfigSchema } from '../core/models/distilbert';
import { type EncoderConfig, encoderModel } from '../core/models/encoders';
import { targetCount } from '../core/models/modelSizes';
import { type RobertaConfig, robertaConfigSchema } from '../core/models/roberta';
import { readModelConfig } from '../interop/modelConfigJson';
import { modelShapes } from '../model/shapes/modelShapes';
import { type GoldenTensors, loadGoldenTensors, tensorOf } from '../testing/goldenCase';
import { largestDifference, largestMagnitude, relativeError } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { crossEntropy, IGNORED_TARGET } from './crossEntropy';
import { type EncoderBatch, encoderBackward, encoderForward } from './encoder';
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
const tinyDistilbert: DistilBertConfig = v.parse(distilbertConfigSchema, {
  model_type: 'distilbert',
  vocab_size: 5,
  dim: 4,
  n_layers: 2,
  n_heads: 2,
  hidden_dim: 3,
  max_position_embeddings: 4,
  pad_token_id: null,
  labels: ['a', 'b', 'c'],
});
/** Token 0 is padding in it, and stands in the middle of the batch. */
const tinyRoberta: RobertaConfig = v.parse(robertaConfigSchema, {
  model_type: 'roberta',
  vocab_size: 5,
  hidden_size: 4,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 3,
  max_position_embeddings: 5,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
  labels: ['a', 'b', 'c'],
});
const input: EncoderBatch = {
  tokens: Int32Array.of(1, 4, 4, 0, 2, 1),
  tokenTypes: Int32Array.of(0, 1, 1, 0, 0, 1),
  mask: Uint32Array.of(1, 1, 0, 1, 1, 1),
  batch: 2,
  sequenceLength: 3,
};

function parametersOf(config: EncoderConfig): Map<string, Float64Array> {
  return new Map(
    modelShapes(config).parameters.map(({ name, shape }) => {
      const count = shape.reduce((product, dim) => product * dim, 1);
      const centre = /norm\.weight$/i.test(name) ? 1 : 0;
      return [name, randomValues(name, count, 0.5).map((value) => value + centre)];
    }),
  );
}

describe('encoderBackward', () => {
  const variants: readonly EncoderConfig[] = [
    ...bertArchitectures.map((architecture) => ({ ...tiny, architecture })),
    { ...tiny, architecture: 'BertForMaskedLM', tie_word_embeddings: false, hidden_act: 'gelu_new' },
    { ...tiny, architecture: 'BertForSequenceClassification', hidden_act: 'relu' },
    tinyDistilbert,
    { ...tinyDistilbert, architecture: 'DistilBertForSequenceClassification' },
    { ...tinyRoberta, architecture: 'RobertaForMaskedLM', tie_word_embeddings: false, hidden_act: 'relu' },
    { ...tinyRoberta, architecture: 'RobertaForSequenceClassification' },
  ];
  it.each(variants)('gives every gradient that differences give: $architecture', (config) => {
    const parameters = parametersOf(config);
    const count = targetCount(encoderModel(config).sizes, 2, 3);
    const targets = Int32Array.from({ length: count }, (_, i) => (i === 1 ? IGNORED_TARGET : (i * i + 1) % 3));
    const forward = encoderForward(config, parameters, input);
    const { loss, gradients } = encoderBackward(config, parameters, input, forward, targets, count - 1);
    const lossWith = (name: string, values: Float64Array) => {
      const { head } = encoderForward(config, new Map(parameters).set(name, values), input);
      return crossEntropy({ logits: head.logits, targets, vocabulary: head.columns, count: count - 1 }).loss;
    };
    expect([...gradients.keys()].sort()).toEqual([...parameters.keys()].sort());
    for (const [name, values] of parameters) {
      const numeric = centralDifference((probe) => lossWith(name, probe), values);
      const own = gradients.get(name) ?? new Float64Array();
      // What padding is read as is not trained: its rows have the gradient of the head alone, or none.
      const read = config.model_type !== 'roberta' || !/(word|position)_embeddings/.test(name);
      const tied = config.tie_word_embeddings && /word/.test(name) && config.architecture === 'RobertaForMaskedLM';
      const skipped = read || tied ? 0 : 4;
      if (skipped > 0) expect([...own.subarray(0, skipped)]).toEqual([0, 0, 0, 0]);
      expect(relativeError(own.subarray(skipped), numeric.subarray(skipped)), name).toBeLessThan(1e-8);
      expect(lossWith(name, values)).toBe(loss);
    }
  });

  it('gives the embedding of the padding token the gradient of the head alone', () => {
    const [config, trained] = [{ ...tiny, pad_token_id: 4 }, tiny].map((one) => {
      const classifier: BertConfig = { ...one, architecture: 'BertForSequenceClassification' };
      const parameters = parametersOf(classifier);
      const forward = encoderForward(classifier, parameters, input);
      const { gradients } = encoderBackward(classifier, parameters, input, forward, Int32Array.of(0, 1), 2);
      return [...(gradients.get('bert.embeddings.word_embeddings.weight') ?? [])];
    });
    expect(config.slice(16)).toEqual([0, 0, 0, 0]);
    expect(config.slice(0, 16)).toEqual(trained.slice(0, 16));
    expect(trained.slice(16)).not.toEqual([0, 0, 0, 0]);
  });
});

describe('families that are BERT under other names', () => {
  /** A BERT's parameters under the names of another encoder, in the order of the model. */
  function renamed(from: EncoderConfig, to: EncoderConfig, values: ReadonlyMap<string, Float64Array>) {
    const a = encoderModel(from).names;
    const b = encoderModel(to).names;
    const other = new Map<string, string>(Object.entries(b));
    const modules = Object.entries(a)
      .filter(([key]) => key !== 'decoderBias')
      .map(([key, module]): [string, string] => [module, other.get(key) ?? ''])
      .sort(([x], [y]) => y.length - x.length);
    return new Map(
      [...values].map(([name, array]) => {
        const layer = name.startsWith(`${a.layers}.`) ? name.split('.')[a.layers.split('.').length] : null;
        const rest = layer === null ? name : name.slice(`${a.layers}.${layer}.`.length);
        const module = modules.find(([own]) => rest === own || rest.startsWith(`${own}.`));
        if (name === a.decoderBias) return [b.decoderBias, array] as const;
        if (module === undefined) return [name, array] as const;
        const moved = module[1] + rest.slice(module[0].length);
        return [layer === null ? moved : `${b.layers}.${layer}.${moved}`, array] as const;
      }),
    );
  }

  const heads = ['ForMaskedLM', 'ForTokenClassification', 'ForQuestionAnswering'] as const;

  it.each(heads)('DistilBert%s is the BERT whose token types are zero', (head) => {
    const distilbert: DistilBertConfig = { ...tinyDistilbert, architecture: `DistilBert${head}` };
    const bert: BertConfig = { ...tiny, architecture: `Bert${head}` };
    const parameters = parametersOf(distilbert);
    const asBert = renamed(distilbert, bert, parameters);
    asBert.set('bert.embeddings.token_type_embeddings.weight', new Float64Array(8));
    expect([...asBert.keys()].sort()).toEqual([...parametersOf(bert).keys()].sort());
    const { logits } = encoderForward(distilbert, parameters, input);
    expect(largestDifference(logits, encoderForward(bert, asBert, input).logits)).toBeLessThan(1e-6);
    expect(largestMagnitude(logits)).toBeGreaterThan(0.1);
  });

  it.each(heads)('Roberta%s is the BERT whose position table begins behind the padding', (head) => {
    const roberta: RobertaConfig = { ...tinyRoberta, architecture: `Roberta${head}` };
    const bert: BertConfig = { ...tiny, architecture: `Bert${head}` };
    const parameters = parametersOf(roberta);
    const asBert = renamed(roberta, bert, parameters);
    const positions = 'bert.embeddings.position_embeddings.weight';
    asBert.set(positions, (asBert.get(positions) ?? new Float64Array()).subarray(4));
    const text: EncoderBatch = { ...input, tokens: Int32Array.of(1, 4, 4, 3, 2, 1) };
    const { logits } = encoderForward(roberta, parameters, text);
    expect(largestDifference(logits, encoderForward(bert, asBert, text).logits)).toBeLessThan(1e-6);
    // With padding among the tokens it is not: they are counted around it.
    const padded = encoderForward(roberta, parameters, input).logits;
    expect(largestDifference(padded, encoderForward(bert, asBert, input).logits)).toBeGreaterThan(1e-3);
  });

  it('the classifiers differ: before the last layer DistilBERT has a ReLU, RoBERTa a tanh', () => {
    for (const [config, dense, last, activation] of [
      [tinyDistilbert, 'pre_classifier', 'classifier', (x: number) => Math.max(0, x)],
      [tinyRoberta, 'classifier.dense', 'classifier.out_proj', Math.tanh],
    ] as const) {
      const architecture =
        config.model_type === 'roberta'
          ? { ...config, architecture: 'RobertaForSequenceClassification' as const }
          : { ...config, architecture: 'DistilBertForSequenceClassification' as const };
      const parameters = parametersOf(architecture);
      const of = (name: string): Float64Array => parameters.get(name) ?? new Float64Array();
      const { logits, hiddenStates } = encoderForward(architecture, parameters, input);
      const first = hiddenStates[2].subarray(0, 4);
      const times = (weight: Float64Array, bias: Float64Array, x: readonly number[]): number[] =>
        [...bias].map((b, row) => x.reduce((sum, value, i) => sum + value * weight[row * x.length + i], b));
      const hidden = times(of(`${dense}.weight`), of(`${dense}.bias`), [...first]).map(activation);
      const expected = times(of(`${last}.weight`), of(`${last}.bias`), hidden);
      expect(largestDifference(logits.subarray(0, 3), expected)).toBeLessThan(1e-12);
    }
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
      const forward = encoderForward(config, parameters, batch);
      const count = targets.reduce((sum, target) => sum + (target === IGNORED_TARGET ? 0 : 1), 0);
      const { loss, gradients } = encoderBackward(config, parameters, batch, forward, targets, count);
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

function goldenBatch(io: GoldenTensors): { readonly batch: EncoderBatch; readonly targets: Int32Array } {
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
