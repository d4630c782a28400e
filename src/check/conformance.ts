// Judges the engine against what transformers computed: logits, hidden states, attentions, loss, every gradient, a loss curve, trained
// weights and a greedy continuation. One row a check; it never loosens a tolerance and never leaves a tensor out silently.

import type { DeviceRates } from '../core/deviceRates';
import { noLora } from '../core/loraConfig';
import { learningRate } from '../core/lrSchedule';
import { attentionWindow, modelSizes } from '../core/modelConfig';
import type { Span } from '../core/partition';
import type { CheckRow } from '../core/records';
import type { GpuDevice } from '../gpu/device';
import type { KernelChoices } from '../gpu/kernelChoices';
import type { PipelineCache } from '../gpu/pipelineCache';
import type { MeasuredChoices } from '../gpu/tuning';
import { attentionProbabilities } from '../infer/attentionProbabilities';
import { arenaStore } from '../infer/parameterStore';
import { modelShapes } from '../model/shapes/modelShapes';
import type { MicroBatch } from '../train/microBatch';
import { Rank, type StepInputs } from '../train/rank';
import { namedLogits } from '../train/rankOutputs';
import { planRank } from '../train/rankPlan';
import type { StepMetrics } from '../train/stepMetrics';
import { type LabelledBatch, microBatchOf, validTargets } from './goldenBatch';
import type { GoldenCase } from './goldenCase';
import { type AskedModel, checkGreedy } from './greedy';

/** The golden folder's own README: relative to the tensor's largest magnitude, or absolute where it says so. */
const TOLERANCE = { output: 1e-4, gradient: 1e-3, unseen: 1e-5, loss: 1e-3, norm: 1e-3, trained: 5e-3 } as const;

export interface CheckContext {
  readonly gpu: GpuDevice;
  readonly cache: PipelineCache;
  readonly choices: MeasuredChoices;
  readonly rates: DeviceRates;
}

function largest(values: Float32Array): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}

function isIn(span: Span | null, index: number): boolean {
  return span !== null && index >= span.start && index < span.start + span.length;
}

function worstDifference(
  actual: Float32Array,
  expected: Float32Array,
  skip: (index: number) => boolean = () => false,
): number {
  if (actual.length !== expected.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    if (skip(i)) continue;
    const difference = Math.abs(actual[i] - expected[i]);
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference;
  }
  return worst;
}

/** Something that was given the golden weights and is asked what it makes of them: one rank, or a mesh. */
export interface ConformanceSubject {
  /** Loss, and by golden name `logits`, `hidden_states.i` and `attentions.i` of the whole batch, without dropout. */
  evaluate(
    batch: LabelledBatch,
  ): Promise<{ readonly loss: number; readonly outputs: ReadonlyMap<string, Float32Array> }>;
  gradients(batch: LabelledBatch): Promise<ReadonlyMap<string, Float32Array>>;
  /** The model with the weights as they are, to continue texts; called between whole evaluations and steps. */
  asked(): Promise<AskedModel>;
  /** Optimiser step `step` (0 for the first). */
  train(batch: LabelledBatch, step: number, rate: number): Promise<StepMetrics>;
  parameters(): Promise<ReadonlyMap<string, Float32Array>>;
  /** Beside what the golden folder asks, e.g. that replicas agree. */
  extra(): Promise<readonly CheckRow[]>;
  destroy(): void;
}

export async function singleSubject(
  context: Omit<CheckContext, 'choices'> & { readonly choices: KernelChoices },
  golden: GoldenCase,
): Promise<ConformanceSubject> {
  const { config } = golden;
  const plan = planRank(
    {
      model: config,
      microBatchSize: golden.rows,
      microBatches: 1,
      sequenceLength: golden.tokens,
      train: golden.train,
      lora: noLora,
      distillation: null,
      keepOutputs: true,
    },
    context.choices,
    context.cache.catalog,
  );
  const rank = await Rank.build(context.gpu, context.cache, plan, context.rates, () => undefined);
  rank.writeParameters(golden.parameters);
  rank.clearOptimizer();
  const wholeBatch = (batch: LabelledBatch): MicroBatch =>
    microBatchOf(config, batch, golden.tokens, { start: 0, length: golden.rows }, golden.rows);
  const stepInputs = (batch: LabelledBatch, step: number, rate: number): StepInputs => {
    const whole = wholeBatch(batch);
    return { step: step + 1, learningRate: rate, validTokens: validTargets(whole), microBatch: () => whole };
  };
  return {
    async evaluate(batch) {
      const whole = wholeBatch(batch);
      const loss = await rank.evaluate([whole], validTargets(whole));
      const outputs = new Map<string, Float32Array>();
      if (plan.logits)
        for (const [name, values] of namedLogits(config, await rank.readEvaluated(plan.logits)))
          outputs.set(name, values);
      for (const [index, hidden] of plan.hiddenStates.entries())
        outputs.set(`hidden_states.${index}`, await rank.readEvaluated(hidden));
      for (const [index, { qkv, lse }] of plan.attentions.entries()) {
        const packed = await rank.readEvaluated(qkv);
        outputs.set(
          `attentions.${index}`,
          goldenAttention(golden, batch, index, packed, await rank.readEvaluated(lse)),
        );
      }
      return { loss, outputs };
    },
    async gradients(batch) {
      await rank.gradients(stepInputs(batch, 0, 0));
      return rank.readArena('gradients');
    },
    asked: async () => ({ engine: context, model: config, parameters: arenaStore(rank.parameters) }),
    async train(batch, step, rate) {
      rank.submitStep(stepInputs(batch, step, rate), () => undefined);
      return rank.readMetrics();
    },
    parameters: () => rank.readArena('parameters'),
    extra: async () => [],
    destroy: () => rank.destroy(),
  };
}

