// The float64 Llama's own gradients, for Llama and each relative: every parameter against differences. Then against what transformers computed.

import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  type LlamaConfig,
  llamaConfigSchema,
  llamaSizes,
  llamaTraits,
  mistralConfigSchema,
  qwen2ConfigSchema,
  qwen3ConfigSchema,
} from '../core/models/llama';
import { loadGoldenCase, tensorOf } from '../testing/goldenCase';
import { largestDifference, largestMagnitude, relativeError } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { crossEntropy } from './crossEntropy';
import { centralDifference } from './finiteDifference';
import { countTargets, nextTokenTargets } from './gpt2';
import { type LlamaBatch, llamaBackward, llamaForward } from './llama';

const small = {
  vocab_size: 5,
  hidden_size: 6,
  intermediate_size: 3,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 2,
  max_position_embeddings: 4,
  tie_word_embeddings: false,
};
const llama = { ...small, model_type: 'llama' } as const;
const rope = { rope_type: 'llama3', rope_factor: 8, rope_original_positions: 4, rope_theta: 3 } as const;
const windowed = { use_sliding_window: true, sliding_window: 2, max_window_layers: 1 };
const configs: readonly (readonly [what: string, config: LlamaConfig])[] = [
  ['llama, grouped queries', v.parse(llamaConfigSchema, llama)],
  [
    'llama, one key head, biases, tied, scaled rope',
    v.parse(llamaConfigSchema, {
      ...llama,
      ...rope,
      num_key_value_heads: 1,
      attention_bias: true,
      mlp_bias: true,
      tie_word_embeddings: true,
    }),
  ],
  ['qwen2', v.parse(qwen2ConfigSchema, { ...small, ...windowed, model_type: 'qwen2' })],
  ['qwen3', v.parse(qwen3ConfigSchema, { ...small, model_type: 'qwen3', head_dim: 4 })],
  ['mistral', v.parse(mistralConfigSchema, { ...small, model_type: 'mistral', sliding_window: 2 })],
];
const tokens = Int32Array.of(1, 4, 4, 0, 2, 1);
const input: LlamaBatch = { tokens, batch: 2, sequenceLength: 3 };

/** Written out here, so that the model's own list of parameters is not judged by itself. */
function parametersOf(config: LlamaConfig): Map<string, Float64Array> {
  const { width: C, inner: F, heads, kvHeads, headDim, vocabulary: V, layers } = llamaSizes(config);
  const { qkvBias, outputBias, mlpBias, headNorms } = llamaTraits(config);
  const parameters = new Map<string, Float64Array>();
  const add = (name: string, count: number, centre = 0) =>
    parameters.set(
      name,
      randomValues(name, count, 0.5).map((value) => value + centre),
    );
  add('model.embed_tokens.weight', V * C);
  for (let layer = 0; layer < layers; layer++) {
    const block = `model.layers.${layer}`;
    const dense = (name: string, inputs: number, outputs: number, bias: boolean) => {
      add(`${block}.${name}.weight`, inputs * outputs);
      if (bias) add(`${block}.${name}.bias`, outputs);
    };
    dense('self_attn.q_proj', C, heads * headDim, qkvBias);
    dense('self_attn.k_proj', C, kvHeads * headDim, qkvBias);
    dense('self_attn.v_proj', C, kvHeads * headDim, qkvBias);
    dense('self_attn.o_proj', heads * headDim, C, outputBias);
    dense('mlp.gate_proj', C, F, mlpBias);
    dense('mlp.up_proj', C, F, mlpBias);
    dense('mlp.down_proj', F, C, mlpBias);
    add(`${block}.input_layernorm.weight`, C, 1);
    add(`${block}.post_attention_layernorm.weight`, C, 1);
    if (headNorms) for (const name of ['q_norm', 'k_norm']) add(`${block}.self_attn.${name}.weight`, headDim, 1);
  }
  add('model.norm.weight', C, 1);
  if (!config.tie_word_embeddings) add('lm_head.weight', V * C);
  return parameters;
}

