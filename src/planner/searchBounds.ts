// Below which no plan can come, in time and in memory: cheap enough to ask of every candidate, so that a search weighs and predicts few. Not
// predictions: what they leave out only adds.

import { splitStages } from '../parallel/stages';
import { activationBytes } from './activationBytes';
import { fixedBytes } from './clusterMemory';
import type { ClusterPlan } from './clusterPlan';
import { type BlockCost, type MicroBatchCosts, microBatchCosts } from './layerCosts';
import { localSizes } from './localSizes';
import { passMs } from './passCost';
import { microBatchesOf } from './planRules';

/** Milliseconds of one micro-batch in one stage. */
interface StageTime {
  readonly forwardMs: number;
  readonly wholeMs: number;
}

function blockTime({ forward, recompute, inputGradient, weightGradient }: BlockCost): StageTime {
  const forwardMs = passMs(forward);
  return { forwardMs, wholeMs: forwardMs + passMs(recompute) + passMs(inputGradient) + passMs(weightGradient) };
}

interface BlockTimes {
  readonly layer: StageTime;
  readonly embedding: StageTime;
  readonly head: StageTime;
}

/** What little of a plan its bounds depend on: a search asks for the same few again and again. */
class BoundCache {
  #of: ClusterPlan | null = null;
  readonly #blocks = new Map<string, BlockTimes>();
  readonly #stages = new Map<string, readonly StageTime[]>();

  /** By stage, for one micro-batch. */
  stageTimes(plan: ClusterPlan): readonly StageTime[] {
    if (this.#of === null || !sameBase(this.#of, plan)) {
      this.#blocks.clear();
      this.#stages.clear();
    }
    this.#of = plan;
    const { mesh, microBatchRows, recomputation, stagesPerRank } = plan;
    const block = `${mesh.dp} ${mesh.tp} ${microBatchRows} ${recomputation} ${microBatchesOf(plan) > 1}`;
    const key = `${block} ${mesh.pp * stagesPerRank}`;
    let stages = this.#stages.get(key);
    if (stages === undefined) {
      let times = this.#blocks.get(block);
      if (times === undefined) {
        times = blockTimesOf(microBatchCosts(plan));
        this.#blocks.set(block, times);
      }
      stages = stageTimesOf(plan, times);
      this.#stages.set(key, stages);
    }
    return stages;
  }
}

/** Whether only what a search chooses differs. */
function sameBase(a: ClusterPlan, b: ClusterPlan): boolean {
  return (
    a.model === b.model &&
    a.hardware === b.hardware &&
    a.globalBatch === b.globalBatch &&
    a.sequenceLength === b.sequenceLength &&
    a.contextParallel === b.contextParallel &&
    a.precision === b.precision &&
    a.fusedAttention === b.fusedAttention &&
    a.sequenceParallel === b.sequenceParallel &&
    a.overlappedTensor === b.overlappedTensor &&
    a.compiled === b.compiled
  );
}

function blockTimesOf({ layer, embedding, head }: MicroBatchCosts): BlockTimes {
  return { layer: blockTime(layer), embedding: blockTime(embedding), head: blockTime(head) };
}

function stageTimesOf({ model, mesh, stagesPerRank }: ClusterPlan, times: BlockTimes): StageTime[] {
  const { layer, embedding, head } = times;
  const costs = { embedding: embedding.wholeMs, layer: layer.wholeMs, head: head.wholeMs };
  return splitStages(model.layers, mesh.pp * stagesPerRank, costs).map((span) => {
    const sum = (of: keyof StageTime) =>
      (span.endLayer - span.firstLayer) * layer[of] + (span.embedding ? embedding[of] : 0) + (span.head ? head[of] : 0);
    return { forwardMs: sum('forwardMs'), wholeMs: sum('wholeMs') };
  });
}

const cache = new BoundCache();

/**
 * A rank cannot start before the first micro-batch has come through the stages before its own, must do all its passes, and what is behind it has to
 * come back through those stages. Messages beyond a layer's own, the update and whatever does not fit beside computation come on top.
 */
export function leastStepMs(plan: ClusterPlan): number {
  const { mesh, schedule } = plan;
  const stages = cache.stageTimes(plan);
  const microBatches = microBatchesOf(plan);
  const own = new Float64Array(mesh.pp);
  for (const [stage, { wholeMs }] of stages.entries()) own[rankOfStage(plan, stage)] += wholeMs;
  // Weight gradients need no stage before them: where they wait, only the way in is sure to be idle.
  const through = schedule === 'zbv' || schedule === 'interleaved-zero-bubble' ? 'forwardMs' : 'wholeMs';
  let [least, before] = [0, 0];
  for (let rank = 0; rank < mesh.pp; rank++) {
    least = Math.max(least, microBatches * own[rank] + before);
    before += stages[rank][through];
  }
  return least;
}

function rankOfStage({ schedule, mesh }: ClusterPlan, stage: number): number {
  return schedule === 'zbv' && stage >= mesh.pp ? 2 * mesh.pp - 1 - stage : stage % mesh.pp;
}

/** Layers' worth of micro-batches that the first rank holds at once, at the least: the schedules that split the backward hold some shorter. */
function leastHeldLayers({ model, mesh, schedule, stagesPerRank }: ClusterPlan, microBatches: number): number {
  // Of a stage, rounded down as an uneven division may leave it.
  const layers = Math.floor(model.layers / (mesh.pp * stagesPerRank)) * stagesPerRank;
  switch (schedule) {
    case 'gpipe':
    case 'looped-bfs':
      return microBatches * layers;
    case '1f1b':
    case 'interleaved-1f1b':
      return Math.min(mesh.pp, microBatches) * layers;
    case 'interleaved-zero-bubble':
    case 'zbv':
      return Math.min(mesh.pp / 2, microBatches) * layers;
  }
}

/** Parameters and their like of a rank in the middle, and the activations that the schedule makes the first rank hold. */
export function leastPeakBytes(plan: ClusterPlan): number {
  const sizes = localSizes(plan);
  const weights = Math.floor(plan.model.layers / plan.mesh.pp) * sizes.layerWeights;
  const { parameters, gradients, optimizer, buffers } = fixedBytes(plan, {
    weights,
    shape: { units: [], rootUnit: null },
  });
  const held = leastHeldLayers(plan, microBatchesOf(plan)) * activationBytes(plan, sizes).kept;
  return (parameters + gradients + optimizer + buffers + held) * plan.hardware.allocatorShare;
}
