// What a collective sends, from the sizes alone: who gives whom how many bytes in how many messages. The same rules as the collectives follow,
// held to them by test; it moves nothing.

import { partition } from '../../core/partition';
import type { ParallelConfig } from '../../core/runConfig';
import { INT8_BLOCK } from '../compression/int8';
import { factorShape } from '../compression/powerSgd';
import { keptCount } from '../compression/topK';
import type { GroupCollective } from '../stepPlan';
import { chooseAlgorithm } from './algorithm';

/** From one member of a group to another, by their places in it. */
export interface Parcel {
  readonly from: number;
  readonly to: number;
  readonly messages: number;
  readonly bytes: number;
}

const VALUE_BYTES = 4;

/**
 * All parcels of one call.
 * @param counts values of each member's part, in order of the group; for an all-reduce only their sum matters
 */
export function collectiveParcels(kind: GroupCollective, counts: readonly number[]): Parcel[] {
  const members = counts.length;
  if (members === 1) return [];
  const total = counts.reduce((sum, count) => sum + count, 0);
  const algorithm = chooseAlgorithm('auto', VALUE_BYTES * total, members);
  if (kind === 'allReduce') {
    if (algorithm === 'exchange')
      return total === 0 ? [] : direct(members, () => ({ bytes: VALUE_BYTES * total, messages: 1 }));
    const parts = partition(total, members).map(({ length }) => length);
    const [scatter, gather] = algorithm === 'ring' ? [ringScatter, ringGather] : [directScatter, directGather];
    return joined([...scatter(parts), ...gather(parts)]);
  }
  if (kind === 'reduceScatter') return joined((algorithm === 'ring' ? ringScatter : directScatter)(counts));
  return joined((algorithm === 'ring' ? ringGather : directGather)(counts));
}

/** The same of an all-reduce of `length` values under compression. */
export function compressedParcels(
  length: number,
  members: number,
  settings: Pick<ParallelConfig, 'compression' | 'topKShare' | 'powerRank'>,
): Parcel[] {
  const { compression, topKShare, powerRank } = settings;
  const plain = (): Parcel[] => collectiveParcels('allReduce', evenCounts(length, members));
  if (members === 1 || length === 0) return [];
  switch (compression) {
    case 'none':
      return plain();
    case 'f16':
      return twoPass(length, members, (count) => 2 * count);
    case 'int8':
      return twoPass(length, members, (count) => count + VALUE_BYTES * Math.ceil(count / INT8_BLOCK));
    case 'top-k':
      return direct(members, () => ({ bytes: 2 * VALUE_BYTES * keptCount(length, topKShare), messages: 1 }));
    case 'power-sgd': {
      const shape = factorShape(length, powerRank);
      if (shape === null) return plain();
      return joined(
        [shape.rows, shape.columns].flatMap((extent) =>
          collectiveParcels('allReduce', evenCounts(extent * shape.rank, members)),
        ),
      );
    }
  }
}

/** Collectives that one all-reduce under compression is made of. */
export function compressedCalls(
  length: number,
  { compression, powerRank }: Pick<ParallelConfig, 'compression' | 'powerRank'>,
): number {
  return compression === 'power-sgd' && factorShape(length, powerRank) !== null ? 2 : 1;
}

function evenCounts(length: number, members: number): number[] {
  return partition(length, members).map((part) => part.length);
}

function direct(
  members: number,
  parcel: (from: number, to: number) => { readonly bytes: number; readonly messages: number },
): Parcel[] {
  const parcels: Parcel[] = [];
  for (let from = 0; from < members; from++)
    for (let to = 0; to < members; to++) if (from !== to) parcels.push({ from, to, ...parcel(from, to) });
  return parcels.filter(({ messages }) => messages > 0);
}

/** Values to the member whose part they are; an empty part sends nothing. */
function values(count: number): { readonly bytes: number; readonly messages: number } {
  return { bytes: VALUE_BYTES * count, messages: count > 0 ? 1 : 0 };
}

function directScatter(parts: readonly number[]): Parcel[] {
  return direct(parts.length, (_, to) => values(parts[to]));
}

function directGather(parts: readonly number[]): Parcel[] {
  return direct(parts.length, (from) => values(parts[from]));
}

/** Every part but one's own goes on to the next member. */
function ringScatter(parts: readonly number[]): Parcel[] {
  return ring(parts, (from) => parts.filter((_, part) => part !== from));
}

/** Every part but the next member's own goes on to it. */
function ringGather(parts: readonly number[]): Parcel[] {
  return ring(parts, (from) => parts.filter((_, part) => part !== (from + 1) % parts.length));
}

function ring(parts: readonly number[], passed: (from: number) => number[]): Parcel[] {
  return parts.flatMap((_, from) => {
    const counts = passed(from).filter((count) => count > 0);
    const bytes = VALUE_BYTES * counts.reduce((sum, count) => sum + count, 0);
    return counts.length === 0 ? [] : [{ from, to: (from + 1) % parts.length, messages: counts.length, bytes }];
  });
}

/** Each part, encoded, to its owner; then each owner's sum, encoded, to all. Empty parts are sent too. */
function twoPass(length: number, members: number, encodedBytes: (count: number) => number): Parcel[] {
  const parts = evenCounts(length, members).map(encodedBytes);
  return direct(members, (from, to) => ({ bytes: parts[to] + parts[from], messages: 2 }));
}

/** One parcel for each pair of members. */
function joined(parcels: readonly Parcel[]): Parcel[] {
  const pairs = new Map<string, Parcel>();
  for (const parcel of parcels) {
    const key = `${parcel.from} ${parcel.to}`;
    const known = pairs.get(key);
    pairs.set(
      key,
      known ? { ...parcel, messages: known.messages + parcel.messages, bytes: known.bytes + parcel.bytes } : parcel,
    );
  }
  return [...pairs.values()];
}