describe('llamaBackward', () => {
  it.each(configs)('gives every gradient that differences give: %s', (_, config) => {
    const parameters = parametersOf(config);
    const targets = nextTokenTargets(tokens, 3);
    const forward = llamaForward(config, parameters, input);
    const { loss, gradients } = llamaBackward(config, parameters, input, forward, targets, 4);
    const lossWith = (name: string, values: Float64Array) => {
      const { logits } = llamaForward(config, new Map(parameters).set(name, values), input);
      return crossEntropy({ logits, targets, vocabulary: 5, count: 4 }).loss;
    };
    expect(loss).toBeCloseTo(lossWith('', new Float64Array()), 14);
    expect([...gradients.keys()].sort()).toEqual([...parameters.keys()].sort());
    for (const [name, gradient] of gradients) {
      const values = parameters.get(name) ?? new Float64Array();
      const numeric = centralDifference((probe) => lossWith(name, probe), values);
      expect(relativeError(gradient, numeric), name).toBeLessThan(1e-8);
    }
  });

  it('sees no key before the window of a layer that has one', () => {
    const [, , [, qwen2]] = configs;
    const seen = llamaForward(qwen2, parametersOf(qwen2), input).attentions;
    const hiddenKey = 2 * 3 + 0;
    expect(seen[0][hiddenKey]).toBeGreaterThan(0);
    expect(seen[1][hiddenKey]).toBe(0);
  });

  it('refuses missing and misshapen parameters, and too long sequences', () => {
    const [[, config]] = configs;
    const parameters = parametersOf(config);
    parameters.delete('model.norm.weight');
    expect(() => llamaForward(config, parameters, input)).toThrow('model.norm.weight has no elements, needs 6');
    const long: LlamaBatch = { tokens: new Int32Array(5), batch: 1, sequenceLength: 5 };
    expect(() => llamaForward(config, parametersOf(config), long)).toThrow('5 tokens a sequence, of 4');
  });
});

const golden = loadGoldenCase('llama-gqa');
describe.skipIf(golden === null)('golden llama-gqa', () => {
  if (!golden) return;
  const config = v.parse(llamaConfigSchema, golden.config);
  const start = new Map([...golden.model].map(([name, { values }]) => [name, Float64Array.from(values)]));
  const [batch, sequenceLength] = tensorOf(golden.io, 'in.input_ids').shape;
  const ids = (name: string) => Int32Array.from(tensorOf(golden.io, name).values);
  const given: LlamaBatch = { tokens: ids('in.input_ids'), batch, sequenceLength };

  it('has the logits, loss, hidden states, attentions and gradients', () => {
    const forward = llamaForward(config, start, given);
    const targets = nextTokenTargets(ids('in.labels'), sequenceLength);
    const { loss, gradients } = llamaBackward(config, start, given, forward, targets, countTargets(targets));
    const actual = new Map([
      ['out.logits', forward.logits],
      ['out.loss', Float64Array.of(loss)],
      ...forward.hiddenStates.map((values, i) => [`out.hidden_states.${i}`, values] as const),
      ...forward.attentions.map((values, i) => [`out.attentions.${i}`, values] as const),
      ...[...gradients].map(([name, values]) => [`grad.${name}`, values] as const),
    ]);
    const expected = [...golden.io.keys()].filter((name) => /^(out|grad)\./.test(name));
    expect([...actual.keys()].sort()).toEqual(expected.sort());
    const errors = [...actual].map(([name, values]) => {
      const truth = tensorOf(golden.io, name).values;
      return { name, error: largestDifference(values, truth) / largestMagnitude(truth) };
    });
    const worst = errors.reduce((a, b) => (b.error > a.error ? b : a));
    console.log(`llama-gqa: worst error ${worst.error.toExponential(2)} (${worst.name})`);
    // The golden tolerances are 1e-4 and 1e-3; float32's own rounding in the expectation explains this much.
    expect(worst.error, worst.name).toBeLessThan(5e-6);
  });

  it('continues the prompt with the same tokens', () => {
    const { prompt, tokens: expected } = golden.expected.greedy;
    const text = [...prompt];
    while (text.length < prompt.length + expected.length) {
      const whole = { tokens: Int32Array.from(text), batch: 1, sequenceLength: text.length };
      const row = llamaForward(config, start, whole).logits.subarray(-config.vocab_size);
      text.push(row.reduce((best, value, id) => (value > row[best] ? id : best), 0));
    }
    expect(text.slice(prompt.length)).toEqual(expected);
  });
});
