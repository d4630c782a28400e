// Tensors watched in a training step: what is reported is what lies there, on one rank and on the ranks of a mesh that hold it; looking changes
// no bit of the training; and a step that nobody looks at costs what it cost before.

import { expect, test, vi } from 'vitest';
import type { TensorKind, TensorReport } from '../core/insideRecords';
import { HISTOGRAM_BINS } from '../gpu/plans/tensorReport';
import { initialWeights } from '../model/initialize';
import { gpt2Forward } from '../reference/gpt2';
import { tensorReport } from '../reference/tensorReport';
import { fixedChoices } from '../testing/fixedChoices';
import { testDevice } from '../testing/testDevice';
import { TinyMesh } from '../testing/tinyMesh';
import {
  buildTinyRank,
  startTinyRank,
  type TinyRun,
  tinyInputs,
  tinyModel,
  tinyTrain,
  trainTiny,
} from '../testing/tinyRun';
import { listTensors } from './watchablePlaces';

const lab = testDevice('adapter');
const run: TinyRun = { model: tinyModel, train: tinyTrain };

function failed(error: unknown): void {
  throw error;
}

/** The report of these values, but for how the float32 sums were rounded. */
function expectReport(report: TensorReport | undefined, values: ArrayLike<number>): void {
  expect(report).toBeDefined();
  if (!report) return;
  const { rows, columns, map, minimum, maximum, mean, rms, zeros, nonFinite, bins } = report;
  expect(rows * columns).toBe(values.length);
  const wide = Float64Array.from(values);
  const twin = tensorReport({
    values: wide,
    rows,
    columns,
    bins: HISTOGRAM_BINS,
    height: map.height,
    width: map.width,
  });
  const scale = Math.max(Math.abs(twin.statistics[0]), Math.abs(twin.statistics[1]), 1e-30);
  for (const [i, value] of [minimum, maximum, mean, rms].entries())
    expect(Math.abs(value - twin.statistics[i]) / scale).toBeLessThan(1e-5);
  expect([zeros, nonFinite]).toEqual([...twin.counts.subarray(0, 2)]);
  expect(bins.reduce((sum, count) => sum + count, 0)).toBe(values.length);
  for (let cell = 0; cell < map.height * map.width; cell++) {
    expect(Math.abs(map.greatest[cell] - twin.map[2 * cell]) / scale).toBeLessThan(1e-5);
    expect(Math.abs(map.mean[cell] - twin.map[2 * cell + 1]) / scale).toBeLessThan(1e-5);
  }
}

