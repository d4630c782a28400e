// Plans the work of one rank of a mesh without touching a device: traces its stages, cuts them into parts, lays out what it stores, and has
// the plan builder order its actions. What the page shows and what the rank then allocates and runs are this same plan.

import type { ArenaEntry, ArenaLayout, UnitShard } from '../core/arena';
import type { Span } from '../core/partition';
import { clipSpans, mergeSpans, sumLengths, withoutSpans } from '../core/spans';
import type { ArenaName, ProgramCall, Tensor } from '../gpu/graph';
import type { KernelCatalog } from '../gpu/kernelCatalog';
import type { KernelChoices } from '../gpu/kernelChoices';
import { planMemory } from '../gpu/memoryPlan';
import type { ProgramPlan } from '../gpu/program';
import { Trace } from '../gpu/trace';
import { type LocalParameter, layoutRankState, ROOT_UNIT } from '../model/shapes/rankState';
import type { Coordinates } from '../parallel/mesh';
import { layoutMesh, type MeshLayout } from '../parallel/meshLayout';
import { noActions, planRankActions } from '../parallel/meshPlan';
import type { PlanMode, RankActions } from '../parallel/planModes';
import type { RankShape } from '../parallel/rankShape';
import { stageCount } from '../parallel/schedules/schedule';
import { gradientWorkers } from '../parallel/strategies/serviceOwners';
import { serviceParts, unitShards } from '../parallel/unitShards';
import { emitChecksum } from './checksumCalls';
import type { MeshSpec } from './meshSpec';
import { emitGradientNorm, emitUpdate, type UpdateRange } from './optimizerCalls';
import { planStage, type StageProgramPlan, stageShape } from './stagePlan';

export interface MeshRankPlan {
  readonly spec: MeshSpec;
  readonly layoutOfMesh: MeshLayout;
  readonly rank: number;
  readonly at: Coordinates;
  /** Of what is trained. */
  readonly layout: ArenaLayout;
  /** Of what is not, beside adapters; null where everything is trained. */
  readonly frozen: ArenaLayout | null;
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

/** Alignment gaps belong to the parameter before them: they hold zeros. */
function padded({ offset, length }: ArenaEntry): Span {
  return { start: offset, length: Math.ceil(length / 64) * 64 };
}

export function planMeshRank(
  spec: MeshSpec,
  rank: number,
  choices: KernelChoices,
  catalog: KernelCatalog,
): MeshRankPlan {
  const { train, parallel } = spec;
  const meshLayout = layoutMesh(spec);
  const { mesh, schedule } = meshLayout;
  const state = layoutRankState(spec, meshLayout, rank);
  const { at, stages: spans, layout, frozen, parameters, shards, sharded, stored } = state;
  const trained = [...parameters.values()].filter(({ arena }) => arena === 'parameters');
  const split = { parts: mesh.tp, index: at.tp };
  const replicated =
    mesh.tp === 1 ? [] : mergeSpans(trained.filter(({ placement }) => placement.kind === 'replicate').map(padded));
  const first = schedule.rankOfStage(0);
  const last = schedule.rankOfStage(stageCount(schedule) - 1);
  const shared = trained.find((parameter) => parameter.tied);
  const tied = first !== last && shared && (at.pp === first || at.pp === last) ? padded(shared) : null;

  const asynchronous = parallel.strategy === 'async';
  const computesGradients = gradientWorkers(mesh.dp, parallel.asyncService).includes(at.dp);
  const splitBackward = schedule.slots.some((slots) =>
    slots.some((slot) => slot?.pass === 'inputGradient' || slot?.pass === 'weightGradient'),
  );
  const stagePlans = spans.map((stage) =>
    planStage(spec, meshLayout, { layout, frozen }, { stage, split }, splitBackward, choices, catalog),
  );

  const rootUnit = layout.units.findIndex(({ name }) => name === ROOT_UNIT);
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
      strategy: parallel.strategy,
      ...(asynchronous ? { service: serviceParts(layout.units, parallel) } : {}),
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
  // Each element of the model counts once in the global norm, whoever holds copies of it. An asynchronous gradient is one rank's whole one.
  const normed = asynchronous ? unitShards(layout.units, { ...parallel, strategy: 'sync' }, 0) : shards;
  const counted = countedRanges({ at, first, replicated, tied, shards: normed, placeOf });
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
    frozen,
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
      meet: actions('meet'),
      async: computesGradients ? actions('async') : noActions,
      apply: actions('apply'),
      assemble: actions('assemble'),
      resume: actions('resume'),
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
