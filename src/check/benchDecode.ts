// Measures generation: greedy tokens with the KV cache after a prompt, alone and side by side, and by the whole context anew for each token
// where the model is small. Weights are random.

import { type BenchShape, benchShapes, gpt2Shape } from '../core/benchBatch';
import { LabError } from '../core/errors';
import type { ModelConfig } from '../core/modelConfig';
import { DEFAULT_GROUP, describeScheme, type QuantizationScheme } from '../core/quantization/scheme';
import type { BenchOptions, BenchRow } from '../core/records';
import { DOT_FEATURE } from '../gpu/matmul/quantizedPlan';
import { HeldParameters } from '../infer/heldParameters';
import { holdQuantized, quantizedModel } from '../infer/quantizedText';
import { Recompute } from '../infer/recompute';
import { deviceText, type TextModel } from '../infer/textModel';
import { modelArena } from '../model/shapes/modelShapes';
import { benchModel } from './benchRun';
import { summary } from './benchSummary';
import type { CheckContext } from './conformance';
import { greedySampling } from './greedy';

/** Texts side by side in the batched row. */
const TEXTS = 8;
/** Of GPT-2's first weights. */
const WEIGHT_DEVIATION = 0.02;
/** Generations a row, after one that is not counted; each gives one sample. */
const ROUNDS = 5;

interface DecodeRun {
  readonly name: string;
  readonly shape: BenchShape;
  readonly promptTokens: number;
  readonly newTokens: number;
}

const small: DecodeRun = { name: 'small', shape: benchShapes.small, promptTokens: 1, newTokens: 33 };
const large: DecodeRun = { name: 'large', shape: benchShapes.large, promptTokens: 64, newTokens: 128 };
const gpt2: DecodeRun = { name: 'gpt2', shape: gpt2Shape, promptTokens: 64, newTokens: 128 };

function runOf({ size, gpt2: asked }: BenchOptions, software: boolean): DecodeRun {
  if (asked === true || (size === undefined && !software)) return gpt2;
  return size === 'large' ? large : small;
}

/**
 * Uniform numbers, norms as they start, tensor by tensor: the worker shows between them that it is
 * alive. The counter-based generator of training takes a minute for 124 million.
 */
async function randomWeights(model: ModelConfig): Promise<Map<string, Float32Array>> {
  const weights = new Map<string, Float32Array>();
  const width = 2 * WEIGHT_DEVIATION * Math.sqrt(3);
  let state = 1;
  for (const { name, shape, length } of modelArena(model).entries.values()) {
    const values = new Float32Array(length);
    if (shape.length === 1) values.fill(name.endsWith('weight') ? 1 : 0);
    else
      for (let i = 0; i < length; i++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
        values[i] = (width * (state >> 8)) / 2 ** 24;
      }
    weights.set(name, values);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return weights;
}

interface Timed {
  readonly tokens: readonly number[];
  readonly firstTokenMs: number;
  /** Between two tokens, over all after the first. */
  readonly tokenMs: number;
}

/** @param run tells `onToken` of each token of the first text */
async function timed(run: (onToken: () => void) => Promise<readonly number[]>): Promise<Timed> {
  const start = performance.now();
  let first = 0;
  let last = 0;
  let count = 0;
  const tokens = await run(() => {
    last = performance.now();
    if (count++ === 0) first = last;
  });
  return { tokens, firstTokenMs: first - start, tokenMs: (last - first) / Math.max(1, count - 1) };
}

/**
 * Rows `first token` (the prompt's prefill and one step), `KV cache`, `KV cache, 8 texts`, the same with weights in 8 and 4 bits, and for small models
 * `recompute`. A sample is one
 * generation's mean time between tokens, read-backs included; steps run ahead of their tokens, as in the product.
 * @throws LabError `internal` where the cache and the whole context give different tokens
 */
export async function benchDecode(
  context: CheckContext,
  options: BenchOptions,
  onRow: (row: BenchRow) => void,
): Promise<BenchRow[]> {
  const { name, shape, promptTokens, newTokens } = runOf(options, context.choices.family === 'blocked');
  const count = Math.max(2, Math.min(options.steps ?? newTokens, shape.block - promptTokens));
  const model = benchModel(shape);
  const engine = { ...context, choices: context.choices.unrecorded() };
  const prompt = Uint32Array.from({ length: promptTokens }, (_, i) => (i * 7) % shape.vocabulary);
  const held = await HeldParameters.allocate(context.gpu, model);
  const weights = await randomWeights(model);
  held.write(weights);
  const text = deviceText(engine, model, held.store);
  const rows: BenchRow[] = [];
  const report = (variant: string, times: readonly number[], tokens: number): void => {
    const row = summary(`decode ${name}`, variant, times, tokens, 'tokens/s');
    rows.push(row);
    onRow(row);
  };
  const cached = (asked: TextModel, texts: number): Promise<Timed> =>
    timed(async (onToken) => {
      const [first] = await asked.generate({
        prompts: Array.from({ length: texts }, () => prompt),
        maxTokens: count,
        sampling: greedySampling,
        goOn: () => true,
        onToken: (_token, index) => {
          if (index === 0) onToken();
          return true;
        },
        onDropped: () => undefined,
      });
      return first;
    });
  const rounds = async (asked: TextModel, texts: number): Promise<Timed[]> => {
    await asked.decoder(texts);
    await cached(asked, texts);
    const all: Timed[] = [];
    for (let round = 0; round < ROUNDS; round++) all.push(await cached(asked, texts));
    return all;
  };
  const quantizedRounds = async (scheme: QuantizationScheme, dot: boolean): Promise<void> => {
    const rounded = await quantizedModel(engine, model, weights, scheme, () => undefined);
    const store = await holdQuantized(engine, model, rounded, dot);
    const asked = deviceText(engine, model, store);
    try {
      const times = await rounds(asked, 1);
      report(
        `KV cache, ${describeScheme(scheme)}${dot ? ', activations in int8' : ''}`,
        times.map(({ tokenMs }) => tokenMs),
        1,
      );
    } finally {
      asked.destroy();
      store.destroy();
    }
  };
  try {
    const alone = await rounds(text, 1);
    report(
      `first token after ${promptTokens}`,
      alone.map(({ firstTokenMs }) => firstTokenMs),
      promptTokens,
    );
    report(
      'KV cache',
      alone.map(({ tokenMs }) => tokenMs),
      1,
    );
    const many = await rounds(text, TEXTS);
    report(
      `KV cache, ${TEXTS} texts`,
      many.map(({ tokenMs }) => tokenMs),
      TEXTS,
    );
    await quantizedRounds({ name: 'int8' }, false);
    if (context.gpu.has(DOT_FEATURE)) await quantizedRounds({ name: 'int8' }, true);
    await quantizedRounds({ name: 'int4', group: DEFAULT_GROUP }, false);
    if (name === 'gpt2') return rows;
    const recompute = await Recompute.build(engine, model, held.store);
    try {
      const slow = await timed((onToken) => recompute.greedy(prompt, count, onToken));
      report('recompute', [slow.tokenMs], 1);
      if (slow.tokens.some((token, index) => token !== alone[0].tokens[index]))
        throw new LabError({
          code: 'internal',
          message: 'The KV cache gave other tokens than the whole context does.',
        });
    } finally {
      recompute.destroy();
    }
    return rows;
  } finally {
    text.destroy();
    held.destroy();
  }
}
