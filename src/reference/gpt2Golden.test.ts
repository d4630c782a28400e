// The float64 GPT-2 against what transformers and PyTorch computed in float32: forward, gradients, 20 steps, greedy tokens.
// Prints the true worst errors. Tolerances are the golden set's own, and tighter ones that hold its float32 to float64.

import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { learningRate } from '../core/lrSchedule';
import { gpt2ConfigSchema } from '../core/models/gpt2';
import { defaultRunConfig } from '../core/runConfig';
import { type GoldenCase, type GoldenTensors, loadGoldenCase, tensorOf } from '../testing/goldenCase';
import { largestDifference, largestMagnitude } from '../testing/gradientCheck';
import { countTargets, gpt2Backward, gpt2Forward, nextTokenTargets } from './gpt2';
import { gpt2Greedy, gpt2TrainingStart, gpt2TrainStep } from './gpt2Training';

/**
 * `golden`: the set's tolerance. `near`: what float32 rounding of the expectation explains, with a factor of about 10 over
 * the error seen; forward and gradients are relative to the tensor's largest magnitude.
 */
const tolerances = {
  forward: { golden: 1e-4, near: 5e-6 },
  gradient: { golden: 1e-3, near: 5e-6 },
  keyBiasGradient: { golden: 1e-3, near: 5e-8 },
  losses: { golden: 1e-3, near: 2e-5 },
  norms: { golden: 1e-3, near: 5e-6 },
  weights: { golden: 5e-3, near: 2e-4 },
  rates: { golden: 1e-15, near: 1e-15 },
} as const;
type Kind = keyof typeof tolerances;

class Worst {
  readonly byKind = new Map<Kind, { error: number; check: string }>();

  add(kind: Kind, check: string, error: number): void {
    if (!(error <= (this.byKind.get(kind)?.error ?? -1))) this.byKind.set(kind, { error, check });
  }

  expectWithin(name: string): void {
    const lines = [...this.byKind].map(([kind, { error, check }]) => `${kind} ${error.toExponential(2)} (${check})`);
    console.log(`${name}: worst errors: ${lines.join(', ')}`);
    for (const [kind, { error, check }] of this.byKind) {
      expect(error, `${kind}: ${check}`).toBeLessThanOrEqual(tolerances[kind].golden);
      expect(error, `${kind}: ${check}, near`).toBeLessThanOrEqual(tolerances[kind].near);
    }
  }
}

