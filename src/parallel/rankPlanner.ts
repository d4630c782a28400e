// Orders one rank's actions of a schedule: computations with what they wait for, and exchanges beside them. It computes nothing and sends nothing.

import { LabError } from '../core/errors';
import { ActivationBanks } from './activationBanks';
import { coordinatesOf, groupOf, type MeshShape, meshSize } from './mesh';
import type { MeshPlanOptions, RankActions } from './planModes';
import { makeBuckets, type PartShape, type RankShape, type StageShape } from './rankShape';
import { type ScheduleSlot, stageCount } from './schedules/schedule';
import {
  type ComputePass,
  type GroupAxis,
  type GroupCollective,
  type PlanAction,
  type PlanTensor,
  updateCost,
} from './stepPlan';

type WithoutWaits<T> = T extends unknown ? Omit<T, 'waitsFor'> : never;

/** An action whose waits are still the actions themselves, so that others can be put before it. */
interface Node {
  readonly action: WithoutWaits<PlanAction>;
  readonly waits: readonly Node[];
  /** Its index, once all are ordered. */
  at: number;
}

type Waits = readonly (Node | null | undefined)[];

const nothing: readonly never[] = [];
const ascending = (a: number, b: number): number => a - b;

function nodeOf(action: WithoutWaits<PlanAction>, waits: Waits): Node {
  const own = waits.length === 0 ? nothing : waits.filter((wait) => wait !== null && wait !== undefined);
  return { action, waits: own, at: 0 };
}

function makesGradients({ pass }: ScheduleSlot): boolean {
  return pass === 'backward' || pass === 'weightGradient';
}

/** Of each mesh: its ranks ask one after another, and there may be thousands. */
const allRanks = new WeakMap<MeshShape, readonly number[]>();

function ranksOf(mesh: MeshShape): readonly number[] {
  let ranks = allRanks.get(mesh);
  if (!ranks) {
    ranks = Array.from({ length: meshSize(mesh) }, (_, rank) => rank);
    allRanks.set(mesh, ranks);
  }
  return ranks;
}

/** The ranks that hold one copy of the model together with `rank`. */
function replicaOf(mesh: MeshShape, rank: number): number[] {
  const { dp } = coordinatesOf(mesh, rank);
  return ranksOf(mesh).filter((other) => coordinatesOf(mesh, other).dp === dp);
}

/** By unit: how many stages of the rank add to its gradient. */
function completingStages({ units, stages }: RankShape): number[] {
  const counts = units.map(() => 0);
  for (const { passes } of stages) {
    const parts = [...(passes.backward ?? []), ...(passes.weightGradient ?? [])];
    for (const unit of new Set(parts.flatMap(({ completes }) => completes))) counts[unit]++;
  }
  return counts;
}

export class RankPlanner {
  private readonly nodes: Node[] = [];
  /** What comes right before an action that was ordered earlier. */
  private readonly ahead = new Map<Node, Node[]>();
  private readonly stages: ReadonlyMap<number, StageShape>;
  private readonly bankSets = new Map<number, ActivationBanks>();
  private readonly buckets: readonly (readonly number[])[];
  /** By unit. */
  private readonly bucketOf: readonly number[];
  /** By unit: how many stages of this rank add to its gradient. */
  private readonly completing: readonly number[];
  /** For each unit, how many of those have still to finish with its gradient before it may travel. */
  private readonly open: number[];
  /** The last reduction of each bucket. */
  private readonly reduced = new Map<number, Node>();
  /** ZeRO 3: units whose parameters are whole now, by the gather that brought them. */
  private readonly gathered = new Map<number, Node>();
  /** ZeRO 3: the computation that the last gathered layer was for; the next gather starts beside it. */
  private lastConsumer: Node | null = null;
  private readonly pipelineRank: number;
  /** Of this rank; all actions along an axis share one array. */
  private readonly groups: Readonly<Record<GroupAxis, readonly number[]>>;

