// Dropout's rule, bit by bit: other implementations copy it, so its words are pinned here.

import { describe, expect, it } from 'vitest';
import { hashName, threefry2x32, unitInterval } from '../core/rng';
import { expectGradient } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { dropout, dropoutBackward, dropoutMask, headsDropoutMask } from './dropout';

const place = { totalHeads: 5, tokens: 3 };

describe('dropoutMask', () => {
  it('keeps an element where its word says so, and scales what it keeps', () => {
    const tag = hashName('transformer.drop');
    const mask = dropoutMask(42, tag, 7, 1000, 0.25);
    mask.forEach((value, i) => {
      expect(value).toBe(unitInterval(threefry2x32(42, tag, i, 7)[0]) >= 0.25 ? 4 / 3 : 0);
    });
  });

  it('drops about the share it is asked to', () => {
    const dropped = dropoutMask(1, 2, 3, 20_000, 0.1).filter((value) => value === 0).length;
    // 5 standard deviations of a binomial: sqrt(20000 * 0.1 * 0.9) = 42.
    expect(Math.abs(dropped - 2000)).toBeLessThan(212);
  });

  it('differs with seed, tag and step, and repeats', () => {
    const kept = (seed: number, tag: number, step: number) => dropoutMask(seed, tag, step, 64, 0.5).join();
    expect(new Set([kept(1, 1, 1), kept(2, 1, 1), kept(1, 2, 1), kept(1, 1, 2)]).size).toBe(4);
    expect(kept(1, 1, 1)).toBe(kept(1, 1, 1));
  });

  it('keeps all at 0 and refuses 1', () => {
    expect([...dropoutMask(1, 1, 1, 5, 0)]).toEqual([1, 1, 1, 1, 1]);
    expect(() => dropoutMask(1, 1, 1, 5, 1)).toThrow(RangeError);
    expect(() => dropoutMask(1, 1, 1, 5, -0.1)).toThrow(RangeError);
  });
});

describe('headsDropoutMask', () => {
  it('is the part of the whole mask, sequence by sequence', () => {
    const whole = headsDropoutMask(1, 2, 3, 0.5, { ...place, batch: 4, firstRow: 0, heads: 5, headOffset: 0 });
    expect(whole).toEqual(dropoutMask(1, 2, 3, 4 * 5 * 9, 0.5));
    const part = headsDropoutMask(1, 2, 3, 0.5, { ...place, batch: 2, firstRow: 1, heads: 2, headOffset: 3 });
    const expected = [1, 2].flatMap((row) => [...whole.subarray((row * 5 + 3) * 9, (row * 5 + 5) * 9)]);
    expect([...part]).toEqual(expected);
  });
});

describe('dropout', () => {
  it('has the gradient that differences give', () => {
    const x = randomValues('x', 13);
    const dOut = randomValues('dOut', 13);
    const mask = dropoutMask(3, 1, 4, 13, 0.3);
    expectGradient('dX', dropoutBackward(dOut, mask), (probe) => dropout(probe, mask), x, dOut);
  });
});
