// What training on one rank must keep to: the same bits for the same seed, the same training for any micro-batches, the float64 twin's numbers
// for each optimiser, nothing allocated in the steady state, and weights that stay finite.

import { afterEach, expect, test, vi } from 'vitest';
import { KernelCatalog } from '../gpu/kernelCatalog';
import type { KernelFamilyName } from '../gpu/kernelChoices';
import { PipelineCache } from '../gpu/pipelineCache';
import { checksum } from '../reference/checksum';
import { largestMagnitude, relativeError } from '../testing/gradientCheck';
import { testDevice } from '../testing/testDevice';
import {
  buildTinyRank,
  startTinyRank,
  type TinyRun,
  TinyTwin,
  tinyInputs,
  tinyModel,
  tinyTrain,
  trainTiny,
} from '../testing/tinyRun';
import { MetricsRing } from './metricsRing';
import type { Rank } from './rank';

const lab = testDevice('adapter');
const ranks: Rank[] = [];

afterEach(() => {
  for (const rank of ranks.splice(0)) rank.destroy();
});

async function start(run: TinyRun, family: KernelFamilyName = 'blocked', own = lab.cache): Promise<Rank> {
  const rank = await buildTinyRank(lab.gpu, own, family, run);
  ranks.push(rank);
  startTinyRank(rank, run);
  return rank;
}

/** The arena whole, gaps included: the parameters are views of one array. */
async function arenaBits(rank: Rank): Promise<Uint32Array> {
  for (const values of (await rank.readArena('parameters')).values()) return new Uint32Array(values.buffer);
  throw new Error('the arena has no parameters');
}

const plain: TinyRun = { model: tinyModel, train: tinyTrain };
const withDropout: TinyRun = {
  model: { ...tinyModel, embd_pdrop: 0.1, resid_pdrop: 0.2, attn_pdrop: 0.3 },
  train: tinyTrain,
};

test('the same seed gives the same bits, started again and built again', async () => {
  const rank = await start(withDropout);
  const first = await trainTiny(rank, withDropout, 0, 6);
  const bits = await arenaBits(rank);
  startTinyRank(rank, withDropout);
  expect(await trainTiny(rank, withDropout, 0, 6)).toEqual(first);
  expect(await arenaBits(rank)).toEqual(bits);
  const again = await start(withDropout, 'blocked', new PipelineCache(lab.gpu.device, new KernelCatalog()));
  expect(await trainTiny(again, withDropout, 0, 6)).toEqual(first);
  expect(await arenaBits(again)).toEqual(bits);
  const other = { ...withDropout, train: { ...tinyTrain, seed: 2 } };
  expect(await trainTiny(await start(other), other, 0, 1)).not.toEqual(first.slice(0, 1));
});

test('the checksum is the twin of the arena, and one step changes it', async () => {
  const rank = await start(plain);
  const before = await rank.checksum();
  expect(before).toBe(checksum(new Float32Array((await arenaBits(rank)).buffer)));
  await trainTiny(rank, plain, 0, 1);
  const after = await rank.checksum();
  expect(after).not.toBe(before);
  expect(after).toBe(checksum(new Float32Array((await arenaBits(rank)).buffer)));
});

// Tiled kernels take a software adapter seconds each to compile: the conformance test trains on them.
test("gradients equal the twin's for 1, 2, 4 micro-batches, dropout on", async () => {
  const { loss, gradients } = new TinyTwin(withDropout).gradients(2);
  for (const microBatches of [1, 2, 4]) {
    const run = { ...withDropout, train: { ...tinyTrain, microBatches } };
    const rank = await start(run);
    expect(Math.abs((await rank.gradients(tinyInputs(run, 2))) - loss)).toBeLessThan(2e-6);
    const actual = await rank.readArena('gradients');
    expect([...actual.keys()].sort()).toEqual([...gradients.keys()].sort());
    for (const [name, expected] of gradients) {
      // Rounding of about 100 chained sums; key biases have a gradient of zero, so the scale is at least the model's.
      const scale = Math.max(0.01, largestMagnitude(expected));
      const error = relativeError(
        actual.get(name)?.map((x) => x / scale) ?? [],
        expected.map((x) => x / scale),
      );
      expect(error, `${name} with ${microBatches}`).toBeLessThan(1e-5);
    }
  }
});

