// Checks of gradient norm and clip, AdamW, SGD, Muon's kernels and the checksum against src/reference.

import { planChecksum } from '../../gpu/plans/checksum';
import { planGradientNorm } from '../../gpu/plans/gradientNorm';
import { type MuonAction, planMuon } from '../../gpu/plans/muon';
import { planAdamW, planSgd } from '../../gpu/plans/optimizer';
import type { PlanFamily, PlannedDispatch } from '../../gpu/plans/plannedDispatch';
import { adamW } from '../../reference/adamW';
import { checksum } from '../../reference/checksum';
import { clip, clipCoefficient, globalNorm } from '../../reference/globalNorm';
import { muon } from '../../reference/muon';
import { nonFiniteCount } from '../../reference/nonFinite';
import { sgdMomentum } from '../../reference/sgdMomentum';
import type { KernelCase, KernelFamily } from '../kernelCase';
import { defaultStep, normals, planFamilies, stepBytes, unwritten, wide } from './caseData';

const COUNTS = [1, 255, 1024, 4099, 70_000];

const gradientKinds: { readonly [kind: string]: (count: number) => Float32Array } = {
  normal: (count) => normals('g', count),
  zero: (count) => new Float32Array(count),
  tiny: (count) => normals('g', count, 1e-15),
  // Squares of these overflow float32.
  huge: (count) => normals('g', count, 1e30),
  mixed: (count) => normals('g', count).map((g, i) => (i % 7 === 0 ? g * 1e18 : g)),
  'non-finite': (count) =>
    normals('g', count).map((g, i) => (i % 5 === 0 ? [Number.NaN, Infinity, -Infinity][i % 3] : g)),
};

/** Element numbers of each part: team p of P takes packs p * lanes .. in turns. */
function partsOf(dispatch: PlannedDispatch, values: Float32Array, pack: number): Float32Array[] {
  const lanes = Number(dispatch.flags.LANES);
  const parts: number[][] = Array.from({ length: dispatch.params.partials }, () => []);
  for (const [i, value] of values.entries()) parts[Math.floor(i / (pack * lanes)) % parts.length].push(value);
  return parts.map((part) => Float32Array.from(part));
}

function* normCases(count: number, kind: string, family: PlanFamily): Iterable<KernelCase> {
  const gradients = gradientKinds[kind](count);
  const maxNorm = kind === 'tiny' ? 0 : 0.5;
  const { parts, finish, partials } = planGradientNorm({ counts: [count], maxNorm }, family);
  const groups = partsOf(parts[0], gradients, parts[0].flags.VEC4 ? 4 : 1);
  const lines = Float64Array.from(
    groups.flatMap((part) => [globalNorm([wide(part.filter(Number.isFinite))]), nonFiniteCount(part)]),
  );
  yield {
    name: `gradient_norm ${family} ${count} ${kind}`,
    run: { ...parts[0], buffers: { gradients, partial: unwritten(2 * partials) } },
    expected: { partial: { values: lines, terms: count } },
  };
  const norm = globalNorm([wide(gradients.filter(Number.isFinite))]);
  const metrics = Float64Array.of(42, norm, nonFiniteCount(gradients), clipCoefficient(norm, maxNorm));
  yield {
    name: `gradient_norm_finish ${family} ${count} ${kind}`,
    run: { ...finish, buffers: { partial: Float32Array.from(lines), metrics: Float32Array.of(42, 0, 0, 0) } },
    expected: { metrics: { values: metrics, terms: partials, factor: 2 } },
  };
}

