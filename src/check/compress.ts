// Compresses a model and says what that costs: size, speed of decoding and loss on held-out tokens, before and after, side by side on this
// device. It trains nothing and writes no file.

import { LabError } from '../core/errors';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { type Pruning, pruneMatrix } from '../core/quantization/prune';
import { type QuantizedModel, quantizedBytes } from '../core/quantization/quantizedModel';
import { describeScheme, type QuantizationScheme } from '../core/quantization/scheme';
import type { CompressionOptions, CompressionRow } from '../core/records';
import { DOT_FEATURE } from '../gpu/matmul/quantizedPlan';
import { HeldParameters } from '../infer/heldParameters';
import type { InferEngine } from '../infer/inferEngine';
import type { ParameterStore } from '../infer/parameterStore';
import { partsOf } from '../infer/quantizedModel';
import { holdQuantized, modelWeights, quantizedModel } from '../infer/quantizedText';
import { scoreTokens } from '../infer/scorer';
import { deviceText } from '../infer/textModel';
import { modelArena } from '../model/shapes/modelShapes';
import { summary } from './benchSummary';
import { greedySampling } from './greedy';

export interface Compressed {
  readonly rows: readonly CompressionRow[];
  /** The weights as they are after it: in fewer bits where a scheme was asked for. */
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly quantized: QuantizedModel | null;
}

/** Generations timed, after one that is not. */
const ROUNDS = 3;
const NEW_TOKENS = 32;
const PROMPT_TOKENS = 8;

/** Pruned copies of the weights that products read. */
function pruned(
  engine: InferEngine,
  model: ModelConfig,
  values: ReadonlyMap<string, Float32Array>,
  pruning: Pruning,
): Map<string, Float32Array> {
  const layout = modelArena(model);
  const out = new Map(values);
  for (const weight of modelWeights(engine, model)) {
    for (const { name, length } of partsOf(weight, layout)) {
      const own = values.get(name);
      if (own) out.set(name, pruneMatrix(own, { ...weight, outputs: length / weight.inputs }, pruning));
    }
  }
  return out;
}

/** Milliseconds a token, of each round. */
async function decodeTimes(engine: InferEngine, model: ModelConfig, store: ParameterStore, heldOut: Uint32Array) {
  const text = deviceText(engine, model, store);
  const room = modelSizes(model).positions;
  const prompt = heldOut.slice(0, Math.max(1, Math.min(PROMPT_TOKENS, Math.floor(room / 4))));
  const times: number[] = [];
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      let first = 0;
      let last = 0;
      let count = 0;
      await text.generate({
        prompts: [prompt],
        maxTokens: Math.max(2, Math.min(NEW_TOKENS, room - prompt.length)),
        sampling: greedySampling,
        goOn: () => true,
        onToken: () => {
          last = performance.now();
          if (count++ === 0) first = last;
          return true;
        },
        onDropped: () => undefined,
      });
      if (round > 0) times.push((last - first) / Math.max(1, count - 1));
    }
  } finally {
    text.destroy();
  }
  return times;
}

async function measure(
  engine: InferEngine,
  model: ModelConfig,
  store: ParameterStore,
  heldOut: Uint32Array,
  tokens: number,
  about: Pick<CompressionRow, 'variant' | 'bytes' | 'zeroShare' | 'maxError' | 'relativeError'>,
  before: CompressionRow | null,
): Promise<CompressionRow> {
  const score = await scoreTokens(engine, model, store, heldOut, tokens);
  const { rate, lowMs, highMs } = summary('', '', await decodeTimes(engine, model, store, heldOut), 1, 'tokens/s');
  const perplexity = Math.exp(score.loss);
  return {
    ...about,
    tokensPerSecond: rate,
    tokensPerSecondLow: 1000 / highMs,
    tokensPerSecondHigh: 1000 / lowMs,
    loss: score.loss,
    perplexity,
    heldOutTokens: score.tokens,
    lossChange: before === null ? 0 : score.loss - before.loss,
    perplexityChange: before === null ? 0 : perplexity / before.perplexity - 1,
  };
}

