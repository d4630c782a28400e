// One rank of a mesh: a device's share of a model, its programs and its links. It moves batches in and results out and runs its actions.
// It knows no data source, no schedule of learning rates, no worker and no page.

import type { DeviceRates } from '../core/deviceRates';
import { LabError } from '../core/errors';
import type { TensorReport, WatchRequest } from '../core/insideRecords';
import type { MemoryRow } from '../core/records';
import { CommandStream } from '../gpu/commandStream';
import type { GpuDevice } from '../gpu/device';
import type { ArenaName } from '../gpu/graph';
import type { KernelChoices } from '../gpu/kernelChoices';
import type { PipelineCache } from '../gpu/pipelineCache';
import { valuesOf } from '../gpu/program';
import { memoryRows, type RankMemory } from '../gpu/rankMemory';
import { readBuffer } from '../gpu/readback';
import { STEP_BLOCK_BYTES, writeStepBlock } from '../gpu/stepBlock';
import { allGather } from '../parallel/collectives/allGather';
import type { Group } from '../parallel/collectives/group';
import { compressedAllReduce } from '../parallel/compression/compressedAllReduce';
import { CompressionStates } from '../parallel/compression/state';
import { takeShard } from '../parallel/placement';
import type { PlanMode } from '../parallel/planModes';
import type { PlanAction } from '../parallel/stepPlan';
import { AsyncRank, type AsyncTurn } from './asyncRank';
import { runShape } from './batchTensors';
import { type BoundMeshRank, type BoundStage, bindMeshRank } from './boundMeshRank';
import { bufferNames } from './bufferNames';
import { clipScale } from './clipScale';
import { GradientBuckets } from './gradientBuckets';
import { type ActionTimes, executeMeshActions, type MeshWork, type ServiceLink } from './meshExecutor';
import type { MeshLinks } from './meshLinks';
import type { MeshRankPlan } from './meshRankPlan';
import { BatchWriter, type MicroBatch } from './microBatch';
import { ParameterGather } from './parameterGather';
import { type OutputPiece, readOutputs } from './rankOutputs';
import { encodeScalars, totalScalars } from './rankScalars';
import { ReplicaMeeting } from './replicaMeeting';
import { Staging } from './staging';
import { decodeMetrics, METRICS_BYTES, type StepMetrics } from './stepMetrics';
import { ownRuns, storedRuns } from './storedRuns';
import { TensorWatch, type WatchablePlace } from './tensorWatch';
import { meshPlaces } from './watchablePlaces';
import { isWatched, watchedWork } from './watchedWork';

export interface MeshStepInputs {
  /** 1 for the first step. */
  readonly step: number;
  readonly learningRate: number;
  /** Of this rank's replica, padded to the programs' rows with targets that do not count. */
  readonly microBatch: (index: number) => MicroBatch;
  /** What the loss is a mean over: valid tokens of the global batch, or of the replica's part of it where it steps alone. */
  readonly validTokens: number;
}

/** A run of values of a parameter that this rank stores. */
export interface ParameterPiece {
  readonly name: string;
  /** Within the rank's own tensor-parallel part of the parameter, flat. */
  readonly start: number;
  readonly values: Float32Array;
}

/** An executed action, and of which plan. */
export interface RankActionTimes extends ActionTimes {
  readonly mode: PlanMode;
  readonly step: number;
  readonly staleness?: number;
}

/** Beside a plan's inputs, what differs by whoever runs it. */
interface Execution {
  readonly inputs: MeshStepInputs;
  readonly service?: ServiceLink;
  readonly staleness?: number;
}

const noBatch = (): never => {
  throw new LabError({ code: 'internal', message: 'This plan has no batch' });
};

export class MeshRank {
  private readonly stepBytes = new DataView(new ArrayBuffer(STEP_BLOCK_BYTES));
  private readonly batches: BatchWriter;
  private readonly staging: Staging;
  private readonly buckets: GradientBuckets;
  private readonly gather: ParameterGather;
  private readonly meeting: ReplicaMeeting;
  private readonly service: AsyncRank;
  /** What compression left out of each bucket so far. */
  private readonly compression = new CompressionStates();
  private watching: TensorWatch | null = null;
  /** Told of every action while it is set. */
  onAction: ((times: RankActionTimes) => void) | null = null;
  /** Whether onAction's times of what runs on the device last until the device has done it. */
  timeDevice = false;

