// Measures the engine: matrix products and whole training steps, on the device as it is. Medians with the 10th and 90th percentile; every
// timed step's loss is read back. It compares nothing: the bench folder sets peers beside it.

import { benchBatch, benchShapes, benchTraining } from '../core/benchBatch';
import { LabError } from '../core/errors';
import { noLora } from '../core/loraConfig';
import type { BenchName, BenchOptions, BenchRow } from '../core/records';
import { type AttentionProblem, attentionCandidates } from '../gpu/attention/plan';
import { familyOf, plainMatmul } from '../gpu/matmul/plan';
import { timeVariants } from '../gpu/matmul/tune';
import { candidateVariants } from '../gpu/matmul/variants';
import { timeDispatches } from '../gpu/stopwatch';
import { initialWeights } from '../model/initialize';
import { MetricsRing } from '../train/metricsRing';
import { Rank, type StepInputs } from '../train/rank';
import { planRank, type RankPlan } from '../train/rankPlan';
import { benchDecode } from './benchDecode';
import { benchModel, benchTrain } from './benchRun';
import { summary } from './benchSummary';
import type { CheckContext } from './conformance';

/** n x n f32 products, each candidate of the adapter's family; the engine's choice first. */
async function benchMatmul(
  context: CheckContext,
  sizes: readonly number[],
  onRow: (row: BenchRow) => void,
): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const n of sizes) {
    const problem = plainMatmul(n, n, n);
    const family = candidateVariants(problem, context.gpu.facts).filter(
      (variant) => familyOf(variant) === context.choices.family,
    );
    for (const variant of family) {
      const times: number[] = [];
      for (let round = 0; round < 3; round++) {
        const [{ microseconds }] = await timeVariants(context.gpu, context.cache, problem, [variant]);
        times.push(microseconds / 1000);
      }
      const row = summary(`matmul ${n}`, variant.id, times, (2 * n ** 3) / 1e9, 'GFLOP/s');
      rows.push(row);
      onRow(row);
    }
  }
  return rows;
}

/** Attention of one layer of the training benchmark's model: each tiled kernel that this device can run, whichever a plan would take. */
async function benchAttention(
  context: CheckContext,
  size: 'small' | 'large',
  onRow: (row: BenchRow) => void,
): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const { batch, block: tokens, heads, width } = benchShapes[size];
  const headDim = width / heads;
  const problem: AttentionProblem = { batch, tokens, heads, kvHeads: heads, headDim, causal: true, dropout: 0 };
  const model = batch * tokens * heads * headDim;
  const statistics = batch * heads * tokens;
  const elements = { qkv: 3 * model, d_qkv: 3 * model, out: model, d_out: model, lse: statistics, delta: statistics };
  for (const { side, id, dispatch } of attentionCandidates(problem, context.gpu.facts.limits)) {
    const times: number[] = [];
    for (let round = 0; round < 3; round++)
      times.push((await timeDispatches(context.gpu, context.cache, id, [dispatch], elements)) / 1000);
    const row = summary(`attention ${size}`, `${side} ${id}`, times, dispatch.flops / 1e9, 'GFLOP/s');
    rows.push(row);
    onRow(row);
  }
  return rows;
}

const WARM_UP = 3;

/**
 * Two rows, then a profile of one step by kernel: `read back` waits for each step's loss, as every engine can be made to; `pipelined` is how the lab trains, metrics in groups.
 * Losses are those of a fresh run from step 0.
 */
