// What can be asked of a mesh at once, and what a plan builder has to know to order a rank's actions for it. Types and names only.

import type { StrategyName } from '../core/runConfig';
import type { MeshShape } from './mesh';
import type { Schedule } from './schedules/schedule';
import type { PlanAction } from './stepPlan';

export const planModes = [
  /** A whole optimiser step. */
  'train',
  /** The same without the update. */
  'gradients',
  /** Forward passes and the loss. */
  'evaluate',
  /** An optimiser step of one replica by itself, as local SGD takes between two meetings. */
  'local',
  /** The end of local steps: replicas become equal. */
  'meet',
  /** One worker's share of asynchronous training: weights from the service, a gradient to it. */
  'async',
  /** One update by the asynchronous service, of what this rank owns. */
  'apply',
  /** Puts one model in place on all ranks where a strategy lets them differ, to be evaluated or exported; nothing where they never do. */
  'assemble',
  /** Undoes `assemble`. */
  'resume',
] as const;
export type PlanMode = (typeof planModes)[number];

/** What a rank owns of an asynchronous service. */
export interface ServicePart {
  readonly rank: number;
  readonly bytes: number;
}

export interface MeshPlanOptions {
  readonly mesh: MeshShape;
  readonly schedule: Schedule;
  readonly zero: number;
  readonly bucketBytes: number;
  /**
   * ZeRO 2 and 3 with a pipeline, as torchtitan does it: a unit that was gathered stays whole for the step, and gradients travel once, after the
   * last micro-batch. Left out: units share one place, and gradients are divided after each micro-batch.
   */
  readonly wholeStep?: boolean;
  readonly mode: PlanMode;
  /** Left out: synchronous. */
  readonly strategy?: StrategyName;
  /** Where weights come from and gradients go in asynchronous training; left out otherwise. */
  readonly service?: readonly ServicePart[];
}

/** One rank's actions, and what their indices mean. */
export interface RankActions {
  readonly actions: readonly PlanAction[];
  /** Units of each gradient bucket. */
  readonly buckets: readonly (readonly number[])[];
  /** Sets of activations that each of the rank's stages needs, by stage. */
  readonly banks: ReadonlyMap<number, number>;
}
