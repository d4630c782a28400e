// One pipeline rank of a cluster as the plan builder takes it: its stages as parts with their costs, its parameters as units. By formula, where the
// trainer reads the same off its programs. Layers that nothing comes between are one part.

import type { RankShape, StageShape, UnitShape } from '../parallel/rankShape';
import type { Schedule } from '../parallel/schedules/schedule';
import { stageCount, stagesOfRank } from '../parallel/schedules/schedule';
import { type StageSpan, splitStages } from '../parallel/stages';
import type { ComputePass } from '../parallel/stepPlan';
import type { ClusterPlan } from './clusterPlan';
import type { BlockCost, MicroBatchCosts } from './layerCosts';
import type { LocalSizes } from './localSizes';
import { type PassCost, passMs, sumCosts, timesCost } from './passCost';

export interface CostedStage {
  readonly span: StageSpan;
  /** By part, as the rank shape has them. */
  readonly costs: Readonly<Partial<Record<ComputePass, readonly PassCost[]>>>;
}

export interface ClusterRank {
  readonly pipelineRank: number;
  readonly shape: RankShape;
  readonly stages: ReadonlyMap<number, CostedStage>;
  /** Values that it stores before any sharding over dp. */
  readonly weights: number;
}

/** A piece of a stage that needs one unit's parameters. */
interface Block {
  readonly cost: BlockCost;
  readonly unit: number;
  /** Gradients of the unit are complete after its backward: for the root, after the embedding's. */
  readonly completes: boolean;
}

/** Layers are gathered and reduced one by one where there is no pipeline; with one, a stage's travel together. */
export function travelsByLayer({ mesh }: ClusterPlan): boolean {
  return mesh.pp === 1 && mesh.dp > 1;
}

/** Consecutive layers for each stage, so that the costliest is as cheap as can be. */
export function stageSpans(
  plan: ClusterPlan,
  schedule: Schedule,
  { layer, embedding, head }: MicroBatchCosts,
): StageSpan[] {
  const whole = ({ forward, recompute, inputGradient, weightGradient }: BlockCost) =>
    passMs(sumCosts([forward, recompute, inputGradient, weightGradient]));
  return splitStages(plan.model.layers, stageCount(schedule), {
    embedding: whole(embedding),
    layer: whole(layer),
    head: whole(head),
  });
}

export function clusterRank(
  plan: ClusterPlan,
  schedule: Schedule,
  spans: readonly StageSpan[],
  costs: MicroBatchCosts,
  sizes: LocalSizes,
  pipelineRank: number,
): ClusterRank {
  const held = stagesOfRank(schedule, pipelineRank).map((stage) => spans[stage]);
  const units = new Units(plan, sizes);
  const stages = new Map<number, CostedStage>();
  const shapes: StageShape[] = [];
  const split = schedule.slots[pipelineRank].some((slot) => slot?.pass === 'weightGradient');
  for (const span of held) {
    const blocks = blocksOf(plan, span, costs, units);
    const { passes, byPart } = passesOf(blocks, split);
    stages.set(span.stage, { span, costs: byPart });
    const boundary = boundaryBytes(plan, sizes);
    shapes.push({
      stage: span.stage,
      passes,
      inputBytes: span.stage === 0 ? 0 : boundary,
      outputBytes: span.stage === stageCount(schedule) - 1 ? 0 : boundary,
    });
  }
  const shape: RankShape = { stages: shapes, units: units.shapes, rootUnit: units.root };
  return { pipelineRank, shape, stages, weights: units.shapes.reduce((sum, { bytes }) => sum + bytes / 4, 0) };
}

/** What a rank sends on: its part of the stream, which the others of its tp group send beside it (Narayanan et al. 2021, section 4.1). */
export function boundaryBytes({ model, mesh, precision }: ClusterPlan, { tokens }: LocalSizes): number {
  return (tokens * model.width * (precision === 'f32' ? 4 : 2)) / mesh.tp;
}

/** Collects the units of a rank; bytes are of values in f32. */
class Units {
  readonly shapes: UnitShape[] = [];
  root: number | null = null;

  constructor(
    private readonly plan: ClusterPlan,
    private readonly sizes: LocalSizes,
  ) {}