for (const name of ['gpt2', 'gpt2-4layer']) {
  const golden = loadGoldenCase(name);
  describe.skipIf(golden === null)(`golden ${name}`, () => {
    if (!golden) return;
    const config = v.parse(gpt2ConfigSchema, golden.config);
    const start = parametersOf(golden.model);
    const C = config.n_embd;

    it('has the logits, loss, hidden states, attentions and gradients', () => {
      const worst = new Worst();
      const { input, labels } = batchOf(golden.io, 'in', 0);
      const forward = gpt2Forward(config, start, input);
      const targets = nextTokenTargets(labels, input.sequenceLength);
      const { loss, gradients } = gpt2Backward(config, start, input, forward, targets, countTargets(targets));
      const addForward = (tensor: string, actual: Float64Array) =>
        worst.add('forward', tensor, relativeToTensor(actual, tensorOf(golden.io, tensor).values));
      addForward('out.logits', forward.logits);
      addForward('out.loss', Float64Array.of(loss));
      forward.hiddenStates.forEach((values, i) => {
        addForward(`out.hidden_states.${i}`, values);
      });
      forward.attentions.forEach((values, i) => {
        addForward(`out.attentions.${i}`, values);
      });
      const gradientNames = [...golden.io.keys()].filter((tensor) => tensor.startsWith('grad.'));
      expect(gradientNames.sort()).toEqual([...gradients.keys()].map((tensor) => `grad.${tensor}`).sort());
      for (const [parameter, gradient] of gradients) {
        const expected = tensorOf(golden.io, `grad.${parameter}`).values;
        if (parameter.endsWith('c_attn.bias')) {
          worst.add('keyBiasGradient', parameter, largestDifference(keyBias(gradient, C), keyBias(expected, C)));
          worst.add('gradient', parameter, relativeToTensor(withoutKeyBias(gradient, C), withoutKeyBias(expected, C)));
        } else {
          worst.add('gradient', parameter, relativeToTensor(gradient, expected));
        }
      }
      worst.expectWithin(name);
    });

    // The twin takes a minute for the four layers, and they are two layers twice: the device trains both.
    if (name === 'gpt2')
      it('trains 20 steps to the same losses, norms and weights', { timeout: 120_000 }, () => {
        const worst = new Worst();
        const { hp, train } = golden.expected;
        const schedule = {
          ...defaultRunConfig.train,
          steps: train.losses.length,
          lrSchedule: 'cosine' as const,
          warmupSteps: hp.warmup,
          learningRate: hp.lr,
          minLearningRate: hp.min_lr,
        };
        let state = gpt2TrainingStart(start);
        for (const [i, expectedLoss] of train.losses.entries()) {
          const { input, labels } = batchOf(golden.io, 'train', i);
          const rate = learningRate(i, schedule);
          const result = gpt2TrainStep(config, state, [{ ...input, labels }], {
            learningRate: rate,
            beta1: hp.betas[0],
            beta2: hp.betas[1],
            epsilon: hp.eps,
            weightDecay: hp.weight_decay,
            clipNorm: hp.clip,
          });
          state = result.state;
          worst.add('rates', `step ${i}`, Math.abs(rate - train.lrs[i]));
          worst.add('losses', `step ${i}`, Math.abs(result.loss - expectedLoss));
          worst.add('norms', `step ${i}`, Math.abs(result.gradientNorm / train.grad_norms[i] - 1));
        }
        expect([...golden.trained.keys()].sort()).toEqual([...state.parameters.keys()].sort());
        for (const [parameter, values] of state.parameters) {
          const expected = tensorOf(golden.trained, parameter).values;
          const isKeyed = parameter.endsWith('c_attn.bias');
          worst.add(
            'weights',
            parameter,
            isKeyed
              ? largestDifference(withoutKeyBias(values, C), withoutKeyBias(expected, C))
              : largestDifference(values, expected),
          );
        }
        worst.expectWithin(name);
      });

    it('continues the prompt with the same tokens', () => {
      const { prompt, tokens } = golden.expected.greedy;
      expect(gpt2Greedy(config, start, prompt, tokens.length)).toEqual(tokens);
    });

    it('would fail on one falsified gradient value', () => {
      const truth = tensorOf(golden.io, 'grad.transformer.h.0.mlp.c_fc.weight').values;
      const falsified = Float64Array.from(truth);
      falsified[7] += 0.01 * largestMagnitude(truth);
      expect(relativeToTensor(falsified, truth)).toBeGreaterThan(tolerances.gradient.golden);
    });
  });
}

function parametersOf(tensors: GoldenTensors): Map<string, Float64Array> {
  return new Map([...tensors].map(([name, { values }]) => [name, Float64Array.from(values)]));
}

/** The batch `in`, or batch `index` of the stacked `train`. */
function batchOf(io: GoldenCase['io'], prefix: 'in' | 'train', index: number) {
  const { shape } = tensorOf(io, `${prefix}.input_ids`);
  const [batch, sequenceLength] = shape.slice(-2);
  const count = batch * sequenceLength;
  const part = (what: string) =>
    Int32Array.from(tensorOf(io, `${prefix}.${what}`).values.subarray(index * count, (index + 1) * count));
  return { input: { tokens: part('input_ids'), batch, sequenceLength }, labels: part('labels') };
}

function relativeToTensor(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return largestDifference(actual, expected) / largestMagnitude(expected);
}

/** The middle third of a c_attn bias [3C]: its gradient is zero but for rounding. */
function keyBias(values: ArrayLike<number>, channels: number): number[] {
  return Array.from(values).slice(channels, 2 * channels);
}

function withoutKeyBias(values: ArrayLike<number>, channels: number): number[] {
  return Array.from(values).filter((_, i) => i < channels || i >= 2 * channels);
}
