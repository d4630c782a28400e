// One rank of a mesh: a device's share of a model, its programs and its links. It moves batches in and results out and runs its actions.
// It knows no data source, no schedule of learning rates, no worker and no page.

import { LabError } from '../core/errors';
import { partOf } from '../core/partition';
import type { MemoryRow } from '../core/records';
import { CommandStream, type DeviceRates } from '../gpu/commandStream';
import type { GpuDevice } from '../gpu/device';
import { type ArenaName, elementCount, type Tensor } from '../gpu/graph';
import type { PipelineCache } from '../gpu/pipelineCache';
import { buildTokenIndex } from '../gpu/plans/tokenIndex';
import { type BufferRange, compileAll, Program } from '../gpu/program';
import { memoryRows, RankMemory } from '../gpu/rankMemory';
import { readBuffer } from '../gpu/readback';
import { STEP_BLOCK_BYTES, type StepValues, writeStepBlock } from '../gpu/stepBlock';
import { allGather } from '../parallel/collectives/allGather';
import type { Group } from '../parallel/collectives/group';
import { compressedAllReduce } from '../parallel/compression/compressedAllReduce';
import { type CompressionState, createCompressionState } from '../parallel/compression/state';
import type { PlanMode } from '../parallel/meshPlan';
import { type Placement, shard, takeShard } from '../parallel/placement';
import type { PlanAction } from '../parallel/stepPlan';
import { bufferNames } from './bufferNames';
import { GradientBuckets } from './gradientBuckets';
import { type ActionTimes, executeMeshActions, type MeshWork, type StageBank } from './meshExecutor';
import type { MeshLinks } from './meshLinks';
import { BankPlaces, bankName, type MeshMemoryPlan, type PooledProgram, planMeshMemory } from './meshMemory';
import type { MeshRankPlan } from './meshRankPlan';
import { ParameterGather } from './parameterGather';
import type { MicroBatch } from './rank';
import { Staging } from './staging';
import { decodeMetrics, METRICS_BYTES, type StepMetrics } from './stepMetrics';

export interface MeshStepInputs {
  /** 1 for the first step. */
  readonly step: number;
  readonly learningRate: number;
  /** Of this rank's replica, padded to the programs' rows with targets that do not count. */
  readonly microBatch: (index: number) => MicroBatch;
  /** Valid tokens of the global batch, over all ranks. */
  readonly validTokens: number;
}

/** A run of values of a parameter that this rank stores. */
export interface ParameterPiece {
  readonly name: string;
  /** Within the rank's own tensor-parallel part of the parameter, flat. */
  readonly start: number;
  readonly values: Float32Array;
}

/** One tensor-parallel rank's part of something that an evaluation computed. */
export interface OutputPiece {
  readonly name: string;
  readonly wholeShape: readonly number[];
  readonly placement: Placement;
  readonly values: Float32Array;
}

interface BoundStage {
  readonly train: readonly StageBank[];
  readonly evaluation: StageBank;
  readonly stepBuffers: readonly GPUBuffer[];
}

/** Added to the norm before dividing, as PyTorch's clip_grad_norm_ does. */
const CLIP_EPSILON = 1e-6;

export class MeshRank {
  private readonly stepBytes = new DataView(new ArrayBuffer(STEP_BLOCK_BYTES));
  private readonly buckets: GradientBuckets;
  private readonly gather: ParameterGather;
  /** What compression left out of each bucket so far. */
  private readonly compression = new Map<number, CompressionState>();
  private inputs: MeshStepInputs | null = null;
  private mode: PlanMode = 'train';
  private totals: StepMetrics = { loss: 0, gradientNorm: 0, nonFinite: 0 };
  /** Told of every action while it is set. */
  onAction: ((times: ActionTimes) => void) | null = null;

