// Cases of rotary positions: what turns in place on the way from one operation to another. Test-only.

import { rope, ropeBackward } from '../../reference/rope';
import { randomValues } from '../randomValues';
import { matrix, type OperationCase, plus, STEP } from './operationCase';

const POSITION = 2;

export function ropeCases(): OperationCase[] {
  const shapes = [
    { batch: 1, tokens: 1, heads: 1, headDim: 2, width: 2, frequencies: { theta: 10_000 } },
    { batch: 2, tokens: 7, heads: 3, headDim: 10, width: 47, frequencies: { theta: 10_000, scaling: { factor: 2 } } },
    { batch: 2, tokens: 33, heads: 5, headDim: 16, width: 96, frequencies: { theta: 500 } },
    { batch: 2, tokens: 3, heads: 3, headDim: 8, width: 40, frequencies: { theta: 500 }, first: Uint32Array.of(4, 1) },
  ];
  return shapes.map(({ batch, tokens, heads, headDim, width, frequencies, first }) => {
    const rows = batch * tokens;
    const x = matrix('x', rows, width);
    const other = matrix('other', rows, width);
    const dY = randomValues('dY', rows * width);
    const begin = (n: number): number => (first ? first[Math.floor(n / tokens)] + POSITION : 0);
    const positions = Int32Array.from({ length: rows }, (_, n) => begin(n) + (n % tokens));
    const twin = { x: x.values, positions, rowWidth: width, heads, headSize: headDim, ...frequencies };
    // The angle is a float32 product: off by half a unit in the last place of the position.
    const absolute = 5 * (tokens + 8) * 2 ** -23;
    return {
      name: `${rows}x${width} H${heads} D${headDim}${first ? ' of texts' : ''}`,
      run: {
        parameters: { x, other },
        ...(first ? { named: { first: { type: 'u32', values: first } } as const } : {}),
        build: ({ trace, leaf, named }) => {
          const turned = leaf('x');
          const firstPositions = first ? named('first') : undefined;
          trace.apply('rope', { x: turned, firstPositions }, { tokens, heads, headDim, frequencies });
          // What comes after it passes its own gradient on: the turn back must not show in the other summand's.
          return { y: trace.apply('add', { a: turned, b: leaf('other') }, {}, ['c']).c };
        },
        seeds: { y: dY },
        step: { ...STEP, position: POSITION },
      },
      outputs: { y: { values: plus(rope(twin), other.values), terms: 2, absolute } },
      gradients: { x: { values: ropeBackward(twin, dY), terms: 2, absolute }, other: { values: dY, terms: 1 } },
    };
  });
}
