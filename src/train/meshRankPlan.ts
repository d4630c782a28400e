// Plans the work of one rank of a mesh without touching a device: traces its stages, cuts them into parts, lays out what it stores, and has
// the plan builder order its actions. What the page shows and what the rank then allocates and runs are this same plan.

import { partition, type Span } from '../core/partition';
import type { Gpt2Config, ParallelConfig, TrainConfig } from '../core/runConfig';
import { type ArenaEntry, type ArenaLayout, layoutArena, shardUnits, type UnitShard } from '../gpu/arena';
import { type ArenaName, elementCount, type ProgramCall, type Tensor } from '../gpu/graph';
import type { KernelCatalog } from '../gpu/kernelCatalog';
import type { KernelChoices } from '../gpu/kernelChoices';
import { planMemory } from '../gpu/memoryPlan';
import { METRICS_LENGTH } from '../gpu/plans/metricsLayout';
import type { ProgramPlan } from '../gpu/program';
import { Trace } from '../gpu/trace';
import { type BatchShape, type Gpt2Outputs, type ModelPart, traceGpt2, traceLoss } from '../model/gpt2';
import { gpt2Placement } from '../model/shapes/gpt2Placements';
import { gpt2Parameters, type ParameterShape } from '../model/shapes/gpt2Shapes';
import { type Coordinates, coordinatesOf, type MeshShape } from '../parallel/mesh';
import { type PlanMode, planRankActions, type RankActions } from '../parallel/meshPlan';
import { localShape, type Placement } from '../parallel/placement';
import type { RankShape, StageShape } from '../parallel/rankShape';
import { makeSchedule } from '../parallel/schedules/makeSchedule';
import { type Schedule, stageCount } from '../parallel/schedules/schedule';
import { type StageSpan, splitStages } from '../parallel/stages';
import type { ComputePass } from '../parallel/stepPlan';
import { bufferNames } from './bufferNames';
import { emitChecksum } from './checksumCalls';
import { emitGradientNorm, emitUpdate, type UpdateRange } from './optimizerCalls';
import { cutParts, type StagePart } from './stageParts';

/** A run over a mesh; the same for all of its ranks. */
export interface MeshSpec {
  /** vocab_size resolved. */
  readonly model: Gpt2Config;
  readonly train: TrainConfig;
  readonly parallel: ParallelConfig;
  /** Keep logits, hidden states and what attention weights follow from, of evaluation programs. */
  readonly keepOutputs: boolean;
}

/** What follows from a spec for all ranks alike. */
export interface MeshLayout {
  readonly mesh: MeshShape;
  readonly schedule: Schedule;
  readonly stages: readonly StageSpan[];
  /** Rows of the micro-batches as programs are shaped; where the batch does not divide, some have fewer that count. */
  readonly microBatchRows: number;
}

/** One stage as this rank computes it. */
export interface StageProgramPlan {
  readonly span: StageSpan;
  readonly train: ProgramPlan;
  readonly evaluation: ProgramPlan;
  readonly trainParts: Readonly<Partial<Record<ComputePass, readonly StagePart[]>>>;
  readonly evaluationParts: readonly StagePart[];
  /** What the stage before sends; null for the first. */
  readonly input: { readonly train: Tensor; readonly evaluation: Tensor } | null;
  /** What goes to the next stage; null for the last. */
  readonly output: { readonly train: Tensor; readonly evaluation: Tensor } | null;
  /** The gradient of `input`, sent back; null for the first. */
  readonly inputGradient: Tensor | null;
  /** Kept tensors of the evaluation program; empty unless keepOutputs. */
  readonly outputs: Gpt2Outputs;
  readonly logits: Tensor | null;
}

/** A parameter as this rank stores it, before ZeRO divides it further. */
export interface LocalParameter extends ArenaEntry {
  readonly wholeShape: readonly number[];
  readonly placement: Placement;
  readonly init: ParameterShape['init'];
}

export interface MeshRankPlan {
  readonly spec: MeshSpec;
  readonly layoutOfMesh: MeshLayout;
  readonly rank: number;
  readonly at: Coordinates;
  readonly layout: ArenaLayout;
  readonly parameters: ReadonlyMap<string, LocalParameter>;
  /** Index of the unit of embedding, positions, final norm and head, or null. */
  readonly rootUnit: number | null;
  /** This rank's parts of the units along dp; whole units where ZeRO is off. */
  readonly shards: readonly UnitShard[];
  /** Optimiser state, and more with ZeRO 2 and 3, is divided over dp. */
  readonly sharded: boolean;
  /** Elements of each arena as stored. */
  readonly stored: Readonly<Record<ArenaName, number>>;
  readonly stages: readonly StageProgramPlan[];
  readonly optimizer: ProgramPlan;
  readonly norm: ProgramPlan;
  readonly checksum: { readonly program: ProgramPlan; readonly out: Tensor };
  readonly actions: Readonly<Record<PlanMode, RankActions>>;
  readonly shape: RankShape;
  /** Elements of the arena whose gradients are those of tensor-parallel peers too, and of an embedding on another stage. */
  readonly replicated: readonly Span[];
  readonly tied: Span | null;
}

