// Parameters that ZeRO keeps in parts, brought together: unit by unit while they are used (ZeRO 3), or all at once after an update (ZeRO 1
// and 2). It follows a plan and makes none.

import type { UnitShard } from '../core/arena';
import { LabError } from '../core/errors';
import { sumLengths } from '../core/spans';
import type { RankMemory } from '../gpu/rankMemory';
import { allGather } from '../parallel/collectives/allGather';
import type { Group } from '../parallel/collectives/group';
import { part, spansOf } from '../parallel/collectives/spans';
import { unitShards } from '../parallel/unitShards';
import { rangesOf, writeSpans } from './arenaSpans';
import { pooledRange } from './meshMemory';
import type { MeshRankPlan } from './meshRankPlan';
import type { Staging } from './staging';

export class ParameterGather {
  /** This rank's parts as they stand in this step; null until the first gather. */
  private own: Promise<Float32Array> | null = null;
  private readonly arriving = new Map<number, Promise<Float32Array>>();
  /** Every rank's parts along dp. */
  private readonly shards: readonly (readonly UnitShard[])[];

  constructor(
    private readonly plan: MeshRankPlan,
    private readonly memory: RankMemory,
    private readonly staging: Staging,
    private readonly queue: GPUQueue,
  ) {
    const { parallel } = plan.spec;
    this.shards = Array.from({ length: parallel.dp }, (_, index) => unitShards(plan.layout.units, parallel, index));
  }

  /** A step begins: what is stored may have changed. */
  begin(): void {
    this.own = null;
    this.arriving.clear();
  }

  /** Starts to bring unit `unit` together. */
  start(unit: number, group: Group): Promise<void> {
    const work = this.gatherUnit(unit, group);
    work.catch(() => undefined);
    this.arriving.set(unit, work);
    return work.then(() => undefined);
  }

  private async gatherUnit(unit: number, group: Group): Promise<Float32Array> {
    const { stored } = this.plan;
    const arena = this.memory.arena('parameters');
    this.own ??= this.staging.read([{ buffer: arena, offset: 0, size: 4 * stored.parameters }]);
    const own = await this.own;
    const { offset, length } = this.plan.shards[unit];
    const parts = this.shards.map((shards) => shards[unit]);
    const into = this.staging.pool.take(sumLengths(parts));
    const counts = parts.map((span) => span.length);
    return allGather(group, own.subarray(offset, offset + length), counts, { what: 'parameters', key: unit, into });
  }

  /** Puts a unit that was started where the programs read it. */
  async place(unit: number): Promise<void> {
    const arriving = this.arriving.get(unit);
    if (!arriving) return;
    const data = await arriving;
    const { start } = this.plan.layout.units[unit];
    const range = pooledRange(this.memory, this.plan, 'parameters', start, data.length);
    if (!range) throw new LabError({ code: 'internal', message: 'Parameters that are stored whole were gathered' });
    this.queue.writeBuffer(range.buffer, range.offset, data.buffer, data.byteOffset, data.byteLength);
    this.arriving.delete(unit);
    this.staging.pool.give(data);
  }

  /** After an update of own parts: every rank gets all of them. */
  async all(group: Group): Promise<void> {
    const arena = this.memory.arena('parameters');
    const owned = this.shards.map((shards) => shards.filter(({ length }) => length > 0));
    const own = await this.staging.read(rangesOf(arena, owned[group.index]));
    const counts = owned.map(sumLengths);
    const into = this.staging.pool.take(sumLengths(owned.flat()));
    const all = await allGather(group, own, counts, { what: 'parameters', key: 'all', into });
    spansOf(counts).forEach((span, index) => {
      if (index !== group.index) writeSpans(this.queue, arena, owned[index], part(all, span));
    });
    this.staging.pool.give(own);
    this.staging.pool.give(into);
  }
}
