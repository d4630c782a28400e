// The plan of one optimiser step: for each rank, an ordered list of actions. Executor, simulator, view and exporter
// all read this and nothing else. Plain data; it must not know about GPU buffers, ports or React.

import type { MeshAxis, MeshShape } from './mesh';

/**
 * What is computed of a stage for a micro-batch. `backward` is both gradients; `inputGradient` is what the stage before waits for,
 * `weightGradient` the rest (Qi et al. 2024).
 */
export type ComputePass = 'forward' | 'backward' | 'inputGradient' | 'weightGradient';

/** What an action moves, by a name that both ends of a message agree on. */
export type PlanTensor =
  /** What enters a stage. */
  | { readonly of: 'activation'; readonly stage: number; readonly microBatch: number }
  /** The gradient of what entered a stage. */
  | { readonly of: 'activationGradient'; readonly stage: number; readonly microBatch: number }
  /** Inside a pass, after one of its parts: tensor parallelism. */
  | {
      readonly of: 'part';
      readonly stage: number;
      readonly microBatch: number;
      readonly pass: ComputePass;
      readonly part: number;
      readonly label: string;
    }
  /** Gradients of the units of a bucket: all of them, those that tensor-parallel ranks hold in common, or the tied embedding's. */
  | {
      readonly of: 'gradients';
      readonly bucket: number;
      readonly share: 'all' | 'replicated' | 'tied';
      /** The first exchange of its round: the bucket leaves the GPU for it. */
      readonly first: boolean;
    }
  /**
   * What a replica's parameters changed by since the replicas were equal: those of a bucket that no rank of the same replica holds too, and
   * those that several do, apart, so that these stay equal whatever compression does to their neighbours.
   */
  | {
      readonly of: 'change';
      readonly bucket: number;
      readonly share: 'own' | 'replicated' | 'tied';
      /** Never compressed: it is to be looked at, and must leave nothing behind. */
      readonly exact: boolean;
    }
  /** Parameters of one unit, or the whole arena. */
  | { readonly of: 'parameters'; readonly unit: number | 'all' }
  /** Loss, squared norm, and what was not finite. */
  | { readonly of: 'scalars' };

export type GroupCollective = 'allReduce' | 'reduceScatter' | 'allGather';
/** `tied`: the ranks that hold one embedding for two stages. */
export type GroupAxis = MeshAxis | 'tied' | 'world';

type ActionKind =
  | { readonly kind: 'zeroGradients'; readonly bytes: number }
  | {
      readonly kind: 'compute';
      readonly stage: number;
      readonly microBatch: number;
      readonly pass: ComputePass;
      /** Which set of activations of the stage it works on. */
      readonly bank: number;
      readonly part: number;
      readonly flops: number;
    }
  | {
      readonly kind: 'send';
      readonly tensor: PlanTensor;
      readonly bank: number;
      readonly peer: number;
      readonly bytes: number;
    }
  | {
      readonly kind: 'receive';
      readonly tensor: PlanTensor;
      readonly bank: number;
      readonly peer: number;
      readonly bytes: number;
    }
  /** From one stage to its neighbour on the same rank. */
  | {
      readonly kind: 'copy';
      readonly tensor: PlanTensor;
      readonly fromBank: number;
      readonly bank: number;
      readonly bytes: number;
    }
  | {
      readonly kind: GroupCollective;
      readonly axis: GroupAxis;
      readonly group: readonly number[];
      readonly tensor: PlanTensor;
      /** Activations of a part belong to a bank; others to none. */
      readonly bank: number | null;
      /** Of the whole tensor. */
      readonly bytes: number;
    }
  | { readonly kind: 'gradientNorm'; readonly flops: number; readonly bytes: number }
  | { readonly kind: 'optimizerStep'; readonly flops: number; readonly bytes: number }
  /**
   * What becomes of the mean change: the strategy's outer optimiser makes weights of it; or the mean of the replicas is put in place to be
   * looked at, each one's own kept aside; or those are put back.
   */
  | {
      readonly kind: 'outerStep';
      readonly outcome: 'strategy' | 'mean' | 'own';
      readonly flops: number;
      readonly bytes: number;
    }
  /** Asynchronous training: weights from the rank that owns them, and a gradient to it. `peer` may be the rank itself. */
  | { readonly kind: 'pull'; readonly peer: number; readonly bytes: number }
  | { readonly kind: 'push'; readonly peer: number; readonly bytes: number };

export type PlanAction = ActionKind & {
  /** Earlier actions of the same rank that it needs finished, by index; beside them every action follows the one before it in the list. */
  readonly waitsFor: readonly number[];
  /** It runs beside what follows until somebody waits for it: communication behind computation. */
  readonly overlaps: boolean;
};

/** An exchange among a group of ranks. */
export type GroupAction = Extract<PlanAction, { kind: GroupCollective }>;

export interface StepPlan {
  readonly mesh: MeshShape;
  readonly stages: number;
  readonly microBatches: number;
  /** actions[rank] in execution order. */
  readonly actions: readonly (readonly PlanAction[])[];
}

export interface StageCost {
  readonly forwardFlops: number;
  readonly backwardFlops: number;
  readonly parameterCount: number;
}

/** Floating-point operations and bytes of an AdamW update: it reads parameter, gradient and two moments, and writes three of them. */
const UPDATE_FLOPS = 12;
const UPDATE_BYTES = 28;

/** Of an optimiser step over `elements` parameters. */
export function updateCost(elements: number): { readonly flops: number; readonly bytes: number } {
  return { flops: UPDATE_FLOPS * elements, bytes: UPDATE_BYTES * elements };
}

/**
 * The plan of one rank that holds the whole model: for each micro-batch forward then backward, gradients summing
 * over micro-batches, and one optimiser step (the norm is part of it: nobody else's gradients are waited for).
 */
export function singleRankPlan(microBatches: number, cost: StageCost): StepPlan {
  if (!Number.isInteger(microBatches) || microBatches < 1) {
    throw new RangeError(`microBatches must be a whole number of at least 1, got ${microBatches}`);
  }
  const plain = { waitsFor: [], overlaps: false };
  const actions: PlanAction[] = [{ ...plain, kind: 'zeroGradients', bytes: 4 * cost.parameterCount }];
  for (let microBatch = 0; microBatch < microBatches; microBatch++) {
    const compute = { ...plain, kind: 'compute', stage: 0, microBatch, bank: 0, part: 0 } as const;
    actions.push({ ...compute, pass: 'forward', flops: cost.forwardFlops });
    actions.push({ ...compute, pass: 'backward', flops: cost.backwardFlops });
  }
  actions.push({
    ...plain,
    kind: 'optimizerStep',
    ...updateCost(cost.parameterCount),
  });
  return { mesh: { dp: 1, pp: 1, tp: 1 }, stages: 1, microBatches, actions: [actions] };
}
