// Gradients on their way between ranks, bucket by bucket: taken from the GPU once, summed over tensor-parallel, tied and data-parallel peers
// one after another, put back once. Under ZeRO a rank keeps only its own part of each sum. It follows a plan and makes none.

import { shardUnits } from '../core/arena';
import { LabError } from '../core/errors';
import type { Span } from '../core/partition';
import { clipSpans, packSpans, sumLengths, unpackSpans } from '../core/spans';
import type { BufferRange } from '../gpu/program';
import type { RankMemory } from '../gpu/rankMemory';
import { cargoOf } from '../parallel/cargo';
import { allReduce } from '../parallel/collectives/allReduce';
import type { Group } from '../parallel/collectives/group';
import { reduceScatter } from '../parallel/collectives/reduceScatter';
import { countNonFinite } from '../parallel/collectives/vectorSum';
import type { GroupAction } from '../parallel/stepPlan';
import { writeSpans } from './arenaSpans';
import { pooledRange } from './meshMemory';
import type { MeshRankPlan } from './meshRankPlan';
import type { Staging } from './staging';

/** How data-parallel ranks sum a bucket: exactly, or compressed. In place, the same bits on all ranks. */
export type BucketReducer = (group: Group, data: Float32Array, bucket: number) => Promise<Float32Array>;

interface Bucket {
  readonly units: readonly number[];
  /** Elements of the arena that `data` holds, in order. */
  readonly span: Span;
  /** The gradients from the GPU, then the sums; null where the bucket has not left the GPU in this round. */
  data: Promise<Float32Array> | null;
  /** Own part of the sums, added over micro-batches (ZeRO 2 and 3), or of the last round. */
  own: Float32Array | null;
}

export class GradientBuckets {
  private readonly buckets: readonly Bucket[];
  private ownNonFinite = 0;

  constructor(
    private readonly plan: MeshRankPlan,
    private readonly memory: RankMemory,
    private readonly staging: Staging,
    private readonly queue: GPUQueue,
    private readonly reduce: BucketReducer,
  ) {
    const { units } = plan.layout;
    this.buckets = plan.actions.train.buckets.map((members) => {
      const start = units[members[0]].start;
      return {
        units: members,
        span: { start, length: units[members[members.length - 1]].end - start },
        data: null,
        own: null,
      };
    });
  }

  private get reducedPerMicroBatch(): boolean {
    return this.plan.stored.gradients < this.plan.layout.length;
  }

  /** Elements that were NaN or infinite in what left the GPU since the step began, before others' gradients were added. */
  get nonFinite(): number {
    return this.ownNonFinite;
  }

  begin(): void {
    this.ownNonFinite = 0;
    for (const bucket of this.buckets) {
      bucket.data = null;
      bucket.own = null;
    }
  }

  /** Takes the bucket from the GPU as the queue has it now; to be called for the first exchange of a round, after the round before has ended. */
  take(index: number): void {
    const bucket = this.buckets[index];
    const { start, length } = bucket.span;
    const pooled = pooledRange(this.memory, this.plan, 'gradients', start, length);
    const range: BufferRange = pooled ?? {
      buffer: this.memory.arena('gradients'),
      offset: 4 * start,
      size: 4 * length,
    };
    // The pool is the next unit's, or the next micro-batch's: they add to it from zero.
    bucket.data = this.staging.read([range], (encoder) => {
      if (pooled) encoder.clearBuffer(range.buffer, range.offset, range.size);
    });
    bucket.data.catch(() => undefined);
  }

  /** One exchange of a bucket; those of one bucket follow each other. */
  async exchange(action: GroupAction, group: Group): Promise<void> {
    if (action.tensor.of !== 'gradients') throw new LabError({ code: 'internal', message: 'That is no gradient' });
    const { bucket: index, share, first } = action.tensor;
    const bucket = this.buckets[index];
    if (!bucket.data) throw new LabError({ code: 'internal', message: `Bucket ${index} was not taken` });
    const data = await bucket.data;
    // Later it holds the peers' as well, and nobody could say whose the bad ones were.
    if (first) this.ownNonFinite += countNonFinite(data);
    const what = cargoOf(action.tensor);
    if (share !== 'all') {
      const shared = share === 'replicated' ? this.plan.replicated : this.plan.tied ? [this.plan.tied] : [];
      await this.sumSpans(
        data,
        clipSpans(shared, bucket.span.start, bucket.span.start + bucket.span.length),
        bucket,
        group,
        what,
        index,
      );
    } else if (action.kind === 'allReduce') {
      bucket.data = Promise.resolve(await this.reduce(group, data, index));
    } else {
      await this.scatter(bucket, data, group, index);
    }
  }

  /** Sums some runs of a bucket over a group, in place. */
  private async sumSpans(
    data: Float32Array,
    spans: readonly Span[],
    { span }: Bucket,
    group: Group,
    what: string,
    key: number,
  ): Promise<void> {
    const { pool } = this.staging;
    const joined = packSpans(data, spans, pool.take(sumLengths(spans)), span.start);
    await allReduce(group, joined, { what, key });
    unpackSpans(joined, spans, data, span.start);
    pool.give(joined);
  }

  /** Each rank of the group ends with its parts of the bucket's units, one after another. */
  private async scatter(bucket: Bucket, data: Float32Array, group: Group, key: number): Promise<void> {
    const { pool } = this.staging;
    const parts = group.ranks.map((_, index) => this.partsOf(bucket, index));
    const counts = parts.map(sumLengths);
    const ordered = packSpans(data, parts.flat(), pool.take(data.length), bucket.span.start);
    pool.give(data);
    const own = await reduceScatter(group, ordered, counts, { what: 'gradients', key });
    if (bucket.own) for (let i = 0; i < own.length; i++) bucket.own[i] += own[i];
    else bucket.own = own.slice();
    pool.give(ordered);
    bucket.data = null;
  }

  /** The ranges of the arena that rank `index` along dp keeps of a bucket. */
  private partsOf({ units }: Bucket, index: number): Span[] {
    const shards = shardUnits(this.plan.layout.units, this.plan.layoutOfMesh.mesh.dp, index);
    return units.map((unit) => shards[unit]);
  }

  /** Puts the sums where norm and optimiser read them; to be called when all exchanges are done. */
  async putBack(): Promise<void> {
    const arena = this.memory.arena('gradients');
    for (const bucket of this.buckets) {
      if (bucket.own) {
        const places = bucket.units.map((unit) => {
          const { start, length, offset } = this.plan.shards[unit];
          return { start: this.reducedPerMicroBatch ? offset : start, length };
        });
        writeSpans(this.queue, arena, places, bucket.own);
      } else if (bucket.data) {
        const data = await bucket.data;
        writeSpans(this.queue, arena, [bucket.span], data);
        this.staging.pool.give(data);
        bucket.data = null;
      }
    }
  }
}
