// The float64 GPT-2's own gradients: every parameter against differences, with dropout, untied heads and micro-batches.

import { describe, expect, it } from 'vitest';
import type { Gpt2Config } from '../core/models/gpt2';
import { largestDifference, relativeError } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { crossEntropy, IGNORED_TARGET } from './crossEntropy';
import { centralDifference } from './finiteDifference';
import { countTargets, type Gpt2Batch, gpt2Backward, gpt2Forward, nextTokenTargets } from './gpt2';
import { gpt2Decays, gpt2Greedy, gpt2TrainingStart, gpt2TrainStep } from './gpt2Training';

const tiny: Gpt2Config = {
  model_type: 'gpt2',
  vocab_size: 5,
  n_positions: 4,
  n_embd: 4,
  n_layer: 2,
  n_head: 2,
  n_inner: 3,
  activation_function: 'gelu_new',
  layer_norm_epsilon: 1e-5,
  initializer_range: 0.02,
  tie_word_embeddings: true,
  embd_pdrop: 0,
  resid_pdrop: 0,
  attn_pdrop: 0,
};
const tokens = Int32Array.of(1, 4, 4, 0, 2, 1);
const input: Gpt2Batch = { tokens, batch: 2, sequenceLength: 3 };

function tinyParameters(config: Gpt2Config): Map<string, Float64Array> {
  const parameters = new Map<string, Float64Array>();
  const add = (name: string, count: number, centre = 0) =>
    parameters.set(
      name,
      randomValues(name, count, 0.5).map((value) => value + centre),
    );
  add('transformer.wte.weight', 20);
  add('transformer.wpe.weight', 16);
  for (let layer = 0; layer < config.n_layer; layer++) {
    const block = `transformer.h.${layer}`;
    const dense = [
      ['attn.c_attn', 4, 12],
      ['attn.c_proj', 4, 4],
      ['mlp.c_fc', 4, 3],
      ['mlp.c_proj', 3, 4],
    ] as const;
    for (const [name, inputs, outputs] of dense) {
      add(`${block}.${name}.weight`, inputs * outputs);
      add(`${block}.${name}.bias`, outputs);
    }
    for (const name of ['ln_1', 'ln_2']) {
      add(`${block}.${name}.weight`, 4, 1);
      add(`${block}.${name}.bias`, 4);
    }
  }
  add('transformer.ln_f.weight', 4, 1);
  add('transformer.ln_f.bias', 4);
  if (!config.tie_word_embeddings) add('lm_head.weight', 20);
  return parameters;
}

describe('gpt2Backward', () => {
  it.each([
    { what: 'tied', config: tiny, dropout: undefined },
    {
      what: 'untied, exact gelu',
      config: { ...tiny, tie_word_embeddings: false, activation_function: 'gelu' as const },
      dropout: undefined,
    },
    {
      what: 'dropout',
      config: { ...tiny, embd_pdrop: 0.2, resid_pdrop: 0.3, attn_pdrop: 0.25 },
      dropout: { seed: 3, step: 2 },
    },
  ])('gives every gradient that differences give: $what', ({ config, dropout }) => {
    const parameters = tinyParameters(config);
    const batch: Gpt2Batch = { ...input, ...(dropout ? { dropout } : {}) };
    const targets = nextTokenTargets(tokens, 3);
    const forward = gpt2Forward(config, parameters, batch);
    const { loss, gradients } = gpt2Backward(config, parameters, batch, forward, targets, 4);
    const lossWith = (name: string, values: Float64Array) => {
      const { logits } = gpt2Forward(config, new Map(parameters).set(name, values), batch);
      return crossEntropy({ logits, targets, vocabulary: 5, count: 4 }).loss;
    };
    expect([...gradients.keys()].sort()).toEqual([...parameters.keys()].sort());
    for (const [name, values] of parameters) {
      const numeric = centralDifference((probe) => lossWith(name, probe), values);
      const analytic = gradients.get(name) ?? new Float64Array();
      expect(relativeError(analytic, numeric), name).toBeLessThan(1e-8);
      expect(lossWith(name, values)).toBe(loss);
    }
  });

  it('refuses missing and misshapen parameters, and too long sequences', () => {
    const parameters = tinyParameters(tiny);
    parameters.delete('transformer.ln_f.bias');
    expect(() => gpt2Forward(tiny, parameters, input)).toThrow('transformer.ln_f.bias has no elements, needs 4');
    const long: Gpt2Batch = { tokens: new Int32Array(5), batch: 1, sequenceLength: 5 };
    expect(() => gpt2Forward(tiny, tinyParameters(tiny), long)).toThrow('n_positions is 4');
  });
});

describe('gpt2TrainStep', () => {
  const settings = { learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 };

  it('does not depend on how the batch is cut, with labels ignored unevenly', () => {
    const labels = Int32Array.of(1, 4, IGNORED_TARGET, 0, 2, 1);
    const cut = (from: number, to: number) => ({
      tokens: tokens.subarray(from, to),
      labels: labels.subarray(from, to),
      batch: (to - from) / 3,
      sequenceLength: 3,
    });
    const start = gpt2TrainingStart(tinyParameters(tiny));
    const whole = gpt2TrainStep(tiny, start, [cut(0, 6)], settings);
    const parts = gpt2TrainStep(tiny, start, [cut(0, 3), cut(3, 6)], settings);
    expect(parts.loss).toBeCloseTo(whole.loss, 13);
    expect(parts.gradientNorm).toBeCloseTo(whole.gradientNorm, 13);
    for (const [name, values] of whole.state.parameters) {
      const other = parts.state.parameters.get(name) ?? new Float64Array();
      // Adam turns the rounding of gradients that are zero (key biases) into steps.
      if (!name.endsWith('c_attn.bias')) expect(largestDifference(other, values), name).toBeLessThan(1e-7);
    }
    expect(countTargets(nextTokenTargets(labels, 3))).toBe(3);
  });

  it('lowers the loss and leaves the state it was given', () => {
    const start = gpt2TrainingStart(tinyParameters(tiny));
    const before = [...start.parameters.values()].map((values) => [...values]);
    let state = start;
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) {
      const result = gpt2TrainStep(tiny, state, [{ ...input, labels: tokens }], settings);
      losses.push(result.loss);
      state = result.state;
    }
    expect(losses[19]).toBeLessThan(losses[0] * 0.8);
    expect([...start.parameters.values()].map((values) => [...values])).toEqual(before);
    expect(state.step).toBe(20);
  });

  it('decays matrices and tables only', () => {
    const decaying = [...tinyParameters(tiny).keys()].filter(gpt2Decays);
    expect(decaying).toHaveLength(2 + 2 * 4);
    expect(decaying.some((name) => name.includes('ln_') || name.endsWith('.bias'))).toBe(false);
  });
});

describe('gpt2Greedy', () => {
  it('returns the continuation alone, the lowest id among equals', () => {
    const zeros = new Map([...tinyParameters(tiny)].map(([name, values]) => [name, values.map(() => 0)]));
    expect(gpt2Greedy(tiny, zeros, [3], 3)).toEqual([0, 0, 0]);
  });
});
