// What a training session drives: something that takes optimiser steps and evaluates, on one rank or on a mesh of them. Types only.

import type { TensorListing, TensorReport, WatchRequest } from '../core/insideRecords';
import type { ProfileReport } from '../core/records';
import type { KernelChoices } from '../gpu/kernelChoices';
import type { StepMetrics } from './stepMetrics';

export interface RunnerRow extends StepMetrics {
  /** 1 for the first step. */
  readonly step: number;
  readonly learningRate: number;
  /** Tokens of this step where it is not of the whole global batch. */
  readonly tokens?: number;
  /** See StepRow. */
  readonly staleness?: number;
  readonly rank?: number;
}

export interface StepRunner {
  /** Another number whenever weights may have changed. */
  readonly weightVersion: number;
  /** Told of finished steps, in order, several at a time where they are fast. */
  onRows: (rows: readonly RunnerRow[]) => void;
  /** Told of what was seen of watched tensors, and where that failed. */
  onTensor: (report: TensorReport) => void;
  onTensorFailure: (error: unknown) => void;
  /** Tensors that can be watched, and the ranks that hold them. */
  tensors(): Promise<readonly TensorListing[]>;
  /** Looks at tensors while steps run, or at none any more. @throws LabError `config.invalid` */
  watch(request: WatchRequest | null, choices: KernelChoices): Promise<void>;
  /** The weights that training begins with, and a fresh optimiser. */
  begin(): Promise<void>;
  /** Queues optimiser step `step` (0 for the first); resolves when the next one may be queued. */
  queue(step: number, learningRate: number): Promise<void>;
  /** Resolves when all queued steps have been handed out. */
  drain(): Promise<void>;
  /** Held-out loss in nats a token on the same fixed windows every time. */
  evaluate(): Promise<{ readonly loss: number; readonly tokens: number }>;
  /** One step with every dispatch timed; its row is in the result and not handed out. */
  profile(step: number, learningRate: number): Promise<{ readonly report: ProfileReport; readonly row: RunnerRow }>;
  destroy(): void;
}
