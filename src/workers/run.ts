// A prepared run as its host holds it: something to train, and a model to sample from and to export, on one rank or over a mesh.
// It builds and reads; the host's calls and the session's verbs are elsewhere.

import type { CheckContext } from '../check/conformance';
import type { LabError } from '../core/errors';
import type { ModelConfig } from '../core/modelConfig';
import type { MemoryRow, PreparedData } from '../core/records';
import type { RunConfig } from '../core/runConfig';
import { refuseMemory } from '../gpu/rankMemory';
import { mergeAdapters } from '../model/mergeAdapters';
import { meshSize } from '../parallel/mesh';
import { planMeshMemory } from '../train/meshMemory';
import { type MeshRankPlan, planMeshRank } from '../train/meshRankPlan';
import type { MeshSpec } from '../train/meshSpec';
import { Rank } from '../train/rank';
import { planRank, type RankPlan } from '../train/rankPlan';
import { SingleRunner } from '../train/singleRunner';
import type { StepRunner } from '../train/stepRunner';
import { MergedReader } from './mergedReader';
import { MeshRun } from './meshRun';
import { type ModelReader, RankReader } from './modelReader';
import type { RankEvent } from './protocol';

/** Tuning may delay the first step by this much; what is not measured by then keeps its default and is measured next time. */
const TUNING_BUDGET_MS = 700;

export interface BuiltRun {
  readonly runner: StepRunner;
  readonly reader: ModelReader;
  /** Null on one rank. */
  readonly mesh: MeshRun | null;
  readonly memory: readonly MemoryRow[];
  readonly liveBuffers: number;
  readonly dispatchesPerStep: number;
  readonly flopsPerStep: number;
}

export interface RunBuilder {
  readonly engine: CheckContext;
  readonly limits: 'adapter' | 'min';
  readonly emit: (event: RankEvent) => void;
  /** A rank of the mesh failed outside a call. */
  readonly onFailure: (error: LabError) => void;
}

export function isMesh({ parallel }: RunConfig): boolean {
  return meshSize(parallel) > 1;
}

/** The model with its vocabulary's size, which may follow from the text. */
export function resolvedModel(config: RunConfig, vocabularySize: number): ModelConfig {
  return { ...config.model, vocab_size: config.model.vocab_size || vocabularySize };
}

export function planSingle(
  engine: CheckContext,
  config: RunConfig,
  vocabularySize: number,
  choices = engine.choices.unrecorded(),
): RankPlan {
  const { train, lora } = config;
  return planRank(
    {
      model: resolvedModel(config, vocabularySize),
      microBatchSize: Math.ceil(train.batchSize / train.microBatches),
      microBatches: train.microBatches,
      sequenceLength: train.sequenceLength,
      train,
      lora,
      distillation: null,
      keepOutputs: false,
    },
    choices,
    engine.cache.catalog,
  );
}

function refuse(error: LabError | null): void {
  if (error) throw error;
}

/** Measures kernels for the problems that `plan` asks for, and plans again where a choice changed. */
async function tuned<Plan>({ engine, emit }: RunBuilder, plan: () => Plan): Promise<Plan> {
  engine.choices.startRun();
  const first = plan();
  emit({ type: 'phase', label: 'tune', progress: 0 });
  const changed = await engine.choices.tune(TUNING_BUDGET_MS, (done, total) =>
    emit({ type: 'phase', label: 'tune', progress: done / total }),
  );
  return changed ? plan() : first;
}

async function buildSingle(
  builder: RunBuilder,
  config: RunConfig,
  data: PreparedData,
  initial: InitialWeights,
): Promise<BuiltRun> {
  const { engine, emit } = builder;
  const { limits } = engine.gpu.facts;
  refuse(refuseMemory(planSingle(engine, config, data.vocabularySize).memory, limits));
  const plan = await tuned(builder, () => planSingle(engine, config, data.vocabularySize, engine.choices));
  const rank = await Rank.build(engine.gpu, engine.cache, plan, engine.rates, (done, total) =>
    emit({ type: 'phase', label: 'compile', progress: total === 0 ? 1 : done / total }),
  );
  emit({ type: 'phase', label: 'initialize', progress: null });
  const runner = new SingleRunner(engine.gpu.device, rank, config.train, data, initial);
  await runner.begin();
  return {
    runner,
    reader: rankReader(engine, rank, () => runner.weightVersion),
    mesh: null,
    memory: rank.memoryRows,
    liveBuffers: rank.memory.liveBuffers,
    dispatchesPerStep: plan.dispatchesPerStep,
    flopsPerStep: plan.flopsPerStep,
  };
}

