// What each strategy promises, on tiny models over real message channels: a step alone is one worker's; replicas that met are equal to the last
// bit; averaging every step is synchronous training; an asynchronous update is never staler than the bound, whole, and applied once.

import { describe, expect, test } from 'vitest';
import { LabError } from '../core/errors';
import type { ParallelConfig, TrainConfig } from '../core/runConfig';
import { testDevice } from '../testing/testDevice';
import { TinyMesh } from '../testing/tinyMesh';
import { buildTinyRank, startTinyRank, type TinyRun, tinyModel, tinyTrain } from '../testing/tinyRun';
import type { AsyncUpdate } from './asyncRank';
import type { Rank } from './rank';
import type { StepMetrics } from './stepMetrics';

const lab = testDevice('adapter');

type Weights = ReadonlyMap<string, Float32Array>;

function runWith(changes: Partial<TrainConfig> = {}): TinyRun {
  return { model: tinyModel, train: { ...tinyTrain, ...changes } };
}

async function withMesh<T>(
  run: TinyRun,
  parallel: Partial<ParallelConfig>,
  work: (mesh: TinyMesh) => Promise<T>,
  latencyMs?: (rank: number, peer: number) => number,
): Promise<T> {
  const mesh = await TinyMesh.build(lab.gpu, lab.cache, 'blocked', run, parallel, latencyMs ? { latencyMs } : {});
  try {
    return await work(mesh);
  } finally {
    mesh.destroy();
  }
}

async function ownWeights(mesh: TinyMesh, rank: number): Promise<Weights> {
  const pieces = await mesh.ranks[rank].pieces('parameters');
  return new Map(pieces.map(({ name, values }) => [name, values]));
}

function farthest(a: Weights, b: Weights): number {
  let worst = 0;
  for (const [name, values] of a) {
    const others = b.get(name);
    if (!others) throw new RangeError(`${name} is missing`);
    values.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - others[i]));
    });
  }
  return worst;
}

/** Takes one worker's step on what a replica trains on. */
async function oneWorkerStep(one: Rank, mesh: TinyMesh, dp: number, data: number, step: number): Promise<StepMetrics> {
  one.submitStep(
    {
      step: step + 1,
      learningRate: tinyTrain.learningRate,
      validTokens: mesh.replicaTokens(dp),
      microBatch: (index) => mesh.microBatch(dp, data, index),
    },
    () => undefined,
  );
  return one.readMetrics();
}

/** Rounds of `localSteps` steps and a meeting. */
async function meetAfter(mesh: TinyMesh, localSteps: number, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (let local = 0; local < localSteps; local++) await mesh.run('local', round * localSteps + local);
    await mesh.run('meet', (round + 1) * localSteps - 1);
  }
}

/** AdamW makes a step of a gradient that is nothing but rounding, so that only its losses can be compared; SGD's weights can. */
const optimizers: readonly Partial<TrainConfig>[] = [{ optimizer: 'adamw' }, { optimizer: 'sgd', momentum: 0.5 }];

const plainSgd = { optimizer: 'sgd', momentum: 0, clipNorm: 0, learningRate: 0.1 } as const;

