// What each action of a plan sends when the executor runs it, from the plan alone: who to whom, how many bytes in how many messages, and the
// line of the ledger it is counted in. It follows the executor's collectives and runs none; a test holds the two together.

import { shardUnits } from '../core/arena';
import { LabError } from '../core/errors';
import type { CollectiveName, LedgerRow, PeerTraffic } from '../core/meshRecords';
import { sumLengths } from '../core/spans';
import { isCollective } from '../gpu/graph';
import { cargoOf } from '../parallel/cargo';
import { collectiveParcels, compressedCalls, compressedParcels, type Parcel } from '../parallel/collectives/traffic';
import type { GroupCollective, PlanAction } from '../parallel/stepPlan';
import { unitShards } from '../parallel/unitShards';
import type { MeshRankPlan } from './meshRankPlan';
import { RANK_SCALARS } from './rankScalars';

/** One exchange as a rank takes part in it. */
export interface ActionExchange {
  readonly collective: CollectiveName;
  readonly axis: string;
  readonly what: string;
  /** Ranks of the mesh; parcels speak of places in this list. */
  readonly group: readonly number[];
  readonly parcels: readonly Parcel[];
  /** Collectives that it is made of. */
  readonly calls: number;
}

/** Null for what no other rank hears of. */
export function actionExchange(plan: MeshRankPlan, action: PlanAction): ActionExchange | null {
  switch (action.kind) {
    case 'send':
      return pair(plan.rank, action.peer, 'send', action);
    case 'receive':
      return pair(action.peer, plan.rank, 'receive', action);
    case 'allReduce':
    case 'reduceScatter':
    case 'allGather':
      return {
        // Loss and norm are gathered, and every rank adds them up for itself.
        collective: action.tensor.of === 'scalars' ? 'allGather' : action.kind,
        axis: action.axis,
        what: cargoOf(action.tensor),
        group: action.group,
        parcels: groupParcels(plan, action),
        calls: isCompressed(action) ? compressedCalls(action.bytes / 4, plan.spec.parallel) : 1,
      };
    // Asynchronous requests are answered as they come: no step has them all.
    case 'pull':
    case 'push':
    case 'zeroGradients':
    case 'compute':
    case 'copy':
    case 'gradientNorm':
    case 'optimizerStep':
    case 'outerStep':
      return null;
  }
}

type GroupAction = Extract<PlanAction, { kind: GroupCollective }>;

function pair(
  from: number,
  to: number,
  collective: 'send' | 'receive',
  { tensor, bytes }: Extract<PlanAction, { kind: 'send' | 'receive' }>,
): ActionExchange {
  return {
    collective,
    axis: 'pp',
    what: cargoOf(tensor),
    group: [from, to],
    parcels: [{ from: 0, to: 1, messages: 1, bytes }],
    calls: 1,
  };
}

/** Sums over replicas may be; what is to be exact never is. */
function isCompressed({ kind, tensor }: GroupAction): boolean {
  if (tensor.of === 'change') return !tensor.exact;
  return kind === 'allReduce' && tensor.of === 'gradients' && tensor.share === 'all';
}

function groupParcels(plan: MeshRankPlan, action: GroupAction): Parcel[] {
  const { tensor, group, kind } = action;
  const { parallel } = plan.spec;
  const values = action.bytes / 4;
  const evenly = (): number[] => [values, ...new Array<number>(group.length - 1).fill(0)];
  switch (tensor.of) {
    case 'scalars':
      return collectiveParcels('allGather', new Array<number>(group.length).fill(RANK_SCALARS));
    case 'part':
      return collectiveParcels(kind, partCounts(plan, tensor));
    case 'parameters': {
      const shards = group.map((_, index) => unitShards(plan.layout.units, parallel, index));
      const { unit } = tensor;
      return collectiveParcels(
        kind,
        shards.map((list) => (unit === 'all' ? sumLengths(list) : list[unit].length)),
      );
    }
    case 'gradients':
      if (tensor.share !== 'all') return collectiveParcels('allReduce', evenly());
      if (isCompressed(action)) return compressedParcels(values, group.length, parallel);
      return collectiveParcels(
        kind,
        group.map((_, index) => bucketShare(plan, tensor.bucket, index)),
      );
    case 'change':
      return isCompressed(action)
        ? compressedParcels(values, group.length, parallel)
        : collectiveParcels('allReduce', evenly());
    case 'activation':
    case 'activationGradient':
      throw new LabError({ code: 'internal', message: 'Stages send to one peer, not to a group' });
  }
}

/** Values of a bucket that rank `index` along dp keeps. */
function bucketShare({ layout, actions, spec }: MeshRankPlan, bucket: number, index: number): number {
  const shards = shardUnits(layout.units, spec.parallel.dp, index);
  return sumLengths(actions.train.buckets[bucket].map((unit) => shards[unit]));
}

function partCounts(
  { stages }: MeshRankPlan,
  { stage: index, pass, part }: { readonly stage: number; readonly pass: string; readonly part: number },
): readonly number[] {
  const stage = stages.find(({ span }) => span.stage === index);
  const calls = stage?.train.calls.filter(({ segment }) => segment === pass) ?? [];
  const parts = Object.entries(stage?.trainParts ?? {}).find(([name]) => name === pass)?.[1];
  const call = parts ? calls[parts[part].to] : undefined;
  if (!call || !isCollective(call))
    throw new LabError({ code: 'internal', message: `Part ${part} of ${pass} of stage ${index} has no exchange` });
  return call.counts;
}

/** The ledger of one step of one rank, without times, and what it sends to each peer. */
export function rankTraffic(
  plan: MeshRankPlan,
  actions: readonly PlanAction[],
): { readonly ledger: LedgerRow[]; readonly sent: PeerTraffic[] } {
  const ledger = new Map<string, LedgerRow>();
  const sent = new Map<number, number>();
  const { rank } = plan;
  for (const action of actions) {
    const exchange = actionExchange(plan, action);
    if (exchange === null) continue;
    const { collective, axis, what, group, parcels, calls } = exchange;
    const out = parcels.filter(({ from }) => group[from] === rank);
    const into = parcels.filter(({ to }) => group[to] === rank);
    for (const { to, bytes } of out) sent.set(group[to], (sent.get(group[to]) ?? 0) + bytes);
    const key = `${collective}/${axis}/${what}`;
    const row = ledger.get(key);
    const sum = (list: readonly Parcel[], of: 'bytes' | 'messages'): number =>
      list.reduce((total, parcel) => total + parcel[of], 0);
    ledger.set(key, {
      rank,
      collective,
      axis,
      what,
      calls: (row?.calls ?? 0) + calls,
      messages: (row?.messages ?? 0) + sum(out, 'messages'),
      bytesOut: (row?.bytesOut ?? 0) + sum(out, 'bytes'),
      bytesIn: (row?.bytesIn ?? 0) + sum(into, 'bytes'),
      milliseconds: row?.milliseconds ?? 0,
    });
  }
  return {
    ledger: [...ledger.values()],
    sent: [...sent].map(([to, bytes]) => ({ from: rank, to, bytes })).sort((a, b) => a.to - b.to),
  };
}
