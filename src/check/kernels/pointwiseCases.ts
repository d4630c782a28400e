// Checks of the pointwise kernels (activations, SwiGLU's gate, add, dropout, gather_row, rope) against src/reference.

import { activationNames } from '../../core/models/activationNames';
import {
  planActivationBackward,
  planActivationForward,
  planSwigluBackward,
  planSwigluForward,
} from '../../gpu/plans/activation';
import { planAdd } from '../../gpu/plans/add';
import { planDropout } from '../../gpu/plans/dropout';
import { planGatherRow } from '../../gpu/plans/gatherRow';
import type { PlanFamily } from '../../gpu/plans/plannedDispatch';
import { planRope, ropeFrequencies } from '../../gpu/plans/rope';
import { activation, activationBackward } from '../../reference/activation';
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
  const d = normals('d', count);
  const label = `${family} ${count}`;
  const [add] = planAdd({ count }, family);
  yield {
    name: `add ${label}`,
    run: { ...add, buffers: { a, b, c: unwritten(count) } },
    expected: { c: { values: plus(wide(a), b), terms: 1 } },
  };
  const [forward] = planSwigluForward({ count }, family);
  yield {
    name: `swiglu forward ${label}`,
    run: { ...forward, buffers: { gate: a, up: b, y: unwritten(count) } },
    expected: { y: { values: swiglu(wide(a), wide(b)), terms: 1 } },
  };
  const [backward] = planSwigluBackward({ count }, family);
  const { dGate, dUp } = swigluBackward(wide(a), wide(b), wide(d));
  yield {
    name: `swiglu backward ${label}`,
    run: { ...backward, buffers: { d_y: d, gate: a, up: b, d_gate: unwritten(count), d_up: unwritten(count) } },
    expected: { d_gate: { values: dGate, terms: 1 }, d_up: { values: dUp, terms: 1 } },
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
  const [gather] = planGatherRow({ columns: count }, family);
  const rows = normals('rows', 3 * count);
  yield {
    name: `gather_row ${label}`,
    run: { ...gather, step: stepBytes({ position: 2 }), buffers: { x: rows, y: unwritten(count) } },
    expected: { y: { values: wide(rows.subarray(2 * count)), terms: 1 } },
  };
}

function* ropeCases(family: PlanFamily): Iterable<KernelCase> {
  const trials = [
    { batch: 1, tokens: 1, heads: 1, headDim: 2, rowWidth: 2, theta: 10_000, firstPosition: 0 },
    { batch: 2, tokens: 17, heads: 3, headDim: 16, rowWidth: 64, theta: 10_000, firstPosition: 0 },
    { batch: 2, tokens: 67, heads: 4, headDim: 10, rowWidth: 61, theta: 500_000, firstPosition: 2000 },
  ];
  for (const { batch, tokens, heads, headDim, rowWidth, theta, firstPosition } of trials) {
    const rows = batch * tokens;
    const x = normals('x', rows * rowWidth);
    const positions = Int32Array.from({ length: rows }, (_, row) => firstPosition + (row % tokens));
    const twin = { x: wide(x), positions, rowWidth, heads, headSize: headDim, theta };
    for (const direction of [1, -1] as const) {
      const [dispatch] = planRope({ rows, tokens, firstPosition, heads, headDim, rowWidth, direction }, family);
      yield {
        name: `rope ${direction === 1 ? 'forward' : 'backward'} ${family} ${rows}x${rowWidth} H${heads} D${headDim}`,
        run: { ...dispatch, buffers: { x, frequencies: ropeFrequencies(theta, headDim), y: unwritten(x.length) } },
        expected: {
          y: {
            values: direction === 1 ? rope(twin) : ropeBackward(twin, twin.x),
            terms: 2,
            // The angle is position * frequency in float32: both roundings grow with the position; values reach 5.
            absolute: 5 * (firstPosition + tokens) * 2 ** -23,
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
      yield* ropeCases(family);
    }
  },
};