  private constructor(
    private readonly gpu: GpuDevice,
    private readonly cache: PipelineCache,
    private readonly rates: DeviceRates,
    readonly plan: MeshRankPlan,
    private readonly bound: BoundMeshRank,
    readonly links: MeshLinks,
  ) {
    const { queue } = gpu.device;
    const { memory } = bound;
    const { model, train } = plan.spec;
    const { mesh, microBatchRows } = plan.layoutOfMesh;
    const shape = runShape(microBatchRows, train.sequenceLength, train);
    this.batches = new BatchWriter(queue, model, shape, { parts: mesh.tp, index: plan.at.tp });
    const staging = new Staging(gpu.device, links.pool);
    this.staging = staging;
    this.buckets = new GradientBuckets(plan, memory, staging, queue, (group, data, bucket) =>
      this.reduceBucket(group, data, bucket),
    );
    this.gather = new ParameterGather(plan, memory, staging, queue);
    this.meeting = new ReplicaMeeting(plan, memory, staging, queue);
    this.service = new AsyncRank(plan, links, {
      memory,
      staging,
      queue,
      gradient: (values, microBatch, service) =>
        this.execute('async', { inputs: { ...values, learningRate: 0, microBatch }, service }),
      apply: ({ staleness, ...values }) =>
        this.execute('apply', { inputs: { ...values, validTokens: 1, microBatch: noBatch }, staleness }),
    });
  }

  /** Compiles, allocates and binds. @throws LabError; what was reserved by then is freed when the rank's worker is ended. */
  static async build(
    gpu: GpuDevice,
    cache: PipelineCache,
    plan: MeshRankPlan,
    rates: DeviceRates,
    links: MeshLinks,
    onProgress: (done: number, total: number) => void,
  ): Promise<MeshRank> {
    return new MeshRank(gpu, cache, rates, plan, await bindMeshRank(gpu, cache, plan, onProgress), links);
  }

  get memory(): RankMemory {
    return this.bound.memory;
  }

  /** Time since the rank was built that went by while the device's work was waited for, milliseconds. */
  get deviceWaitMs(): number {
    return this.staging.waitMs;
  }

  get memoryRows(): MemoryRow[] {
    return [...memoryRows(this.bound.memoryPlan.request), { kind: 'readback', bytes: this.staging.bytes }];
  }

  private reduceBucket(group: Group, data: Float32Array, bucket: number): Promise<Float32Array> {
    const state = this.compression.of(bucket, data.length);
    return compressedAllReduce(group, data, this.plan.spec.parallel, state, { what: 'gradients', key: bucket });
  }

  private stream(): CommandStream {
    return new CommandStream(this.gpu.device, this.rates);
  }

  /**
   * Writes this rank's own values, made by `valuesOf(name, start, length)` for flat runs of its tensor-parallel part, and begins afresh:
   * moments, what compression left out, meetings and updates are forgotten.
   */
  async initialize(
    valuesOf: (name: string, start: number, length: number) => Float32Array | Promise<Float32Array>,
  ): Promise<void> {
    const { strategy } = this.plan.spec.parallel;
    const alone = strategy === 'local-sgd' || strategy === 'diloco';
    const weights = new Float32Array(alone ? this.plan.layout.length : 0);
    for (const arena of this.plan.frozen ? (['parameters', 'frozen'] as const) : (['parameters'] as const)) {
      const buffer = this.memory.arena(arena);
      for (const { name, start, length, at } of storedRuns(this.plan, arena)) {
        const values = await valuesOf(name, start, length);
        this.gpu.device.queue.writeBuffer(buffer, 4 * at, values.buffer, values.byteOffset, values.byteLength);
        if (alone && arena === 'parameters') weights.set(values, at);
      }
    }
    if (alone) this.meeting.depart(weights);
    this.service.reset();
    this.compression.clear();
    const stream = this.stream();
    for (const name of ['moment1', 'moment2'] as const)
      if (this.plan.stored[name] > 0) stream.clear(this.memory.arena(name));
    stream.submit();
  }

