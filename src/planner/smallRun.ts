// From a plan for a cluster to a run that this page can do now: the same schedule and the same kinds of sharing, on a model and a mesh of a few ranks,
// and what could not stay the same. Pure; it starts nothing.

import { defaultModel, defaultRunConfig, type RunConfig } from '../core/runConfig';
import { meshAxes } from '../parallel/mesh';
import { meshIssues } from '../parallel/meshRules';
import type { ClusterPlan } from './clusterPlan';
import { gptShape } from './modelPresets';
import { microBatchesOf } from './planRules';
import { takesStages } from './searchSpace';

export type SmallChange =
  | { readonly kind: 'axes'; readonly from: string; readonly to: string }
  | { readonly kind: 'zero'; readonly from: number; readonly to: number }
  | { readonly kind: 'stages'; readonly from: number; readonly to: number }
  | { readonly kind: 'architecture' | 'precision' | 'recomputation' | 'contextParallel' };

export interface SmallRun {
  readonly config: RunConfig;
  readonly changes: readonly SmallChange[];
}

/** Layers that a page trains in a moment. */
const MOST_LAYERS = 16;
const LEAST_LAYERS = 4;
/** Until the text has been read; its characters. */
const GUESSED_VOCABULARY = 96;

/** Null where no run of this page could be like the plan. */
export function smallRun(plan: ClusterPlan): SmallRun | null {
  const parallel = smallMesh(plan);
  const { dp, pp } = parallel;
  const wanted = microBatchesOf(plan);
  // Two rounds show a schedule's steady part; fewer than its ranks would not fill it.
  const microBatches = pp === 1 ? Math.min(2, Math.max(1, Math.floor(wanted))) : wanted >= 2 * pp ? 2 * pp : pp;
  const { train } = defaultRunConfig;
  const config: RunConfig = {
    ...defaultRunConfig,
    model: { ...defaultModel, n_layer: Math.max(LEAST_LAYERS, pp * parallel.stagesPerRank) },
    train: {
      ...train,
      ...(plan.optimizerMoments === 2
        ? {}
        : { optimizer: 'sgd' as const, momentum: plan.optimizerMoments === 1 ? 0.9 : 0, learningRate: 0.05 }),
      ...{ steps: 200, warmupSteps: 20, evalEvery: 50, evalBatches: 4, sampleEvery: 100 },
      batchSize: Math.max(train.batchSize, dp * microBatches),
      microBatches,
    },
    parallel: { ...defaultRunConfig.parallel, ...parallel },
  };
  return meshIssues(config, GUESSED_VOCABULARY).length > 0 ? null : { config, changes: changesOf(plan, config) };
}

type SmallMesh = Pick<RunConfig['parallel'], 'dp' | 'pp' | 'tp' | 'zero' | 'schedule' | 'stagesPerRank'>;

/** At most 8 ranks: an axis that shares still shares, a pipeline keeps the length in which its order shows. */
function smallMesh({ mesh, zero, schedule, stagesPerRank }: ClusterPlan): SmallMesh {
  const shared = meshAxes.filter((axis) => mesh[axis] > 1).length;
  const most = { dp: shared === 1 ? 4 : 2, pp: shared < 3 ? 4 : 2, tp: shared === 1 ? 4 : 2 };
  const [dp, pp, tp] = [Math.min(mesh.dp, most.dp), Math.min(mesh.pp, most.pp), Math.min(mesh.tp, most.tp)];
  if (pp === 1) return { dp, pp, tp, zero: dp === 1 ? 0 : zero, schedule: '1f1b', stagesPerRank: 1 };
  const room = Math.min(stagesPerRank, Math.floor(MOST_LAYERS / pp));
  const stages = takesStages(schedule, room) ? room : stagesPerRank;
  return { dp, pp, tp, zero: dp === 1 ? 0 : Math.min(zero, 1), schedule, stagesPerRank: stages };
}

function changesOf(plan: ClusterPlan, { parallel }: RunConfig): SmallChange[] {
  const changes: SmallChange[] = [];
  const from = meshAxes.map((axis) => `${axis} ${plan.mesh[axis]}`).join(' × ');
  const to = meshAxes.map((axis) => `${axis} ${parallel[axis]}`).join(' × ');
  if (from !== to) changes.push({ kind: 'axes', from, to });
  if (plan.mesh.dp > 1 && plan.zero !== parallel.zero)
    changes.push({ kind: 'zero', from: plan.zero, to: parallel.zero });
  if (plan.mesh.pp > 1 && plan.stagesPerRank !== parallel.stagesPerRank)
    changes.push({ kind: 'stages', from: plan.stagesPerRank, to: parallel.stagesPerRank });
  if (!isGptLike(plan)) changes.push({ kind: 'architecture' });
  if (plan.precision !== 'f32') changes.push({ kind: 'precision' });
  if (plan.recomputation !== 'none') changes.push({ kind: 'recomputation' });
  if (plan.contextParallel > 1) changes.push({ kind: 'contextParallel' });
  return changes;
}

function isGptLike({ model }: ClusterPlan): boolean {
  const { name, layers, width, heads, vocabulary, positions } = model;
  const like: Readonly<Record<string, unknown>> = {
    ...gptShape(name, { layers, width, heads, vocabulary, positions }),
  };
  return (
    positions > 0 && Object.entries(model).every(([field, value]) => field === 'innerWidth' || like[field] === value)
  );
}
