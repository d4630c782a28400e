// A GPT-2 that trains in milliseconds on a software adapter, its batches, and its float64 twin's optimiser steps. Test-only.

import { type LoraConfig, loraScale, noLora } from '../core/loraConfig';
import type { ModelConfig } from '../core/modelConfig';
import type { Gpt2Config } from '../core/models/gpt2';
import { defaultModel, defaultRunConfig, type TrainConfig } from '../core/runConfig';
import { type BatchData, type BatchSource, batchSource } from '../data/batchSource';
import type { GpuDevice } from '../gpu/device';
import type { KernelFamilyName } from '../gpu/kernelChoices';
import type { PipelineCache } from '../gpu/pipelineCache';
import { initialWeights } from '../model/initialize';
import { downName, loraModules, upName } from '../model/shapes/adapterShapes';
import { adamW } from '../reference/adamW';
import { clip, clipCoefficient, globalNorm } from '../reference/globalNorm';
import { type Gpt2Batch, gpt2Backward, gpt2Forward } from '../reference/gpt2';
import { gpt2Decays } from '../reference/gpt2Training';
import { loraFromMerged, mergeLora } from '../reference/lora';
import { muon } from '../reference/muon';
import { sgdMomentum } from '../reference/sgdMomentum';
import { Rank, type StepInputs } from '../train/rank';
import { planRank } from '../train/rankPlan';
import type { StepMetrics } from '../train/stepMetrics';
import { fixedChoices } from './fixedChoices';

export const tinyModel: Gpt2Config = {
  ...defaultModel,
  vocab_size: 13,
  n_positions: 8,
  n_embd: 8,
  n_layer: 2,
  n_head: 2,
  // Far from the tiny default, so that losses and gradients differ between steps by more than rounding.
  initializer_range: 0.3,
};

export const tinyTrain: TrainConfig = {
  ...defaultRunConfig.train,
  steps: 1000,
  batchSize: 4,
  sequenceLength: 8,
  learningRate: 0.01,
  minLearningRate: 0.01,
  lrSchedule: 'constant',
  warmupSteps: 0,
};

export const rates = { flopsPerMs: 1e6, bytesPerMs: 1e6, dispatchMs: 0.02 };

/** 500 tokens with some order in them: each mostly follows from the one before. */
export const tinyTokens = Uint32Array.from({ length: 500 }, (_, i) => (i * i + 3 * (i % 7)) % tinyModel.vocab_size);

export interface TinyRun<Model extends ModelConfig = Gpt2Config> {
  readonly model: Model;
  readonly train: TrainConfig;
  readonly lora?: LoraConfig;
  /** What it learns from; tinyTokens where left out. */
  readonly data?: BatchData;
}

/** What a run learns from. */
export function tinySource({
  train,
  data = { trainTokens: tinyTokens, validationTokens: tinyTokens },
}: TinyRun<ModelConfig>): BatchSource {
  return batchSource(data, train.documents);
}

export function buildTinyRank(
  gpu: GpuDevice,
  cache: PipelineCache,
  family: KernelFamilyName,
  { model, train, lora = noLora }: TinyRun<ModelConfig>,
): Promise<Rank> {
  const { microBatches, batchSize, sequenceLength } = train;
  const plan = planRank(
    {
      model,
      microBatchSize: batchSize / microBatches,
      microBatches,
      sequenceLength,
      train,
      lora,
      distillation: null,
      keepOutputs: false,
    },
    fixedChoices(gpu, family),
    cache.catalog,
  );
  return Rank.build(gpu, cache, plan, rates, () => undefined);
}

/** Puts the seed's weights and fresh moments in place. */
export function startTinyRank(rank: Rank, { model, train, lora }: TinyRun<ModelConfig>): void {
  rank.writeParameters(initialWeights(model, train.seed, lora));
  rank.clearOptimizer();
}

/** What step `step` (0 for the first) trains on, whatever the micro-batches. */
export function tinyInputs(run: TinyRun<ModelConfig>, step: number): StepInputs {
  const { seed, microBatches, batchSize, sequenceLength, learningRate } = run.train;
  const source = tinySource(run);
  const place = { seed, step, batchSize, sequenceLength };
  return {
    step: step + 1,
    learningRate,
    validTokens: source.validItems(place),
    microBatch: (microBatch) => source.training({ ...place, rank: 0, dpSize: 1, microBatch, microBatches }),
  };
}

/** Runs steps `from` .. `to` - 1, waiting for each. */
export async function trainTiny(rank: Rank, run: TinyRun, from: number, to: number): Promise<StepMetrics[]> {
  const metrics: StepMetrics[] = [];
  for (let step = from; step < to; step++) {
    rank.submitStep(tinyInputs(run, step), () => undefined);
    metrics.push(await rank.readMetrics());
  }
  return metrics;
}

interface TwinState {
  readonly parameter: Float64Array;
  readonly moment1: Float64Array;
  readonly moment2: Float64Array;
}

/** The same run in float64, on whole batches, with each of the optimisers; dropout as the engine's. */
export class TinyTwin {
  private readonly states = new Map<string, TwinState>();

  constructor(
    private readonly run: TinyRun,
    weights: ReadonlyMap<string, Float32Array> = initialWeights(run.model, run.train.seed, run.lora),
  ) {
    for (const [name, values] of weights) {
      const zeros = new Float64Array(values.length);
      this.states.set(name, { parameter: Float64Array.from(values), moment1: zeros, moment2: zeros });
    }
  }