describe('replicas that step alone', () => {
  test.each(optimizers)('a step of a replica is what one worker does on its rows, $optimizer', async (optimizer) => {
    const run = runWith(optimizer);
    await withMesh(run, { dp: 2, strategy: 'local-sgd' }, async (mesh) => {
      const one = await buildTinyRank(lab.gpu, lab.cache, 'blocked', runWith({ ...optimizer, batchSize: 2 }));
      for (const dp of [0, 1]) {
        await mesh.start();
        startTinyRank(one, run);
        for (let step = 0; step < 3; step++) {
          const metrics = await mesh.run('local', step);
          const expected = await oneWorkerStep(one, mesh, dp, step, step);
          expect(metrics[dp].loss).toBeCloseTo(expected.loss, 4);
          expect(metrics[dp].gradientNorm).toBeCloseTo(expected.gradientNorm, 3);
        }
        if (optimizer.optimizer === 'sgd')
          expect(farthest(await ownWeights(mesh, dp), await one.readArena('parameters'))).toBeLessThan(1e-5);
      }
      one.destroy();
    });
  });

  test.each([4, 5])('meeting after every step of plain SGD is synchronous training, %i rows', async (batchSize) => {
    const run = runWith({ ...plainSgd, batchSize });
    const synchronous = await withMesh(run, { dp: 2 }, async (mesh) => {
      for (let step = 0; step < 3; step++) await mesh.run('train', step);
      return mesh.merged('parameters');
    });
    await withMesh(run, { dp: 2, strategy: 'local-sgd' }, async (mesh) => {
      await meetAfter(mesh, 1, 3);
      expect(farthest(await mesh.merged('parameters'), synchronous)).toBeLessThan(1e-6);
    });
  });

  test('DiLoCo with outer rate 1 and no momentum is averaging, bit for bit; with momentum it is not', async () => {
    const trained = (parallel: Partial<ParallelConfig>): Promise<Weights> =>
      withMesh(runWith(), { dp: 2, ...parallel }, async (mesh) => {
        await meetAfter(mesh, 2, 2);
        return mesh.merged('parameters');
      });
    const averaged = await trained({ strategy: 'local-sgd' });
    const plain = await trained({ strategy: 'diloco', outerLearningRate: 1, outerMomentum: 0 });
    expect(farthest(plain, averaged)).toBe(0);
    const outer = await trained({ strategy: 'diloco', outerLearningRate: 0.7, outerMomentum: 0.9 });
    expect(farthest(outer, averaged)).toBeGreaterThan(1e-4);
  });

  const meshes: readonly Partial<ParallelConfig>[] = [
    { dp: 3 },
    { dp: 2, compression: 'int8' },
    { dp: 2, compression: 'top-k' },
    { dp: 2, pp: 2, compression: 'top-k' },
    { dp: 2, tp: 2, compression: 'power-sgd', bucketKib: 1 },
    { dp: 2, pp: 2, tp: 2 },
  ];
  test.each(meshes.map((mesh) => [JSON.stringify(mesh), mesh] as const))(
    'all who hold a parameter have the same bits after a meeting: %s',
    async (_, mesh) => {
      const run = runWith({ batchSize: 6, microBatches: mesh.pp ?? 1 });
      await withMesh(run, { ...mesh, strategy: 'diloco' }, async (tiny) => {
        await meetAfter(tiny, 2, 2);
        // Throws where two ranks differ.
        expect((await tiny.merged('parameters')).size).toBeGreaterThan(0);
      });
    },
  );

  test('looking at the mean between meetings changes nothing', async () => {
    const train = async (mesh: TinyMesh, look: () => Promise<void>): Promise<Weights> => {
      await mesh.run('local', 0);
      await look();
      await mesh.run('local', 1);
      await mesh.run('meet', 1);
      return mesh.merged('parameters');
    };
    await withMesh(runWith(), { dp: 2, strategy: 'diloco', compression: 'int8' }, async (mesh) => {
      const unseen = await train(mesh, async () => undefined);
      await mesh.start();
      const seen = await train(mesh, async () => {
        const [a, b] = [await ownWeights(mesh, 0), await ownWeights(mesh, 1)];
        await mesh.run('assemble', 0);
        const mean = await mesh.merged('parameters');
        for (const [name, values] of mean)
          values.forEach((value, i) => {
            const [x, y] = [a.get(name)?.[i] ?? Number.NaN, b.get(name)?.[i] ?? Number.NaN];
            expect(value).toBeCloseTo((x + y) / 2, 5);
          });
        await mesh.run('resume', 0);
      });
      expect(farthest(seen, unseen)).toBe(0);
    });
  });
});

describe('compressed synchronous training', () => {
  test.each([
    { dp: 2, tp: 2 },
    { dp: 2, pp: 2 },
  ])('leaves the same bits on all who hold a parameter: %j', async (mesh) => {
    const run = runWith({ microBatches: 2 });
    await withMesh(run, { ...mesh, compression: 'top-k', topKShare: 0.1 }, async (tiny) => {
      for (let step = 0; step < 2; step++) await tiny.run('train', step);
      expect((await tiny.merged('parameters')).size).toBeGreaterThan(0);
    });
  });

  test('top-k trains further with error feedback than without', async () => {
    const lossAfter = (errorFeedback: boolean): Promise<number> =>
      withMesh(
        runWith({ ...plainSgd }),
        { dp: 2, compression: 'top-k', topKShare: 0.01, errorFeedback },
        async (mesh) => {
          let loss = 0;
          for (let step = 0; step < 60; step++) {
            const [metrics] = await mesh.run('train', step);
            if (step >= 50) loss += metrics.loss / 10;
          }
          return loss;
        },
      );
    expect(await lossAfter(true)).toBeLessThan((await lossAfter(false)) - 0.05);
  });
});