/** Of a rank that trains the whole model, its own arena; of one that trains adapters, what the two make together. */
function rankReader(engine: CheckContext, rank: Rank, version: () => number): ModelReader {
  const { model, lora } = rank.plan.spec;
  if (lora.r === 0) return new RankReader(engine, rank);
  const adapters = () => rank.readArena('parameters');
  return new MergedReader(engine, model, {
    whole: async () => mergeAdapters(model, lora, await rank.readArena('frozen'), await adapters()),
    version,
    adapters,
  });
}

export function planMesh(engine: CheckContext, spec: MeshSpec, choices = engine.choices.unrecorded()): MeshRankPlan[] {
  return Array.from({ length: meshSize(spec.parallel) }, (_, rank) =>
    planMeshRank(spec, rank, choices, engine.cache.catalog),
  );
}

async function buildMesh(
  builder: RunBuilder,
  config: RunConfig,
  data: PreparedData,
  initial: InitialWeights,
): Promise<BuiltRun> {
  const { engine, emit, limits, onFailure } = builder;
  const spec: MeshSpec = {
    model: resolvedModel(config, data.vocabularySize),
    train: config.train,
    parallel: config.parallel,
    lora: config.lora,
    keepOutputs: false,
  };
  const plans = await tuned(builder, () => planMesh(engine, spec, engine.choices));
  for (const plan of plans) refuse(refuseMemory(planMeshMemory(plan).request, engine.gpu.facts.limits));
  emit({ type: 'phase', label: 'compile', progress: 0 });
  const choices = engine.choices.snapshot();
  const mesh = await MeshRun.start({
    spec,
    plans,
    limits,
    choices,
    rates: engine.rates,
    data,
    initial,
    emit,
    onFailure,
  });
  if (mesh.facts) emit({ type: 'mesh', facts: mesh.facts, plan: mesh.stepPlan });
  const calls = plans.map(({ stages, optimizer, norm }) => ({
    perMicroBatch: stages.flatMap(({ train }) => train.calls),
    perStep: [...optimizer.calls, ...norm.calls],
  }));
  const total = (of: (call: { flops: number }) => number): number =>
    calls.reduce((sum, { perMicroBatch, perStep }) => {
      const add = (list: readonly { flops: number }[]): number => list.reduce((rest, call) => rest + of(call), 0);
      return sum + config.train.microBatches * add(perMicroBatch) + add(perStep);
    }, 0);
  return {
    runner: mesh,
    reader: new MergedReader(engine, spec.model, {
      whole: () => mesh.parameters(),
      version: () => mesh.weightVersion,
      adapters: spec.lora.r > 0 ? () => mesh.trained() : null,
      pipeline: mesh.texts(),
    }),
    mesh,
    memory: sumMemory(mesh.facts?.ranks.map(({ memory }) => memory) ?? []),
    liveBuffers: 0,
    dispatchesPerStep: total(() => 1),
    flopsPerStep: total(({ flops }) => flops),
  };
}

/** All ranks' memory by kind. */
function sumMemory(ranks: readonly (readonly MemoryRow[])[]): MemoryRow[] {
  const rows = new Map<MemoryRow['kind'], number>();
  for (const { kind, bytes } of ranks.flat()) rows.set(kind, (rows.get(kind) ?? 0) + bytes);
  return [...rows].map(([kind, bytes]) => ({ kind, bytes }));
}

/** Whole parameters by name; null for those that the seed makes. */
export type InitialWeights = ReadonlyMap<string, Float32Array> | null;

export function buildRun(
  builder: RunBuilder,
  config: RunConfig,
  data: PreparedData,
  initial: InitialWeights,
): Promise<BuiltRun> {
  return isMesh(config) ? buildMesh(builder, config, data, initial) : buildSingle(builder, config, data, initial);
}
