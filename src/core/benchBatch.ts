// The batch of a benchmark step as a function of (step, row, position), so that every engine under comparison, in
// any language, trains on the same tokens. Pure; bench/torch_baseline.py repeats the rule.

import { hashName, threefry2x32 } from './rng';

/** The two shapes that `bench train` knows, by GPT-2's letters. */
export interface BenchShape {
  readonly vocabulary: number;
  readonly block: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly batch: number;
}

export const benchShapes: Readonly<Record<'small' | 'large', BenchShape>> = {
  small: { vocabulary: 65, block: 64, width: 64, heads: 4, layers: 4, batch: 8 },
  large: { vocabulary: 65, block: 256, width: 384, heads: 6, layers: 6, batch: 64 },
};

/** GPT-2 of 124 million parameters, for `bench decode` alone: no memory for training it is asked of every device. */
export const gpt2Shape: BenchShape = {
  vocabulary: 50_257,
  block: 1_024,
  width: 768,
  heads: 12,
  layers: 12,
  batch: 1,
};

/** What `bench train` trains with: AdamW at a constant rate, no clip; decay on tensors of 2 or more dims. */
export const benchTraining = {
  seed: 1,
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
} as const;

/** One generation of `bench decode`: greedy, `newTokens` after `benchPrompt`. */
export interface BenchDecode {
  readonly name: string;
  readonly shape: BenchShape;
  readonly promptTokens: number;
  readonly newTokens: number;
}

export const benchDecodes: Readonly<Record<'small' | 'large' | 'gpt2', BenchDecode>> = {
  small: { name: 'small', shape: benchShapes.small, promptTokens: 16, newTokens: 33 },
  large: { name: 'large', shape: benchShapes.large, promptTokens: 64, newTokens: 128 },
  gpt2: { name: 'gpt2', shape: gpt2Shape, promptTokens: 64, newTokens: 128 },
};

/** Of first weights in `bench decode`. With GPT-2's 0.02 a model that was never trained says its last token again and again, whatever it computes. */
export const DECODE_DEVIATION = 0.1;

/** New tokens of a generation where `asked` were asked for: two at least, for there to be a time between them, and no more than the context has. */
export function benchTokens({ shape, promptTokens, newTokens }: BenchDecode, asked: number | null): number {
  return Math.max(2, Math.min(asked ?? newTokens, shape.block - promptTokens));
}

export function benchPrompt({ shape, promptTokens }: BenchDecode): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: promptTokens }, (_, i) => (i * 7) % shape.vocabulary);
}

const BATCH_KEY = hashName('bench.batch');

/** Token of (step, row, position); step and row count from 0. Rows hold block + 1 tokens. */
export function benchToken(vocabulary: number, step: number, row: number, position: number): number {
  const [word] = threefry2x32(benchTraining.seed, BATCH_KEY, row * 65_536 + position, step);
  return word % vocabulary;
}

/** Inputs and targets of one step, [batch, block] row by row; a target is the token after its input. */
export function benchBatch(
  shape: BenchShape,
  step: number,
): { readonly inputs: Int32Array; readonly targets: Int32Array } {
  const { vocabulary, block, batch } = shape;
  const inputs = new Int32Array(batch * block);
  const targets = new Int32Array(batch * block);
  for (let row = 0; row < batch; row++) {
    for (let position = 0; position <= block; position++) {
      const token = benchToken(vocabulary, step, row, position);
      if (position < block) inputs[row * block + position] = token;
      if (position > 0) targets[row * block + position - 1] = token;
    }
  }
  return { inputs, targets };
}
