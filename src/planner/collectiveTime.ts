// What an exchange costs: rings over the levels of links, with latency, and with what the other ranks of a machine do at the same time. Pure formulas;
// it knows no plan. All ranks of a mesh are taken to exchange along the same axis at once, each in its own group.

import type { MeshAxis, MeshShape } from '../parallel/mesh';
import type { HardwareProfile, LinkLevel } from './hardware';

/** Ranks of a group: `size` of them, each `stride` after the one before. */
export interface GroupPlace {
  readonly size: number;
  readonly stride: number;
}

/** Where the groups of an axis lie, with the order of ranks that mesh.ts has. `cp`: neighbours along dp that share a sequence. */
export function groupPlace(
  { dp, pp, tp }: MeshShape,
  axis: MeshAxis | 'tied' | 'world' | 'cp',
  contextParallel: number,
): GroupPlace {
  switch (axis) {
    case 'tp':
      return { size: tp, stride: 1 };
    case 'dp':
      return { size: dp, stride: tp };
    case 'cp':
      return { size: contextParallel, stride: tp };
    case 'pp':
      return { size: pp, stride: dp * tp };
    case 'tied':
      return { size: 2, stride: Math.max(1, (pp - 1) * dp * tp) };
    case 'world':
      return { size: dp * pp * tp, stride: 1 };
  }
}

export type CollectiveKind = 'allReduce' | 'reduceScatter' | 'allGather';

/** Bytes that each rank sends of a tensor of `bytes` in a ring of `size` (Thakur et al. 2005). */
export function ringBytesOut(kind: CollectiveKind, size: number, bytes: number): number {
  return ((kind === 'allReduce' ? 2 : 1) * bytes * (size - 1)) / size;
}

interface Crossing {
  readonly link: LinkLevel;
  /** Members of the group below this level that send over it at once. */
  readonly lanes: number;
  /** Hops of the ring at this level. */
  readonly hops: number;
  /** Devices that share the level's common link. */
  readonly sharers: number;
  readonly share: number;
}

/** The levels that a group's ring crosses, innermost first. */
function crossings({ links, efficiency }: HardwareProfile, { size, stride }: GroupPlace): Crossing[] {
  const found: Crossing[] = [];
  let below = 1;
  let devicesBelow = 1;
  for (const link of links) {
    const devices = link.devices ?? Number.POSITIVE_INFINITY;
    const within = Math.max(1, Math.min(size, Math.floor(devices / stride)));
    const share = link.level === 'node' ? efficiency.nodeLink : efficiency.clusterLink;
    // A node's common link is shared by its devices; a cluster's port by those of the machine below it.
    const sharers = link.level === 'node' ? devices : devicesBelow;
    if (within > below) found.push({ link, lanes: below, hops: within / below - 1, sharers, share });
    below = Math.max(below, within);
    devicesBelow = devices;
  }
  return found;
}

function bytesPerMs({ link, lanes, sharers, share }: Crossing): number {
  const own = lanes * link.gigabytesPerSecond;
  const common = link.sharedGigabytesPerSecond;
  const gigabytes = common === null ? own : Math.min(own, (common * lanes) / sharers);
  return gigabytes * share * 1e6;
}

/**
 * Milliseconds of a collective on a tensor of `bytes`. A ring, whose slowest level sets the pace; a sum of few bytes goes over a tree.
 * A single rank needs none.
 */
export function collectiveMs(
  hardware: HardwareProfile,
  place: GroupPlace,
  kind: CollectiveKind,
  bytes: number,
): number {
  if (place.size <= 1) return 0;
  const levels = crossings(hardware, place);
  const rounds = kind === 'allReduce' ? 2 : 1;
  const travelMs = levels.reduce(
    (slowest, level) => Math.max(slowest, ringBytesOut(kind, place.size, bytes) / bytesPerMs(level)),
    0,
  );
  const ringMs = levels.reduce((sum, { hops, link }) => sum + (rounds * hops * link.latencyUs) / 1e3, travelMs);
  if (kind !== 'allReduce') return ringMs;
  const treeMs = levels.reduce(
    (sum, { hops, link }) => sum + (rounds * Math.log2(hops + 1) * link.latencyUs) / 1e3,
    2 * travelMs,
  );
  return Math.min(ringMs, treeMs);
}

/** Milliseconds of a message of `bytes` to the neighbour along the axis. */
export function messageMs(hardware: HardwareProfile, { stride }: GroupPlace, bytes: number): number {
  const level = crossings(hardware, { size: 2, stride }).at(-1);
  return level === undefined ? 0 : level.link.latencyUs / 1e3 + bytes / bytesPerMs({ ...level, lanes: 1 });
}