function* stepCases(count: number, family: PlanFamily): Iterable<KernelCase> {
  const parameter = normals('p', count);
  const gradients = normals('g', count, 3);
  const moment1 = normals('m', count, 0.1);
  const moment2 = normals('v', count, 0.1).map((v) => v * v);
  const decayEnd = Math.floor(count / 8) * 4;
  const arena = { count, decayEnd, weightDecay: 0.1, skipNonFinite: true };
  const { learningRate, step, beta1, beta2 } = defaultStep;
  for (const skipped of [false, true]) {
    const metrics = Float32Array.of(1, 2, skipped ? 1 : 0, 0.25);
    const g = clip(wide(gradients), 0.25);
    // Elements before decayEnd decay, the others do not: two calls of the twin.
    const joined = <K extends string>(
      twin: (from: number, to: number, weightDecay: number) => Record<K, Float64Array>,
      name: K,
    ): Float64Array => Float64Array.from([...twin(0, decayEnd, 0.1)[name], ...twin(decayEnd, count, 0)[name]]);
    const label = `${family} ${count}${skipped ? ' skipped' : ''}`;
    const kept = (values: Float32Array) => ({ values: wide(values), terms: 1, factor: 0 });

    const adam = (from: number, to: number, weightDecay: number) =>
      adamW(
        {
          parameter: wide(parameter.subarray(from, to)),
          firstMoment: wide(moment1.subarray(from, to)),
          secondMoment: wide(moment2.subarray(from, to)),
        },
        g.subarray(from, to),
        { learningRate, beta1, beta2, epsilon: 1e-8, weightDecay, step },
      );
    const [adamDispatch] = planAdamW({ ...arena, beta1, beta2, epsilon: 1e-8 }, family);
    yield {
      name: `adamw ${label}`,
      run: {
        ...adamDispatch,
        step: stepBytes(),
        buffers: { parameters: parameter, gradients, moment1, moment2, metrics },
      },
      expected: skipped
        ? { parameters: kept(parameter), moment1: kept(moment1), moment2: kept(moment2) }
        : {
            parameters: { values: joined(adam, 'parameter'), terms: 1 },
            moment1: { values: joined(adam, 'firstMoment'), terms: 1 },
            moment2: { values: joined(adam, 'secondMoment'), terms: 1 },
          },
    };
    for (const [nesterov, coupled] of [
      [false, false],
      [true, true],
    ] as const) {
      const sgd = (from: number, to: number, weightDecay: number) =>
        sgdMomentum(
          { parameter: wide(parameter.subarray(from, to)), buffer: wide(moment1.subarray(from, to)) },
          g.subarray(from, to),
          {
            learningRate,
            momentum: 0.9,
            nesterov,
            weightDecay,
            decay: coupled ? 'coupled' : 'decoupled',
          },
        );
      const [dispatch] = planSgd({ ...arena, momentum: 0.9, nesterov, coupled }, family);
      yield {
        name: `sgd ${label}${nesterov ? ' nesterov coupled' : ''}`,
        run: { ...dispatch, step: stepBytes(), buffers: { parameters: parameter, gradients, moment1, metrics } },
        expected: skipped
          ? { parameters: kept(parameter), moment1: kept(moment1) }
          : {
              parameters: { values: joined(sgd, 'parameter'), terms: 1 },
              moment1: { values: joined(sgd, 'buffer'), terms: 1 },
            },
      };
    }
  }
}

function dispatchOf(actions: readonly MuonAction[], kernel: string): PlannedDispatch {
  for (const action of actions)
    if (action.kind === 'dispatch' && action.dispatch.kernel === kernel) return action.dispatch;
  throw new RangeError(`planMuon has no ${kernel}`);
}