  constructor(
    private readonly rank: number,
    private readonly shape: RankShape,
    private readonly options: MeshPlanOptions,
  ) {
    const { mesh, schedule } = options;
    this.pipelineRank = coordinatesOf(mesh, rank).pp;
    const pp = groupOf(mesh, rank, 'pp');
    this.groups = {
      dp: groupOf(mesh, rank, 'dp'),
      pp,
      tp: groupOf(mesh, rank, 'tp'),
      tied: [pp[schedule.rankOfStage(0)], pp[schedule.rankOfStage(stageCount(schedule) - 1)]],
      world: options.mode === 'local' ? replicaOf(mesh, rank) : ranksOf(mesh),
    };
    this.stages = new Map(shape.stages.map((stage) => [stage.stage, stage]));
    this.buckets =
      options.zero >= 2 ? shape.units.map((_, unit) => [unit]) : makeBuckets(shape.units, options.bucketBytes);
    const bucketOf = shape.units.map(() => 0);
    this.buckets.forEach((units, bucket) => {
      for (const unit of units) bucketOf[unit] = bucket;
    });
    this.bucketOf = bucketOf;
    this.completing = completingStages(shape);
    this.open = [...this.completing];
  }

  plan(): RankActions {
    const { mode, schedule, service = [] } = this.options;
    if (mode === 'evaluate') {
      for (let microBatch = 0; microBatch < schedule.microBatches; microBatch++)
        for (const stage of this.stages.keys()) this.forward(stage, microBatch);
      this.scalars();
    } else {
      const bytes = this.shape.units.reduce((sum, unit) => sum + unit.bytes, 0);
      if (mode === 'async')
        for (const { rank, bytes: part } of service)
          this.add({ kind: 'pull', peer: rank, bytes: part, overlaps: false });
      this.add({ kind: 'zeroGradients', bytes, overlaps: false });
      const slots = schedule.slots[this.pipelineRank].filter((slot) => slot !== null);
      /** Of each stage, the last slot that makes parameter gradients. */
      const last = new Map(slots.filter(makesGradients).map((slot) => [slot.stage, slot]));
      for (const slot of slots) this.slot(slot, last.get(slot.stage) === slot);
      this.finish(bytes);
    }
    const ordered: Node[] = [];
    for (const node of this.nodes) {
      const ahead = this.ahead.get(node);
      if (ahead) ordered.push(...ahead);
      ordered.push(node);
    }
    for (const [at, node] of ordered.entries()) node.at = at;
    return {
      // Not copied: of a long pipeline there are hundreds of thousands.
      actions: ordered.map(({ action, waits }) =>
        Object.assign(action, { waitsFor: waits.length === 0 ? nothing : waits.map(({ at }) => at).sort(ascending) }),
      ),
      buckets: this.buckets,
      banks: new Map([...this.bankSets].map(([stage, banks]) => [stage, banks.count])),
    };
  }

  private add(action: WithoutWaits<PlanAction>, waits: Waits = []): Node {
    const node = nodeOf(action, waits);
    this.nodes.push(node);
    return node;
  }

  private banksOf(stage: number): ActivationBanks {
    let banks = this.bankSets.get(stage);
    if (!banks) {
      banks = new ActivationBanks();
      this.bankSets.set(stage, banks);
    }
    return banks;
  }

  private stage(stage: number): StageShape {
    const shape = this.stages.get(stage);
    if (!shape) throw new LabError({ code: 'internal', message: `Rank ${this.rank} has no stage ${stage}` });
    return shape;
  }

  private get lastStage(): number {
    return stageCount(this.options.schedule) - 1;
  }

  /** The rank with the same dp and tp place that holds `stage`. */
  private holder(stage: number): number {
    return this.groups.pp[this.options.schedule.rankOfStage(stage)];
  }