test('micro-batches train alike', async () => {
  // SGD: AdamW would blow up the rounding of gradients that are zero.
  const runOf = (microBatches: number): TinyRun => ({
    model: withDropout.model,
    train: { ...tinyTrain, optimizer: 'sgd', microBatches },
  });
  const whole = await start(runOf(1));
  const losses = (await trainTiny(whole, runOf(1), 0, 8)).map(({ loss }) => loss);
  const parameters = await whole.readArena('parameters');
  for (const microBatches of [2, 4]) {
    const rank = await start(runOf(microBatches));
    const split = (await trainTiny(rank, runOf(microBatches), 0, 8)).map(({ loss }) => loss);
    expect(relativeError(split, losses)).toBeLessThan(1e-6);
    for (const [name, values] of await rank.readArena('parameters'))
      expect(relativeError(values, parameters.get(name) ?? []), name).toBeLessThan(1e-6);
  }
});

/** Muon makes small singular values large, and their rounding with them. */
const optimizers = [
  { optimizer: 'adamw', learningRate: 0.01, tolerance: 2e-4 },
  { optimizer: 'sgd', learningRate: 0.05, tolerance: 2e-6 },
  { optimizer: 'muon', learningRate: 0.01, tolerance: 2e-4 },
] as const;

for (const { optimizer, learningRate, tolerance } of optimizers) {
  test(`${optimizer} follows its twin and lowers the loss`, async () => {
    const run: TinyRun = { model: tinyModel, train: { ...tinyTrain, optimizer, learningRate } };
    const rank = await start(run);
    const twin = new TinyTwin(run);
    for (let step = 0; step < 4; step++) {
      const expected = twin.step(step);
      const [actual] = await trainTiny(rank, run, step, step + 1);
      expect(Math.abs(actual.loss - expected.loss)).toBeLessThan(2e-5);
      expect(actual.gradientNorm / expected.gradientNorm).toBeCloseTo(1, 4);
    }
    const parameters = await rank.readArena('parameters');
    for (const [name, expected] of twin.parameters) {
      const width = tinyModel.n_embd;
      // The key third of c_attn.bias: its gradient is rounding, which AdamW turns into steps.
      const seen = (_: number, i: number): boolean => !name.endsWith('c_attn.bias') || i < width || i >= 2 * width;
      const actual = parameters.get(name)?.filter(seen) ?? [];
      expect(relativeError(actual, expected.filter(seen)), name).toBeLessThan(tolerance);
    }
    const later = await trainTiny(rank, run, 4, 40);
    const mean = (rows: typeof later): number => rows.reduce((sum, { loss }) => sum + loss, 0) / rows.length;
    expect(mean(later.slice(-5))).toBeLessThan(mean(later.slice(0, 5)) - 0.1);
  });
}

test('1,000 steps hold what 10 hold: no buffer, no pipeline, no byte more', { timeout: 120_000 }, async () => {
  const run: TinyRun = { model: { ...tinyModel, n_layer: 1 }, train: tinyTrain };
  const rank = await start(run);
  let rows = 0;
  const ring = new MetricsRing<number>(lab.gpu.device, (group) => {
    rows += group.length;
  });
  const steps = async (from: number, to: number): Promise<void> => {
    for (let step = from; step < to; step++) {
      rank.submitStep(tinyInputs(run, step), (stream, metrics) => ring.record(stream, metrics, step));
      await ring.settle();
    }
    await ring.drain();
  };
  const { device } = lab.gpu;
  try {
    await steps(0, 10);
    const held = { compilations: lab.cache.compilations, bytes: rank.liveBytes, buffers: rank.memory.liveBuffers };
    const made = [
      vi.spyOn(device, 'createBuffer'),
      vi.spyOn(device, 'createBindGroup'),
      vi.spyOn(device, 'createShaderModule'),
      vi.spyOn(device, 'createComputePipelineAsync'),
    ];
    await steps(10, 1000);
    for (const spy of made) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
    expect(rows).toBe(1000);
    expect(held).toEqual({
      compilations: lab.cache.compilations,
      bytes: rank.liveBytes,
      buffers: rank.memory.liveBuffers,
    });
  } finally {
    ring.destroy();
  }
});

for (const optimizer of ['adamw', 'sgd', 'muon'] as const) {
  test(`${optimizer}: weights stay finite at an absurd learning rate`, async () => {
    const run: TinyRun = { model: tinyModel, train: { ...tinyTrain, optimizer, learningRate: 100, clipNorm: 0 } };
    const rank = await start(run);
    const metrics = await trainTiny(rank, run, 0, 40);
    // It must have gone wrong indeed, or this shows nothing.
    expect(metrics.some(({ loss, nonFinite }) => !(loss < 100) || nonFinite > 0)).toBe(true);
    for (const [name, values] of await rank.readArena('parameters'))
      expect(values.every(Number.isFinite), name).toBe(true);
  });
}