async function benchTrainingSteps(
  context: CheckContext,
  size: 'small' | 'large',
  steps: number,
  onRow: (row: BenchRow) => void,
): Promise<BenchRow[]> {
  const shape = benchShapes[size];
  const model = benchModel(shape);
  const train = benchTrain(shape, WARM_UP + 2 * steps);
  const planned = (): RankPlan =>
    planRank(
      {
        model,
        microBatchSize: shape.batch,
        microBatches: 1,
        sequenceLength: shape.block,
        train,
        lora: noLora,
        distillation: null,
        keepOutputs: false,
      },
      context.choices,
      context.cache.catalog,
    );
  // As a run does before its first step, with all the time that it takes.
  planned();
  await context.choices.tune(Infinity, () => undefined);
  const plan = planned();
  const rank = await Rank.build(context.gpu, context.cache, plan, context.rates, () => undefined);
  const tokens = shape.batch * shape.block;
  // Batches are made beforehand: engines are compared, not the counter-based generator.
  const batches = Array.from({ length: WARM_UP + 2 * steps }, (_, step) => {
    const { inputs, targets } = benchBatch(shape, step);
    return { inputs: Uint32Array.from(inputs), targets, firstRow: 0 };
  });
  const inputsOf = (step: number): StepInputs => ({
    step: step + 1,
    learningRate: benchTraining.learningRate,
    validTokens: tokens,
    microBatch: () => batches[step],
  });
  try {
    rank.writeParameters(initialWeights(model, benchTraining.seed));
    rank.clearOptimizer();
    const losses: number[] = [];
    const times: number[] = [];
    for (let step = 0; step < WARM_UP + steps; step++) {
      const start = performance.now();
      rank.submitStep(inputsOf(step), () => undefined);
      losses.push((await rank.readMetrics()).loss);
      if (step >= WARM_UP) times.push(performance.now() - start);
    }
    const readBack: BenchRow = { ...summary(`train ${size}`, 'read back', times, tokens, 'tokens/s'), losses };
    onRow(readBack);

    const groups: number[] = [];
    const ring = new MetricsRing<number>(context.gpu.device, () => undefined);
    try {
      const perGroup = Math.max(1, Math.floor(steps / 5));
      for (let group = 0; group < 5; group++) {
        const start = performance.now();
        for (let i = 0; i < perGroup; i++) {
          const step = WARM_UP + steps + ((group * perGroup + i) % steps);
          rank.submitStep(inputsOf(step), (stream, metrics) => ring.record(stream, metrics, step));
          await ring.settle();
        }
        await ring.drain();
        groups.push((performance.now() - start) / perGroup);
      }
    } finally {
      ring.destroy();
    }
    const pipelined = summary(`train ${size}`, 'pipelined', groups, tokens, 'tokens/s');
    onRow(pipelined);
    if (!losses.every(Number.isFinite))
      throw new LabError({
        code: 'run.nonFinite',
        message: 'The benchmark run gave a loss that is not finite.',
        why: losses.join(' '),
      });
    if (!context.gpu.has('timestamp-query')) return [readBack, pipelined];
    const profile = await rank.profileStep(inputsOf(WARM_UP + steps));
    const kernels = profile.rows.map(
      ({ label, kernel, variant, dispatches, microseconds, gflopPerSecond }): BenchRow => ({
        bench: `profile ${size}`,
        variant: `${label} (${kernel} ${variant}) x${dispatches}`,
        medianMs: microseconds / 1000,
        lowMs: microseconds / 1000,
        highMs: microseconds / 1000,
        samples: 1,
        rate: gflopPerSecond,
        unit: 'GFLOP/s',
      }),
    );
    for (const row of kernels) onRow(row);
    return [readBack, pipelined, ...kernels];
  } finally {
    rank.destroy();
  }
}

/** A bench by name, at sizes that suit the adapter where none were asked for. */
export function runBench(
  engine: CheckContext,
  name: Exclude<BenchName, 'collectives'>,
  onRow: (row: BenchRow) => void,
  options: BenchOptions,
): Promise<readonly BenchRow[]> {
  const { size = 'small', matmulSizes, steps } = options;
  const software = engine.choices.family === 'blocked';
  switch (name) {
    case 'matmul':
      return benchMatmul(engine, matmulSizes ?? (software ? [256, 512] : [512, 1024, 2048, 4096]), onRow);
    case 'attention':
      return benchAttention(engine, size, onRow);
    case 'train':
      return benchTrainingSteps(engine, size, steps ?? (software ? 10 : 100), onRow);
    case 'decode':
      return benchDecode(engine, options, onRow);
  }
}
