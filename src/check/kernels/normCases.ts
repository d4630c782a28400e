// Checks of layer norm and RMS norm, forward and backward, against src/reference, in the variants that the planner chooses.

import { planNormBackward, planNormForward } from '../../gpu/plans/norm';
import type { PlanFamily } from '../../gpu/plans/plannedDispatch';
import { headNorm, headNormBackward } from '../../reference/headNorm';
import { layerNorm, layerNormBackward } from '../../reference/layerNorm';
import { rmsNorm, rmsNormBackward } from '../../reference/rmsNorm';
import type { KernelCase, KernelFamily } from '../kernelCase';
import { columnSums, normals, planFamilies, plus, unwritten, wide } from './caseData';

interface Trial {
  readonly rows: number;
  readonly columns: number;
  readonly values?: 'shifted' | 'constant' | 'large';
}

const TRIALS: readonly Trial[] = [
  { rows: 1, columns: 1 },
  { rows: 3, columns: 4 },
  { rows: 63, columns: 64 },
  { rows: 65, columns: 64 },
  { rows: 130, columns: 67 },
  { rows: 37, columns: 384 },
  { rows: 5, columns: 1031 },
  { rows: 3, columns: 2048 },
  { rows: 9, columns: 64, values: 'shifted' },
  { rows: 9, columns: 61, values: 'constant' },
  { rows: 9, columns: 64, values: 'large' },
];

const EPSILON = 1e-5;

function inputs({ rows, columns, values }: Trial) {
  const x = normals('x', rows * columns);
  for (let i = 0; i < x.length; i++) {
    if (values === 'shifted') x[i] += 1e4;
    if (values === 'large') x[i] *= 1e4;
    if (values === 'constant') x[i] = Math.floor(i / columns) % 2 === 0 ? 0 : 2;
  }
  return {
    x,
    weight: normals('weight', columns),
    bias: normals('bias', columns),
    dOut: normals('d_y', rows * columns),
  };
}

/** Values near 1e4 with deviation 1 are known to 1e4 * 2^-24 only: that much of the normalised value is lost before any sum. */
function factorOf(trial: Trial): number {
  return trial.values === 'shifted' ? 200 : 4;
}

/** A constant row's mean may be half a unit off, and 1 / sqrt(epsilon) = 316 multiplies that. */
function absoluteOf(trial: Trial): number {
  return trial.values === 'constant' ? 316 * 2 ** -22 * 4 : 1e-6;
}

function* casesOf(trial: Trial, rms: boolean, family: PlanFamily): Iterable<KernelCase> {
  const { rows, columns } = trial;
  const { x, weight, bias, dOut } = inputs(trial);
  const name = `${rms ? 'rms' : 'layer'} ${family} ${rows}x${columns}${trial.values ? ` ${trial.values}` : ''}`;
  const shape = { x: wide(x), weight: wide(weight), bias: wide(bias), rows, channels: columns, epsilon: EPSILON };
  const stats = new Float64Array(2 * rows);
  let y: Float64Array;
  if (rms) {
    const { out, reciprocalRms } = rmsNorm(shape);
    y = out;
    reciprocalRms.forEach((r, row) => {
      stats[2 * row + 1] = r;
    });
  } else {
    const { out, mean, reciprocalDeviation } = layerNorm(shape);
    y = out;
    mean.forEach((m, row) => {
      stats[2 * row] = m;
      stats[2 * row + 1] = reciprocalDeviation[row];
    });
  }
  const factor = factorOf(trial);
  const absolute = absoluteOf(trial);
  for (const dispatch of planNormForward({ rows, columns, rms, epsilon: EPSILON }, family)) {
    yield {
      name: `forward ${name}`,
      run: {
        ...dispatch,
        buffers: { x, weight, ...(rms ? {} : { bias }), y: unwritten(x.length), stats: unwritten(2 * rows) },
      },
      expected: {
        y: { values: y, terms: columns, factor, absolute },
        stats: { values: stats, terms: columns, factor },
      },
    };
  }

  for (const accumulate of [false, true]) {
    const plan = planNormBackward({ rows, columns, rms, accumulate }, family);
    const [backward, reduce] = plan.dispatches;
    const before = accumulate ? normals('d_x', x.length) : unwritten(x.length);
    const twin = (from: number, to: number) => {
      const part = { ...shape, x: shape.x.subarray(from * columns, to * columns), rows: to - from };
      const d = wide(dOut.subarray(from * columns, to * columns));
      return rms ? { dBias: null, ...rmsNormBackward(part, d) } : layerNormBackward(part, d);
    };
    const { dX, dWeight } = twin(0, rows);
    // The parts' layout is the planner's; that they add up to the gradient is what counts.
    const partial = unwritten(2 * columns * plan.partials);
    yield {
      name: `backward ${name}${accumulate ? ' +=' : ''}`,
      run: { ...backward, buffers: { d_y: dOut, x, weight, stats: Float32Array.from(stats), d_x: before, partial } },
      expected: {
        d_x: { values: accumulate ? plus(dX, before) : dX, terms: columns, factor, absolute },
        partial: {
          values: partialsOf(plan.partials, rows, columns, backward, family, twin),
          terms: rows,
          factor,
          absolute,
        },
      },
    };
    if (accumulate) continue;
    const lines = normals('partial', partial.length);
    const sums = columnSums(wide(lines), plan.partials, 2 * columns);
    const weightBefore = normals('d_weight', columns);
    const biasBefore = normals('d_bias', columns);
    yield {
      name: `reduce ${name} P${plan.partials}`,
      run: { ...reduce, buffers: { partial: lines, d_weight: weightBefore, ...(rms ? {} : { d_bias: biasBefore }) } },
      expected: {
        d_weight: { values: plus(sums.slice(0, dWeight.length), weightBefore), terms: plan.partials },
        ...(rms ? {} : { d_bias: { values: plus(sums.slice(columns), biasBefore), terms: plan.partials } }),
      },
    };
  }
}

