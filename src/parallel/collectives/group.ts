// A group of ranks along one axis of the mesh, as one of them sees it: what every collective works on.
// It holds no state of a call: collectives of different tags may run over one group at the same time.

import { LabError } from '../../core/errors';
import type { BufferPool } from '../transport/bufferPool';
import type { Endpoint } from '../transport/endpoint';
import type { CallRecord, Ledger } from '../transport/ledger';

export interface Group {
  /** Global ranks, in the order of the axis; the order of sums. */
  readonly ranks: readonly number[];
  /** This rank's place in `ranks`. */
  readonly index: number;
  /** `dp`, `pp`, `tp`, `world`: for the ledger, and part of every tag. */
  readonly axis: string;
  readonly endpoint: Endpoint;
  readonly ledger: Ledger;
  readonly pool: BufferPool;
}

export interface CallOptions {
  /** What is moved, for the ledger: `gradients`, `activations`, ... */
  readonly what: string;
  /** Tells calls of one `what` apart that run at the same time, e.g. a bucket's number; the same on all ranks. */
  readonly key?: string | number;
  /** Told what this one call cost. */
  readonly report?: (record: CallRecord) => void;
}

/** @throws LabError `internal` where the endpoint's rank is not in `ranks`. */
export function createGroup(
  ranks: readonly number[],
  axis: string,
  rank: { readonly endpoint: Endpoint; readonly ledger: Ledger; readonly pool: BufferPool },
): Group {
  const index = ranks.indexOf(rank.endpoint.rank);
  if (index < 0)
    throw new LabError({
      code: 'internal',
      message: `Rank ${rank.endpoint.rank} is not in the ${axis} group of ranks ${ranks.join(', ')}.`,
    });
  return { ranks, index, axis, ...rank };
}