export const EMBEDDING = 'transformer.wte.weight';
const ROOT = 'root';

export function layoutMesh({ model, train, parallel }: Omit<MeshSpec, 'keepOutputs'>): MeshLayout {
  const { dp, pp, tp, stagesPerRank } = parallel;
  const mesh = { dp, pp, tp };
  const schedule = makeSchedule(pp === 1 ? 'gpipe' : parallel.schedule, {
    ranks: pp,
    stagesPerRank: pp === 1 ? 1 : stagesPerRank,
    microBatches: train.microBatches,
  });
  const width = model.n_embd;
  // Multiply-adds a token: a block has 12 C^2 and attention 2 T C; the head V C; the embedding is a look-up.
  const stages = splitStages(model.n_layer, stageCount(schedule), {
    embedding: 0,
    layer: 12 * width * width + 2 * train.sequenceLength * width,
    head: model.vocab_size * width,
  });
  return { mesh, schedule, stages, microBatchRows: Math.ceil(train.batchSize / (dp * train.microBatches)) };
}

/** `root` or the layer's name: what is gathered and reduced together. */
function unitOf(name: string): string {
  return /^transformer\.(h\.\d+)\./.exec(name)?.[1] ?? ROOT;
}

/** Parameters that the stages hold, in the arena's order of units: root first, then layers. */
function ownParameters(model: Gpt2Config, spans: readonly StageSpan[]): ParameterShape[] {
  const holds = (name: string): boolean => {
    const layer = /^transformer\.h\.(\d+)\./.exec(name)?.[1];
    if (layer !== undefined)
      return spans.some(({ firstLayer, endLayer }) => Number(layer) >= firstLayer && Number(layer) < endLayer);
    if (name === EMBEDDING) return spans.some((s) => s.embedding || (s.head && model.tie_word_embeddings));
    if (name === 'transformer.wpe.weight') return spans.some(({ embedding }) => embedding);
    return spans.some(({ head }) => head);
  };
  return gpt2Parameters(model).filter(({ name }) => holds(name));
}

/** Joins neighbours. */
function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && last.start + last.length === span.start)
      merged[merged.length - 1] = { start: last.start, length: last.length + span.length };
    else merged.push(span);
  }
  return merged;
}

/** The part of `spans` within [start, end). */
export function clipSpans(spans: readonly Span[], start: number, end: number): Span[] {
  return spans
    .map((span) => ({ start: Math.max(span.start, start), end: Math.min(span.start + span.length, end) }))
    .filter((span) => span.end > span.start)
    .map((span) => ({ start: span.start, length: span.end - span.start }));
}

/** `whole` without `holes`, which are sorted and lie within it. */
function withoutSpans(whole: Span, holes: readonly Span[]): Span[] {
  const left: Span[] = [];
  let from = whole.start;
  for (const { start, length } of holes) {
    if (start > from) left.push({ start: from, length: start - from });
    from = start + length;
  }
  const end = whole.start + whole.length;
  if (end > from) left.push({ start: from, length: end - from });
  return left;
}

function sumLengths(spans: readonly Span[]): number {
  return spans.reduce((sum, { length }) => sum + length, 0);
}

/** Alignment gaps belong to the parameter before them: they hold zeros. */
function padded({ offset, length }: ArenaEntry): Span {
  return { start: offset, length: Math.ceil(length / 64) * 64 };
}

