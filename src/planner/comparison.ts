// What was expected of a step beside what was measured: the order of work on each rank, where time went, memory, and every byte that travelled.
// Pure; it neither predicts nor measures.

import type { MeshRankFacts, StepTrace } from '../core/meshRecords';
import type { StepPlan } from '../parallel/stepPlan';
import { stepShares, type TimeShares } from '../parallel/stepShares';

export interface PredictionCheck {
  readonly check: string;
  readonly predicted: number;
  readonly measured: number;
  /** Largest difference that is accepted, in the same unit. */
  readonly tolerance: number;
  readonly ok: boolean;
}

export interface StepSide {
  readonly plan: StepPlan;
  readonly ranks: readonly MeshRankFacts[];
}

/** Of the ranks' time. */
const BUBBLE_TOLERANCE = 0.05;
const MEMORY_TOLERANCE = 0.05;

/** @param traces of steps that were measured; shares are medians over them */
export function comparePrediction(
  predicted: StepSide & { readonly trace: StepTrace },
  measured: StepSide & { readonly traces: readonly StepTrace[] },
): PredictionCheck[] {
  return [
    ...orderChecks(predicted, measured),
    ...shareChecks(predicted, measured),
    ...predicted.ranks.map(({ rank, totalBytes }) => {
      const own = measured.ranks.find((facts) => facts.rank === rank)?.totalBytes ?? 0;
      return within(`memory of rank ${rank}`, totalBytes, own, MEMORY_TOLERANCE * own);
    }),
    ...byteChecks(predicted.trace, measured.traces),
  ];
}

function within(check: string, predicted: number, measured: number, tolerance: number): PredictionCheck {
  return { check, predicted, measured, tolerance, ok: Math.abs(predicted - measured) <= tolerance };
}

/** Passes of the rank in the order in which they ended. */
function passes(plan: StepPlan, { events }: StepTrace, rank: number): string[] {
  return events
    .filter((event) => event.rank === rank)
    .toSorted((a, b) => a.endMs - b.endMs || a.action - b.action)
    .flatMap(({ action: index }) => {
      const action = plan.actions[rank][index];
      return action?.kind === 'compute' ? [`${action.stage} ${action.pass} ${action.microBatch} ${action.part}`] : [];
    });
}

/** How many passes are where they were expected to be; all of them must be. */
function orderChecks(
  predicted: StepSide & { readonly trace: StepTrace },
  measured: StepSide & { readonly traces: readonly StepTrace[] },
): PredictionCheck[] {
  return predicted.ranks.map(({ rank }) => {
    const wanted = passes(predicted.plan, predicted.trace, rank);
    const fewest = measured.traces.reduce((least, trace) => {
      const got = passes(measured.plan, trace, rank);
      return Math.min(least, got.length === wanted.length ? wanted.filter((pass, i) => got[i] === pass).length : 0);
    }, wanted.length);
    return within(`order on rank ${rank}`, wanted.length, measured.traces.length === 0 ? 0 : fewest, 0);
  });
}

function shareChecks(
  predicted: StepSide & { readonly trace: StepTrace },
  measured: StepSide & { readonly traces: readonly StepTrace[] },
): PredictionCheck[] {
  const expected = medianShares(predicted.plan, [predicted.trace]);
  const { bubble } = medianShares(measured.plan, measured.traces);
  return [within('bubble share', expected.bubble, bubble, BUBBLE_TOLERANCE)];
}

/** Each share's median over steps, so that they need not sum to 1. */
export function medianShares(plan: StepPlan, traces: readonly StepTrace[]): TimeShares {
  const shares = traces.map(({ events }) => stepShares(plan, events));
  return {
    compute: median(shares.map(({ compute }) => compute)),
    communication: median(shares.map(({ communication }) => communication)),
    bubble: median(shares.map(({ bubble }) => bubble)),
  };
}

/** Every exchange of every rank, and every pair of ranks, in every traced step. */
function byteChecks(expected: StepTrace, traces: readonly StepTrace[]): PredictionCheck[] {
  const wanted = bytesByName(expected);
  const got = traces.map(bytesByName);
  const names = new Set([...wanted.keys(), ...got.flatMap((bytes) => [...bytes.keys()])]);
  return [...names].map((name) => {
    const predicted = wanted.get(name) ?? 0;
    // The step that is furthest off, if one is.
    const measured = got.map((bytes) => bytes.get(name) ?? 0).find((bytes) => bytes !== predicted) ?? predicted;
    return within(name, predicted, got.length === 0 ? Number.NaN : measured, 0);
  });
}

function bytesByName({ ledger, sent }: StepTrace): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const { rank, collective, axis, what, calls, messages, bytesOut, bytesIn } of ledger) {
    const name = `rank ${rank}: ${collective} ${axis} ${what}`;
    bytes.set(`${name}: calls`, calls);
    bytes.set(`${name}: messages`, messages);
    bytes.set(`${name}: bytes out`, bytesOut);
    bytes.set(`${name}: bytes in`, bytesIn);
  }
  for (const { from, to, bytes: count } of sent) bytes.set(`rank ${from} to rank ${to}: bytes`, count);
  return bytes;
}

function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
