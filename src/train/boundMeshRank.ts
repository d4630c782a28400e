// What a rank of a mesh has on its device: pipelines compiled, memory reserved, programs bound to it, one set of activations after another.
// It runs nothing.

import { LabError } from '../core/errors';
import type { GpuDevice } from '../gpu/device';
import { byteLength, type Tensor } from '../gpu/graph';
import type { PipelineCache } from '../gpu/pipelineCache';
import { type BufferRange, compileAll, isReadyDispatch, Program, type ReadyCall, valuesOf } from '../gpu/program';
import { RankMemory } from '../gpu/rankMemory';
import type { StageSpan } from '../parallel/stages';
import type { ComputePass } from '../parallel/stepPlan';
import { runShape } from './batchTensors';
import { bufferNames } from './bufferNames';
import type { ReadyPart, StageBank } from './meshExecutor';
import { BankPlaces, bankName, type MeshMemoryPlan, type PooledProgram, planMeshMemory } from './meshMemory';
import type { MeshRankPlan } from './meshRankPlan';
import { type BatchBuffers, bindBatch } from './microBatch';
import type { StagePart } from './stageParts';
import type { StageProgramPlan } from './stagePlan';

export interface BoundStage {
  readonly train: readonly StageBank[];
  readonly evaluation: StageBank;
  /** Of each set of activations: step values, and what its micro-batch is written to. */
  readonly stepBuffers: readonly GPUBuffer[];
  readonly batchBuffers: readonly BatchBuffers[];
}

export interface BoundMeshRank {
  readonly memoryPlan: MeshMemoryPlan;
  readonly memory: RankMemory;
  readonly stages: ReadonlyMap<number, BoundStage>;
  /** Step values of norm and update. */
  readonly updateStep: GPUBuffer;
  readonly programs: {
    readonly optimizer: Program;
    readonly norm: Program;
    readonly checksum: Program;
    readonly all: readonly Program[];
  };
}

/** Compiles, allocates and binds. @throws LabError; what was reserved by then is freed when the rank's worker is ended. */
export async function bindMeshRank(
  gpu: GpuDevice,
  cache: PipelineCache,
  plan: MeshRankPlan,
  onProgress: (done: number, total: number) => void,
): Promise<BoundMeshRank> {
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
      const range = (tensor: Tensor | null | undefined): BufferRange | null =>
        tensor ? valuesOf(places, pooledProgram.plan, pooledProgram.slotMaps[bank], tensor) : null;
      const which = training ? 'train' : 'evaluation';
      return {
        parts: readyPasses(program, training ? stage.trainParts : { forward: stage.evaluationParts }),
        input: range(stage.input?.[which]),
        output: range(stage.output?.[which]),
        inputGradient: training ? range(stage.inputGradient) : null,
        outputGradient:
          training && stage.output
            ? {
                buffer: memory.buffer(bankName(bufferNames.outputGradient, index, bank)),
                offset: 0,
                size: byteLength(stage.output.train),
              }
            : null,
      };
    };
    const trainBanks: StageBank[] = [];
    for (let bank = 0; bank < banks; bank++) trainBanks.push(await bankOf(train, bank, true));
    const batchBuffers = stepBuffers.map((_, bank) => batchBuffersOf(memory, plan, stage.span, bank));
    stages.set(index, { train: trainBanks, evaluation: await bankOf(evaluation, 0, false), stepBuffers, batchBuffers });
  }
  const updateStep = stepBuffer();
  const programs = {
    optimizer: await bind(optimizer, 0, memory, updateStep),
    norm: await bind(norm, 0, memory, updateStep),
    checksum: await bind(checksum, 0, memory, updateStep),
    all,
  };
  return { memoryPlan, memory, stages, updateStep, programs };
}

function batchBuffersOf(
  memory: RankMemory,
  { spec, layoutOfMesh }: MeshRankPlan,
  span: StageSpan,
  bank: number,
): BatchBuffers {
  const shape = runShape(layoutOfMesh.microBatchRows, spec.train.sequenceLength, spec.train);
  return bindBatch(spec.model, shape, span, (name) => memory.buffer(bankName(name, span.stage, bank)));
}

function readyPasses(program: Program, passes: StageProgramPlan['trainParts']): StageBank['parts'] {
  const ready = (pass: ComputePass): ReadyPart[] =>
    (passes[pass] ?? []).map((part) => readyPart(program.calls(pass), part));
  return {
    forward: ready('forward'),
    backward: ready('backward'),
    inputGradient: ready('inputGradient'),
    weightGradient: ready('weightGradient'),
  };
}

/** @param calls of the part's pass */
function readyPart(calls: readonly ReadyCall[], { from, to, needs }: StagePart): ReadyPart {
  const dispatches = calls.slice(from, to).filter(isReadyDispatch);
  if (dispatches.length < to - from)
    throw new LabError({ code: 'internal', message: `An exchange lies within the part from call ${from} to ${to}` });
  const next = calls.at(to);
  return { needs, dispatches, exchange: next && !isReadyDispatch(next) ? next : null };
}
