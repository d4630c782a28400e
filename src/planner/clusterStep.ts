// Predicts one optimiser step of a cluster: shapes and costs by formula, the StepPlan of the ranks that stand for all, the simulator over it, memory.
// Ranks along dp and tp are alike, so one pipeline is run; micro-batches far beyond its depth follow from a shorter step.

import { LabError } from '../core/errors';
import { meshSize, rankOf } from '../parallel/mesh';
import { planRankActions } from '../parallel/meshPlan';
import type { MeshPlanOptions } from '../parallel/planModes';
import { makeSchedule } from '../parallel/schedules/makeSchedule';
import type { Schedule } from '../parallel/schedules/schedule';
import type { StepPlan } from '../parallel/stepPlan';
import { holdsWholeStep, memoryLimitBytes, type RankPeak, rankPeak } from './clusterMemory';
import type { ClusterPlan, Prediction, StageMemory } from './clusterPlan';
import { type ClusterRank, clusterRank, stageSpans } from './clusterShape';
import { clusterTiming } from './clusterTiming';
import { type MicroBatchCosts, microBatchCosts } from './layerCosts';
import { type LocalSizes, localSizes } from './localSizes';
import { modelFlops } from './modelFlops';
import { peakFlopsPerMs } from './opTime';
import { microBatchesOf, planIssue, planRuleWords } from './planRules';
import { type SimulatedActions, type SimulatedRank, simulateStep } from './simulate';
import { extendMeasure, measureStep, type StepMeasure } from './stepMeasure';

/** Gradients of layers travel in buckets of at least this many bytes below ZeRO 2 (PyTorch's DistributedDataParallel). */
const BUCKET_BYTES = 25 * 2 ** 20;

/**
 * @throws LabError `config.invalid` where the plan breaks a rule of planRules.ts, or the device has no such precision
 */
export function predictClusterStep(plan: ClusterPlan): Prediction {
  const setup = prepare(plan);
  const { microBatches, sizes, costs } = setup;
  const { run, measure } = runOrExtend(plan, microBatches, sizes, costs);
  const { spanMs, computeMs, communicationMs, flops, traffic } = measure;
  const memory = stageMemory(plan, run, sizes);
  const ranks = meshSize(plan.mesh);
  const tokens = plan.globalBatch * plan.sequenceLength;
  const peakBytes = memory.reduce((most, stage) => Math.max(most, stage.peakBytes), 0);
  const peak = peakFlopsPerMs(plan.hardware, plan.precision === 'fp8' ? 'bf16' : plan.precision);
  return {
    stepMs: spanMs,
    microBatches,
    tokensPerSecond: (1e3 * tokens) / spanMs,
    tokensPerSecondPerRank: (1e3 * tokens) / spanMs / ranks,
    modelFlopsShare: modelFlops(plan.model, plan.sequenceLength, tokens) / (spanMs * ranks * peak),
    hardwareTeraflopsPerRank: flops / plan.mesh.pp / spanMs / 1e9,
    computeShare: computeMs / spanMs,
    communicationShare: communicationMs / spanMs,
    bubbleShare: Math.max(0, 1 - (computeMs + communicationMs) / spanMs),
    memory,
    peakBytes,
    fits: peakBytes <= memoryLimitBytes(plan.hardware),
    traffic,
  };
}

/** What the fullest rank holds at its peak: the same numbers as the prediction's, without running the step. @throws as predictClusterStep */
export function predictClusterMemory(plan: ClusterPlan): Pick<Prediction, 'peakBytes' | 'fits'> {
  const { microBatches, sizes, costs } = prepare(plan);
  const [shortest] = shorterRuns(plan, microBatches);
  const { schedule, ranks } = layOut(plan, shortest?.more ?? microBatches, sizes, costs);
  const peakBytes = ranks.reduce((most, rank) => Math.max(most, rankPeak(plan, schedule, rank, sizes).peakBytes), 0);
  return { peakBytes, fits: peakBytes <= memoryLimitBytes(plan.hardware) };
}