test('one rank: what is reported is what lies there, and the training stays the same to the bit', async () => {
  const choices = fixedChoices(lab.gpu, 'blocked');
  const plain = await buildTinyRank(lab.gpu, lab.cache, 'blocked', run);
  const rank = await buildTinyRank(lab.gpu, lab.cache, 'blocked', run);
  const dispatched = vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
  try {
    startTinyRank(plain, run);
    startTinyRank(rank, run);
    const listing = listTensors([rank.places]);
    const weight = 'transformer.h.0.mlp.c_fc.weight';
    const stream = 'h.0.mlp.c_proj.linear.y';
    const tensors = [
      { kind: 'parameter', name: weight },
      { kind: 'gradient', name: weight },
      { kind: 'moment1', name: weight },
      { kind: 'activation', name: stream },
      { kind: 'activationGradient', name: stream },
    ] as const;
    for (const { kind, name } of tensors)
      expect(
        listing.some((each) => each.kind === kind && each.name === name),
        `${kind} ${name}`,
      ).toBe(true);
    const reports: TensorReport[] = [];
    const of = (kind: TensorKind, step: number) => reports.find((each) => each.kind === kind && each.step === step);
    await rank.watch({ tensors, every: 2 }, choices, (report) => reports.push(report), failed);

    dispatched.mockClear();
    rank.submitStep(tinyInputs(run, 0), () => undefined);
    const { dispatchesPerStep } = rank.plan;
    expect(dispatched).toHaveBeenCalledTimes(dispatchesPerStep + 4 * tensors.length);
    await vi.waitFor(() => expect(reports.length).toBe(tensors.length));
    const weights = initialWeights(tinyModel, run.train.seed);
    const gradients = await rank.readArena('gradients');
    expectReport(of('parameter', 1), weights.get(weight) ?? []);
    expectReport(of('gradient', 1), gradients.get(weight) ?? []);
    expect(of('moment1', 1)).toMatchObject({ rms: 0, zeros: 8 * 32 });
    const { inputs } = tinyInputs(run, 0).microBatch(0);
    const wide = new Map([...weights].map(([name, values]) => [name, Float64Array.from(values)]));
    const batch = {
      tokens: Int32Array.from(inputs),
      batch: tinyTrain.batchSize,
      sequenceLength: tinyTrain.sequenceLength,
    };
    expectReport(of('activation', 1), gpt2Forward(tinyModel, wide, batch).hiddenStates[1]);
    // The gradient of the bias that is added there is the sum over rows.
    const seen = of('activationGradient', 1);
    const sum = gradients.get('transformer.h.0.mlp.c_proj.bias')?.reduce((a, b) => a + b, 0) ?? Number.NaN;
    expect(Math.abs((seen?.mean ?? Number.NaN) * inputs.length * 8 - sum)).toBeLessThan(
      1e-5 * (seen?.rms ?? 0) * inputs.length * 8,
    );

    // The step after is nobody's, and the one after that is looked at again.
    dispatched.mockClear();
    await trainTiny(rank, run, 1, 2);
    expect(dispatched).toHaveBeenCalledTimes(dispatchesPerStep);
    await trainTiny(rank, run, 2, 3);
    await vi.waitFor(() => expect(reports.length).toBe(2 * tensors.length));
    expect(of('moment1', 3)?.rms).toBeGreaterThan(0);
    await rank.watch(null, choices, () => undefined, failed);
    await trainTiny(rank, run, 3, 5);
    await trainTiny(plain, run, 0, 5);
    expect(await rank.checksum()).toBe(await plain.checksum());
    expect(reports.length).toBe(2 * tensors.length);
    await expect(rank.watch({ tensors, every: 0 }, choices, () => undefined, failed)).rejects.toMatchObject({
      code: 'config.invalid',
    });
  } finally {
    dispatched.mockRestore();
    rank.destroy();
    plain.destroy();
  }
});

test.each([
  [{ tp: 2 }, 1],
  [{ dp: 2, zero: 3 }, 1],
  [{ pp: 2, schedule: 'interleaved-zero-bubble', stagesPerRank: 2 }, 2],
] as const)('a mesh of %j: every rank that holds a tensor reports its part', async (parallel, microBatches) => {
  const own: TinyRun = { model: { ...tinyModel, n_layer: 4 }, train: { ...tinyTrain, microBatches } };
  const mesh = await TinyMesh.build(lab.gpu, lab.cache, 'blocked', own, parallel);
  try {
    const listing = listTensors(mesh.ranks.map(({ places }) => places));
    const weight = 'transformer.h.3.mlp.c_fc.weight';
    const last = (kind: TensorKind) =>
      listing.findLast((each) => each.kind === kind && each.name.startsWith('h.3.mlp.c_fc.'))?.name ?? '';
    const tensors = [
      { kind: 'parameter', name: weight },
      { kind: 'gradient', name: weight },
      { kind: 'activation', name: last('activation') },
      { kind: 'activationGradient', name: last('activationGradient') },
    ] as const;
    const reports: TensorReport[] = [];
    for (const rank of mesh.ranks)
      await rank.watch({ tensors, every: 1 }, fixedChoices(lab.gpu, 'blocked'), (each) => reports.push(each), failed);
    const holders = tensors.map(
      ({ kind, name }) => listing.find((each) => each.kind === kind && each.name === name)?.ranks ?? [],
    );
    const before = await Promise.all(mesh.ranks.map((rank) => rank.pieces('parameters')));
    await mesh.run('train', 0);
    const wanted = holders.reduce((sum, ranks) => sum + ranks.length, 0);
    await vi.waitFor(() => expect(reports.length).toBe(wanted));
    const gradients = await Promise.all(mesh.ranks.map((rank) => rank.pieces('gradients')));
    for (const [index, { kind, name }] of tensors.entries()) {
      expect(holders[index].length).toBeGreaterThan(0);
      for (const rank of holders[index]) {
        const report = reports.find((each) => each.kind === kind && each.rank === rank);
        const pieces = kind === 'parameter' ? before : kind === 'gradient' ? gradients : null;
        const piece = pieces?.[rank].find((each) => each.name === name);
        if (piece) {
          expectReport(report, piece.values);
          expect(report?.start).toBe(piece.start);
        } else expect(report?.rms).toBeGreaterThan(0);
      }
    }
  } finally {
    mesh.destroy();
  }
});
