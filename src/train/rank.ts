// One rank: a device's share of a run. It owns the rank's memory and programs, moves batches in and results out, and runs the step plan.
// It knows no data source, no schedule of learning rates, and no page.

import type { ArenaLayout } from '../core/arena';
import type { DeviceRates } from '../core/deviceRates';
import { LabError } from '../core/errors';
import type { TensorReport, WatchRequest } from '../core/insideRecords';
import { modelSizes } from '../core/modelConfig';
import type { MemoryRow, ProfileReport } from '../core/records';
import { CommandStream } from '../gpu/commandStream';
import type { GpuDevice } from '../gpu/device';
import type { ArenaName, KernelCall, Tensor } from '../gpu/graph';
import type { KernelChoices } from '../gpu/kernelChoices';
import type { PipelineCache } from '../gpu/pipelineCache';
import { timeDispatches } from '../gpu/profile';
import { type BufferRange, compileAll, Program, type ReadyDispatch, valuesOf } from '../gpu/program';
import { memoryRows, RankMemory } from '../gpu/rankMemory';
import { Readback, readBuffer } from '../gpu/readback';
import { STEP_BLOCK_BYTES, type StepValues, writeStepBlock } from '../gpu/stepBlock';
import { wholeModel } from '../parallel/stages';
import { runShape } from './batchTensors';
import { bufferNames } from './bufferNames';
import { executeActions } from './executor';
import { type BatchBuffers, BatchWriter, bindBatch, type MicroBatch } from './microBatch';
import { profileReport } from './profileReport';
import type { RankPlan } from './rankPlan';
import { decodeMetrics, METRICS_BYTES, type StepMetrics } from './stepMetrics';
import { TensorWatch, type WatchablePlace } from './tensorWatch';
import { singlePlaces } from './watchablePlaces';
import { watchedStage } from './watchedWork';

export interface StepInputs {
  /** 1 for the first step. */
  readonly step: number;
  readonly learningRate: number;
  readonly microBatch: (index: number) => MicroBatch;
  /** Valid tokens of the global batch. */
  readonly validTokens: number;
}

export class Rank {
  private readonly stepBytes = new DataView(new ArrayBuffer(STEP_BLOCK_BYTES));
  private readonly batches: BatchWriter;
  private readonly trainBuffers: BatchBuffers;
  private readonly evaluationBuffers: BatchBuffers;
  private readonly metricsReadback: Readback;
  private checksumProgram: Promise<Program> | null = null;
  private watching: TensorWatch | null = null;

  private constructor(
    private readonly gpu: GpuDevice,
    private readonly cache: PipelineCache,
    readonly plan: RankPlan,
    private readonly rates: DeviceRates,
    readonly memory: RankMemory,
    private readonly stepBuffer: GPUBuffer,
    private readonly programs: {
      readonly train: Program;
      readonly optimizer: Program;
      readonly evaluation: Program;
    },
  ) {
    const { spec } = plan;
    const shape = runShape(spec.microBatchSize, spec.sequenceLength, spec.train);
    this.batches = new BatchWriter(gpu.device.queue, spec.model, shape, { parts: 1, index: 0 });
    const span = wholeModel(modelSizes(spec.model).layers);
    this.trainBuffers = bindBatch(spec.model, shape, span, (name) => memory.buffer(name));
    this.evaluationBuffers = { ...this.trainBuffers, index: null };
    this.metricsReadback = new Readback(gpu.device, METRICS_BYTES);
  }