describe('asynchronous updates', () => {
  const services = ['sharded', 'rank'] as const;
  /** Links of different lengths, so that ranks come at different times. */
  const uneven = (rank: number, peer: number): number => (7 * rank + 3 * peer) % 5;

  const each = services.flatMap((service) => optimizers.map((optimizer) => ({ service, ...optimizer })));
  test.each(each)(
    'without staleness they are sequential training on one worker: %j',
    async ({ service, ...optimizer }) => {
      const run = runWith(optimizer);
      const asyncService = service;
      await withMesh(run, { dp: 3, strategy: 'async', maxStaleness: 0, asyncService }, async (mesh) => {
        const updates = await mesh.serve(6);
        const one = await buildTinyRank(lab.gpu, lab.cache, 'blocked', runWith({ ...optimizer, batchSize: 2 }));
        startTinyRank(one, run);
        const done = new Map<number, number>();
        for (const { step, rank, staleness, loss, gradientNorm } of updates) {
          expect(staleness).toBe(0);
          const count = done.get(rank) ?? 0;
          done.set(rank, count + 1);
          const expected = await oneWorkerStep(one, mesh, rank, count, step - 1);
          expect(loss).toBeCloseTo(expected.loss, 4);
          expect(gradientNorm).toBeCloseTo(expected.gradientNorm, 3);
        }
        await mesh.run('assemble', 0);
        if (optimizer.optimizer === 'sgd')
          expect(farthest(await mesh.merged('parameters'), await one.readArena('parameters'))).toBeLessThan(1e-5);
        one.destroy();
      });
    },
  );

  test.each([
    { asyncService: 'sharded', maxStaleness: 1 },
    { asyncService: 'sharded', maxStaleness: 5 },
    { asyncService: 'rank', maxStaleness: 2 },
  ] as const)('each is applied once and within the bound, over several turns: %j', async (parallel) => {
    await withMesh(
      runWith(),
      { dp: 4, strategy: 'async', ...parallel },
      async (mesh) => {
        const updates: AsyncUpdate[] = [];
        for (const until of [7, 8, 20]) updates.push(...(await mesh.serve(until)));
        expect(updates.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
        for (const { staleness } of updates) expect(staleness).toBeLessThanOrEqual(parallel.maxStaleness);
        // It is asynchronous: some gradients are older than what they are applied to.
        expect(Math.max(...updates.map(({ staleness }) => staleness))).toBeGreaterThan(0);
        expect(updates.every(({ loss }) => Number.isFinite(loss))).toBe(true);
        const workers = parallel.asyncService === 'rank' ? 3 : 4;
        expect(new Set(updates.map(({ rank }) => rank)).size).toBe(workers);
      },
      uneven,
    );
  });

  test.each([
    { optimizer: 'muon', compression: 'int8' },
    { optimizer: 'sgd', compression: 'power-sgd' },
  ] as const)('it learns: %j', async ({ optimizer, compression }) => {
    const run = runWith({ optimizer, momentum: 0.8 });
    await withMesh(run, { dp: 2, strategy: 'async', compression, maxStaleness: 1 }, async (mesh) => {
      const updates = await mesh.serve(60);
      const mean = (rows: readonly AsyncUpdate[]): number =>
        rows.reduce((sum, { loss }) => sum + loss, 0) / rows.length;
      expect(mean(updates.slice(50))).toBeLessThan(mean(updates.slice(0, 10)) - 0.2);
    });
  });

  test('a worker that ends in the middle leaves the weights of the last whole update, and nobody waits', async () => {
    const parallel = { dp: 2, strategy: 'async', asyncService: 'rank', maxStaleness: 0 } as const;
    await withMesh(runWith(), parallel, async (mesh) => {
      await mesh.serve(3);
      const whole = await ownWeights(mesh, 0);
      await mesh.start();
      const gone = new LabError({ code: 'worker.dead', message: 'Rank 1 stopped.' });
      // Its fourth gradient is computed and not yet sent when it goes.
      mesh.ranks[1].onAction = ({ mode, step }) => {
        if (mode === 'async' && step === 4) mesh.ranks[1].links.endpoint.abort(gone);
      };
      await expect(mesh.serve(6)).rejects.toThrow('Rank 1 stopped.');
      expect(farthest(await ownWeights(mesh, 0), whole)).toBe(0);
    });
  });

  test('a rank that ends in the middle of a sharded service ends all, by name', async () => {
    await withMesh(runWith(), { dp: 3, strategy: 'async', maxStaleness: 2 }, async (mesh) => {
      const gone = new LabError({ code: 'worker.dead', message: 'Rank 2 stopped.' });
      await expect(
        mesh.serve(50, ({ step }) => {
          if (step === 5) mesh.ranks[2].links.endpoint.abort(gone);
        }),
      ).rejects.toThrow('Rank 2 stopped.');
    });
  });

  test('leave that comes while they run is taken up without a rest', async () => {
    await withMesh(runWith(), { dp: 2, strategy: 'async', maxStaleness: 1 }, async (mesh) => {
      const updates = await mesh.serve(3, ({ step }) => {
        if (step === 1) mesh.ranks[0].allow(9);
      });
      expect(updates).toHaveLength(9);
    });
  });
});
