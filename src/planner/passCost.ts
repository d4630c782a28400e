// What a part of a pass costs a rank: its own work, and the exchanges inside it. Sums and multiples only; layerCosts.ts knows where they come from.

import type { PlanTraffic } from './clusterPlan';

/** Exchanges of one kind inside a pass. */
export type InnerExchange = PlanTraffic;

export interface PassCost {
  /** Of the rank's own kernels. */
  readonly computeMs: number;
  /** What is really computed, recomputation with it. */
  readonly flops: number;
  readonly exchanges: readonly InnerExchange[];
}

export const noCost: PassCost = { computeMs: 0, flops: 0, exchanges: [] };

export function sumCosts(costs: readonly PassCost[]): PassCost {
  return {
    computeMs: costs.reduce((sum, { computeMs }) => sum + computeMs, 0),
    flops: costs.reduce((sum, { flops }) => sum + flops, 0),
    exchanges: sumExchanges(costs.flatMap(({ exchanges }) => exchanges)),
  };
}

export function timesCost({ computeMs, flops, exchanges }: PassCost, count: number): PassCost {
  return {
    computeMs: computeMs * count,
    flops: flops * count,
    exchanges: exchanges.map((exchange) => timesTraffic(exchange, count)),
  };
}

export function timesTraffic(traffic: PlanTraffic, count: number): PlanTraffic {
  return {
    ...traffic,
    calls: traffic.calls * count,
    bytesOut: traffic.bytesOut * count,
    milliseconds: traffic.milliseconds * count,
    exposedMilliseconds: traffic.exposedMilliseconds * count,
  };
}

/** One row for each collective, axis and kind of content. */
export function sumExchanges(rows: readonly PlanTraffic[]): PlanTraffic[] {
  const sums = new Map<string, PlanTraffic>();
  for (const row of rows) {
    const key = `${row.collective} ${row.axis} ${row.what}`;
    const sum = sums.get(key);
    sums.set(
      key,
      sum === undefined
        ? row
        : {
            ...row,
            calls: sum.calls + row.calls,
            bytesOut: sum.bytesOut + row.bytesOut,
            milliseconds: sum.milliseconds + row.milliseconds,
            exposedMilliseconds: sum.exposedMilliseconds + row.exposedMilliseconds,
          },
    );
  }
  return [...sums.values()];
}

/** How long the rank is at it: its kernels, and what of the exchanges does not run beside them. */
export function passMs({ computeMs, exchanges }: PassCost): number {
  return exchanges.reduce((sum, { exposedMilliseconds }) => sum + exposedMilliseconds, computeMs);
}