  /** Writes this rank's part of whole parameters, by name, and forgets the optimiser's moments. */
  async writeParameters(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    const own = new Map<string, Float32Array>();
    const { tp } = this.plan.layoutOfMesh.mesh;
    await this.initialize((name, start, length) => {
      let part = own.get(name);
      if (!part) {
        const whole = values.get(name);
        const parameter = this.plan.parameters.get(name);
        if (!whole || !parameter) throw new LabError({ code: 'internal', message: `There are no values for ${name}` });
        part = takeShard(whole, parameter.wholeShape, parameter.placement, tp, this.plan.at.tp);
        own.set(name, part);
      }
      return part.subarray(start, start + length);
    });
  }

  /** What this rank stores of an arena. Gradients are those of the global batch after a step, in the parts that it updates. */
  async pieces(arena: ArenaName): Promise<ParameterPiece[]> {
    if (this.plan.stored[arena] === 0) return [];
    const flat = await readBuffer(this.gpu.device, this.memory.arena(arena), 0, 4 * this.plan.stored[arena]);
    const pieces: ParameterPiece[] = [];
    // With ZeRO 1 the gradient arena is whole, and only the rank's own part of it has the sums.
    const partial =
      arena === 'gradients' && this.plan.sharded && this.plan.stored.gradients === this.plan.layout.length;
    for (const { name, start, length, at } of partial ? ownRuns(this.plan) : storedRuns(this.plan, arena))
      pieces.push({ name, start, values: flat.slice(at, at + length) });
    return pieces;
  }

  /** The 32-bit fingerprint of what this rank stores of the parameters. */
  async checksum(): Promise<number> {
    const { program, out } = this.plan.checksum;
    const { slotMaps } = this.bound.memoryPlan.checksum;
    const stream = this.stream();
    stream.run(this.bound.programs.checksum.segment(program.calls[0].segment));
    stream.submit();
    const { buffer, offset, size } = valuesOf(this.memory, program, slotMaps[0], out);
    return new Uint32Array((await readBuffer(this.gpu.device, buffer, offset, size)).buffer)[0];
  }

  /** What the last micro-batch of an evaluation left behind, this rank's parts: logits, hidden states, and what attention follows from. */
  outputs(): Promise<OutputPiece[]> {
    return readOutputs(this.gpu.device, this.plan, this.bound);
  }

  private writeStep(target: GPUBuffer, { step, learningRate, validTokens }: MeshStepInputs, firstRow: number): void {
    const { seed, beta1, beta2 } = this.plan.spec.train;
    const inverseTokens = 1 / Math.max(1, validTokens);
    writeStepBlock(this.stepBytes, { step, firstRow, position: 0, learningRate, inverseTokens, seed, beta1, beta2 });
    this.gpu.device.queue.writeBuffer(target, 0, this.stepBytes.buffer);
  }

  private beginMicroBatch(inputs: MeshStepInputs, stage: number, bank: number, index: number): void {
    const batch = inputs.microBatch(index);
    const { stepBuffers, batchBuffers } = this.stage(stage);
    this.writeStep(stepBuffers[bank], inputs, batch.firstRow);
    this.batches.write(batch, batchBuffers[bank]);
  }

  private stage(stage: number): BoundStage {
    const bound = this.bound.stages.get(stage);
    if (!bound) throw new LabError({ code: 'internal', message: `There is no stage ${stage} here` });
    return bound;
  }

  /** Sums what the metrics of all ranks of the group hold, each thing once, and leaves totals and clip scale for the optimiser. */
  private async sumScalars(mode: PlanMode, action: PlanAction): Promise<StepMetrics> {
    if (!('group' in action)) throw new LabError({ code: 'internal', message: 'Scalars are summed over a group' });
    const evaluating = mode === 'evaluate';
    const source = this.memory.buffer(evaluating ? bufferNames.evaluation : bufferNames.metrics);
    const mine = await this.staging.read([{ buffer: source, offset: 0, size: METRICS_BYTES }]);
    const { loss, gradientNorm, nonFinite } = decodeMetrics(mine, 0);
    this.staging.pool.give(mine);
    const { at, sharded, layoutOfMesh } = this.plan;
    const countsNorm = !evaluating && (sharded || mode === 'local' || at.dp === 0);
    const own = encodeScalars({
      loss,
      squaredNorm: countsNorm ? gradientNorm ** 2 : 0,
      nonFinite: evaluating ? 0 : nonFinite,
      ownNonFinite: evaluating ? 0 : this.buckets.nonFinite,
    });
    const group = this.links.group(action.axis, action.group);
    const counts = group.ranks.map(() => own.length);
    const all = await allGather(group, own, counts, { what: 'loss and norm' });
    const totals = totalScalars(all, group.ranks, layoutOfMesh.mesh);
    if (evaluating) return totals;
    const scale = clipScale(totals.gradientNorm, this.plan.spec.train.clipNorm);
    this.gpu.device.queue.writeBuffer(
      this.memory.buffer(bufferNames.metrics),
      0,
      Float32Array.of(totals.loss, totals.gradientNorm, totals.nonFinite, scale),
    );
    return totals;
  }

