// Runs of a flat array against the same array looked at element by element.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Span } from './partition';
import { clipSpans, mergeSpans, packSpans, sumLengths, unpackSpans, withoutSpans } from './spans';

const ORIGIN = 7;
const LENGTH = 40;

/** Sorted runs that do not overlap, of [ORIGIN, ORIGIN + LENGTH); some of them empty, some touching. */
const runs = fc.array(fc.integer({ min: 0, max: LENGTH }), { minLength: 2, maxLength: 12 }).map((cuts): Span[] => {
  const sorted = cuts.toSorted((a, b) => a - b);
  return sorted.flatMap((cut, index) =>
    index % 2 === 1 ? [{ start: ORIGIN + sorted[index - 1], length: cut - sorted[index - 1] }] : [],
  );
});

function elementsOf(spans: readonly Span[]): number[] {
  return spans.flatMap(({ start, length }) => Array.from({ length }, (_, index) => start + index));
}

test('packed values come in the order of the spans, and unpacked they are where they were', () => {
  const source = Float32Array.from({ length: LENGTH }, (_, index) => ORIGIN + index);
  fc.assert(
    fc.property(runs, (spans) => {
      const packed = packSpans(source, spans, new Float32Array(sumLengths(spans)), ORIGIN);
      expect([...packed]).toEqual(elementsOf(spans));
      const back = new Float32Array(LENGTH).fill(-1);
      unpackSpans(packed, spans, back, ORIGIN);
      const inside = new Set(elementsOf(spans));
      expect([...back]).toEqual([...source].map((value) => (inside.has(value) ? value : -1)));
    }),
  );
});

test('runs joined, cut out and cut off hold the elements that they should', () => {
  const whole = { start: ORIGIN, length: LENGTH };
  fc.assert(
    fc.property(runs, fc.nat(LENGTH), fc.nat(LENGTH), (spans, a, b) => {
      const elements = elementsOf(spans);
      expect(elementsOf(mergeSpans(spans))).toEqual(elements);
      const inside = new Set(elements);
      expect(elementsOf(withoutSpans(whole, spans))).toEqual(elementsOf([whole]).filter((at) => !inside.has(at)));
      const [from, to] = [ORIGIN + Math.min(a, b), ORIGIN + Math.max(a, b)];
      expect(elementsOf(clipSpans(spans, from, to))).toEqual(elements.filter((at) => at >= from && at < to));
    }),
  );
});