/** Attention weights [B, H, T, T] from what attention keeps. */
export function goldenAttention(
  { config, rows, tokens }: GoldenCase,
  { mask }: LabelledBatch,
  layer: number,
  qkv: Float32Array,
  lse: Float32Array,
): Float32Array {
  const { task, heads, kvHeads, headDim } = modelSizes(config);
  const window = attentionWindow(config, layer);
  const shape = { batch: rows, tokens, heads, kvHeads, headDim, causal: task === 'causal-lm', window };
  return attentionProbabilities(qkv, lse, { ...shape, ...(mask ? { mask } : {}) });
}

/** Destroys the subject when done. */
export async function runConformance(
  golden: GoldenCase,
  onRow: (row: CheckRow) => void,
  subject: ConformanceSubject,
): Promise<CheckRow[]> {
  const { expect } = golden;
  const { unseenBias } = modelShapes(golden.config);
  const rows: CheckRow[] = [];
  const take = (row: CheckRow): void => {
    rows.push(row);
    onRow(row);
  };
  const report = (check: string, maxError: number, tolerance: number, details?: string): void =>
    take({ check, maxError, tolerance, ok: maxError <= tolerance, ...(details === undefined ? {} : { details }) });
  const expected = (name: string): Float32Array => {
    const tensor = golden.outputs.get(name);
    return tensor ? tensor.data : new Float32Array(0);
  };
  try {
    const { loss, outputs } = await subject.evaluate(golden.batch);
    for (const [name, actual] of [['loss', Float32Array.of(loss)] as const, ...outputs]) {
      const reference = expected(`out.${name}`);
      report(`out.${name}`, worstDifference(actual, reference), TOLERANCE.output * largest(reference));
    }
    for (const name of golden.outputs.keys()) {
      if (name.startsWith('out.') && name !== 'out.loss' && !outputs.has(name.slice(4)))
        report(name, Infinity, 0, 'the engine did not give it');
    }

    const gradients = await subject.gradients(golden.batch);
    for (const [name, actual] of gradients) {
      const reference = expected(`grad.${name}`);
      const unseen = unseenBias(name);
      // Where all of it is rounding, nothing of its own could be a scale.
      const rounding = unseen !== null && unseen.length === actual.length;
      const tolerance = rounding ? TOLERANCE.unseen : TOLERANCE.gradient * largest(reference);
      report(`grad.${name}`, worstDifference(actual, reference), tolerance);
    }
    for (const name of golden.outputs.keys()) {
      if (name.startsWith('grad.') && !gradients.has(name.slice(5)))
        report(name, Infinity, 0, 'the engine has no such parameter');
    }

    if (expect.greedy) {
      for (const row of await checkGreedy(await subject.asked(), expect.greedy)) take(row);
    }

    for (const [step, batch] of golden.trainBatches.entries()) {
      const rate = learningRate(step, golden.train);
      const metrics = await subject.train(batch, step, rate);
      report(`train.loss.${step}`, Math.abs(metrics.loss - expect.train.losses[step]), TOLERANCE.loss);
      const norm = expect.train.grad_norms[step];
      report(`train.gradNorm.${step}`, Math.abs(metrics.gradientNorm - norm), TOLERANCE.norm * norm);
      report(`train.learningRate.${step}`, Math.abs(rate - expect.train.lrs[step]), 1e-12);
    }
    for (const [name, actual] of await subject.parameters()) {
      const reference = golden.trained.get(name)?.data ?? new Float32Array(0);
      report(
        `trained.${name}`,
        worstDifference(actual, reference, (index) => isIn(unseenBias(name), index)),
        TOLERANCE.trained,
      );
    }
    for (const row of await subject.extra()) take(row);
  } finally {
    subject.destroy();
  }
  return rows;
}