  private slot({ stage, pass, microBatch }: ScheduleSlot, last: boolean): void {
    const split = this.stage(stage).passes.backward === undefined;
    if (pass === 'forward') this.forward(stage, microBatch);
    else if (pass === 'weightGradient') this.weightGradient(stage, microBatch, last);
    else if (pass === 'inputGradient') this.inputGradient(stage, microBatch, 'inputGradient', false);
    else if (split) {
      this.inputGradient(stage, microBatch, 'inputGradient', false);
      this.weightGradient(stage, microBatch, last);
    } else {
      this.inputGradient(stage, microBatch, 'backward', last);
      this.banksOf(stage).free(microBatch);
    }
  }

  private forward(stage: number, microBatch: number): void {
    const bank = this.banksOf(stage).of(microBatch);
    const { inputBytes, outputBytes } = this.stage(stage);
    if (stage > 0 && this.holder(stage - 1) !== this.rank) {
      const tensor: PlanTensor = { of: 'activation', stage, microBatch };
      this.add({ kind: 'receive', tensor, bank, peer: this.holder(stage - 1), bytes: inputBytes, overlaps: false });
    }
    this.parts(stage, microBatch, 'forward', bank, false);
    if (stage < this.lastStage)
      this.pass({ of: 'activation', stage: stage + 1, microBatch }, stage + 1, bank, outputBytes);
    if (this.options.mode === 'evaluate') this.banksOf(stage).free(microBatch);
  }

  private inputGradient(stage: number, microBatch: number, pass: 'backward' | 'inputGradient', last: boolean): void {
    const bank = this.banksOf(stage).of(microBatch);
    const { inputBytes, outputBytes } = this.stage(stage);
    if (stage < this.lastStage && this.holder(stage + 1) !== this.rank) {
      const tensor: PlanTensor = { of: 'activationGradient', stage: stage + 1, microBatch };
      this.add({ kind: 'receive', tensor, bank, peer: this.holder(stage + 1), bytes: outputBytes, overlaps: false });
    }
    this.parts(stage, microBatch, pass, bank, last);
    if (stage > 0) this.pass({ of: 'activationGradient', stage, microBatch }, stage - 1, bank, inputBytes);
  }

  private weightGradient(stage: number, microBatch: number, last: boolean): void {
    const banks = this.banksOf(stage);
    this.parts(stage, microBatch, 'weightGradient', banks.of(microBatch), last);
    banks.free(microBatch);
  }

  /** Hands a tensor on to the stage `to`, wherever that is. */
  private pass(
    tensor: Extract<PlanTensor, { of: 'activation' | 'activationGradient' }>,
    to: number,
    bank: number,
    bytes: number,
  ): void {
    const peer = this.holder(to);
    if (peer === this.rank) {
      const target = this.banksOf(to).of(tensor.microBatch);
      this.add({ kind: 'copy', tensor, fromBank: bank, bank: target, bytes, overlaps: false });
    } else this.add({ kind: 'send', tensor, bank, peer, bytes, overlaps: true });
  }

  private parts(stage: number, microBatch: number, pass: ComputePass, bank: number, last: boolean): void {
    const shapes: readonly PartShape[] = this.stage(stage).passes[pass] ?? [];
    const afterEach = this.options.zero >= 2 && !this.options.wholeStep;
    shapes.forEach(({ flops, needs, completes, exchange }, part) => {
      const gathers = needs.map((unit) => this.gather(unit));
      const action = { kind: 'compute', stage, microBatch, pass, bank, part, flops, overlaps: false } as const;
      const node = this.add(action, gathers);
      if (gathers.some((gather) => gather !== null)) this.lastConsumer = node;
      if (exchange) {
        const tensor: PlanTensor = { of: 'part', stage, microBatch, pass, part, label: exchange.label };
        this.collective(exchange.collective, 'tp', tensor, bank, exchange.bytes, false);
      }
      if (last || afterEach) for (const unit of completes) this.complete(unit);
    });
  }

  private collective(
    kind: GroupCollective,
    axis: GroupAxis,
    tensor: PlanTensor,
    bank: number | null,
    bytes: number,
    overlaps: boolean,
    waits?: Waits,
  ): Node {
    return this.add({ kind, axis, group: this.groups[axis], tensor, bank, bytes, overlaps }, waits);
  }