  /** The model's parameters, with adapters merged into them. */
  private get merged(): Map<string, Float64Array> {
    const merged = this.parameters;
    for (const { module, shape, weights } of this.adapters()) merged.set(module.weight.name, mergeLora(shape, weights));
    return merged;
  }

  private adapters() {
    const { model, lora = noLora } = this.run;
    return loraModules(model, lora).map((module) => {
      const { inFeatures, outFeatures, inputsFirst, name } = module;
      const layout = inputsFirst ? ('inOut' as const) : ('outIn' as const);
      const of = (parameter: string) => this.states.get(parameter)?.parameter ?? new Float64Array(0);
      return {
        module,
        shape: { inFeatures, outFeatures, rank: lora.r, scale: loraScale(lora), layout },
        weights: { weight: of(module.weight.name), down: of(downName(name)), up: of(upName(name)) },
      };
    });
  }

  get parameters(): Map<string, Float64Array> {
    return new Map([...this.states].map(([name, { parameter }]) => [name, parameter]));
  }

  /** Loss and gradients of step `step`, as the weights stand; with adapters theirs alone. */
  gradients(step: number): { loss: number; gradients: Map<string, Float64Array> } {
    const { model, train } = this.run;
    const whole = tinyInputs({ ...this.run, train: { ...train, microBatches: 1 } }, step).microBatch(0);
    const input = {
      tokens: Int32Array.from(whole.inputs),
      batch: train.batchSize,
      sequenceLength: train.sequenceLength,
      ...(whole.mask ? { mask: whole.mask } : {}),
      dropout: { seed: train.seed, step: step + 1 },
    };
    const adapters = this.adapters();
    const beside = this.run.lora?.lora_dropout ?? 0;
    if (beside > 0) return this.besideGradients(input, whole.targets, beside);
    const { merged } = this;
    const forward = gpt2Forward(model, merged, input);
    const backward = gpt2Backward(model, merged, input, forward, whole.targets, whole.targets.length);
    if (adapters.length === 0) return backward;
    const gradients = new Map<string, Float64Array>();
    for (const { module, shape, weights } of adapters) {
      const dWeight = backward.gradients.get(module.weight.name) ?? new Float64Array(0);
      const { dDown, dUp } = loraFromMerged(shape, weights, dWeight);
      gradients.set(downName(module.name), dDown);
      gradients.set(upName(module.name), dUp);
    }
    return { loss: backward.loss, gradients };
  }

  /** What is dropped of the adapters' inputs and not of the weights' cannot be merged: they are computed beside them. */
  private besideGradients(input: Gpt2Batch, targets: Int32Array, dropout: number) {
    const { model } = this.run;
    const { parameters } = this;
    const adapters = new Map(
      this.adapters().map(({ module, shape, weights }) => [module.name, { ...shape, ...weights, dropout }]),
    );
    const given = { ...input, adapters };
    const forward = gpt2Forward(model, parameters, given);
    const { loss, gradients } = gpt2Backward(model, parameters, given, forward, targets, targets.length);
    return { loss, gradients: new Map([...gradients].filter(([name]) => name.includes('.lora_'))) };
  }

  /** One optimiser step; the loss and norm before it. */
  step(step: number): { loss: number; gradientNorm: number } {
    const { train } = this.run;
    const { learningRate, beta1, beta2, epsilon, momentum } = train;
    const { loss, gradients } = this.gradients(step);
    const gradientNorm = globalNorm(gradients.values());
    const coefficient = clipCoefficient(gradientNorm, train.clipNorm);
    for (const [name, { parameter, moment1, moment2 }] of this.states) {
      const own = gradients.get(name);
      if (!own) continue;
      const gradient = clip(own, coefficient);
      const weightDecay = gpt2Decays(name) ? train.weightDecay : 0;
      const shape = matrixShape(this.run.model, name);
      if (train.optimizer === 'sgd') {
        const settings = { learningRate, momentum, nesterov: false, weightDecay, decay: 'decoupled' } as const;
        const after = sgdMomentum({ parameter, buffer: moment1 }, gradient, settings);
        this.states.set(name, { parameter: after.parameter, moment1: after.buffer, moment2 });
      } else if (train.optimizer === 'muon' && shape) {
        const settings = { learningRate, momentum, nesterov: true, weightDecay };
        const after = muon({ parameter, buffer: moment1 }, gradient, shape[0], shape[1], settings);
        this.states.set(name, { parameter: after.parameter, moment1: after.buffer, moment2 });
      } else {
        const settings = { learningRate, beta1, beta2, epsilon, weightDecay, step: step + 1 };
        const after = adamW({ parameter, firstMoment: moment1, secondMoment: moment2 }, gradient, settings);
        this.states.set(name, {
          parameter: after.parameter,
          moment1: after.firstMoment,
          moment2: after.secondMoment,
        });
      }
    }
    return { loss, gradientNorm };
  }
}

/** Rows and columns of the matrices between layers, which Muon updates; null for embeddings, biases and norms. */
function matrixShape({ n_embd: C }: Gpt2Config, name: string): readonly [number, number] | null {
  if (name.endsWith('attn.c_attn.weight')) return [C, 3 * C];
  if (name.endsWith('attn.c_proj.weight')) return [C, C];
  if (name.endsWith('mlp.c_fc.weight')) return [C, 4 * C];
  return name.endsWith('mlp.c_proj.weight') ? [4 * C, C] : null;
}
