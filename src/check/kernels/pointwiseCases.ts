// Checks of the pointwise kernels (activations, SwiGLU's gate, add, add_columns, dropout, gather_row, first_rows, transpose, rope) against src/reference.

import { activationNames } from '../../core/models/activationNames';
import type { RotaryScaling } from '../../core/rotary';
import {
  planActivationBackward,
  planActivationForward,
  planSwigluBackward,
  planSwigluForward,
} from '../../gpu/plans/activation';
import { planAdd } from '../../gpu/plans/add';
import { planAddColumns, planAddColumnsBackward } from '../../gpu/plans/addColumns';
import { planDropout } from '../../gpu/plans/dropout';
import { planGatherRow } from '../../gpu/plans/gatherRow';
import type { PlanFamily } from '../../gpu/plans/plannedDispatch';
import { planRope } from '../../gpu/plans/rope';
import { planFirstRows, planTranspose } from '../../gpu/plans/rowMoves';
import { activation, activationBackward } from '../../reference/activation';
import { addColumns, addColumnsBackward } from '../../reference/addColumns';
import { dropout, dropoutMask } from '../../reference/dropout';
import { rope, ropeBackward } from '../../reference/rope';
import { swiglu, swigluBackward } from '../../reference/swiglu';
import type { KernelCase, KernelFamily } from '../kernelCase';
import { defaultStep, normals, planFamilies, plus, stepBytes, unwritten, wide } from './caseData';

const COUNTS = [1, 127, 1024, 4099];

/** Around zero where the derivative turns, far out where exp overflows, and what rounding leaves of it. */
const HURTS = [0, -0, 1e-40, -1e-40, 1e-20, 1, -1, 9, -9, 88, -88, 89, -89, 1e4, -1e4, 3];

function* activationCases(count: number, family: PlanFamily): Iterable<KernelCase> {
  const d = normals('d', count);
  for (const name of activationNames) {
    // A device may flush denormals to zero, where relu's derivative jumps.
    const hurts = name === 'relu' ? HURTS.filter((x) => x === 0 || Math.abs(x) > 1e-37) : HURTS;
    // Within (-4, 4) the scale is the values' own; far values would hide small errors, so they come apart.
    for (const [kind, x] of [
      ['', normals('x', count)],
      [' far', Float32Array.from({ length: count }, (_, i) => hurts[i % hurts.length])],
    ] as const) {
      const label = `${name} ${family} ${count}${kind}`;
      const [forward] = planActivationForward({ count, activation: name }, family);
      yield {
        name: `forward ${label}`,
        run: { ...forward, buffers: { x, y: unwritten(count) } },
        // The polynomial for erf is good to 2e-7; exp is a few units in the last place off.
        expected: { y: { values: activation(name, wide(x)), terms: 1, factor: 2, absolute: 1e-6 } },
      };
      const [backward] = planActivationBackward({ count, activation: name }, family);
      yield {
        name: `backward ${label}`,
        run: { ...backward, buffers: { d_y: d, x, d_x: unwritten(count) } },
        expected: { d_x: { values: activationBackward(name, wide(x), wide(d)), terms: 1, factor: 4, absolute: 2e-6 } },
      };
    }
  }
}

