// Training adapters alone: gradients, losses and weights against the float64 twin on one rank and over meshes; the model beside them keeps its
// bits and has no gradient and no optimiser state; and what is merged computes what the two compute together.

import { afterEach, expect, test } from 'vitest';
import { type LoraConfig, noLora } from '../core/loraConfig';
import type { ParallelConfig } from '../core/runConfig';
import { arenaNames } from '../gpu/graph';
import { initialWeights } from '../model/initialize';
import { mergeAdapters } from '../model/mergeAdapters';
import { adapterShapes, trainedCount } from '../model/shapes/adapterShapes';
import { largestDifference, largestMagnitude } from '../testing/gradientCheck';
import { testDevice } from '../testing/testDevice';
import { tinyLlamas } from '../testing/tinyLlama';
import { TinyMesh } from '../testing/tinyMesh';
import { buildTinyRank, type TinyRun, TinyTwin, tinyInputs, tinyModel, tinyTrain, trainTiny } from '../testing/tinyRun';
import type { Rank } from './rank';

const lab = testDevice('adapter');
const built: (Rank | TinyMesh)[] = [];

afterEach(() => {
  for (const one of built.splice(0)) one.destroy();
});

const lora: LoraConfig = { ...noLora, r: 3, lora_alpha: 6 };
const runOf = (changes: Partial<LoraConfig> = {}): TinyRun => ({
  model: tinyModel,
  train: tinyTrain,
  lora: { ...lora, ...changes },
});

/** The seed's weights, with B away from its zeros: A's gradient is zero while B is. */
function started({ model, train, lora: adapters = noLora }: TinyRun): Map<string, Float32Array> {
  const weights = initialWeights(model, train.seed, adapters);
  const shapes = adapterShapes(model, adapters).map((parameter) => ({ ...parameter, init: 0.2 }));
  for (const { name, shape } of shapes.filter((parameter) => parameter.name.includes('lora_B'))) {
    const values = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => 0.2 * Math.sin(1 + 7 * i + shape[0]));
    weights.set(name, values);
  }
  return weights;
}

async function start(run: TinyRun): Promise<Rank> {
  const rank = await buildTinyRank(lab.gpu, lab.cache, 'blocked', run);
  built.push(rank);
  rank.writeParameters(started(run));
  rank.clearOptimizer();
  return rank;
}

function expectClose(actual: ReadonlyMap<string, Float32Array>, wanted: ReadonlyMap<string, Float64Array>): void {
  expect([...actual.keys()].sort()).toEqual([...wanted.keys()].sort());
  for (const [name, values] of wanted)
    expect(largestDifference(actual.get(name) ?? [], values), name).toBeLessThan(
      1e-4 * largestMagnitude(values) + 1e-7,
    );
}

test.each([
  ['every linear layer', {}],
  ['attention alone, rank-stabilised', { target_modules: 'c_attn', use_rslora: true }],
  ['what reads and what follows an activation', { target_modules: 'mlp.c_fc,h.1.mlp.c_proj' }],
  ['the last product alone', { target_modules: 'h.1.mlp.c_proj' }],
  ['every linear layer, some of what they read dropped', { lora_dropout: 0.3 }],
  ['what follows an activation, the same', { target_modules: 'mlp.c_proj', lora_dropout: 0.3 }],
] as const)('gradients of A and B equal the twin, and three steps do: %s', async (_, changes) => {
  const run = runOf(changes);
  const rank = await start(run);
  const weights = started(run);
  const twin = new TinyTwin(run, weights);
  const wanted = twin.gradients(0);
  expect(await rank.gradients(tinyInputs(run, 0))).toBeCloseTo(wanted.loss, 4);
  expectClose(await rank.readArena('gradients'), wanted.gradients);
  for (const [step, metrics] of (await trainTiny(rank, run, 0, 3)).entries()) {
    const expected = twin.step(step);
    expect(metrics.loss).toBeCloseTo(expected.loss, 4);
    expect(Math.abs(metrics.gradientNorm / expected.gradientNorm - 1)).toBeLessThan(1e-3);
  }
  const frozen = await rank.readArena('frozen');
  for (const [name, values] of frozen) expect(values, name).toEqual(weights.get(name));
  expect(frozen.size).toBeGreaterThan(20);
});

