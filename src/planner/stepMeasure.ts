// Sums up a simulated step, or a run of each rank's actions: where the ranks' time went, and what travelled. Sums are linear in the number of
// micro-batches once a pipeline is full, so that a longer step follows from a shorter one and what repeats in it.

import type { PlanAction, PlanTensor } from '../parallel/stepPlan';
import type { ClusterPlan, PlanTraffic } from './clusterPlan';
import type { ClusterTiming } from './clusterTiming';
import { groupPlace, ringBytesOut } from './collectiveTime';
import { sumExchanges } from './passCost';
import type { SimulatedActions, SimulatedRank, SimulatedStep } from './simulate';

export interface StepMeasure {
  readonly spanMs: number;
  /** Of a rank, in the mean; what is left of the span is idle. */
  readonly computeMs: number;
  readonly communicationMs: number;
  /** Of all ranks that were run. */
  readonly flops: number;
  /** Of the rank that sends most of each. */
  readonly traffic: readonly PlanTraffic[];
}

/** Of a rank's actions: from the first on, before the second. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** @param window of each rank; the whole step where it is left out */
export function measureStep(
  plan: ClusterPlan,
  { ranks, actions }: SimulatedActions,
  { ranks: simulated, spanMs }: SimulatedStep,
  timing: ClusterTiming,
  window?: readonly Window[],
): StepMeasure {
  const each = simulated.map((run, index) =>
    measureRank(plan, ranks[index], actions[index], run, timing, window?.[index]),
  );
  const mean = (of: (rank: RankMeasure) => number) => each.reduce((sum, rank) => sum + of(rank), 0) / each.length;
  return {
    spanMs,
    computeMs: mean(({ computeMs }) => computeMs),
    communicationMs: mean(({ communicationMs }) => communicationMs),
    flops: each.reduce((sum, { flops }) => sum + flops, 0),
    traffic: busiest(each.map(({ traffic }) => traffic)),
  };
}

/** The measure of a longer step: with so many periods more. @param period what repeats, its span among it */
export function extendMeasure(short: StepMeasure, period: StepMeasure, periods: number): StepMeasure {
  const repeated = new Map(period.traffic.map((row) => [keyOf(row), row]));
  return {
    spanMs: short.spanMs + periods * period.spanMs,
    computeMs: short.computeMs + periods * period.computeMs,
    communicationMs: short.communicationMs + periods * period.communicationMs,
    flops: short.flops + periods * period.flops,
    traffic: short.traffic.map((row) => {
      const more = repeated.get(keyOf(row));
      if (more === undefined) return row;
      return {
        ...row,
        calls: Math.round(row.calls + periods * more.calls),
        bytesOut: row.bytesOut + periods * more.bytesOut,
        milliseconds: row.milliseconds + periods * more.milliseconds,
        exposedMilliseconds: row.exposedMilliseconds + periods * more.exposedMilliseconds,
      };
    }),
  };
}

interface RankMeasure {
  readonly computeMs: number;
  readonly communicationMs: number;
  readonly flops: number;
  readonly traffic: readonly PlanTraffic[];
}

type Row = { -readonly [K in keyof PlanTraffic]: PlanTraffic[K] };