/** What a picture of a step shows: pipelines take few rounds to show their order. */
const DRAWN_ROUNDS = 4;

/** A step as events, of the ranks that stand for all. */
export interface DrawnStep {
  /** Its actions are those of `ranks`, in their order; its micro-batches may be fewer than the plan's. */
  readonly plan: StepPlan;
  readonly ranks: readonly number[];
  readonly simulated: readonly SimulatedRank[];
}

/** The step as it is run for a prediction, to be drawn: a long one in as few micro-batches as show its rhythm. @throws as predictClusterStep */
export function drawnStep(plan: ClusterPlan): DrawnStep {
  const { microBatches, sizes, costs } = prepare(plan);
  const { mesh, stagesPerRank } = plan;
  const few = DRAWN_ROUNDS * mesh.pp + (microBatches % mesh.pp);
  const shown = Math.min(microBatches, shorterRuns(plan, microBatches)[0]?.more ?? few);
  const { actions, simulated } = runStep(plan, shown, sizes, costs);
  const drawn: StepPlan = { mesh, stages: mesh.pp * stagesPerRank, microBatches: shown, actions: actions.actions };
  return { plan: drawn, ranks: actions.ranks, simulated };
}

/** The whole step, however long; what predictClusterStep says of it must be the same. */
export function measureWholeStep(plan: ClusterPlan): StepMeasure {
  const { microBatches, sizes, costs } = prepare(plan);
  return runStep(plan, microBatches, sizes, costs).measure;
}

function prepare(plan: ClusterPlan): {
  readonly microBatches: number;
  readonly sizes: LocalSizes;
  readonly costs: MicroBatchCosts;
} {
  const issue = planIssue(plan);
  if (issue !== null)
    throw new LabError({
      code: 'config.invalid',
      message: 'This plan cannot be laid out.',
      why: `${planRuleWords[issue.rule](issue.numbers)}.`,
    });
  return { microBatches: microBatchesOf(plan), sizes: localSizes(plan), costs: microBatchCosts(plan) };
}

/** Shorter runs may come out unsteady: they must be much less work than the whole. */
const WORTHWHILE = 0.7;

interface ShorterRuns {
  readonly fewer: number;
  readonly more: number;
}

/** 1F1B repeats itself with every micro-batch; some are taken together, so that what alternates is seen. */
const ONE_BY_ONE = 8;

/** Pairs of steps of the same rhythm; none where a step holds more with each micro-batch. */
function shorterRuns({ mesh, schedule }: ClusterPlan, microBatches: number): ShorterRuns[] {
  if (schedule === 'gpipe' || schedule === 'looped-bfs') return [];
  const rest = microBatches % mesh.pp;
  // Rounds of another length have another rhythm.
  if (rest !== 0 && schedule !== '1f1b') return [];
  // Interleaved rounds repeat by the depth and take longer to settle.
  const apart = schedule === '1f1b' ? Math.min(mesh.pp, ONE_BY_ONE) : mesh.pp;
  return (schedule === '1f1b' ? [2, 3] : [2, 4])
    .map((depths) => {
      // Past the filling of the first rank.
      const least = depths * mesh.pp + (schedule === '1f1b' ? 2 : 0);
      const fewer = least + ((microBatches - least) % apart);
      return { fewer, more: fewer + apart };
    })
    .filter(({ fewer, more }) => fewer + more < WORTHWHILE * microBatches);
}

/** The whole step, or what follows from two shorter ones if every rank kept their rhythm. */
function runOrExtend(
  plan: ClusterPlan,
  microBatches: number,
  sizes: LocalSizes,
  costs: MicroBatchCosts,
): { readonly run: Run; readonly measure: StepMeasure } {
  for (const { fewer, more } of shorterRuns(plan, microBatches)) {
    const short = runStep(plan, fewer, sizes, costs);
    const run = runStep(plan, more, sizes, costs);
    const periodMs = run.measure.spanMs - short.measure.spanMs;
    if (!isSteady(run, more, more - fewer, periodMs)) continue;
    const measure = extendMeasure(
      microBatches,
      { count: fewer, measure: short.measure },
      { count: more, measure: run.measure },
    );
    return { run, measure };
  }
  const run = runStep(plan, microBatches, sizes, costs);
  return { run, measure: run.measure };
}

