// Cases of rotary positions. Test-only.

import { ropeFrequencies } from '../../gpu/plans/rope';
import { rope, ropeBackward } from '../../reference/rope';
import { randomValues } from '../randomValues';
import { matrix, type OperationCase } from './operationCase';

export function ropeCases(): OperationCase[] {
  const shapes = [
    { batch: 1, tokens: 1, heads: 1, headDim: 2, width: 2, firstPosition: 0 },
    { batch: 2, tokens: 7, heads: 3, headDim: 10, width: 47, firstPosition: 5 },
    { batch: 2, tokens: 33, heads: 4, headDim: 16, width: 96, firstPosition: 0 },
  ];
  return shapes.map(({ batch, tokens, heads, headDim, width, firstPosition }) => {
    const rows = batch * tokens;
    const x = matrix('x', rows, width);
    const dY = randomValues('dY', rows * width);
    const positions = Int32Array.from({ length: rows }, (_, n) => firstPosition + (n % tokens));
    const twin = { x: x.values, positions, rowWidth: width, heads, headSize: headDim, theta: 10_000 };
    // The angle is a float32 product: off by half a unit in the last place of the position.
    const absolute = 5 * (firstPosition + tokens) * 2 ** -23;
    return {
      name: `${rows}x${width} H${heads} D${headDim}`,
      run: {
        parameters: { x },
        named: { frequencies: { type: 'f32', values: ropeFrequencies(10_000, headDim) } },
        build: ({ trace, leaf, named }) => {
          const inputs = { x: leaf('x'), frequencies: named('frequencies') };
          return { y: trace.apply('rope', inputs, { tokens, firstPosition, heads, headDim }, ['y']).y };
        },
        seeds: { y: dY },
      },
      outputs: { y: { values: rope(twin), terms: 2, absolute } },
      gradients: { x: { values: ropeBackward(twin, dY), terms: 2, absolute } },
    };
  });
}
