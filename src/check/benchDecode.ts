// Measures generation: greedy tokens with the KV cache after a prompt, alone and side by side, and by the whole context anew for each token
// where the model is small. Weights are random.

import { type BenchDecode, benchDecodes, benchPrompt, benchTokens, DECODE_DEVIATION } from '../core/benchBatch';
import { LabError } from '../core/errors';
import type { ModelConfig } from '../core/modelConfig';
import { DEFAULT_GROUP, describeScheme, type QuantizationScheme } from '../core/quantization/scheme';
import type { BenchDecoded, BenchOptions, BenchRow } from '../core/records';
import { DOT_FEATURE } from '../gpu/matmul/quantizedPlan';
import { HeldParameters } from '../infer/heldParameters';
import type { InferEngine } from '../infer/inferEngine';
import type { ParameterStore } from '../infer/parameterStore';
import { holdQuantized, quantizedModel } from '../infer/quantizedText';
import { Recompute } from '../infer/recompute';
import { TextLogits } from '../infer/textLogits';
import { deviceText } from '../infer/textModel';
import { generationRounds, randomWeights, type Timed, timed } from './benchGeneration';
import { benchLongContext } from './benchLongContext';
import { benchModel } from './benchRun';
import { summary } from './benchSummary';
import type { CheckContext } from './conformance';

/** Texts side by side in the batched row. */
const TEXTS = 8;

function runOf({ size, gpt2: asked }: BenchOptions, software: boolean): BenchDecode {
  if (asked === true || (size === undefined && !software)) return benchDecodes.gpt2;
  return size === 'large' ? benchDecodes.large : benchDecodes.small;
}

/** What was said after `prompt`, and the logits at both ends from the whole text in one pass. */
async function decodedOf(
  engine: InferEngine,
  { model, parameters }: { readonly model: ModelConfig; readonly parameters: ParameterStore },
  prompt: Uint32Array,
  rounds: readonly Timed[],
): Promise<BenchDecoded> {
  const [{ tokens }] = rounds;
  const read = Uint32Array.from([...prompt, ...tokens.slice(0, -1)]);
  const logits = await TextLogits.build(engine, model, parameters);
  try {
    return {
      tokens,
      firstLogits: [...(await logits.before(read, prompt.length))],
      lastLogits: [...(await logits.before(read, read.length))],
      tokenMs: rounds.map(({ tokenMs }) => tokenMs),
    };
  } finally {
    logits.destroy();
  }
}

/**
 * Rows `first token` (the prompt's prefill and one step), `KV cache`, `KV cache, 8 texts`, the same with weights in 8 and 4 bits, and for small models
 * `recompute`; `KV cache after 900` late in a context of 1,024. A sample is one
 * generation's mean time between tokens, read-backs included; steps run ahead of their tokens, as in the product. `toCompare`: the second row alone.
 * @throws LabError `internal` where the cache and the whole context give different tokens
 */
export async function benchDecode(
  context: CheckContext,
  options: BenchOptions,
  onRow: (row: BenchRow) => void,
): Promise<BenchRow[]> {
  const run = runOf(options, context.choices.family === 'blocked');
  const { name, shape, promptTokens } = run;
  const count = benchTokens(run, options.steps ?? null);
  const model = benchModel(shape, DECODE_DEVIATION);
  const engine = { ...context, choices: context.choices.unrecorded() };
  const prompt = benchPrompt(run);
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
  const quantizedRounds = async (scheme: QuantizationScheme, dot: boolean): Promise<void> => {
    const rounded = await quantizedModel(engine, model, weights, scheme, () => undefined);
    const store = await holdQuantized(engine, model, rounded, dot);
    const asked = deviceText(engine, model, store);
    try {
      const times = await generationRounds(asked, prompt, 1, count);
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
    const alone = await generationRounds(text, prompt, 1, count);
    if (options.toCompare) {
      const decoded = await decodedOf(engine, { model, parameters: held.store }, prompt, alone);
      const row = { ...summary(`decode ${name}`, 'KV cache', decoded.tokenMs, 1, 'tokens/s'), decoded };
      onRow(row);
      return [row];
    }
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
    const many = await generationRounds(text, prompt, TEXTS, count);
    report(
      `KV cache, ${TEXTS} texts`,
      many.map(({ tokenMs }) => tokenMs),
      TEXTS,
    );
    await quantizedRounds({ name: 'int8' }, false);
    if (context.gpu.has(DOT_FEATURE)) await quantizedRounds({ name: 'int8' }, true);
    await quantizedRounds({ name: 'int4', group: DEFAULT_GROUP }, false);
    for (const row of await benchLongContext(engine, shape, held.store)) {
      rows.push(row);
      onRow(row);
    }
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
