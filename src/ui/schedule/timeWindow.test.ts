import fc from 'fast-check';
import { expect, test } from 'vitest';
import { framed, panned, revealing, wholeStep, within, zoomed } from './timeWindow';

const spans = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
const parts = fc.double({ min: 0, max: 1, noNaN: true });

test('whatever is asked, the window lies in the step and has a length', () => {
  fc.assert(
    fc.property(spans, parts, parts, fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (span, a, b, factor) => {
      const start = within({ fromMs: Math.min(a, b) * span, toMs: Math.max(a, b) * span + span * 1e-4 }, span);
      for (const { fromMs, toMs } of [
        zoomed(start, a * span, factor, span),
        panned(start, (a - b) * factor, span),
        framed({ fromMs: a * span, toMs: a * span }, span),
        revealing(start, { fromMs: b * span, toMs: b * span }, span),
      ]) {
        expect(fromMs).toBeGreaterThanOrEqual(0);
        expect(toMs).toBeLessThanOrEqual(span * (1 + 1e-9));
        expect(toMs).toBeGreaterThan(fromMs);
      }
    }),
  );
});

test('zooming keeps the moment under the pointer where it is, and out and in again ends where it began', () => {
  const start = { fromMs: 20, toMs: 60 };
  const close = zoomed(start, 30, 0.5, 100);
  expect(close).toEqual({ fromMs: 25, toMs: 45 });
  expect(zoomed(close, 30, 2, 100)).toEqual(start);
  expect(zoomed(start, 30, 1000, 100)).toEqual(wholeStep(100));
});

test('what is out of sight is brought into it by as little as needed', () => {
  const start = { fromMs: 20, toMs: 40 };
  expect(revealing(start, { fromMs: 25, toMs: 30 }, 100)).toEqual(start);
  expect(revealing(start, { fromMs: 10, toMs: 12 }, 100)).toEqual({ fromMs: 9, toMs: 29 });
  expect(revealing(start, { fromMs: 50, toMs: 52 }, 100)).toEqual({ fromMs: 33, toMs: 53 });
});