function* otherCases(count: number, family: PlanFamily): Iterable<KernelCase> {
  const a = normals('a', count, 3);
  const b = normals('b', count);
  const label = `${family} ${count}`;
  const [add] = planAdd({ count }, family);
  yield {
    name: `add ${label}`,
    run: { ...add, buffers: { a, b, c: unwritten(count) } },
    expected: { c: { values: plus(wide(a), b), terms: 1 } },
  };
  for (const residual of [false, true]) {
    const rate = residual ? 0.1 : 0.5;
    // The whole stream of a sequence, or a run of rows that begins within one.
    const sequenceElements = residual ? 3 * count + 5 : count;
    const firstElement = residual ? 17 : 0;
    const problem = { count, sequenceElements, firstElement, tag: 0x9abcdef0, rate, residual };
    const [dispatch] = planDropout(problem, family);
    const first = defaultStep.firstRow * sequenceElements + firstElement;
    const mask = dropoutMask(defaultStep.seed, 0x9abcdef0, defaultStep.step, count, rate, first);
    const y = dropout(wide(a), mask);
    yield {
      name: `dropout ${label}${residual ? ' residual' : ''}`,
      run: {
        ...dispatch,
        step: stepBytes(),
        buffers: { x: a, ...(residual ? { residual: b } : {}), y: unwritten(count) },
      },
      expected: { y: { values: residual ? plus(y, b) : y, terms: 1 } },
    };
  }
  {
    // Three rows of some columns of a wider stream.
    const columns = count;
    const window = { columns, of: 2 * count + 3, first: 4 };
    const tag = 0x13579bdf;
    const problem = { count: 3 * columns, sequenceElements: 5 * window.of, firstElement: 0, tag, rate: 0.5, window };
    const [dispatch] = planDropout({ ...problem, residual: false }, family);
    const x = normals('columns', 3 * columns);
    const start = defaultStep.firstRow * problem.sequenceElements + window.first;
    const mask = Float64Array.from(
      [0, 1, 2].flatMap((row) => [
        ...dropoutMask(defaultStep.seed, tag, defaultStep.step, columns, 0.5, start + row * window.of),
      ]),
    );
    yield {
      name: `dropout columns ${label}`,
      run: { ...dispatch, step: stepBytes(), buffers: { x, y: unwritten(x.length) } },
      expected: { y: { values: dropout(wide(x), mask), terms: 1 } },
    };
  }
  const [gather] = planGatherRow({ columns: count }, family);
  const rows = normals('rows', 3 * count);
  yield {
    name: `gather_row ${label}`,
    run: { ...gather, step: stepBytes({ position: 2 }), buffers: { x: rows, y: unwritten(count) } },
    expected: { y: { values: wide(rows.subarray(2 * count)), terms: 1 } },
  };
  const first = Float32Array.from(rows, (value, i) => (i < count || i >= 2 * count ? value : 0)).subarray(0, 2 * count);
  for (const backward of [false, true]) {
    const [move] = planFirstRows({ rows: 1, columns: count, stride: 2, backward }, family);
    const [from, to] = [
      backward ? rows.slice(0, count) : rows.slice(0, 2 * count),
      backward ? first : rows.slice(0, count),
    ];
    yield {
      name: `first_rows ${backward ? 'backward ' : ''}${label}`,
      run: { ...move, buffers: { [backward ? 'y' : 'x']: from, [backward ? 'x' : 'y']: unwritten(to.length) } },
      expected: { [backward ? 'x' : 'y']: { values: wide(to), terms: 1 } },
    };
  }
  const [turn] = planTranspose({ rows: 3, columns: count }, family);
  yield {
    name: `transpose ${label}`,
    run: { ...turn, buffers: { x: rows, y: unwritten(3 * count) } },
    expected: { y: { values: wide(rows.map((_, i) => rows[(i % 3) * count + Math.floor(i / 3)])), terms: 1 } },
  };
}

function* addColumnsCases(family: PlanFamily): Iterable<KernelCase> {
  for (const [rows, columns, width, first] of [
    [1, 1, 1, 0],
    [3, 37, 5, 31],
    [5, 64, 16, 24],
    [67, 60, 60, 0],
  ]) {
    const shape = { columns, width, first, scale: 1.75 };
    const base = normals('base', rows * columns, 3);
    const part = normals('part', rows * width);
    const label = `${family} ${rows}x${columns}, ${width} from ${first}`;
    const [forward] = planAddColumns({ rows, ...shape }, family);
    yield {
      name: `add_columns ${label}`,
      run: { ...forward, buffers: { base, part, y: unwritten(base.length) } },
      expected: { y: { values: addColumns(shape, wide(base), wide(part)), terms: 2 } },
    };
    const [backward] = planAddColumnsBackward({ rows, ...shape }, family);
    yield {
      name: `add_columns backward ${label}`,
      run: { ...backward, buffers: { d_y: base, d_part: unwritten(part.length) } },
      expected: { d_part: { values: addColumnsBackward(shape, wide(base)), terms: 1 } },
    };
  }
}

