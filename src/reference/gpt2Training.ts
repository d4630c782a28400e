// Optimiser steps and greedy decoding of the float64 GPT-2: what a whole training run must come to.
// Loss, clip and decay rules are those of the design; data and learning rates come from outside.

import type { Gpt2Config } from '../core/models/gpt2';
import { type AdamWState, adamW } from './adamW';
import { clip, clipCoefficient, globalNorm } from './globalNorm';
import { countTargets, type Gpt2Batch, gpt2Backward, gpt2Forward, type NamedArrays, nextTokenTargets } from './gpt2';

export interface Gpt2TrainingState {
  readonly parameters: Map<string, Float64Array>;
  readonly moments: Map<string, { firstMoment: Float64Array; secondMoment: Float64Array }>;
  /** Updates done. */
  readonly step: number;
}

export interface Gpt2StepSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled, on tensors of 2 or more dims only. */
  readonly weightDecay: number;
  /** 0 turns clipping off. */
  readonly clipNorm: number;
}

/** The state before the first step: copies of the parameters, moments of zero. */
export function gpt2TrainingStart(parameters: NamedArrays): Gpt2TrainingState {
  const state: Gpt2TrainingState = { parameters: new Map(), moments: new Map(), step: 0 };
  for (const [name, values] of parameters) {
    state.parameters.set(name, values.slice());
    const [firstMoment, secondMoment] = [new Float64Array(values.length), new Float64Array(values.length)];
    state.moments.set(name, { firstMoment, secondMoment });
  }
  return state;
}

/**
 * One AdamW step over micro-batches of unshifted labels [N]: gradients are summed, each divided by the count of targets
 * of all micro-batches together, clipped on their global norm, and applied. Returns the new state; the old one stays.
 */
export function gpt2TrainStep(
  config: Gpt2Config,
  state: Gpt2TrainingState,
  microBatches: readonly (Gpt2Batch & { readonly labels: Int32Array })[],
  settings: Gpt2StepSettings,
): { state: Gpt2TrainingState; loss: number; gradientNorm: number } {
  const targets = microBatches.map((micro) => nextTokenTargets(micro.labels, micro.sequenceLength));
  const count = targets.reduce((sum, list) => sum + countTargets(list), 0);
  const gradients = new Map<string, Float64Array>();
  let loss = 0;
  for (const [i, micro] of microBatches.entries()) {
    const forward = gpt2Forward(config, state.parameters, micro);
    const part = gpt2Backward(config, state.parameters, micro, forward, targets[i], count);
    loss += part.loss;
    for (const [name, gradient] of part.gradients) {
      const sum = gradients.get(name);
      gradients.set(name, sum ? sum.map((value, j) => value + gradient[j]) : gradient);
    }
  }
  const gradientNorm = globalNorm(gradients.values());
  const coefficient = clipCoefficient(gradientNorm, settings.clipNorm);
  const next: Gpt2TrainingState = { parameters: new Map(), moments: new Map(), step: state.step + 1 };
  for (const [name, parameter] of state.parameters) {
    const moments = state.moments.get(name);
    const gradient = gradients.get(name);
    if (!moments || !gradient) throw new RangeError(`gpt2: ${name} has no ${moments ? 'gradient' : 'moments'}`);
    const before: AdamWState = { parameter, ...moments };
    const weightDecay = gpt2Decays(name) ? settings.weightDecay : 0;
    const after = adamW(before, clip(gradient, coefficient), { ...settings, weightDecay, step: next.step });
    next.parameters.set(name, after.parameter);
    next.moments.set(name, { firstMoment: after.firstMoment, secondMoment: after.secondMoment });
  }
  return { state: next, loss, gradientNorm };
}

/** True for GPT-2's tensors of 2 dims: every weight that is not a norm's. */
export function gpt2Decays(name: string): boolean {
  return name.endsWith('.weight') && !/\.ln_(1|2|f)\.weight$/.test(name);
}

/** `count` tokens that follow the prompt, each the most likely one (the lowest id among equals), without a cache. */
export function gpt2Greedy(
  config: Gpt2Config,
  parameters: NamedArrays,
  prompt: readonly number[],
  count: number,
): number[] {
  const tokens = [...prompt];
  while (tokens.length < prompt.length + count) {
    const { logits } = gpt2Forward(config, parameters, {
      tokens: Int32Array.from(tokens),
      batch: 1,
      sequenceLength: tokens.length,
    });
    const row = logits.subarray((tokens.length - 1) * config.vocab_size);
    tokens.push(row.reduce((best, value, id) => (value > row[best] ? id : best), 0));
  }
  return tokens.slice(prompt.length);
}