function zeroShare(values: ReadonlyMap<string, Float32Array>): number {
  let zeros = 0;
  let all = 0;
  for (const array of values.values()) {
    all += array.length;
    for (const value of array) if (value === 0) zeros++;
  }
  return zeros / all;
}

function bytesOf(values: ReadonlyMap<string, Float32Array>): number {
  return [...values.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** A model in floats, measured. @param before what the row is held against; null where it is the first */
export async function measureModel(
  engine: InferEngine,
  model: ModelConfig,
  values: ReadonlyMap<string, Float32Array>,
  heldOut: Uint32Array,
  tokens: number,
  variant: string,
  before: CompressionRow | null,
): Promise<CompressionRow> {
  const held = await HeldParameters.allocate(engine.gpu, model);
  try {
    held.write(values);
    const about = { variant, bytes: bytesOf(values), zeroShare: zeroShare(values), maxError: 0, relativeError: 0 };
    return await measure(engine, model, held.store, heldOut, tokens, about, before);
  } finally {
    held.destroy();
  }
}

/**
 * Rows: as it was, pruned, quantised, quantised with activations in 8 bits; those that were asked for.
 * @throws LabError `data.invalid`, `run.nonFinite`, `gpu.*`; `gpu.unavailable` for 8-bit activations where WGSL has no dot product for them
 */
export async function compressModel(
  engine: InferEngine,
  model: ModelConfig,
  given: ReadonlyMap<string, Float32Array>,
  heldOut: Uint32Array,
  options: CompressionOptions,
  onRow: (row: CompressionRow) => void,
): Promise<Compressed> {
  const { scheme, pruning, tokens, dot } = options;
  if (dot && !engine.gpu.has(DOT_FEATURE))
    throw new LabError({
      code: 'gpu.unavailable',
      message: 'Activations in 8 bits need a dot product that this browser does not have.',
      why: `The WGSL feature ${DOT_FEATURE} is missing.`,
      advice: 'Leave --dot out: weights in 8 bits work everywhere.',
    });
  const rows: CompressionRow[] = [];
  const report = (row: CompressionRow): CompressionRow => {
    rows.push(row);
    onRow(row);
    return row;
  };
  const plainRow = async (variant: string, values: ReadonlyMap<string, Float32Array>, before: CompressionRow | null) =>
    report(await measureModel(engine, model, values, heldOut, tokens, variant, before));
  const before = await plainRow('float32', given, null);
  let values = given;
  if (pruning !== null) {
    values = pruned(engine, model, given, pruning);
    await plainRow(`pruned, ${pruning.name === '2:4' ? '2:4' : pruning.sparsity}`, values, before);
  }
  if (scheme === null) return { rows, values, quantized: null };
  const quantized = await quantizedModel(engine, model, values, scheme, () => undefined);
  for (const rounded of dot ? [false, true] : [false]) {
    const held = await holdQuantized(engine, model, quantized, rounded);
    try {
      report(await measure(engine, model, held, heldOut, tokens, aboutQuantized(quantized, scheme, rounded), before));
    } finally {
      held.destroy();
    }
  }
  return { rows, values, quantized };
}

function aboutQuantized(quantized: QuantizedModel, scheme: QuantizationScheme, dot: boolean) {
  const errors = [...quantized.quantized.values()].flatMap(({ error }) => (error ? [error] : []));
  return {
    variant: describeScheme(scheme) + (dot ? ', activations in int8' : ''),
    bytes: quantizedBytes(quantized),
    zeroShare: 0,
    maxError: Math.max(...errors.map(({ maxError }) => maxError)),
    relativeError: Math.max(...errors.map(({ relativeError }) => relativeError)),
  };
}