function* swigluCases(family: PlanFamily): Iterable<KernelCase> {
  for (const [rows, columns] of [
    [1, 1],
    [3, 37],
    [5, 64],
    [2, 2052],
  ]) {
    const x = normals('x', 2 * rows * columns, 3);
    const d = normals('d', rows * columns);
    const label = `${family} ${rows}x${columns}`;
    const [forward] = planSwigluForward({ rows, columns }, family);
    yield {
      name: `swiglu forward ${label}`,
      run: { ...forward, buffers: { x, y: unwritten(d.length) } },
      expected: { y: { values: swiglu(wide(x), columns), terms: 1, factor: 2 } },
    };
    const [backward] = planSwigluBackward({ rows, columns }, family);
    yield {
      name: `swiglu backward ${label}`,
      run: { ...backward, buffers: { d_y: d, x, d_x: unwritten(x.length) } },
      expected: { d_x: { values: swigluBackward(wide(x), columns, wide(d)), terms: 1, factor: 4 } },
    };
  }
}

interface RopeTrial {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly headDim: number;
  readonly rowWidth: number;
  readonly theta: number;
  readonly scaling?: RotaryScaling;
  /** Where each text goes on, less the step block's position; whole sequences where it is left out. */
  readonly first?: readonly number[];
}

/** Bands that cut through a head of 16: some pairs keep their speed, some are slowed, some lie between. */
const BANDS = { low: 1, high: 4, positions: 32 };

const ROPE_TRIALS: readonly RopeTrial[] = [
  { batch: 1, tokens: 1, heads: 1, headDim: 2, rowWidth: 2, theta: 10_000 },
  { batch: 2, tokens: 17, heads: 3, headDim: 16, rowWidth: 64, theta: 10_000 },
  { batch: 2, tokens: 67, heads: 5, headDim: 10, rowWidth: 61, theta: 500_000, scaling: { factor: 4 } },
  { batch: 1, tokens: 61, heads: 6, headDim: 16, rowWidth: 160, theta: 10_000, scaling: { factor: 8, bands: BANDS } },
  { batch: 2, tokens: 1, heads: 6, headDim: 6, rowWidth: 60, theta: 1_000_000, first: [0, 2000] },
  { batch: 3, tokens: 5, heads: 4, headDim: 24, rowWidth: 144, theta: 10_000, first: [3, 0, 40] },
];

function* ropeCases(family: PlanFamily): Iterable<KernelCase> {
  for (const trial of ROPE_TRIALS) {
    const { batch, tokens, heads, headDim, rowWidth, theta, scaling, first } = trial;
    const rows = batch * tokens;
    const x = normals('x', rows * rowWidth);
    const step = first ? stepBytes() : undefined;
    const begin = (row: number): number => (first ? first[Math.floor(row / tokens)] + defaultStep.position : 0);
    const positions = Int32Array.from({ length: rows }, (_, row) => begin(row) + (row % tokens));
    const frequencies = { theta, ...(scaling ? { scaling } : {}) };
    const twin = { x: wide(x), positions, rowWidth, heads, headSize: headDim, ...frequencies };
    const problem = { rows, tokens, heads, headDim, rowWidth, frequencies, cached: first !== undefined };
    for (const direction of first ? ([1] as const) : ([1, -1] as const)) {
      const [dispatch] = planRope({ ...problem, direction }, family);
      const kind = `${direction === 1 ? 'forward' : 'backward'}${first ? ' cached' : ''}${scaling ? ' scaled' : ''}`;
      yield {
        name: `rope ${kind} ${family} ${rows}x${rowWidth} H${heads} D${headDim}`,
        run: {
          ...dispatch,
          ...(step ? { step } : {}),
          buffers: { x: x.slice(), ...(first ? { first_positions: Uint32Array.from(first) } : {}) },
        },
        expected: {
          x: {
            values: direction === 1 ? rope(twin) : ropeBackward(twin, twin.x),
            terms: 2,
            // The angle is position * frequency in float32: both roundings grow with the position; values reach 5.
            absolute: 5 * (Math.max(...positions) + 1) * 2 ** -23,
          },
        },
      };
    }
  }
}

export const pointwiseFamily: KernelFamily = {
  family: 'pointwise',
  *cases() {
    for (const family of planFamilies) {
      for (const count of COUNTS) {
        yield* activationCases(count, family);
        yield* otherCases(count, family);
      }
      yield* addColumnsCases(family);
      yield* swigluCases(family);
      yield* ropeCases(family);
    }
  },
};