function measureRank(
  plan: ClusterPlan,
  rank: number,
  actions: readonly PlanAction[],
  { startMs, endMs, waitMs }: SimulatedRank,
  timing: ClusterTiming,
  { from, to }: Window = { from: 0, to: actions.length },
): RankMeasure {
  const rows = new Map<string, Row>();
  const inner = new Map<PlanTraffic, number>();
  const bytesOutOf = new Map<string, number>();
  let [computeMs, communicationMs, flops] = [0, 0, 0];

  const rowOf = (action: PlanAction): Row | null => {
    if (!isExchange(action)) return null;
    const axis = action.kind === 'send' ? 'pp' : action.axis;
    const short = `${action.kind} ${axis} ${action.tensor.of}`;
    const seen = rows.get(short);
    if (seen) return seen;
    const row: Row = {
      ...{ collective: action.kind, axis, what: contentOf(action.tensor) },
      ...{ calls: 0, bytesOut: 0, milliseconds: 0, exposedMilliseconds: 0 },
    };
    rows.set(short, row);
    return row;
  };
  const bytesOut = (action: Extract<PlanAction, { kind: PlanTraffic['collective'] }>): number => {
    const bytes = timing.travelBytes(action);
    if (action.kind === 'send') return bytes;
    const key = `${action.kind} ${action.axis} ${bytes}`;
    let out = bytesOutOf.get(key);
    if (out === undefined) {
      out = ringBytesOut(action.kind, groupPlace(plan.mesh, action.axis, plan.contextParallel).size, bytes);
      bytesOutOf.set(key, out);
    }
    return out;
  };
  /** Waiting for an exchange of one's own that ran beside. */
  const charge = (action: PlanAction, ms: number): void => {
    if (ms <= 0) return;
    communicationMs += ms;
    const latest = action.waitsFor.reduce((a, b) => (endMs[b] > endMs[a] ? b : a), action.waitsFor[0]);
    const row = rowOf(actions[latest]);
    if (row) row.exposedMilliseconds += ms;
  };

  for (let index = from; index < to; index++) {
    const action = actions[index];
    if (isExchange(action)) {
      const row = rowOf(action);
      const ms = timing.exchangeMs(rank, action);
      if (row) {
        row.calls++;
        row.bytesOut += bytesOut(action);
        row.milliseconds += ms;
        if (!action.overlaps) row.exposedMilliseconds += ms;
      }
      if (!action.overlaps) communicationMs += ms;
      continue;
    }
    if (action.kind === 'receive') continue;
    if (action.waitsFor.length > 0) charge(action, waitMs[index]);
    const busyMs = endMs[index] - startMs[index] - waitMs[index];
    const cost = timing.costOf(rank, action);
    flops += cost.flops;
    for (const exchange of cost.exchanges) {
      communicationMs += exchange.exposedMilliseconds;
      computeMs -= exchange.exposedMilliseconds;
      inner.set(exchange, (inner.get(exchange) ?? 0) + 1);
    }
    computeMs += busyMs;
  }
  const within = [...inner].map(([row, count]) => ({
    ...row,
    calls: row.calls * count,
    bytesOut: row.bytesOut * count,
    milliseconds: row.milliseconds * count,
    exposedMilliseconds: row.exposedMilliseconds * count,
  }));
  return { computeMs, communicationMs, flops, traffic: sumExchanges([...rows.values(), ...within]) };
}

type Exchange = Extract<PlanAction, { kind: PlanTraffic['collective'] }>;

function isExchange(action: PlanAction): action is Exchange {
  const { kind } = action;
  return kind === 'allReduce' || kind === 'reduceScatter' || kind === 'allGather' || kind === 'send';
}

function contentOf(tensor: PlanTensor): string {
  switch (tensor.of) {
    case 'activation':
      return 'activations';
    case 'activationGradient':
      return 'gradients of activations';
    case 'part':
      return tensor.label;
    case 'gradients':
      return 'gradients';
    case 'change':
      return 'changes';
    case 'parameters':
      return 'parameters';
    case 'scalars':
      return 'loss and norm';
  }
}

function keyOf({ collective, axis, what }: PlanTraffic): string {
  return `${collective} ${axis} ${what}`;
}

function busiest(ranks: readonly (readonly PlanTraffic[])[]): PlanTraffic[] {
  const most = new Map<string, PlanTraffic>();
  for (const row of ranks.flat()) {
    const known = most.get(keyOf(row));
    if (!known || row.bytesOut > known.bytesOut) most.set(keyOf(row), row);
  }
  return [...most.values()].filter(({ bytesOut }) => bytesOut > 0).sort((a, b) => b.bytesOut - a.bytesOut);
}