/** Of the period, what rounding may leave. */
const ROUNDING = 1e-9;

/** Whether every rank's last stage began its last forward one period after that of `apart` micro-batches before. */
function isSteady({ actions, simulated }: Run, microBatches: number, apart: number, periodMs: number): boolean {
  return simulated.every(({ startMs, waitMs }, rank) => {
    const own = actions.actions[rank];
    const last = own.reduce((most, action) => (action.kind === 'compute' ? Math.max(most, action.stage) : most), 0);
    const beginOf = (microBatch: number): number => {
      const at = own.findIndex(
        (action) =>
          action.kind === 'compute' &&
          action.pass === 'forward' &&
          action.stage === last &&
          action.microBatch === microBatch,
      );
      return startMs[at] + waitMs[at];
    };
    const apartMs = beginOf(microBatches - 1) - beginOf(microBatches - 1 - apart);
    return Math.abs(apartMs - periodMs) <= ROUNDING * periodMs;
  });
}

interface Layout {
  readonly schedule: Schedule;
  /** By pipeline rank. */
  readonly ranks: readonly ClusterRank[];
}

function layOut(plan: ClusterPlan, microBatches: number, sizes: LocalSizes, costs: MicroBatchCosts): Layout {
  const { mesh, schedule: name, stagesPerRank } = plan;
  const schedule = makeSchedule(name, { ranks: mesh.pp, stagesPerRank, microBatches });
  const spans = stageSpans(plan, schedule, costs);
  const ranks = schedule.slots.map((_, pipelineRank) => clusterRank(plan, schedule, spans, costs, sizes, pipelineRank));
  return { schedule, ranks };
}

interface Run extends Layout {
  readonly measure: StepMeasure;
  readonly simulated: readonly SimulatedRank[];
  readonly actions: SimulatedActions;
}

function runStep(plan: ClusterPlan, microBatches: number, sizes: LocalSizes, costs: MicroBatchCosts): Run {
  const { mesh, zero } = plan;
  const { schedule, ranks } = layOut(plan, microBatches, sizes, costs);
  const numbers = ranks.map(({ pipelineRank }) => rankOf(mesh, { dp: 0, pp: pipelineRank, tp: 0 }));
  const wholeStep = holdsWholeStep(plan);
  const options: MeshPlanOptions = { mesh, schedule, zero, mode: 'train', bucketBytes: BUCKET_BYTES, wholeStep };
  const actions: SimulatedActions = {
    ranks: numbers,
    actions: ranks.map(({ shape }, index) => planRankActions(numbers[index], shape, options).actions),
  };
  const timing = clusterTiming(plan, new Map(numbers.map((number, index) => [number, ranks[index]])));
  const step = simulateStep(actions, timing);
  return { schedule, ranks, actions, simulated: step.ranks, measure: measureStep(plan, actions, step, timing) };
}

function stageMemory(
  plan: ClusterPlan,
  { schedule, ranks, actions, simulated }: Run,
  sizes: LocalSizes,
): StageMemory[] {
  return ranks.map((rank, index) => {
    const { pipelineRank, rows, peakBytes, slot } = rankPeak(plan, schedule, rank, sizes);
    const at = actions.actions[index].findIndex((action) => isSlot(action, slot));
    return { pipelineRank, rows, peakBytes, peakMs: Math.max(0, simulated[index].startMs[at] ?? 0) };
  });
}

function isSlot(
  action: SimulatedActions['actions'][number][number],
  { stage, pass, microBatch }: RankPeak['slot'],
): boolean {
  if (action.kind !== 'compute' || action.stage !== stage || action.microBatch !== microBatch) return false;
  return action.pass === pass || (pass === 'backward' && action.pass === 'inputGradient');
}
