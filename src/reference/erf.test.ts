// erf and erfc against values of the C library (Python's math module prints them in full).

import { describe, expect, it } from 'vitest';
import { erf, erfc } from './erf';

const known: readonly (readonly [x: number, erf: number, erfc: number])[] = [
  [1e-300, 1.1283791670955126e-300, 1],
  [1e-8, 1.1283791670955126e-8, 0.9999999887162083],
  [0.1, 0.1124629160182849, 0.8875370839817152],
  [0.5, 0.5204998778130465, 0.4795001221869535],
  [1, 0.8427007929497149, 0.15729920705028513],
  [1.5, 0.9661051464753108, 0.033894853524689274],
  [2, 0.9953222650189527, 0.004677734981047265],
  [2.4999, 0.9995928300996666, 0.0004071699003334514],
  [2.5, 0.999593047982555, 0.0004069520174449589],
  [2.7, 0.9998656672600594, 0.00013433273994052422],
  [3, 0.9999779095030014, 2.2090496998585438e-5],
  [4, 0.9999999845827421, 1.541725790028002e-8],
  [5, 0.9999999999984626, 1.5374597944280351e-12],
  [6, 1, 2.1519736712498916e-17],
  [10, 1, 2.088487583762545e-45],
  [26, 1, 5.663192408856143e-296],
];

describe('erf', () => {
  it.each(known)('is right at %d and its opposite', (x, value, complement) => {
    expect(Math.abs(erf(x) - value)).toBeLessThan(1e-15);
    expect(erf(-x)).toBe(-erf(x));
    expect(Math.abs(erfc(x) - complement) / complement).toBeLessThan(1e-12);
    expect(Math.abs(erfc(-x) - (1 + value))).toBeLessThan(1e-15);
  });

  it('keeps its limits and NaN', () => {
    expect(erf(0)).toBe(0);
    expect([erf(1e300), erf(-1e300), erfc(1e300), erfc(-1e300)]).toEqual([1, -1, 0, 2]);
    expect([erf(Infinity), erf(-Infinity), erfc(Infinity)]).toEqual([1, -1, 0]);
    expect([erf(NaN), erfc(NaN)]).toEqual([NaN, NaN]);
  });
});
