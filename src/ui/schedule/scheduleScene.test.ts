// The schedule as a picture and an instrument: where bars lie, what is hit, where keys lead, and what a selection adds up to.

import { describe, expect, test } from 'vitest';
import { plannedStep, simulatedEvents } from '../../testing/plannedMesh';
import { neighbourBar } from './scheduleKeys';
import { bandOf, barBox, barTime, findBar, hit, makeScene, type PlacedBar } from './scheduleScene';
import { sumSelection } from './selectionSums';
import { wholeStep } from './timeWindow';

const { plan } = plannedStep({ dp: 2, pp: 2, tp: 1 }, '1f1b', 2);
const predicted = simulatedEvents(plan, { workMs: () => 1, exchangeMs: () => 0.25 });
const measured = predicted.map((event) => ({
  ...event,
  startMs: 500 + 2 * event.startMs,
  endMs: 500 + 2 * event.endMs,
}));
const ranks = [0, 1, 2, 3];
const scene = makeScene({ plan, predicted, measured, ranks, fitted: false });
const view = wholeStep(scene.spanMs);

describe('scene', () => {
  test('the prediction lies above the measurement, both from 0 on one axis', () => {
    const [above, below] = scene.bands;
    expect([above?.basis, below?.basis]).toEqual(['predicted', 'measured']);
    expect(below?.top).toBeGreaterThanOrEqual((above?.top ?? 0) + (above?.height ?? 0));
    expect(below?.layout.spanMs).toBeCloseTo(2 * (above?.layout.spanMs ?? 0), 9);
    expect(scene.spanMs).toBe(below?.layout.spanMs);
    expect(scene.rowHeight).toBeGreaterThan((below?.top ?? 0) + (below?.height ?? 0));
  });

  test('fitted, both are as long as what was measured; shares stay their own', () => {
    const fitted = makeScene({ plan, predicted, measured, ranks, fitted: true });
    expect(fitted.bands.map(({ scale }) => scale)).toEqual([2, 1]);
    expect(fitted.spanMs).toBeCloseTo(scene.spanMs, 9);
    expect(fitted.bands[0]?.shares).toEqual(scene.bands[0]?.shares);
  });

  test('one account alone has the whole row; none is an empty picture', () => {
    expect(makeScene({ plan, predicted: null, measured, ranks, fitted: true }).bands).toHaveLength(1);
    expect(makeScene({ plan, predicted: null, measured: [], ranks, fitted: false })).toMatchObject({
      bands: [],
      spanMs: 0,
    });
  });

  test('every bar is hit at its middle, by itself or by one that lies on it', () => {
    for (const band of scene.bands) {
      for (const { rank, bars } of band.layout.rows) {
        for (const bar of bars.filter(({ startMs, endMs }) => endMs > startMs)) {
          const { x, y, width, height } = barBox(scene, band, bar, view, 100, 800);
          const found = hit(scene, view, { x: x + width / 2, y: y + height / 2 }, 100, 800);
          expect(found.rank).toBe(rank);
          expect(found.placed?.basis).toBe(band.basis);
          expect(found.placed?.bar.lane).toBe(bar.lane);
        }
      }
    }
    expect(hit(scene, view, { x: 120, y: 3 }, 100, 800)).toEqual({ rank: null, placed: null });
  });
});

describe('keys', () => {
  const press = (from: PlacedBar | null, ...keys: string[]) =>
    keys.reduce<PlacedBar | null>((at, key) => neighbourBar(scene, at, key), from);

  test('along a row and to its ends; other keys mean nothing', () => {
    const first = press(null, 'ArrowRight');
    expect(first).toMatchObject({ basis: 'predicted', bar: { rank: 0 } });
    expect(press(first, '.', ',')).toEqual(first);
    expect(press(first, 'ArrowLeft')).toEqual(first);
    expect(press(first, 'End', 'ArrowRight')).toEqual(press(first, 'End'));
    expect(neighbourBar(scene, first, 'x')).toBeNull();
  });

  test('down is the same action as measured, then what the next rank did', () => {
    const first = press(null, 'Home');
    const below = press(first, 'ArrowDown');
    expect(below).toMatchObject({ basis: 'measured', bar: { rank: 0, index: first?.bar.index } });
    expect(press(below, 'ArrowDown')).toMatchObject({ basis: 'predicted', bar: { rank: 1 } });
    expect(press(below, 'ArrowDown', 'ArrowUp')).toMatchObject({ basis: 'measured', bar: { rank: 0 } });
    expect(press(first, 'ArrowUp')).toEqual(first);
  });
});

test('an action is found in the account that is asked for, or in the other', () => {
  expect(findBar(scene, 1, 0, 'measured')?.basis).toBe('measured');
  const alone = makeScene({ plan, predicted, measured: null, ranks, fitted: false });
  expect(findBar(alone, 1, 0, 'measured')?.basis).toBe('predicted');
  expect(findBar(scene, 1, 999, 'measured')).toBeNull();
});

test('a selection adds up what lies in it, cut at its edges; the whole step adds up to all bars', () => {
  const band = bandOf(scene, 'measured');
  if (band === undefined) throw new Error('measured is drawn');
  const all = sumSelection(band, view).phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const bars = band.layout.rows.flatMap((row) => row.bars);
  expect(all).toBeCloseTo(
    bars.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0),
    6,
  );
  const forward = bars.find(({ phase }) => phase === 'forward');
  if (forward === undefined) throw new Error('something runs forward');
  const { fromMs, toMs } = barTime(band, forward);
  const half = sumSelection(band, { fromMs: (fromMs + toMs) / 2, toMs });
  expect(half.phases.find(({ phase }) => phase === 'forward')?.milliseconds).toBeGreaterThanOrEqual(
    (toMs - fromMs) / 2 - 1e-9,
  );
  expect(sumSelection(band, { fromMs: -2, toMs: -1 })).toEqual({ phases: [], slices: 0 });
});
