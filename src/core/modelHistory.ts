// How a model came about: what its card tells, and what goes with it where it is copied. Plain types; whoever trains fills them.

import type { AdapterFacts, CompressionRow, DistillationOptions, EvaluationRow, RunFacts } from './records';
import type { RunConfig } from './runConfig';

/** A run that trained the model here. */
export interface TrainedRun {
  readonly kind: 'trained';
  readonly facts: RunFacts;
  /** The text's name. */
  readonly title: string;
  /** Optimiser steps done. */
  readonly step: number;
  /** Training loss of the last step, nats a token; null before the first. */
  readonly loss: number | null;
  /** The last one, null where there was none. */
  readonly evaluation: EvaluationRow | null;
  readonly adapter: AdapterFacts;
  /** The loaded model that training began with; null for random weights. */
  readonly began: string | null;
}

/** A larger model that taught this one. */
export interface Distilled {
  readonly kind: 'distilled';
  readonly teacher: { readonly parameterCount: number; readonly layers: number; readonly width: number };
  /** Of the student's run. */
  readonly config: RunConfig;
  /** The text's name. */
  readonly title: string;
  readonly trainTokens: number;
  readonly options: DistillationOptions;
  /** The teacher, the student trained alone, the student distilled. */
  readonly rows: readonly CompressionRow[];
  readonly adapter: AdapterFacts;
}

export type ModelHistory = TrainedRun | Distilled;