  /**
   * Runs one plan. All ranks of the mesh must run the same one; `turn` counts the plans that were run, on all alike.
   * @returns loss, norm and what was not finite where the plan sums them, zeros where it does not
   */
  run(mode: PlanMode, inputs: MeshStepInputs, turn: number): Promise<StepMetrics> {
    this.links.endpoint.step = turn;
    return this.execute(mode, { inputs });
  }

  /** Asynchronous updates until all that were allowed are applied; the other ranks of the mesh must do the same. See AsyncRank.run. */
  serve(asyncTurn: AsyncTurn, turn: number): Promise<number> {
    this.links.endpoint.step = turn;
    return this.service.run(asyncTurn);
  }

  /** Raises the number of updates since the run began that `serve` goes on to; on the rank of the clock. */
  allow(updates: number): void {
    this.service.allow(updates);
  }

  /** Tensors of a step that can be looked at here; none where gradients and updates have no common step. */
  get places(): WatchablePlace[] {
    return this.plan.spec.parallel.strategy === 'async' ? [] : meshPlaces(this.plan, this.bound);
  }

  /** As Rank.watch; to be called between two turns. */
  async watch(
    request: WatchRequest | null,
    choices: KernelChoices,
    onReport: (report: TensorReport) => void,
    onFailure: (error: unknown) => void,
  ): Promise<void> {
    const { gpu, cache, plan } = this;
    const engine = { gpu, cache, choices };
    const watch = request && (await TensorWatch.build(engine, plan.rank, this.places, request, onReport, onFailure));
    this.watching?.destroy();
    this.watching = watch;
  }

  private async execute(mode: PlanMode, { inputs, service, staleness }: Execution): Promise<StepMetrics> {
    const evaluating = mode === 'evaluate';
    let totals: StepMetrics = { loss: 0, gradientNorm: 0, nonFinite: 0 };
    if (evaluating) {
      this.gather.begin();
      const stream = this.stream();
      stream.clear(this.memory.buffer(bufferNames.evaluation));
      stream.submit();
    }
    // A worker's gradient must not touch what the owner on the same rank updates with.
    if (mode !== 'async') this.writeStep(this.bound.updateStep, inputs, 0);
    const { onAction } = this;
    const { programs } = this.bound;
    const work: MeshWork = {
      plan: this.plan,
      device: this.gpu.device,
      memory: this.memory,
      links: this.links,
      staging: this.staging,
      buckets: this.buckets,
      gather: this.gather,
      meeting: this.meeting,
      service: service ?? null,
      stream: () => this.stream(),
      bank: (stage, bank) => (evaluating ? this.stage(stage).evaluation : this.stage(stage).train[bank]),
      beginMicroBatch: (stage, bank, index) => this.beginMicroBatch(inputs, stage, bank, index),
      norm: programs.norm.segment('optimizer'),
      optimizer: programs.optimizer.segment('optimizer'),
      scalars: async (action) => {
        totals = await this.sumScalars(mode, action);
      },
      timeDevice: this.timeDevice,
      trace:
        onAction &&
        ((times) => onAction({ ...times, mode, step: inputs.step, ...(staleness === undefined ? {} : { staleness }) })),
    };
    const { watching } = this;
    const watched = isWatched(mode, inputs.step, watching);
    await executeMeshActions(this.plan.actions[mode].actions, watched ? watchedWork(work, watching) : work);
    if (watched) {
      const stream = this.stream();
      watching.record(stream);
      stream.submit();
      watching.report(inputs.step);
    }
    return totals;
  }

  destroy(): void {
    this.watching?.destroy();
    const { programs, stages, updateStep, memory } = this.bound;
    for (const program of programs.all) program.destroy();
    for (const { stepBuffers } of stages.values()) for (const buffer of stepBuffers) buffer.destroy();
    updateStep.destroy();
    this.staging.destroy();
    memory.destroy();
    this.links.endpoint.close();
  }
}
