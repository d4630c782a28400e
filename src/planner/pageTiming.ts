// What actions of a page's own runs take: kernels on one device that all ranks share, bytes through main memory, messages between workers.
// Rates are measured or assumed by whoever asks; this only adds up.

import type { LinkRates } from '../core/deviceRates';
import { LabError } from '../core/errors';
import type { Parcel } from '../parallel/collectives/traffic';
import type { PlanAction } from '../parallel/stepPlan';
import type { StepTiming } from './simulate';

/** Of one action of one rank. */
export interface PageActionCost {
  /** Of each of its kernels, on a device that does nothing else. */
  readonly kernelsMs: readonly number[];
  /** Null for what no other rank hears of. */
  readonly exchange: {
    readonly parcels: readonly Parcel[];
    /** Ranks that take part. */
    readonly members: number;
  } | null;
}

/**
 * How the lab's ranks exchange: values are brought from the device, given away in messages, and written to the device.
 * @param costs of every action, by the action itself
 */
export function pageTiming(costs: ReadonlyMap<PlanAction, PageActionCost>, rates: LinkRates): StepTiming {
  const costOf = (action: PlanAction): PageActionCost => {
    const cost = costs.get(action);
    if (!cost) throw new LabError({ code: 'internal', message: `Nobody knows what ${action.kind} costs` });
    return cost;
  };
  /** Giving work to the device counts as a part of the first kernel. */
  const kernelsOf = (action: PlanAction): readonly number[] => {
    const [first, ...others] = costOf(action).kernelsMs;
    return first === undefined ? [] : [first + rates.submitMs, ...others];
  };
  return {
    workMs: (_, action) => (action.overlaps ? 0 : sum(kernelsOf(action))),
    exchangeMs: (_, action) => {
      const { exchange } = costOf(action);
      if (exchange === null || !('bytes' in action)) return 0;
      const { parcels, members } = exchange;
      const busiest = busiestBytes(parcels, members);
      const messages = Math.max(0, ...parcels.map((parcel) => parcel.messages));
      const travelling = messages * rates.messageMs + busiest / rates.messageBytesPerMs;
      // Whoever receives writes it to the device in an action of its own, where it is sent from one rank to another.
      const written = action.kind === 'send' ? 0 : action.bytes / rates.writeBytesPerMs;
      return rates.readMs + action.bytes / rates.readBytesPerMs + travelling + written;
    },
    // The page's ranks have one GPU, or one processor, between them.
    shared: { deviceOf: () => 0, kernelsMs: (_, action) => kernelsOf(action) },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Bytes that the rank with most to copy gives away. */
function busiestBytes(parcels: readonly Parcel[], members: number): number {
  const sent = new Array<number>(members).fill(0);
  for (const { from, bytes } of parcels) sent[from] += bytes;
  return Math.max(0, ...sent);
}
