// The face that each engine shows to the harness, so that all are timed by the same loop.

import type { BenchDecode, BenchShape } from '../../src/core/benchBatch';

export interface MatmulRun {
  /** A chain of `times` products X <- X B from A, until one row of the last is in JavaScript. */
  chain(times: number): Promise<Float32Array>;
  /** The whole result of a chain, for the check outside the clock. */
  whole(times: number): Promise<Float32Array>;
  dispose(): void;
}

export interface TrainRun {
  /** One optimiser step; resolves with its loss, read back. */
  step(inputs: Int32Array, targets: Int32Array): Promise<number>;
  /** Sum of squares over all parameters as they are now, read back. */
  checksum(): Promise<number>;
  dispose(): void;
}

/** One greedy continuation. */
export interface Generation {
  readonly tokens: readonly number[];
  /** Between two tokens, over all after the first. */
  readonly tokenMs: number;
}

export interface CheckedGeneration {
  readonly tokens: readonly number[];
  /** By how much the best logit beat the next, token by token. */
  readonly margins: readonly number[];
  /** Logits [V] that the first and the last token were drawn from. */
  readonly firstLogits: readonly number[];
  readonly lastLogits: readonly number[];
}

export interface DecodeRun {
  generate(): Promise<Generation>;
  /** As generate, looking at all logits: outside the clock. */
  check(): Promise<CheckedGeneration>;
  dispose(): Promise<void>;
}

/** A peer has the benches that it was made for. */
export interface Peer {
  /** What ran, with version and device. */
  readonly title: string;
  matmul?(n: number, a: Float32Array, b: Float32Array): Promise<MatmulRun>;
  train?(shape: BenchShape): Promise<TrainRun>;
  /** The model is loaded, and was asked once. */
  decode?(run: BenchDecode): Promise<DecodeRun>;
}
