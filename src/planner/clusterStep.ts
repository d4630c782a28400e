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
import { type ClusterTiming, clusterTiming } from './clusterTiming';
import { type MicroBatchCosts, microBatchCosts } from './layerCosts';
import { type LocalSizes, localSizes } from './localSizes';
import { modelFlops } from './modelFlops';
import { peakFlopsPerMs } from './opTime';
import { microBatchesOf, planIssue, planRuleWords } from './planRules';
import { type SimulatedActions, type SimulatedRank, simulateStep } from './simulate';
import { extendMeasure, measureStep, type StepMeasure, type Window } from './stepMeasure';

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
  const { schedule, ranks } = layOut(plan, shortest?.count ?? microBatches, sizes, costs);
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
  const shown = Math.min(microBatches, shorterRuns(plan, microBatches)[0]?.count ?? few);
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

/** A shorter run may come out unsteady: it must be much less work than the whole. */
const WORTHWHILE = 0.7;

interface ShorterRun {
  readonly count: number;
  /** Micro-batches after which it repeats itself. */
  readonly period: number;
}

/** 1F1B repeats itself with every micro-batch; some are taken together, so that what alternates is seen. */
const ONE_BY_ONE = 8;

/** From here on the shortest run has micro-batches enough to tell a rhythm; shallower pipelines are quickly run longer, and may have beats of several periods. */
const DEEP = 32;

/** Steps of the same rhythm, the shortest first; none where a step holds more with each micro-batch. */
function shorterRuns({ mesh, schedule }: ClusterPlan, microBatches: number): ShorterRun[] {
  if (schedule === 'gpipe' || schedule === 'looped-bfs') return [];
  const rest = microBatches % mesh.pp;
  // Rounds of another length have another rhythm.
  if (rest !== 0 && schedule !== '1f1b') return [];
  // Interleaved rounds repeat by the depth and take longer to settle.
  const period = schedule === '1f1b' ? Math.min(mesh.pp, ONE_BY_ONE) : mesh.pp;
  const shallow = mesh.pp >= DEEP ? [1, 2, 3] : [2, 3];
  return (schedule === '1f1b' ? shallow : [2, 4])
    .map((depths) => {
      // Past the filling of the first rank come the two periods that are held to each other.
      const least = depths * mesh.pp + 2 * period + (schedule === '1f1b' ? 2 : 0);
      return { count: least + ((microBatches - least) % period), period };
    })
    .filter(({ count }) => count < WORTHWHILE * microBatches);
}

/** The whole step, or what follows from a shorter one if every rank kept its rhythm. */
function runOrExtend(
  plan: ClusterPlan,
  microBatches: number,
  sizes: LocalSizes,
  costs: MicroBatchCosts,
): { readonly run: Run; readonly measure: StepMeasure } {
  for (const { count, period } of shorterRuns(plan, microBatches)) {
    const run = runStep(plan, count, sizes, costs);
    const rhythm = rhythmOf(run, count, period);
    if (rhythm === null) continue;
    const { actions, simulated, timing } = run;
    const step = { ranks: simulated, spanMs: rhythm.periodMs };
    const repeated = measureStep(plan, actions, step, timing, rhythm.windows);
    return { run, measure: extendMeasure(run.measure, repeated, (microBatches - count) / period) };
  }
  const run = runStep(plan, microBatches, sizes, costs);
  return { run, measure: run.measure };
}

/** Of the period, what rounding may leave. */
const ROUNDING = 1e-9;

interface Rhythm {
  readonly periodMs: number;
  /** Each rank's actions of the last period: from the forward of its last stage on, to that of as many micro-batches later. */
  readonly windows: readonly Window[];
}

/** Null unless all ranks took as long for the last period as for the one before, and as each other, with as many actions, each kind in its share. */
function rhythmOf({ actions, simulated }: Run, count: number, period: number): Rhythm | null {
  const windows: Window[] = [];
  let periodMs: number | null = null;
  for (const [rank, { startMs, waitMs }] of simulated.entries()) {
    const own = actions.actions[rank];
    const last = own.reduce((most, action) => (action.kind === 'compute' ? Math.max(most, action.stage) : most), 0);
    const [first, middle, end] = [2, 1, 0].map((periods) => {
      const microBatch = count - 1 - periods * period;
      return own.findIndex(
        (action) =>
          action.kind === 'compute' &&
          action.pass === 'forward' &&
          action.stage === last &&
          action.microBatch === microBatch,
      );
    });
    if (first < 0) return null;
    const beginOf = (at: number): number => startMs[at] + waitMs[at];
    const before = beginOf(middle) - beginOf(first);
    const now = beginOf(end) - beginOf(middle);
    periodMs ??= now;
    if (Math.max(Math.abs(before - periodMs), Math.abs(now - periodMs)) > ROUNDING * periodMs) return null;
    const computations = (from: number, to: number): number => {
      let sum = 0;
      for (let at = from; at < to; at++) if (own[at].kind === 'compute') sum++;
      return sum;
    };
    if (computations(middle, end) * count !== computations(0, own.length) * period) return null;
    windows.push({ from: middle, to: end });
  }
  return periodMs === null ? null : { periodMs, windows };
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
  readonly timing: ClusterTiming;
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
  const measure = measureStep(plan, actions, step, timing);
  return { schedule, ranks, actions, timing, simulated: step.ranks, measure };
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
