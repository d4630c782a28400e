// What is asked of the planner and what it answers, as plain data. Types only: clusterStep.ts and its neighbours compute.

import type { ScheduleName } from '../core/runConfig';
import type { MeshShape } from '../parallel/mesh';
import type { HardwareProfile, ProductPrecision } from './hardware';
import type { TransformerShape } from './transformerShape';

/**
 * What of a layer's activations is computed again in the backward pass. `selective`: the products of attention (Korthikanti et al. 2022), or, where
 * attention is fused, everything but attention and every second product (torchtitan's by operation); `full`: everything but the layer's input.
 */
export const recomputations = ['none', 'selective', 'full'] as const;
export type Recomputation = (typeof recomputations)[number];

export interface ClusterPlan {
  readonly model: TransformerShape;
  readonly hardware: HardwareProfile;
  /** Its product is the number of ranks. */
  readonly mesh: MeshShape;
  /** Rajbhandari et al. 2020, along dp; 3 is FSDP. */
  readonly zero: 0 | 1 | 2 | 3;
  readonly schedule: ScheduleName;
  readonly stagesPerRank: number;
  /** Sequences an optimiser step. */
  readonly globalBatch: number;
  /** Sequences a micro-batch of one replica; globalBatch * contextParallel / (dp * microBatchRows) micro-batches. */
  readonly microBatchRows: number;
  readonly sequenceLength: number;
  /** Ranks along dp that share each sequence and pass keys and values round (Liu et al. 2023); divides mesh.dp. 1: none. */
  readonly contextParallel: number;
  readonly precision: ProductPrecision;
  readonly recomputation: Recomputation;
  /** Scores of attention never reach the device's memory (Dao et al. 2022). */
  readonly fusedAttention: boolean;
  /** Norms and residual stream are divided over tp too (Korthikanti et al. 2022). */
  readonly sequenceParallel: boolean;
  /** Tensor-parallel exchanges run in pieces beside the products. */
  readonly overlappedTensor: boolean;
  /** Element-wise kernels are fused by a compiler. */
  readonly compiled: boolean;
  /** Values of optimiser state a parameter, beside weight and gradient: AdamW 2, SGD with momentum 1. */
  readonly optimizerMoments: 0 | 1 | 2;
  /** Slowest rank's time over the others'; 1: all are equal. */
  readonly straggler: number;
}

export interface PlanMemoryRow {
  readonly kind: 'parameters' | 'gradients' | 'optimizer' | 'activations' | 'buffers';
  readonly bytes: number;
}

/** One pipeline rank; those along dp and tp are equal. */
export interface StageMemory {
  readonly pipelineRank: number;
  readonly rows: readonly PlanMemoryRow[];
  readonly peakBytes: number;
  /** When in the step the peak is reached, from its start. */
  readonly peakMs: number;
}

/** Of one step of one rank, all calls together. */
export interface PlanTraffic {
  readonly collective: 'allReduce' | 'reduceScatter' | 'allGather' | 'send';
  readonly axis: 'dp' | 'pp' | 'tp' | 'tied' | 'world';
  readonly what: string;
  readonly calls: number;
  /** That the busiest rank sends. */
  readonly bytesOut: number;
  readonly milliseconds: number;
  /** Of that, time in which the rank could not compute. */
  readonly exposedMilliseconds: number;
}

export interface Prediction {
  readonly stepMs: number;
  readonly microBatches: number;
  readonly tokensPerSecond: number;
  readonly tokensPerSecondPerRank: number;
  /** Operations of the model itself, without recomputation, over peak (Chowdhery et al. 2022, appendix B). */
  readonly modelFlopsShare: number;
  /** The same with what is computed again. */
  readonly hardwareTeraflopsPerRank: number;
  /** Shares of the ranks' time, mean over ranks; they sum to 1. */
  readonly computeShare: number;
  readonly communicationShare: number;
  readonly bubbleShare: number;
  readonly memory: readonly StageMemory[];
  /** The fullest rank, as its allocator counts: what the driver holds beside it comes on top. */
  readonly peakBytes: number;
  readonly fits: boolean;
  readonly traffic: readonly PlanTraffic[];
}
