// Measures decoding late in a context of 1,024 tokens: with the keys split over the device, as it is done, and with a workgroup or thread for each head.

import type { BenchShape } from '../core/benchBatch';
import { modelSizes } from '../core/modelConfig';
import type { BenchRow } from '../core/records';
import { planDecode } from '../infer/decodePlan';
import { Decoder } from '../infer/decoder';
import { HeldParameters } from '../infer/heldParameters';
import type { InferEngine } from '../infer/inferEngine';
import type { ParameterStore } from '../infer/parameterStore';
import { TextModel } from '../infer/textModel';
import { modelArena } from '../model/shapes/modelShapes';
import { wholeModel } from '../parallel/stages';
import { generationRounds, randomWeights } from './benchGeneration';
import { benchModel } from './benchRun';
import { summary } from './benchSummary';

const CONTEXT = 1024;
const PROMPT_TOKENS = 900;
const NEW_TOKENS = 48;

/** @param store of a model of `shape`, which is read where its context is long enough */
export async function benchLongContext(
  engine: InferEngine,
  shape: BenchShape,
  store: ParameterStore,
): Promise<BenchRow[]> {
  const model = benchModel({ ...shape, block: CONTEXT });
  const own = shape.block === CONTEXT ? null : await HeldParameters.allocate(engine.gpu, model);
  own?.write(await randomWeights(model));
  const parameters = own?.store ?? store;
  const prompt = Uint32Array.from({ length: PROMPT_TOKENS }, (_, i) => (i * 7) % shape.vocabulary);
  const { choices, cache } = engine;
  const whole = wholeModel(modelSizes(model).layers);
  const rows: BenchRow[] = [];
  try {
    for (const split of [true, false]) {
      const text = new TextModel(model, (texts, onProgress) => {
        const plan = planDecode(model, whole, modelArena(model), texts, choices, cache.catalog, parameters.quantized);
        const decoding = split ? plan : { ...plan, longContext: Number.POSITIVE_INFINITY };
        return Decoder.build(engine, decoding, parameters, (done, total) => onProgress(done / Math.max(1, total)));
      });
      try {
        const times = await generationRounds(text, prompt, 1, NEW_TOKENS);
        const variant = `KV cache after ${PROMPT_TOKENS}${split ? '' : ', keys not split'}`;
        const tokenMs = times.map((time) => time.tokenMs);
        rows.push(summary(`decode of ${CONTEXT}`, variant, tokenMs, 1, 'tokens/s'));
      } finally {
        text.destroy();
      }
    }
    return rows;
  } finally {
    own?.destroy();
  }
}