test('memory: values of the whole model, gradients and moments of the adapters alone', async () => {
  const whole = await buildTinyRank(lab.gpu, lab.cache, 'blocked', { model: tinyModel, train: tinyTrain });
  built.push(whole);
  const run = runOf({ target_modules: 'c_attn' });
  const rank = await start(run);
  const bytes = ({ memory }: Rank) =>
    Object.fromEntries(arenaNames.map((name) => [name, 4 * (memory.request.arenas[name] ?? 0)]));
  const all = bytes(whole);
  const own = bytes(rank);
  expect(own['frozen']).toBe(all['parameters']);
  const trained = 4 * trainedCount(run.model, run.lora ?? noLora);
  for (const arena of ['parameters', 'gradients', 'moment1', 'moment2']) {
    expect(own[arena]).toBe(rank.memory.arena('gradients').size);
    expect(own[arena]).toBeGreaterThanOrEqual(trained);
    expect(own[arena]).toBeLessThan(trained + 4 * 4 * 64);
  }
  const kinds = (rows: Rank['memoryRows']) => new Map(rows.map(({ kind, bytes: size }) => [kind, size]));
  const [before, after] = [kinds(whole.memoryRows), kinds(rank.memoryRows)];
  expect(after.get('optimizer')).toBe(2 * own['moment1']);
  expect(after.get('gradients') ?? 0).toBeLessThan((before.get('gradients') ?? 0) / 5);
  expect(rank.memory.liveBytes).toBeLessThan(whole.memory.liveBytes);
});

test('merged, the model computes what it computes beside its adapters', async () => {
  const run = runOf();
  const rank = await start(run);
  await trainTiny(rank, run, 0, 2);
  const merged = await mergeAdapters(
    tinyModel,
    lora,
    await rank.readArena('frozen'),
    await rank.readArena('parameters'),
  );
  const plain = { model: tinyModel, train: tinyTrain };
  const alone = await buildTinyRank(lab.gpu, lab.cache, 'blocked', plain);
  built.push(alone);
  alone.writeParameters(merged);
  const [batch, count] = [tinyInputs(run, 9).microBatch(0), 32];
  expect(await alone.evaluate([batch], count)).toBeCloseTo(await rank.evaluate([batch], count), 5);
});

test('products that share a matrix have an adapter each: Llama learns, and its model keeps its bits', async () => {
  const [, , , [, model]] = tinyLlamas;
  const run = {
    model,
    train: { ...tinyTrain, learningRate: 0.05 },
    lora: { ...lora, target_modules: 'q_proj,v_proj,up_proj' },
  };
  const rank = await buildTinyRank(lab.gpu, lab.cache, 'blocked', run);
  built.push(rank);
  const weights = initialWeights(model, run.train.seed, run.lora);
  rank.writeParameters(weights);
  rank.clearOptimizer();
  const losses: number[] = [];
  for (let step = 0; step < 12; step++) {
    rank.submitStep(tinyInputs(run, 0), () => undefined);
    losses.push((await rank.readMetrics()).loss);
  }
  expect(losses[11]).toBeLessThan(0.9 * losses[0]);
  const [frozen, adapters] = [await rank.readArena('frozen'), await rank.readArena('parameters')];
  for (const [name, values] of frozen) expect(values, name).toEqual(weights.get(name));
  const merged = await mergeAdapters(model, run.lora, frozen, adapters);
  const alone = await buildTinyRank(lab.gpu, lab.cache, 'blocked', { model, train: run.train });
  built.push(alone);
  alone.writeParameters(merged);
  const batch = tinyInputs(run, 0).microBatch(0);
  expect(await alone.evaluate([batch], 32)).toBeCloseTo(await rank.evaluate([batch], 32), 4);
});

const meshes: readonly {
  readonly parallel: Partial<ParallelConfig>;
  readonly microBatches: number;
  readonly dropout?: number;
}[] = [
  { parallel: { dp: 2 }, microBatches: 1 },
  { parallel: { dp: 2, zero: 1 }, microBatches: 1 },
  { parallel: { dp: 2, zero: 2 }, microBatches: 2, dropout: 0.3 },
  { parallel: { pp: 2, schedule: '1f1b' }, microBatches: 2, dropout: 0.3 },
  { parallel: { pp: 2, schedule: 'interleaved-zero-bubble' }, microBatches: 2 },
  { parallel: { tp: 2 }, microBatches: 1 },
  { parallel: { dp: 2, tp: 2 }, microBatches: 2, dropout: 0.3 },
];

test.each(meshes)('over $parallel', async ({ parallel, microBatches, dropout = 0 }) => {
  const adapters = { target_modules: 'c_attn,c_proj,c_fc', lora_dropout: dropout };
  const run: TinyRun = { ...runOf(adapters), train: { ...tinyTrain, microBatches } };
  const mesh = await TinyMesh.build(lab.gpu, lab.cache, 'blocked', run, parallel);
  built.push(mesh);
  const weights = started(run);
  for (const rank of mesh.ranks) await rank.writeParameters(weights);
  const twin = new TinyTwin(run, weights);
  const [first] = await mesh.run('gradients', 0);
  const wanted = twin.gradients(0);
  expect(first.loss).toBeCloseTo(wanted.loss, 4);
  expectClose(await mesh.merged('gradients'), wanted.gradients);
  for (let step = 0; step < 2; step++) {
    const [metrics] = await mesh.run('train', step);
    expect(metrics.loss).toBeCloseTo(twin.step(step).loss, 4);
  }
  for (const [name, values] of await mesh.merged('frozen')) expect(values, name).toEqual(weights.get(name));
});