function planStage(
  spec: MeshSpec,
  { microBatchRows }: MeshLayout,
  layout: ArenaLayout,
  part: ModelPart,
  split: boolean,
  choices: KernelChoices,
  catalog: KernelCatalog,
): StageProgramPlan {
  const { model, train, parallel } = spec;
  const { stage: span, split: tensorSplit } = part;
  const shape: BatchShape = { batch: microBatchRows, tokens: train.sequenceLength };
  const rows = shape.batch * shape.tokens;
  const ownRows = partition(rows, tensorSplit.parts)[tensorSplit.index].length;
  const vocabulary = partition(model.vocab_size, tensorSplit.parts)[tensorSplit.index].length;
  const cut = {
    gathered: parallel.zero >= 3 && parallel.dp > 1,
    reduced: parallel.dp > 1 || parallel.tp > 1 || parallel.pp > 1,
  };

  const traceStage = (training: boolean) => {
    const trace = new Trace(layout);
    const keep = spec.keepOutputs && !training;
    const source = span.embedding
      ? {
          tokens: trace.named(bufferNames.tokens, [rows], 'u32'),
          order: training ? trace.named(bufferNames.order, [rows], 'u32') : undefined,
          starts: training ? trace.named(bufferNames.starts, [vocabulary + 1], 'u32') : undefined,
        }
      : trace.given('stage input', [ownRows, model.n_embd]);
    const stack = traceGpt2(trace, model, shape, source, { keep, training }, part);
    let logits: Tensor | null = null;
    if (span.head) {
      const goal = {
        targets: trace.named(bufferNames.targets, [rows], 'i32'),
        loss: trace.named(training ? bufferNames.metrics : bufferNames.evaluation, [METRICS_LENGTH], 'f32'),
      };
      logits = traceLoss(trace, model, shape, stack.final, goal, { keep, gradient: training }, tensorSplit);
    }
    return { trace, stack, logits, input: 'tokens' in source ? null : source };
  };

  const training = traceStage(true);
  const { final } = training.stack;
  const seeds = span.head
    ? []
    : [{ output: final, gradient: training.trace.named(bufferNames.outputGradient, final.shape, 'f32') }];
  // The first stage has nobody to send its gradient to; its input gradient ends where its stream begins.
  const root = training.input ?? training.stack.hiddenStates[0];
  const lowered = training.trace.lower(choices, catalog, {
    differentiate: split ? 'split' : 'whole',
    seeds,
    wanted: [root],
  });
  const inputGradient = training.input ? lowered.gradientOf(training.input) : null;
  const kept = [...(inputGradient ? [inputGradient] : []), ...(span.head ? [] : [final])];
  const evaluating = traceStage(false);
  const evaluation = evaluating.trace.lower(choices, catalog, { differentiate: 'no' }).calls;
  const evaluationKept = span.head ? [] : [evaluating.stack.final];
  const bySegment = (segment: ComputePass): readonly ProgramCall[] =>
    lowered.calls.filter((call) => call.segment === segment);
  const passes: readonly ComputePass[] = split
    ? ['forward', 'inputGradient', 'weightGradient']
    : ['forward', 'backward'];
  return {
    span,
    train: { calls: lowered.calls, memory: planMemory(lowered.calls, kept) },
    evaluation: { calls: evaluation, memory: planMemory(evaluation, evaluationKept) },
    trainParts: Object.fromEntries(passes.map((pass) => [pass, cutParts(bySegment(pass), layout, cut)])),
    evaluationParts: cutParts(evaluation, layout, { gathered: cut.gathered, reduced: false }),
    input: training.input && evaluating.input ? { train: training.input, evaluation: evaluating.input } : null,
    output: span.head ? null : { train: final, evaluation: evaluating.stack.final },
    inputGradient,
    outputs: evaluating.stack,
    logits: evaluating.logits,
  };
}

function stageShape(stage: StageProgramPlan, mode: PlanMode): StageShape {
  const bytes = (tensor: Tensor | undefined): number => (tensor ? 4 * elementCount(tensor.shape) : 0);
  return {
    stage: stage.span.stage,
    passes: mode === 'evaluate' ? { forward: stage.evaluationParts } : stage.trainParts,
    inputBytes: bytes(stage.input?.train),
    outputBytes: bytes(stage.output?.train),
  };
}

