// Plans of whole meshes for tests: models of one-unit layers in as many parts as their splits make, with sizes that are easy to count.

import type { TraceEvent } from '../core/meshRecords';
import type { ScheduleName } from '../core/runConfig';
import { coordinatesOf, type MeshShape, meshSize } from '../parallel/mesh';
import { planRankActions } from '../parallel/meshPlan';
import type { MeshPlanOptions, RankActions } from '../parallel/planModes';
import type { PartShape, RankShape, StageShape } from '../parallel/rankShape';
import { makeSchedule } from '../parallel/schedules/makeSchedule';
import { type Schedule, stageCount } from '../parallel/schedules/schedule';
import type { ComputePass, StepPlan } from '../parallel/stepPlan';
import { type StepTiming, simulateStep } from '../planner/simulate';
import { simulatedTrace } from '../planner/simulatedTrace';

export const unitBytes = 400;

/** A stage of `layers` one-unit layers after a root unit, in as many parts as tensor parallelism, gathers and reductions make. */
export function stageShape(
  stage: number,
  last: number,
  units: readonly number[],
  tp: number,
  split: boolean,
): StageShape {
  const exchange = tp > 1 ? ({ collective: 'allGather', bytes: 64, label: 'rows' } as const) : null;
  const parts = (order: readonly number[], writes: boolean): PartShape[] =>
    order.map((unit) => ({ flops: 10, bytes: 10, needs: [unit], completes: writes ? [unit] : [], exchange }));
  const back = units.toReversed();
  const passes: Partial<Record<ComputePass, readonly PartShape[]>> = split
    ? {
        forward: parts(units, false),
        inputGradient: parts(back, false),
        weightGradient: parts(back, true).map((part) => ({ ...part, exchange: null })),
      }
    : { forward: parts(units, false), backward: parts(back, true) };
  return { stage, passes, inputBytes: stage === 0 ? 0 : 128, outputBytes: stage === last ? 0 : 128 };
}

export function shapeOf(rank: number, mesh: MeshShape, schedule: Schedule): RankShape {
  const { pp } = coordinatesOf(mesh, rank);
  const last = stageCount(schedule) - 1;
  const split = schedule.slots.some((slots) => slots.some((slot) => slot?.pass === 'inputGradient'));
  const own = Array.from({ length: last + 1 }, (_, stage) => stage).filter(
    (stage) => schedule.rankOfStage(stage) === pp,
  );
  const ends = own.includes(0) || own.includes(last);
  const tied = schedule.rankOfStage(0) !== schedule.rankOfStage(last) && ends;
  const root = ends ? [{ name: 'root', bytes: unitBytes, replicatedBytes: 40, tiedBytes: tied ? 200 : 0 }] : [];
  const units = [
    ...root,
    ...own.map((stage) => ({ name: `h.${stage}`, bytes: unitBytes, replicatedBytes: 40, tiedBytes: 0 })),
  ];
  const stages = own.map((stage, index) => {
    const layer = root.length + index;
    return stageShape(stage, last, stage === 0 || stage === last ? [0, layer] : [layer], mesh.tp, split);
  });
  return { stages, units, rootUnit: ends ? 0 : null };
}

export function plansOf(mesh: MeshShape, options: Omit<MeshPlanOptions, 'mesh'>): RankActions[] {
  return Array.from({ length: meshSize(mesh) }, (_, rank) =>
    planRankActions(rank, shapeOf(rank, mesh, options.schedule), { ...options, mesh }),
  );
}

export interface PlannedStep {
  readonly plan: StepPlan;
  readonly schedule: Schedule;
  readonly ranks: readonly RankActions[];
}

/** One optimiser step of such a model on `mesh`. */
export function plannedStep(
  mesh: MeshShape,
  name: ScheduleName,
  microBatches: number,
  { stagesPerRank = 1, zero = 0 }: { readonly stagesPerRank?: number; readonly zero?: number } = {},
): PlannedStep {
  const schedule = makeSchedule(name, { ranks: mesh.pp, stagesPerRank, microBatches });
  const ranks = plansOf(mesh, { schedule, zero, bucketBytes: 900, mode: 'train' });
  const actions = ranks.map((rank) => rank.actions);
  return { plan: { mesh, stages: stageCount(schedule), microBatches, actions }, schedule, ranks };
}

/** The step's events where every action takes what `timing` says. */
export function simulatedEvents({ actions }: StepPlan, timing: StepTiming): TraceEvent[] {
  const { ranks } = simulateStep({ ranks: actions.map((_, rank) => rank), actions }, timing);
  return simulatedTrace(ranks, actions);
}
