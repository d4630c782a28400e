// The curves of a run as rows to draw: which metric, smoothed or raw, over which steps. Reads the log, draws nothing.

import type { EvaluationRow } from '../../core/records';
import type { MetricName, MetricsLog } from '../stores/metricsLog';
import { decimate, lowerBound } from './decimate';
import { smooth } from './smoothing';

/** x, then one column a curve; null where a curve has no value at that step. */
export type CurveData = [xs: number[], ...columns: (number | null)[][]];

export interface CurveWindow {
  readonly range: readonly [number, number] | null;
  /** Pixels to draw on. */
  readonly width: number;
}

let scratch = new Float64Array(0);

function smoothed(log: MetricsLog, name: MetricName, weight: number): Float64Array {
  if (scratch.length < log.columns[name].length) scratch = new Float64Array(log.columns[name].length);
  smooth(log.columns[name], log.length, weight, scratch);
  return scratch;
}

function visibleRows(log: MetricsLog, name: MetricName, { range, width }: CurveWindow): number[] {
  const { step } = log.columns;
  // One row beyond each edge, so that lines run out of the picture.
  const from = range === null ? 0 : Math.max(0, lowerBound(step, log.length, range[0]) - 1);
  const to = range === null ? log.length : Math.min(log.length, lowerBound(step, log.length, range[1]) + 1);
  return decimate(log.columns[name], from, to, Math.max(50, Math.ceil(width)));
}

/** Raw, smoothed and held-out loss. */
export function lossCurves(log: MetricsLog, weight: number, window: CurveWindow): CurveData {
  const rows = visibleRows(log, 'loss', window);
  const { step, loss } = log.columns;
  const even = smoothed(log, 'loss', weight);
  const data: [number[], (number | null)[], (number | null)[], (number | null)[]] = [[], [], [], []];
  const add = (x: number, raw: number | null, smoothValue: number | null, held: number | null) => {
    data[0].push(x);
    data[1].push(raw);
    data[2].push(smoothValue);
    data[3].push(held);
  };
  let next = 0;
  const { evaluations } = log;
  for (const row of rows) {
    const x = step[row] ?? 0;
    for (let held = evaluations[next]; held !== undefined && held.step < x; held = evaluations[++next]) {
      add(held.step, null, null, finite(held.loss));
    }
    const held = evaluations[next]?.step === x ? evaluations[next++] : undefined;
    add(x, finite(loss[row]), finite(even[row]), held === undefined ? null : finite(held.loss));
  }
  for (const held of evaluations.slice(next)) add(held.step, null, null, finite(held.loss));
  return data;
}

/** One metric, smoothed. */
export function metricCurve(log: MetricsLog, name: MetricName, weight: number, window: CurveWindow): CurveData {
  const rows = visibleRows(log, name, window);
  const values = weight === 0 ? log.columns[name] : smoothed(log, name, weight);
  return [rows.map((row) => log.columns.step[row] ?? 0), rows.map((row) => finite(values[row]))];
}

/** The value at a step, or the last one before it. */
export function valueAt(log: MetricsLog, name: MetricName, step: number | null): number | null {
  if (log.length === 0) return null;
  if (step === null) return log.last(name);
  const row = lowerBound(log.columns.step, log.length, step + 0.5) - 1;
  return row < 0 ? null : (log.columns[name][row] ?? null);
}

export function smoothedAt(log: MetricsLog, name: MetricName, weight: number, step: number | null): number | null {
  if (log.length === 0) return null;
  const row = step === null ? log.length - 1 : lowerBound(log.columns.step, log.length, step + 0.5) - 1;
  return row < 0 ? null : (smoothed(log, name, weight)[row] ?? null);
}

export function evaluationAt(log: MetricsLog, step: number | null): EvaluationRow | null {
  if (step === null) return log.evaluations.at(-1) ?? null;
  return log.evaluations.findLast((row) => row.step <= step) ?? null;
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