export function planMeshRank(
  spec: MeshSpec,
  rank: number,
  choices: KernelChoices,
  catalog: KernelCatalog,
): MeshRankPlan {
  const { model, train, parallel } = spec;
  const meshLayout = layoutMesh(spec);
  const { mesh, schedule, stages } = meshLayout;
  const at = coordinatesOf(mesh, rank);
  const spans = stages.filter(({ stage }) => schedule.rankOfStage(stage) === at.pp);
  const split = { parts: mesh.tp, index: at.tp };

  const own = ownParameters(model, spans).map((parameter) => {
    const placement = gpt2Placement(model, parameter.name);
    return { ...parameter, placement, local: localShape(parameter.shape, placement, split.parts, split.index) };
  });
  const layout = layoutArena(
    own.map(({ name, local, decay }) => ({
      name,
      shape: local,
      decay,
      hiddenMatrix: local.length === 2 && name.startsWith('transformer.h.'),
      unit: unitOf(name),
    })),
  );
  const parameters = new Map<string, LocalParameter>();
  for (const { name, shape, placement, init } of own) {
    const entry = layout.entries.get(name);
    if (entry) parameters.set(name, { ...entry, wholeShape: shape, placement, init });
  }
  const replicated =
    mesh.tp === 1
      ? []
      : mergeSpans([...parameters.values()].filter(({ placement }) => placement.kind === 'replicate').map(padded));
  const first = schedule.rankOfStage(0);
  const last = schedule.rankOfStage(stageCount(schedule) - 1);
  const embedding = parameters.get(EMBEDDING);
  const tied =
    first !== last && model.tie_word_embeddings && embedding && (at.pp === first || at.pp === last)
      ? padded(embedding)
      : null;

  const sharded = parallel.zero > 0 && mesh.dp > 1;
  const shards = shardUnits(layout.units, sharded ? mesh.dp : 1, sharded ? at.dp : 0);
  const shardLength = sumLengths(shards);
  const lengths = (from: number): number => (parallel.zero >= from ? shardLength : layout.length);
  const stored = {
    parameters: lengths(3),
    gradients: lengths(2),
    moment1: lengths(1),
    moment2: train.optimizer === 'sgd' ? 0 : lengths(1),
  };

  const splitBackward = schedule.slots.some((slots) =>
    slots.some((slot) => slot?.pass === 'inputGradient' || slot?.pass === 'weightGradient'),
  );
  const stagePlans = spans.map((stage) =>
    planStage(spec, meshLayout, layout, { stage, split }, splitBackward, choices, catalog),
  );

  const rootUnit = layout.units.findIndex(({ name }) => name === ROOT);
  const shape = (mode: PlanMode): RankShape => ({
    stages: stagePlans.map((stage) => stageShape(stage, mode)),
    units: layout.units.map(({ name, start, end }) => ({
      name,
      bytes: 4 * (end - start),
      replicatedBytes: 4 * sumLengths(clipSpans(replicated, start, end)),
      tiedBytes: tied ? 4 * sumLengths(clipSpans([tied], start, end)) : 0,
    })),
    rootUnit: rootUnit === -1 ? null : rootUnit,
  });
  const actions = (mode: PlanMode): RankActions =>
    planRankActions(rank, shape(mode), {
      mesh,
      schedule,
      zero: sharded ? parallel.zero : 0,
      bucketBytes: 1024 * parallel.bucketKib,
      mode,
    });

  const placeOf = (arena: ArenaName, { start, offset }: UnitShard): number =>
    stored[arena] === layout.length ? start : offset;
  const ranges: UpdateRange[] = shards
    .filter(({ length }) => length > 0)
    .map((shardOf) => ({
      unit: shardOf.unit,
      start: shardOf.start,
      length: shardOf.length,
      offsets: {
        parameters: placeOf('parameters', shardOf),
        gradients: placeOf('gradients', shardOf),
        moment1: placeOf('moment1', shardOf),
        moment2: placeOf('moment2', shardOf),
      },
    }));
  // Each element of the model counts once in the global norm, whoever holds copies of it.
  const counted = countedRanges({ at, first, replicated, tied, shards, placeOf });
  const optimizerTrace = new Trace(layout);
  const updating = optimizerTrace.emitter(choices, catalog);
  emitUpdate(updating, layout, ranges, train);
  const norming = optimizerTrace.emitter(choices, catalog);
  emitGradientNorm(norming, counted, 0);
  const fingerprint = emitChecksum(optimizerTrace.emitter(choices, catalog), stored.parameters);
  const program = (calls: readonly ProgramCall[]): ProgramPlan => ({ calls, memory: planMemory(calls) });
  return {
    spec,
    layoutOfMesh: meshLayout,
    rank,
    at,
    layout,
    parameters,
    rootUnit: rootUnit === -1 ? null : rootUnit,
    shards,
    sharded,
    stored,
    stages: stagePlans,
    optimizer: program(updating.calls),
    norm: program(norming.calls),
    checksum: { program: program(fingerprint.calls), out: fingerprint.out },
    actions: {
      train: actions('train'),
      gradients: actions('gradients'),
      evaluate: actions('evaluate'),
      local: actions('local'),
    },
    shape: shape('train'),
    replicated,
    tied,
  };
}

/** Ranges of the gradient arena as stored that this rank adds to its replica's norm; what pipeline or tensor-parallel peers hold too counts once. */
function countedRanges(rank: {
  readonly at: Coordinates;
  readonly first: number;
  readonly replicated: readonly Span[];
  readonly tied: Span | null;
  readonly shards: readonly UnitShard[];
  readonly placeOf: (arena: ArenaName, shard: UnitShard) => number;
}): { readonly offset: number; readonly length: number }[] {
  const { at, first, replicated, tied, shards, placeOf } = rank;
  const foreign = mergeSpans([...(at.tp > 0 ? replicated : []), ...(tied && at.pp !== first ? [tied] : [])]);
  return shards.flatMap((shard) =>
    withoutSpans(shard, clipSpans(foreign, shard.start, shard.start + shard.length)).map(({ start, length }) => ({
      offset: placeOf('gradients', shard) + (start - shard.start),
      length,
    })),
  );
}
