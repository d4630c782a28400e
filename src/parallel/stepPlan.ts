// The plan of one optimiser step: for each rank, an ordered list of actions. Executor, simulator, view and exporter
// all read this and nothing else. Plain data; it must not know about GPU buffers, ports or React.

/** Where a tensor operation of a plan is computed: a stage holds some of the model's layers. */
export type ComputePass = 'forward' | 'backward' | 'inputGradient' | 'weightGradient';

export type PlanAction =
  | {
      readonly kind: 'compute';
      readonly stage: number;
      readonly microBatch: number;
      readonly pass: ComputePass;
      readonly flops: number;
    }
  | { readonly kind: 'zeroGradients'; readonly bytes: number }
  | { readonly kind: 'optimizerStep'; readonly flops: number; readonly bytes: number };

export interface StepPlan {
  readonly ranks: number;
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

/**
 * The plan of one rank that holds the whole model: for each micro-batch forward then backward, gradients summing
 * over micro-batches, and one optimiser step.
 */
export function singleRankPlan(microBatches: number, cost: StageCost): StepPlan {
  if (!Number.isInteger(microBatches) || microBatches < 1) {
    throw new RangeError(`microBatches must be a whole number of at least 1, got ${microBatches}`);
  }
  const actions: PlanAction[] = [{ kind: 'zeroGradients', bytes: 4 * cost.parameterCount }];
  for (let microBatch = 0; microBatch < microBatches; microBatch++) {
    actions.push({ kind: 'compute', stage: 0, microBatch, pass: 'forward', flops: cost.forwardFlops });
    actions.push({ kind: 'compute', stage: 0, microBatch, pass: 'backward', flops: cost.backwardFlops });
  }
  // AdamW reads parameter, gradient and two moments, and writes three of them.
  actions.push({ kind: 'optimizerStep', flops: 12 * cost.parameterCount, bytes: 28 * cost.parameterCount });
  return { ranks: 1, stages: 1, microBatches, actions: [actions] };
}
