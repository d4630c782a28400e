// Adapters in float64: every gradient against differences, the merged weight against the adapter beside it, in either direction of a weight.

import { describe, expect, it } from 'vitest';
import { expectGradient, relativeError } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { addColumns, addColumnsBackward } from './addColumns';
import { dropoutMask } from './dropout';
import { linear, linearDWeight } from './linear';
import { type LoraShape, type LoraWeights, loraFromMerged, loraLinear, loraLinearBackward, mergeLora } from './lora';

const shapes: readonly LoraShape[] = [
  { rows: 3, inFeatures: 5, outFeatures: 7, rank: 2, scale: 1.5, layout: 'outIn' },
  { rows: 4, inFeatures: 6, outFeatures: 3, rank: 1, scale: 8, layout: 'inOut' },
  { rows: 2, inFeatures: 4, outFeatures: 4, rank: 5, scale: 0.25, layout: 'inOut' },
];

function weightsOf({ inFeatures, outFeatures, rank }: LoraShape): LoraWeights {
  return {
    weight: randomValues('W', inFeatures * outFeatures),
    down: randomValues('A', rank * inFeatures),
    up: randomValues('B', outFeatures * rank),
  };
}

describe.each(shapes)('$layout $inFeatures to $outFeatures, rank $rank', (shape) => {
  const weights = weightsOf(shape);
  const x = randomValues('x', shape.rows * shape.inFeatures);
  const dOut = randomValues('dOut', shape.rows * shape.outFeatures);

  it('has the gradients that differences have', () => {
    const { dX, dDown, dUp } = loraLinearBackward(shape, x, weights, dOut);
    expectGradient('x', dX, (probe) => loraLinear(shape, probe, weights), x, dOut);
    expectGradient('A', dDown, (down) => loraLinear(shape, x, { ...weights, down }), weights.down, dOut);
    expectGradient('B', dUp, (up) => loraLinear(shape, x, { ...weights, up }), weights.up, dOut);
  });

  it('has them where some of what the adapter reads is dropped', () => {
    const mask = dropoutMask(3, 5, 1, x.length, 0.4);
    expect(new Set(mask).size).toBe(2);
    const { dX, dDown, dUp } = loraLinearBackward(shape, x, weights, dOut, mask);
    expectGradient('x', dX, (probe) => loraLinear(shape, probe, weights, mask), x, dOut);
    expectGradient('A', dDown, (down) => loraLinear(shape, x, { ...weights, down }, mask), weights.down, dOut);
    expectGradient('B', dUp, (up) => loraLinear(shape, x, { ...weights, up }, mask), weights.up, dOut);
  });

  it('gives what the merged weight gives, and gradients that follow from its own', () => {
    const merged = mergeLora(shape, weights);
    expect(relativeError(linear(shape, x, merged), loraLinear(shape, x, weights))).toBeLessThan(1e-14);
    const { dDown, dUp } = loraLinearBackward(shape, x, weights, dOut);
    const from = loraFromMerged(shape, weights, linearDWeight(shape, dOut, x));
    expect(relativeError(from.dDown, dDown)).toBeLessThan(1e-14);
    expect(relativeError(from.dUp, dUp)).toBeLessThan(1e-14);
  });
});

it('adds to the columns of one product among several, and to no other', () => {
  const shape = { columns: 7, width: 3, first: 2, scale: -0.5 };
  const [base, part] = [randomValues('base', 14), randomValues('part', 6)];
  const dOut = randomValues('d', 14);
  const out = addColumns(shape, base, part);
  for (const [i, value] of out.entries()) if (i % 7 < 2 || i % 7 > 4) expect(value).toBe(base[i]);
  expectGradient('part', addColumnsBackward(shape, dOut), (probe) => addColumns(shape, base, probe), part, dOut);
});