  layers(name: string, count: number): number {
    const { layerWeights, normWeights } = this.sizes;
    return this.add(name, count * layerWeights, this.plan.mesh.tp > 1 ? count * normWeights : 0, 0);
  }

  /** The embedding, the last norm and the head, as far as the rank has them. */
  ends(embedding: boolean, head: boolean): number {
    const { model, mesh } = this.plan;
    const { embeddingWeights, headWeights } = this.sizes;
    const table = model.tied ? (model.vocabulary * model.width) / mesh.tp : 0;
    const both = embedding && head;
    const values = (embedding ? embeddingWeights : 0) + (head ? headWeights : 0) - (both ? table : 0);
    const unit = this.root;
    // A looped pipeline may bring both ends to one rank, one after the other.
    if (unit !== null) {
      const { bytes, tiedBytes } = this.shapes[unit];
      this.shapes[unit] = {
        ...this.shapes[unit],
        bytes: bytes + 4 * (values - table),
        tiedBytes: tiedBytes - 4 * table,
      };
      return unit;
    }
    this.root = this.add('embedding and head', values, 0, both ? 0 : table);
    return this.root;
  }

  private add(name: string, values: number, replicated: number, tied: number): number {
    const tiedBytes = this.plan.mesh.pp > 1 ? 4 * tied : 0;
    this.shapes.push({ name, bytes: 4 * values, replicatedBytes: 4 * replicated, tiedBytes });
    return this.shapes.length - 1;
  }
}

function blocksOf(plan: ClusterPlan, span: StageSpan, costs: MicroBatchCosts, units: Units): Block[] {
  const layers = span.endLayer - span.firstLayer;
  const ends = span.embedding || span.head ? units.ends(span.embedding, span.head) : null;
  const blocks: Block[] = [];
  if (span.embedding && ends !== null) blocks.push({ cost: costs.embedding, unit: ends, completes: true });
  if (travelsByLayer(plan)) {
    for (let layer = span.firstLayer; layer < span.endLayer; layer++)
      blocks.push({ cost: costs.layer, unit: units.layers(`layer ${layer}`, 1), completes: true });
  } else {
    const unit = units.layers(`layers ${span.firstLayer} to ${span.endLayer - 1}`, layers);
    blocks.push({ cost: timesBlock(costs.layer, layers), unit, completes: true });
  }
  if (span.head && ends !== null) blocks.push({ cost: costs.head, unit: ends, completes: !span.embedding });
  return blocks;
}

function timesBlock({ forward, recompute, inputGradient, weightGradient }: BlockCost, count: number): BlockCost {
  return {
    forward: timesCost(forward, count),
    recompute: timesCost(recompute, count),
    inputGradient: timesCost(inputGradient, count),
    weightGradient: timesCost(weightGradient, count),
  };
}

type Passes = Readonly<Partial<Record<ComputePass, readonly PassCost[]>>>;

function passesOf(blocks: readonly Block[], split: boolean): { passes: StageShape['passes']; byPart: Passes } {
  const back = [...blocks].reverse();
  const parts = (of: readonly Block[], cost: (block: Block) => PassCost, completing: boolean) => {
    const costs = of.map(cost);
    const shapes = of.map(({ unit, completes }, index) => ({
      flops: costs[index].flops,
      bytes: 0,
      needs: [unit],
      completes: completing && completes ? [unit] : [],
      exchange: null,
    }));
    return { costs, shapes };
  };
  const forward = parts(blocks, ({ cost }) => cost.forward, false);
  if (!split) {
    const whole = ({ cost }: Block) => sumCosts([cost.recompute, cost.inputGradient, cost.weightGradient]);
    const backward = parts(back, whole, true);
    return {
      passes: { forward: forward.shapes, backward: backward.shapes },
      byPart: { forward: forward.costs, backward: backward.costs },
    };
  }
  const inputGradient = parts(back, ({ cost }) => sumCosts([cost.recompute, cost.inputGradient]), false);
  const weightGradient = parts(back, ({ cost }) => cost.weightGradient, true);
  return {
    passes: { forward: forward.shapes, inputGradient: inputGradient.shapes, weightGradient: weightGradient.shapes },
    byPart: { forward: forward.costs, inputGradient: inputGradient.costs, weightGradient: weightGradient.costs },
  };
}