  /** ZeRO 3: brings a unit's parameters together where they are not; the bytes travel while the computation before goes on. */
  private gather(unit: number): Node | null {
    const { mesh, zero, wholeStep = false } = this.options;
    if (zero < 3 || mesh.dp === 1) return null;
    const known = this.gathered.get(unit);
    if (known) return known;
    // The layers share one place: what was there is gone.
    for (const other of this.gathered.keys())
      if (!wholeStep && other !== this.shape.rootUnit && unit !== this.shape.rootUnit) this.gathered.delete(other);
    const tensor: PlanTensor = { of: 'parameters', unit };
    const { bytes } = this.shape.units[unit];
    const action = { kind: 'allGather', axis: 'dp', group: this.groups.dp, tensor, bank: null, bytes } as const;
    const node = nodeOf({ ...action, overlaps: true }, []);
    const { lastConsumer } = this;
    if (!lastConsumer) this.nodes.push(node);
    else this.ahead.set(lastConsumer, [...(this.ahead.get(lastConsumer) ?? []), node]);
    this.gathered.set(unit, node);
    return node;
  }

  private complete(unit: number): void {
    this.open[unit]--;
    const bucket = this.bucketOf[unit];
    if (this.buckets[bucket].some((member) => this.open[member] > 0)) return;
    this.reduce(bucket);
    for (const member of this.buckets[bucket]) this.open[member] = this.completing[member];
  }

  /** The exchanges that make a bucket's gradients those of the global batch, one after another, beside what follows. */
  private reduce(bucket: number): void {
    const { mesh, zero, mode } = this.options;
    const sum = (key: 'bytes' | 'replicatedBytes' | 'tiedBytes'): number =>
      this.buckets[bucket].reduce((total, unit) => total + this.shape.units[unit][key], 0);
    let last = this.reduced.get(bucket);
    let first = true;
    const step = (kind: GroupCollective, axis: GroupAxis, share: 'all' | 'replicated' | 'tied', bytes: number) => {
      const tensor: PlanTensor = { of: 'gradients', bucket, share, first };
      first = false;
      last = this.collective(kind, axis, tensor, null, bytes, true, [last]);
    };
    const overReplicas = mesh.dp > 1 && mode !== 'local' && mode !== 'async';
    // Over dp first, where whole buckets are summed: what it makes of them may differ in the last bit, or by compression, between ranks whose
    // neighbours in the bucket differ; the sums after it leave the same bits on all who hold a parameter in common.
    if (overReplicas && zero === 0) step('allReduce', 'dp', 'all', sum('bytes'));
    if (mesh.tp > 1 && sum('replicatedBytes') > 0) step('allReduce', 'tp', 'replicated', sum('replicatedBytes'));
    if (sum('tiedBytes') > 0) step('allReduce', 'tied', 'tied', sum('tiedBytes'));
    if (overReplicas && zero > 0) step('reduceScatter', 'dp', 'all', sum('bytes'));
    if (last) this.reduced.set(bucket, last);
  }

  private scalars(): void {
    this.collective('allReduce', 'world', { of: 'scalars' }, null, 16, false);
  }

  private finish(bytes: number): void {
    const { mesh, zero, mode, service = [] } = this.options;
    const share = zero > 0 ? 1 / mesh.dp : 1;
    this.add({ kind: 'gradientNorm', flops: (2 * share * bytes) / 4, bytes: share * bytes, overlaps: false }, [
      ...this.reduced.values(),
    ]);
    if (mode === 'async') {
      for (const { rank, bytes: part } of service) this.add({ kind: 'push', peer: rank, bytes: part, overlaps: false });
      return;
    }
    this.scalars();
    if (mode === 'gradients') return;
    this.add({ kind: 'optimizerStep', ...updateCost((share * bytes) / 4), overlaps: false });
    if ((zero === 1 || zero === 2) && mesh.dp > 1)
      this.collective('allGather', 'dp', { of: 'parameters', unit: 'all' }, null, bytes, false);
  }
}