function* muonCases(rows: number, columns: number, offset: number, family: PlanFamily): Iterable<KernelCase> {
  const count = rows * columns;
  const nesterov = rows > columns;
  const { actions, scratch } = planMuon(
    { rows, columns, offset, momentum: 0.95, nesterov, weightDecay: 0.1, skipNonFinite: true },
    family,
  );
  const label = `${family} ${rows}x${columns}`;
  const parameters = normals('p', offset + count);
  const gradients = normals('g', offset + count);
  const moment1 = normals('m', offset + count);
  const metrics = Float32Array.of(1, 2, 0, 0.5);
  const settings = { learningRate: defaultStep.learningRate, momentum: 0.95, nesterov, weightDecay: 0.1 };
  const g = clip(wide(gradients.subarray(offset)), 0.5);
  const parameter = wide(parameters.subarray(offset));
  const { buffer } = muon({ parameter, buffer: wide(moment1.subarray(offset)) }, g, rows, columns, settings);
  // Nesterov's update is the buffer's rule once more.
  const update = nesterov ? muon({ parameter, buffer }, g, rows, columns, settings).buffer : buffer;
  const inArena = (before: Float32Array, values: Float64Array) =>
    Float64Array.from([...before.subarray(0, offset), ...values]);
  yield {
    name: `muon_momentum ${label}`,
    run: {
      ...dispatchOf(actions, 'muon_momentum'),
      buffers: { gradients, moment1, update: unwritten(count), metrics },
    },
    expected: { moment1: { values: inArena(moment1, buffer), terms: 1 }, update: { values: update, terms: 1 } },
  };
  const x = Float32Array.from(update);
  const norm = globalNorm([wide(x)]);
  const partial = new Float32Array(scratch.partial);
  partial[0] = Math.fround(0.6 * norm);
  // 0.6^2 + 0.8^2 = 1; a single part holds the whole norm.
  if (partial.length > 2) partial[2] = Math.fround(0.8 * norm);
  else partial[0] = norm;
  yield {
    name: `muon_normalize ${label}`,
    run: { ...dispatchOf(actions, 'muon_normalize'), buffers: { x, partial } },
    expected: { x: { values: wide(x).map((value) => value / (norm + 1e-7)), terms: 1 } },
  };
  const combine = dispatchOf(actions, 'muon_combine');
  const { size, a, b, c } = combine.params;
  const gram = normals('gram', size * size);
  const squared = normals('squared', size * size);
  const polynomial = wide(gram).map(
    (value, i) => (Math.floor(i / size) === i % size ? a : 0) + b * value + c * squared[i],
  );
  yield {
    name: `muon_combine ${label}`,
    run: { ...combine, buffers: { gram, gram_squared: squared } },
    expected: { gram: { values: polynomial, terms: 3 } },
  };
  const apply = dispatchOf(actions, 'muon_apply');
  // A step of plain descent with decoupled decay along the scaled direction.
  const moved = sgdMomentum(
    { parameter, buffer: new Float64Array(count) },
    wide(x).map((value) => value * apply.params.scale),
    {
      ...settings,
      momentum: 0,
      nesterov: false,
      decay: 'decoupled',
    },
  );
  yield {
    name: `muon_apply ${label}`,
    run: { ...apply, step: stepBytes(), buffers: { parameters, update: x, metrics } },
    expected: { parameters: { values: inArena(parameters, moved.parameter), terms: 1 } },
  };
}

function* checksumCases(count: number, family: PlanFamily): Iterable<KernelCase> {
  const values = normals('w', count);
  const bits = new Uint32Array(values.buffer);
  // NaN, minus zero, a denormal: bits count, not values.
  bits.set([0x7fc00001, 0x80000000, 1].slice(0, count));
  const firstIndex = 1_000_003;
  const { dispatches, partials } = planChecksum({ count, firstIndex }, family);
  const [parts, finish] = dispatches;
  const sums = new Uint32Array(partials);
  const lanes = Number(parts.flags.LANES);
  for (let i = 0; i < count; i++)
    sums[Math.floor(i / lanes) % partials] += checksum(values.subarray(i, i + 1), firstIndex + i);
  yield {
    name: `checksum ${family} ${count}`,
    run: { ...parts, buffers: { parameters: bits, partial: new Uint32Array(partials).fill(7) } },
    expected: { partial: { values: sums, terms: 1 } },
  };
  yield {
    name: `checksum_finish ${family} ${count}`,
    run: { ...finish, buffers: { partial: sums, out: new Uint32Array(1) } },
    expected: { out: { values: Uint32Array.of(checksum(values, firstIndex)), terms: 1 } },
  };
}

export const optimizerFamily: KernelFamily = {
  family: 'optimizers, norm and checksum',
  *cases() {
    for (const family of planFamilies) {
      for (const count of COUNTS) {
        for (const kind of Object.keys(gradientKinds)) yield* normCases(count, kind, family);
        yield* checksumCases(count, family);
      }
      for (const count of [1, 257, 4096]) yield* stepCases(count, family);
      yield* muonCases(3, 5, 0, family);
      yield* muonCases(24, 12, 64, family);
    }
  },
};