  /** Compiles, allocates and binds. @throws LabError; what was reserved by then is freed with the device. */
  static async build(
    gpu: GpuDevice,
    cache: PipelineCache,
    plan: RankPlan,
    rates: DeviceRates,
    onProgress: (done: number, total: number) => void,
  ): Promise<Rank> {
    await compileAll(cache, [plan.train, plan.optimizer, plan.evaluation], onProgress);
    const memory = await RankMemory.allocate(gpu, plan.memory);
    const stepBuffer = gpu.device.createBuffer({
      label: 'step',
      size: 256,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    const build = (name: 'train' | 'optimizer' | 'evaluation'): Promise<Program> =>
      Program.build(gpu, cache, memory, plan[name], plan.slotMaps[name], stepBuffer);
    const programs = {
      train: await build('train'),
      optimizer: await build('optimizer'),
      evaluation: await build('evaluation'),
    };
    return new Rank(gpu, cache, plan, rates, memory, stepBuffer, programs);
  }

  get memoryRows(): MemoryRow[] {
    return [...memoryRows(this.plan.memory), { kind: 'readback', bytes: this.metricsReadback.bytes }];
  }

  /** Writes parameters by name, frozen ones too; names that the run does not have are refused by the caller's checks. */
  writeParameters(values: ReadonlyMap<string, Float32Array>): void {
    this.writeArena('parameters', values);
    if (this.plan.frozen) this.writeArena('frozen', values);
  }

  private layoutOf(name: ArenaName): ArenaLayout {
    const layout = name === 'frozen' ? this.plan.frozen : this.plan.layout;
    if (!layout) throw new LabError({ code: 'internal', message: 'Nothing is frozen in this run' });
    return layout;
  }

  /** Writes tensors of an arena by parameter name. */
  writeArena(name: ArenaName, values: ReadonlyMap<string, Float32Array>): void {
    const buffer = this.memory.arena(name);
    for (const [parameter, entry] of this.layoutOf(name).entries) {
      const value = values.get(parameter);
      if (value) this.gpu.device.queue.writeBuffer(buffer, 4 * entry.offset, value);
    }
  }

  /** The parameters themselves, for generation to read between two steps without a copy. */
  get parameters(): GPUBuffer {
    return this.memory.arena('parameters');
  }

  /** Zeroes the optimiser's moments: a fresh start. */
  clearOptimizer(): void {
    const stream = this.stream();
    for (const name of ['moment1', 'moment2'] as const)
      if ((this.plan.memory.arenas[name] ?? 0) > 0) stream.clear(this.memory.arena(name));
    stream.submit();
  }

  /** A whole arena as named tensors, by one read-back. */
  async readArena(name: ArenaName): Promise<Map<string, Float32Array>> {
    const { entries, length: elements } = this.layoutOf(name);
    const flat = await readBuffer(this.gpu.device, this.memory.arena(name), 0, 4 * elements);
    const tensors = new Map<string, Float32Array>();
    for (const [parameter, { offset, length }] of entries)
      tensors.set(parameter, flat.subarray(offset, offset + length));
    return tensors;
  }

  /** The 32-bit fingerprint of the parameter arena's bits, gaps included, computed on the device: equal training gives equal numbers. */
  async checksum(): Promise<number> {
    const { checksum: plan, checksumOut, slotMaps } = this.plan;
    this.checksumProgram ??= Program.build(this.gpu, this.cache, this.memory, plan, slotMaps.checksum, this.stepBuffer);
    const program = await this.checksumProgram;
    const stream = this.stream();
    stream.run(program.segment(plan.calls[0].segment));
    stream.submit();
    const values = await this.read(valuesOf(this.memory, plan, slotMaps.checksum, checksumOut));
    return new Uint32Array(values.buffer)[0];
  }

  /** A kept tensor of the evaluation program. */
  readEvaluated(tensor: Tensor): Promise<Float32Array> {
    return this.read(valuesOf(this.memory, this.plan.evaluation, this.plan.slotMaps.evaluation, tensor));
  }

  private read({ buffer, offset, size }: BufferRange): Promise<Float32Array> {
    return readBuffer(this.gpu.device, buffer, offset, size);
  }

  private stream(): CommandStream {
    return new CommandStream(this.gpu.device, this.rates);
  }

  private writeStep(values: Omit<StepValues, 'beta1' | 'beta2' | 'seed'>): void {
    const { seed, beta1, beta2 } = this.plan.spec.train ?? { seed: 0, beta1: 0, beta2: 0 };
    writeStepBlock(this.stepBytes, { ...values, seed, beta1, beta2 });
    this.gpu.device.queue.writeBuffer(this.stepBuffer, 0, this.stepBytes.buffer);
  }

  /** Tensors of a training step that can be looked at. */
  get places(): WatchablePlace[] {
    return singlePlaces(this.plan, this.memory);
  }

  /** Looks at tensors from the next due step on, or at none any more. @throws LabError as TensorWatch.build */
  async watch(
    request: WatchRequest | null,
    choices: KernelChoices,
    onReport: (report: TensorReport) => void,
    onFailure: (error: unknown) => void,
  ): Promise<void> {
    const { gpu, cache } = this;
    const engine = { gpu, cache, choices };
    const watch = request && (await TensorWatch.build(engine, 0, this.places, request, onReport, onFailure));
    this.watching?.destroy();
    this.watching = watch;
  }

  private stageWork(inputs: StepInputs, update: boolean): Parameters<typeof executeActions>[1] {
    return {
      beginMicroBatch: (microBatch) => {
        const batch = inputs.microBatch(microBatch);
        this.writeStep({
          step: inputs.step,
          firstRow: batch.firstRow,
          position: 0,
          learningRate: inputs.learningRate,
          inverseTokens: 1 / Math.max(1, inputs.validTokens),
        });
        this.batches.write(batch, this.trainBuffers);
      },
      forward: this.programs.train.segment('forward'),
      backward: this.programs.train.segment('backward'),
      optimizer: update ? this.programs.optimizer.segment('optimizer') : [],
      cleared: [this.memory.arena('gradients'), this.memory.buffer(bufferNames.metrics)],
    };
  }

  /** Submits one optimiser step; nothing waits. `append` may add a copy of the step's metrics to the last submit. */
  submitStep(inputs: StepInputs, append: (stream: CommandStream, metrics: GPUBuffer) => void): void {
    const stream = this.stream();
    const work = this.stageWork(inputs, true);
    const watch = this.watching?.due(inputs.step) ? this.watching : null;
    executeActions(this.plan.stepPlan.actions[0], watch ? watchedStage(work, watch) : work, stream);
    append(stream, this.memory.buffer(bufferNames.metrics));
    watch?.record(stream);
    stream.submit();
    watch?.report(inputs.step);
  }

  /** Forward and backward of a whole batch without an update: for checks of gradients. Resolves with the loss. */
  async gradients(inputs: StepInputs): Promise<number> {
    const stream = this.stream();
    executeActions(this.plan.stepPlan.actions[0], this.stageWork(inputs, false), stream);
    stream.submit();
    return (await this.readMetrics()).loss;
  }

  /** Queues a forward pass of the evaluation program; nothing waits. Where its logits lie until the next one. */
  submitLogits(batch: MicroBatch): BufferRange {
    const { evaluation, logits, slotMaps } = this.plan;
    if (!logits) throw new LabError({ code: 'internal', message: 'The logits of this rank are not kept' });
    this.writeStep({ step: 0, firstRow: 0, position: 0, learningRate: 0, inverseTokens: 1 });
    this.batches.write(batch, this.evaluationBuffers);
    const stream = this.stream();
    stream.run(this.programs.evaluation.segment('forward'));
    stream.submit();
    return valuesOf(this.memory, evaluation, slotMaps.evaluation, logits);
  }

  /** The metrics of the last submitted step. */
  async readMetrics(): Promise<StepMetrics> {
    const stream = this.stream();
    stream.copy(this.memory.buffer(bufferNames.metrics), 0, this.metricsReadback.target, 0, METRICS_BYTES);
    stream.submit();
    const out = new Float32Array(METRICS_BYTES / 4);
    await this.metricsReadback.into(new Uint8Array(out.buffer));
    return decodeMetrics(out, 0);
  }

  /** Mean loss over `batches` in nats a valid token; parameters stay as they are. */
  async evaluate(batches: Iterable<MicroBatch>, validTokens: number): Promise<number> {
    const stream = this.stream();
    stream.clear(this.memory.buffer(bufferNames.evaluation));
    for (const batch of batches) {
      stream.submit();
      this.writeStep({
        step: 0,
        firstRow: 0,
        position: 0,
        learningRate: 0,
        inverseTokens: 1 / Math.max(1, validTokens),
      });
      this.batches.write(batch, this.evaluationBuffers);
      stream.run(this.programs.evaluation.segment('forward'));
    }
    stream.copy(this.memory.buffer(bufferNames.evaluation), 0, this.metricsReadback.target, 0, METRICS_BYTES);
    stream.submit();
    const out = new Float32Array(METRICS_BYTES / 4);
    await this.metricsReadback.into(new Uint8Array(out.buffer));
    return out[0];
  }

  /** Runs one real step with every dispatch timed. Needs timestamp queries. */
  async profileStep(inputs: StepInputs): Promise<ProfileReport> {
    const pending: ReadyDispatch[] = [];
    const timed: { dispatches: readonly ReadyDispatch[]; times: Promise<Float64Array> }[] = [];
    const stream = this.stream();
    const flush = (): void => {
      stream.submit();
      if (pending.length === 0) return;
      const dispatches = pending.splice(0);
      timed.push({ dispatches, times: timeDispatches(this.gpu.device, dispatches) });
    };
    executeActions(this.plan.stepPlan.actions[0], this.stageWork(inputs, true), {
      run: (dispatches) => void pending.push(...dispatches),
      clear: (buffer) => stream.clear(buffer),
      submit: flush,
    });
    flush();
    const calls: { call: KernelCall; microseconds: number }[] = [];
    for (const { dispatches, times } of timed) {
      const microseconds = await times;
      for (const [index, { call }] of dispatches.entries()) calls.push({ call, microseconds: microseconds[index] });
    }
    return profileReport(calls);
  }

  /** GPU bytes held now, for the tests of flat memory. */
  get liveBytes(): number {
    return this.memory.liveBytes;
  }

  destroy(): void {
    this.watching?.destroy();
    for (const program of Object.values(this.programs)) program.destroy();
    void this.checksumProgram?.then((program) => program.destroy());
    this.memory.destroy();
    this.stepBuffer.destroy();
    this.metricsReadback.destroy();
  }
}