  private constructor(
    private readonly gpu: GpuDevice,
    private readonly rates: DeviceRates,
    readonly plan: MeshRankPlan,
    readonly memoryPlan: MeshMemoryPlan,
    readonly memory: RankMemory,
    readonly links: MeshLinks,
    private readonly staging: Staging,
    private readonly stages: ReadonlyMap<number, BoundStage>,
    private readonly updateStep: GPUBuffer,
    private readonly programs: {
      readonly optimizer: Program;
      readonly norm: Program;
      readonly checksum: Program;
      readonly all: readonly Program[];
    },
  ) {
    this.buckets = new GradientBuckets(plan, memory, staging, gpu.device.queue, (group, data, bucket) =>
      this.reduceBucket(group, data, bucket),
    );
    this.gather = new ParameterGather(plan, memory, staging, gpu.device.queue);
  }

  /** Compiles, allocates and binds. @throws LabError with everything freed again. */
  static async build(
    gpu: GpuDevice,
    cache: PipelineCache,
    plan: MeshRankPlan,
    rates: DeviceRates,
    links: MeshLinks,
    onProgress: (done: number, total: number) => void,
  ): Promise<MeshRank> {
    const memoryPlan = planMeshMemory(plan);
    const { optimizer, norm, checksum } = memoryPlan;
    const pooled = [
      ...memoryPlan.stages.flatMap(({ train, evaluation }) => [train, evaluation]),
      optimizer,
      norm,
      checksum,
    ];
    await compileAll(
      cache,
      pooled.map((program) => program.plan),
      onProgress,
    );
    const memory = await RankMemory.allocate(gpu, memoryPlan.request);
    const stepBuffer = (): GPUBuffer =>
      gpu.device.createBuffer({ label: 'step', size: 256, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    const all: Program[] = [];
    const bind = async (
      { plan: program, slotMaps }: PooledProgram,
      bank: number,
      places: Parameters<typeof Program.build>[2],
      step: GPUBuffer,
    ): Promise<Program> => {
      const bound = await Program.build(gpu, cache, places, program, slotMaps[bank], step);
      all.push(bound);
      return bound;
    };
    const stages = new Map<number, BoundStage>();
    for (const { plan: stage, banks, train, evaluation } of memoryPlan.stages) {
      const index = stage.span.stage;
      const stepBuffers = Array.from({ length: banks }, stepBuffer);
      const bankOf = async (pooledProgram: PooledProgram, bank: number, training: boolean): Promise<StageBank> => {
        const places = new BankPlaces(memory, plan, index, bank);
        const program = await bind(pooledProgram, bank, places, stepBuffers[bank]);
        const range = (tensor: Tensor | null | undefined): BufferRange | null => {
          if (!tensor) return null;
          const slot = pooledProgram.plan.memory.slotOf.get(tensor.id);
          const found = places.resource(tensor, slot === undefined ? undefined : pooledProgram.slotMaps[bank][slot]);
          return { ...found, size: 4 * elementCount(tensor.shape) };
        };
        const which = training ? 'train' : 'evaluation';
        return {
          program,
          parts: training ? stage.trainParts : { forward: stage.evaluationParts },
          input: range(stage.input?.[which]),
          output: range(stage.output?.[which]),
          inputGradient: training ? range(stage.inputGradient) : null,
          outputGradient:
            training && stage.output
              ? {
                  buffer: memory.buffer(bankName(bufferNames.outputGradient, index, bank)),
                  offset: 0,
                  size: 4 * elementCount(stage.output.train.shape),
                }
              : null,
        };
      };
      const trainBanks: StageBank[] = [];
      for (let bank = 0; bank < banks; bank++) trainBanks.push(await bankOf(train, bank, true));
      stages.set(index, { train: trainBanks, evaluation: await bankOf(evaluation, 0, false), stepBuffers });
    }
    const updateStep = stepBuffer();
    const programs = {
      optimizer: await bind(optimizer, 0, memory, updateStep),
      norm: await bind(norm, 0, memory, updateStep),
      checksum: await bind(checksum, 0, memory, updateStep),
      all,
    };
    const staging = new Staging(gpu.device, links.pool);
    return new MeshRank(gpu, rates, plan, memoryPlan, memory, links, staging, stages, updateStep, programs);
  }

  /** Time since the rank was built that went by while the device's work was waited for, milliseconds. */
  get deviceWaitMs(): number {
    return this.staging.waitMs;
  }

  get memoryRows(): MemoryRow[] {
    return [...memoryRows(this.memoryPlan.request), { kind: 'readback', bytes: this.staging.bytes }];
  }

  private reduceBucket(group: Group, data: Float32Array, bucket: number): Promise<Float32Array> {
    let state = this.compression.get(bucket);
    if (!state) {
      state = createCompressionState(data.length);
      this.compression.set(bucket, state);
    }
    return compressedAllReduce(group, data, this.plan.spec.parallel, state, { what: 'gradients', key: bucket });
  }

  private stream(): CommandStream {
    return new CommandStream(this.gpu.device, this.rates);
  }

  /** Each stored run of parameter values: arena offset as stored, and what it is of the rank's own tensor. */
  private *storedRuns(arena: ArenaName): Generator<{ name: string; start: number; length: number; at: number }> {
    const { layout, shards, stored, parameters } = this.plan;
    const whole = stored[arena] === layout.length;
    for (const { name, offset, length } of parameters.values()) {
      if (whole) {
        yield { name, start: 0, length, at: offset };
        continue;
      }
      for (const own of shards) {
        const from = Math.max(offset, own.start);
        const to = Math.min(offset + length, own.start + own.length);
        if (to > from) yield { name, start: from - offset, length: to - from, at: own.offset + (from - own.start) };
      }
    }
  }

  /**
   * Writes this rank's own values, made by `valuesOf(name, start, length)` for flat runs of its tensor-parallel part, and forgets the
   * optimiser's moments and what compression left out.
   */
  initialize(valuesOf: (name: string, start: number, length: number) => Float32Array): void {
    const buffer = this.memory.arena('parameters');
    for (const { name, start, length, at } of this.storedRuns('parameters')) {
      const values = valuesOf(name, start, length);
      this.gpu.device.queue.writeBuffer(buffer, 4 * at, values.buffer, values.byteOffset, values.byteLength);
    }
    this.compression.clear();
    const stream = this.stream();
    for (const name of ['moment1', 'moment2'] as const)
      if (this.plan.stored[name] > 0) stream.clear(this.memory.arena(name));
    stream.submit();
  }

  /** Writes this rank's part of whole parameters, by name, and forgets the optimiser's moments. */
  writeParameters(values: ReadonlyMap<string, Float32Array>): void {
    const own = new Map<string, Float32Array>();
    const { tp } = this.plan.layoutOfMesh.mesh;
    this.initialize((name, start, length) => {
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
    for (const { name, start, length, at } of partial ? this.ownRuns() : this.storedRuns(arena))
      pieces.push({ name, start, values: flat.slice(at, at + length) });
    return pieces;
  }

  private *ownRuns(): Generator<{ name: string; start: number; length: number; at: number }> {
    for (const { name, offset, length } of this.plan.parameters.values()) {
      for (const own of this.plan.shards) {
        const from = Math.max(offset, own.start);
        const to = Math.min(offset + length, own.start + own.length);
        if (to > from) yield { name, start: from - offset, length: to - from, at: from };
      }
    }
  }

  /** The 32-bit fingerprint of what this rank stores of the parameters. */
  async checksum(): Promise<number> {
    const { program, out } = this.plan.checksum;
    const stream = this.stream();
    stream.run(this.programs.checksum.segment(program.calls[0].segment));
    stream.submit();
    const slot = program.memory.slotOf.get(out.id);
    const map = this.memoryPlan.checksum.slotMaps[0];
    const { buffer } = this.memory.resource(out, slot === undefined ? undefined : map[slot]);
    return new Uint32Array((await readBuffer(this.gpu.device, buffer, 0, 4)).buffer)[0];
  }

  /** A kept tensor of a stage's evaluation program, as the last micro-batch left it. */
  private async readEvaluated(stage: number, tensor: Tensor): Promise<Float32Array> {
    const pooled = this.memoryPlan.stages.find(({ plan }) => plan.span.stage === stage);
    const slot = pooled?.evaluation.plan.memory.slotOf.get(tensor.id);
    if (!pooled || slot === undefined)
      throw new LabError({ code: 'internal', message: `Stage ${stage} does not keep ${tensor.label}` });
    const { buffer, offset } = this.memory.resource(tensor, pooled.evaluation.slotMaps[0][slot]);
    return readBuffer(this.gpu.device, buffer, offset, 4 * elementCount(tensor.shape));
  }

  /** What the last micro-batch of an evaluation left behind, this rank's parts: logits, hidden states, and what attention follows from. */
  async outputs(): Promise<OutputPiece[]> {
    const { model, train } = this.plan.spec;
    const rows = this.plan.layoutOfMesh.microBatchRows;
    const N = rows * train.sequenceLength;
    const heads = shard(1, { blocks: 3, unit: model.n_embd / model.n_head });
    const pieces: OutputPiece[] = [];
    const add = async (
      stage: number,
      name: string,
      wholeShape: readonly number[],
      placement: Placement,
      tensor: Tensor,
    ): Promise<void> => {
      pieces.push({ name, wholeShape, placement, values: await this.readEvaluated(stage, tensor) });
    };
    for (const { span, outputs, logits } of this.plan.stages) {
      const { stage, firstLayer } = span;
      for (const [index, tensor] of outputs.hiddenStates.entries())
        await add(stage, `hidden_states.${firstLayer + index}`, [N, model.n_embd], shard(0), tensor);
      for (const [index, { qkv, lse }] of outputs.attentions.entries()) {
        const layer = firstLayer + index;
        await add(stage, `qkv.${layer}`, [N, 3 * model.n_embd], heads, qkv);
        await add(stage, `lse.${layer}`, [rows, model.n_head, train.sequenceLength], shard(1), lse);
      }
      if (logits) await add(stage, 'logits', [N, model.vocab_size], shard(1), logits);
    }
    return pieces;
  }

  private writeStep(target: GPUBuffer, firstRow: number): void {
    const { seed, beta1, beta2 } = this.plan.spec.train;
    const inputs = this.requireInputs();
    const values: StepValues = {
      step: inputs.step,
      firstRow,
      position: 0,
      learningRate: inputs.learningRate,
      inverseTokens: 1 / Math.max(1, inputs.validTokens),
      seed,
      beta1,
      beta2,
    };
    writeStepBlock(this.stepBytes, values);
    this.gpu.device.queue.writeBuffer(target, 0, this.stepBytes.buffer);
  }

  private requireInputs(): MeshStepInputs {
    if (!this.inputs) throw new LabError({ code: 'internal', message: 'No step is under way' });
    return this.inputs;
  }

  private beginMicroBatch(stage: number, bank: number, index: number): void {
    const batch = this.requireInputs().microBatch(index);
    const bound = this.stages.get(stage);
    const pooled = this.memoryPlan.stages.find(({ plan }) => plan.span.stage === stage);
    if (!bound || !pooled) throw new LabError({ code: 'internal', message: `There is no stage ${stage} here` });
    const { queue } = this.gpu.device;
    const buffer = (name: string): GPUBuffer => this.memory.buffer(bankName(name, stage, bank));
    this.writeStep(bound.stepBuffers[bank], batch.firstRow);
    const { embedding, head } = pooled.plan.span;
    if (embedding) {
      const { model } = this.plan.spec;
      const { tp } = this.plan.layoutOfMesh.mesh;
      queue.writeBuffer(buffer(bufferNames.tokens), 0, batch.inputs.slice());
      const shard = partOf(model.vocab_size, tp, this.plan.at.tp);
      const { order, starts } = buildTokenIndex(batch.inputs, model.vocab_size, undefined, shard);
      queue.writeBuffer(buffer(bufferNames.order), 0, order.slice());
      queue.writeBuffer(buffer(bufferNames.starts), 0, starts.slice());
    }
    if (head) queue.writeBuffer(buffer(bufferNames.targets), 0, batch.targets.slice());
  }

  /** Sums what the metrics of all ranks of the group hold, each thing once, and leaves totals and clip scale for the optimiser. */
  private async sumScalars(action: PlanAction): Promise<void> {
    if (!('group' in action)) throw new LabError({ code: 'internal', message: 'Scalars are summed over a group' });
    const evaluating = this.mode === 'evaluate';
    const source = this.memory.buffer(evaluating ? bufferNames.evaluation : bufferNames.metrics);
    const mine = await this.staging.read([{ buffer: source, offset: 0, size: METRICS_BYTES }]);
    const { loss, gradientNorm, nonFinite } = decodeMetrics(mine, 0);
    this.staging.pool.give(mine);
    const { at, sharded } = this.plan;
    const countsNorm = !evaluating && (sharded || this.mode === 'local' || at.dp === 0);
    // Tensor-parallel ranks hold the same loss.
    const own = Float32Array.of(at.tp === 0 ? loss : 0, countsNorm ? gradientNorm ** 2 : 0, evaluating ? 0 : nonFinite);
    const group = this.links.group(action.axis, action.group);
    const counts = group.ranks.map(() => own.length);
    const all = await allGather(group, own, counts, { what: 'loss and norm' });
    const sums = [0, 0, 0];
    for (let i = 0; i < all.length; i++) sums[i % own.length] += all[i];
    const norm = Math.sqrt(sums[1]);
    this.totals = { loss: sums[0], gradientNorm: norm, nonFinite: sums[2] };
    if (evaluating) return;
    const { clipNorm } = this.plan.spec.train;
    const scale = clipNorm === 0 ? 1 : Math.min(1, clipNorm / (norm + CLIP_EPSILON));
    this.gpu.device.queue.writeBuffer(
      this.memory.buffer(bufferNames.metrics),
      0,
      Float32Array.of(sums[0], norm, sums[2], scale),
    );
  }

  /** Runs one plan. All ranks of the mesh must run the same one; `turn` counts the plans that were run, on all alike. */
  async run(mode: PlanMode, inputs: MeshStepInputs, turn: number): Promise<StepMetrics> {
    this.inputs = inputs;
    this.mode = mode;
    this.links.endpoint.step = turn;
    const evaluating = mode === 'evaluate';
    if (evaluating) {
      this.gather.begin();
      const stream = this.stream();
      stream.clear(this.memory.buffer(bufferNames.evaluation));
      stream.submit();
    }
    this.writeStep(this.updateStep, 0);
    const work: MeshWork = {
      plan: this.plan,
      device: this.gpu.device,
      memory: this.memory,
      links: this.links,
      staging: this.staging,
      buckets: this.buckets,
      gather: this.gather,
      stream: () => this.stream(),
      bank: (stage, bank) => {
        const bound = this.stages.get(stage);
        if (!bound) throw new LabError({ code: 'internal', message: `There is no stage ${stage} here` });
        return evaluating ? bound.evaluation : bound.train[bank];
      },
      beginMicroBatch: (stage, bank, index) => this.beginMicroBatch(stage, bank, index),
      norm: this.programs.norm.segment('optimizer'),
      optimizer: this.programs.optimizer.segment('optimizer'),
      scalars: (action) => this.sumScalars(action),
      trace: this.onAction,
    };
    await executeMeshActions(this.plan.actions[mode].actions, work);
    return this.totals;
  }

  destroy(): void {
    for (const program of this.programs.all) program.destroy();
    for (const { stepBuffers } of this.stages.values()) for (const buffer of stepBuffers) buffer.destroy();
    this.updateStep.destroy();
    this.staging.destroy();
    this.memory.destroy();
    this.links.endpoint.close();
  }
}