/** Line p of partial [P, 2 columns]: the weight's and the bias's gradient over the rows of group p, which are consecutive. */
function partialsOf(
  partials: number,
  rows: number,
  columns: number,
  {
    flags,
    overrides,
    params,
  }: {
    flags: Readonly<Record<string, unknown>>;
    overrides: Readonly<Record<string, number>>;
    params: Readonly<Record<string, number>>;
  },
  family: PlanFamily,
  twin: (from: number, to: number) => { readonly dWeight: Float64Array; readonly dBias: Float64Array | null },
): Float64Array {
  const rowsPerGroup = params.rows_per_team * (family === 'blocked' ? 1 : overrides.WORKGROUP / Number(flags.LANES));
  const lines = new Float64Array(2 * columns * partials);
  for (let p = 0; p < partials; p++) {
    const { dWeight, dBias } = twin(p * rowsPerGroup, Math.min(rows, (p + 1) * rowsPerGroup));
    lines.set(dWeight, 2 * columns * p);
    if (dBias) lines.set(dBias, 2 * columns * p + columns);
  }
  return lines;
}

/** Heads of packed rows: a norm writes those of its own part and leaves the others alone. */
function* headCases(family: PlanFamily): Iterable<KernelCase> {
  for (const [rows, heads, kvHeads, headDim] of [
    [1, 1, 1, 1],
    [7, 3, 1, 5],
    [33, 4, 2, 16],
  ]) {
    const width = (heads + 2 * kvHeads) * headDim;
    const qkv = normals('qkv', rows * width);
    const dOut = normals('d_y', rows * width);
    const weights = { query: normals('query', headDim), key: normals('key', headDim) };
    const twin = {
      qkv: wide(qkv),
      queryWeight: wide(weights.query),
      keyWeight: wide(weights.key),
      heads,
      kvHeads,
      epsilon: EPSILON,
    };
    const y = headNorm(twin);
    const { dQkv } = headNormBackward(twin, wide(dOut));
    for (const part of ['query', 'key'] as const) {
      const count = part === 'query' ? heads : kvHeads;
      const first = part === 'query' ? 0 : heads * headDim;
      const problem = {
        rows: rows * count,
        columns: headDim,
        rms: true,
        heads: { heads: count, rowWidth: width, first },
      };
      // Only this part is written; the rest holds what is right already.
      const own = (column: number) => column >= first && column < first + count * headDim;
      const before = (right: Float64Array) =>
        Float32Array.from(right, (value, i) => (own(i % width) ? Number.NaN : value));
      const stats = new Float32Array(2 * problem.rows);
      for (let head = 0; head < problem.rows; head++) {
        const start = Math.floor(head / count) * width + first + (head % count) * headDim;
        const x = twin.qkv.subarray(start, start + headDim);
        const norm = { x, weight: wide(weights[part]), rows: 1, channels: headDim, epsilon: EPSILON };
        stats[2 * head + 1] = rmsNorm(norm).reciprocalRms[0];
      }
      const label = `${part} heads ${family} ${rows}x${heads}/${kvHeads}x${headDim}`;
      const tolerance = { terms: headDim, factor: 4, absolute: 1e-6 };
      const [forward] = planNormForward({ ...problem, epsilon: EPSILON }, family);
      yield {
        name: `forward rms ${label}`,
        run: {
          ...forward,
          buffers: { x: qkv, weight: weights[part], y: before(y), stats: unwritten(stats.length) },
        },
        expected: { y: { values: y, ...tolerance }, stats: { values: wide(stats), ...tolerance } },
      };
      const { dispatches, partials } = planNormBackward({ ...problem, accumulate: false }, family);
      const buffers = { d_y: dOut, x: qkv, weight: weights[part], stats, d_x: before(dQkv) };
      yield {
        name: `backward rms ${label}`,
        run: { ...dispatches[0], buffers: { ...buffers, partial: unwritten(2 * headDim * partials) } },
        expected: { d_x: { values: dQkv, ...tolerance } },
      };
    }
  }
}

export const normFamily: KernelFamily = {
  family: 'norm',
  *cases() {
    for (const trial of TRIALS) {
      for (const family of planFamilies) {
        yield* casesOf(trial, false, family);
        // Root-mean-square norm of values near 1e4 is harmless, constants too: the other sizes are enough.
        if (!trial.values && trial.columns !== 2048) yield* casesOf(trial, true, family);
      }
    }
    for (const family of planFamilies) yield* headCases(family);
  },
};
