// What contenders of a race have told, as curves on a common axis and as numbers of a table. Pure.

import type { StepRow } from '../../core/records';
import type { CurveData } from '../charts/curves';
import { smooth } from '../charts/smoothing';

/** One element a step. */
export interface RaceCurve {
  readonly step: readonly number[];
  readonly loss: readonly number[];
  readonly elapsedMs: readonly number[];
  /** Trained so far. */
  readonly tokens: readonly number[];
}

/** What all ranks had sent when step `step` was done. */
export interface RaceTraffic {
  readonly bytesOut: number;
  readonly step: number;
}

export interface RacedCurve {
  readonly curve: RaceCurve;
  /** Null where there is one rank, or nothing has been told yet. */
  readonly traffic: RaceTraffic | null;
}

export const raceAxes = ['steps', 'tokens', 'sent', 'seconds'] as const;
export type RaceAxis = (typeof raceAxes)[number];

export const noCurve: RaceCurve = { step: [], loss: [], elapsedMs: [], tokens: [] };

const MEBIBYTE = 2 ** 20;

export function extended(curve: RaceCurve, rows: readonly StepRow[]): RaceCurve {
  let trained = curve.tokens.at(-1) ?? 0;
  const tokens = rows.map((row) => {
    trained += row.tokens;
    return trained;
  });
  return {
    step: [...curve.step, ...rows.map((row) => row.step)],
    loss: [...curve.loss, ...rows.map((row) => row.loss)],
    elapsedMs: [...curve.elapsedMs, ...rows.map((row) => row.elapsedMs)],
    tokens: [...curve.tokens, ...tokens],
  };
}

export function bytesPerStep({ traffic }: RacedCurve): number | null {
  return traffic === null || traffic.step === 0 ? null : traffic.bytesOut / traffic.step;
}

/** Where the curve's points lie along an axis; null where it has no place on it. Bytes are shared out evenly over the steps. */
export function positions(raced: RacedCurve, axis: RaceAxis): readonly number[] | null {
  const { step, elapsedMs, tokens } = raced.curve;
  if (axis === 'steps') return step;
  if (axis === 'tokens') return tokens;
  if (axis === 'seconds') return elapsedMs.map((milliseconds) => milliseconds / 1000);
  const bytes = bytesPerStep(raced);
  return bytes === null ? null : step.map((number) => (number * bytes) / MEBIBYTE);
}

/** @param weight of the past, as for every smoothed curve */
export function smoothedLoss({ loss }: RaceCurve, weight: number): Float64Array {
  const out = new Float64Array(loss.length);
  smooth(Float64Array.from(loss), loss.length, weight, out);
  return out;
}

/** All curves over the union of their positions; null where one has no point. At most about `points` of each. */
export function joinCurves(raced: readonly RacedCurve[], axis: RaceAxis, weight: number, points: number): CurveData {
  const columns = raced.map((one) => {
    const at = positions(one, axis) ?? [];
    const values = smoothedLoss(one.curve, weight);
    const stride = Math.max(1, Math.ceil(at.length / points));
    const column = new Map<number, number>();
    at.forEach((x, index) => {
      const value = values[index];
      // The last point is the one that people compare.
      const kept = index % stride === 0 || index === at.length - 1;
      if (kept && value !== undefined && Number.isFinite(value)) column.set(x, value);
    });
    return column;
  });
  const xs = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b);
  return [xs, ...columns.map((column) => xs.map((x) => column.get(x) ?? null))];
}

/** The column's value at x, or the last one before it; null before its first and past its last. */
export function columnAt(xs: readonly number[], column: readonly (number | null)[], x: number): number | null {
  const end = column.findLastIndex((value) => value !== null);
  if (end < 0 || x > (xs[end] ?? 0)) return null;
  for (let index = end; index >= 0; index--) {
    const value = column[index] ?? null;
    if (value !== null && (xs[index] ?? 0) <= x) return value;
  }
  return null;
}

export function lastSmoothed(curve: RaceCurve, weight: number): number | null {
  const last = smoothedLoss(curve, weight).at(-1);
  return last !== undefined && Number.isFinite(last) ? last : null;
}

/** Of the steps after the first, which may still warm things up. */
export function tokensPerSecond({ tokens, elapsedMs }: RaceCurve): number | null {
  const milliseconds = (elapsedMs.at(-1) ?? 0) - (elapsedMs[0] ?? 0);
  return milliseconds > 0 ? (1000 * ((tokens.at(-1) ?? 0) - (tokens[0] ?? 0))) / milliseconds : null;
}

/** Raw losses by step, one column a contender: for the table beside the chart and for files. */
export function lossRows(curves: readonly RaceCurve[]): (number | null)[][] {
  const columns = curves.map(({ step, loss }) => new Map(step.map((number, index) => [number, loss[index] ?? null])));
  const steps = [...new Set(curves.flatMap(({ step }) => step))].sort((a, b) => a - b);
  return steps.map((step) => [step, ...columns.map((column) => column.get(step) ?? null)]);
}
