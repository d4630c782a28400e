// Where replicas that stepped alone come together: each takes what its weights changed by from the GPU, the changes are averaged over dp,
// and the outer optimiser makes the weights that all go on from. It follows a plan and makes none.
//
// The weights that replicas part from, and the outer momentum, lie in main memory: they are needed only where values pass through it anyway.

import { LabError } from '../core/errors';
import { partOf, type Span } from '../core/partition';
import { clipSpans, packSpans, sumLengths, withoutSpans } from '../core/spans';
import type { RankMemory } from '../gpu/rankMemory';
import { cargoOf } from '../parallel/cargo';
import { allReduce } from '../parallel/collectives/allReduce';
import type { Group } from '../parallel/collectives/group';
import { compressedAllReduce } from '../parallel/compression/compressedAllReduce';
import { CompressionStates } from '../parallel/compression/state';
import type { PlanTensor } from '../parallel/stepPlan';
import { createOuterState, type OuterState, outerUpdate } from '../parallel/strategies/outerUpdate';
import { rangesOf, writeSpans } from './arenaSpans';
import type { MeshRankPlan } from './meshRankPlan';
import type { Staging } from './staging';

type ChangeTensor = Extract<PlanTensor, { of: 'change' }>;

interface Parcel {
  /** Elements of the arena, in order. */
  readonly spans: readonly Span[];
  /** This replica's weights as they were, and the mean change; both of the pool. */
  readonly own: Float32Array;
  readonly change: Float32Array;
}

export class ReplicaMeeting {
  private outer: OuterState | null = null;
  private readonly compression = new CompressionStates();
  private arrived: Parcel[] = [];
  /** Own weights while the mean lies in their place. */
  private aside: Parcel[] = [];
  /** This replica's share of the global batch: a mean over tokens, not over replicas. */
  private readonly weight: number;

  constructor(
    private readonly plan: MeshRankPlan,
    private readonly memory: RankMemory,
    private readonly staging: Staging,
    private readonly queue: GPUQueue,
  ) {
    const { train, parallel } = plan.spec;
    this.weight = partOf(train.batchSize, parallel.dp, plan.at.dp).length / train.batchSize;
  }

  /** All replicas have these weights (the arena, gaps as zeros) and part from them; what earlier meetings left is forgotten. */
  depart(weights: Float32Array): void {
    this.outer = createOuterState(weights, this.plan.spec.parallel);
    this.compression.clear();
    this.arrived = [];
    this.aside = [];
  }

  private requireOuter(): OuterState {
    if (!this.outer) throw new LabError({ code: 'internal', message: 'These replicas never parted' });
    return this.outer;
  }

  private spansOf({ bucket, share }: ChangeTensor): readonly Span[] {
    const { layout, replicated, tied, actions } = this.plan;
    if (share === 'replicated') return replicated;
    if (share === 'tied') return tied ? [tied] : [];
    const units = actions.meet.buckets[bucket].map((unit) => layout.units[unit]);
    const start = units[0].start;
    const { end } = units[units.length - 1];
    const shared = [...replicated, ...(tied ? [tied] : [])].sort((a, b) => a.start - b.start);
    return withoutSpans({ start, length: end - start }, clipSpans(shared, start, end));
  }

  /** Averages one parcel over the group. Every replica ends with the same bits. */
  async exchange(tensor: ChangeTensor, group: Group): Promise<void> {
    const { anchor } = this.requireOuter();
    const spans = this.spansOf(tensor);
    const own = await this.staging.read(rangesOf(this.memory.arena('parameters'), spans));
    const change = packSpans(anchor, spans, this.staging.pool.take(sumLengths(spans)));
    for (let i = 0; i < change.length; i++) change[i] = this.weight * (change[i] - own[i]);
    const key = `${tensor.share} ${tensor.bucket}`;
    const options = { what: cargoOf(tensor), key };
    if (tensor.exact) await allReduce(group, change, options);
    else {
      const state = this.compression.of(key, change.length);
      await compressedAllReduce(group, change, this.plan.spec.parallel, state, options);
    }
    this.arrived.push({ spans, own, change });
  }

  /** To be called when all parcels have arrived; see PlanAction `outerStep`. */
  finish(outcome: 'strategy' | 'mean' | 'own'): void {
    if (outcome === 'own') {
      for (const parcel of this.aside) {
        this.write(parcel.spans, parcel.own);
        this.staging.pool.give(parcel.own);
      }
      this.aside = [];
      return;
    }
    const parcels = this.arrived;
    this.arrived = [];
    for (const { spans, own, change } of parcels) {
      if (outcome === 'mean') this.write(spans, this.meanOf(spans, change));
      else this.write(spans, this.adopt(spans, change));
      this.staging.pool.give(change);
      if (outcome === 'strategy') this.staging.pool.give(own);
    }
    if (outcome === 'mean') this.aside = parcels;
  }

  private meanOf(spans: readonly Span[], change: Float32Array): Float32Array {
    const { anchor } = this.requireOuter();
    const mean = packSpans(anchor, spans, new Float32Array(change.length));
    for (let i = 0; i < mean.length; i++) mean[i] -= change[i];
    return mean;
  }

  private adopt(spans: readonly Span[], change: Float32Array): Float32Array {
    const outer = this.requireOuter();
    let at = 0;
    for (const { start, length } of spans) {
      outerUpdate(outer, start, change.subarray(at, at + length), this.plan.spec.parallel);
      at += length;
    }
    return packSpans(outer.anchor, spans, new Float32Array(change.length));
  }

  private write(spans: readonly Span[], values: Float32Array): void {
    writeSpans(this.queue, this.memory.arena('parameters'), spans, values);
  }
}
