// Generation in 8 and 4 bits against float32 programs on the very weights that the codes stand for: the same greedy tokens and the same loss in the
// software adapter's kernels, activations in 8 bits close to it; and that the arena holds nothing of what was quantised.

import { afterEach, expect, test } from 'vitest';
import type { Gpt2Config } from '../core/models/gpt2';
import type { QuantizationScheme } from '../core/quantization/scheme';
import { defaultModel } from '../core/runConfig';
import { DOT_FEATURE } from '../gpu/matmul/quantizedPlan';
import { noCuts } from '../gpu/plans/sampleToken';
import { initialWeights } from '../model/initialize';
import { modelArena } from '../model/shapes/modelShapes';
import { fixedChoices } from '../testing/fixedChoices';
import { testDevice } from '../testing/testDevice';
import { rates } from '../testing/tinyRun';
import { HeldParameters } from './heldParameters';
import type { ParameterStore } from './parameterStore';
import { dequantizeModel } from './quantizedModel';
import { holdQuantized, quantizedModel } from './quantizedText';
import { scoreTokens } from './scorer';
import { deviceText } from './textModel';

const lab = testDevice('adapter');
const opened: { destroy(): void }[] = [];

afterEach(() => {
  for (const thing of opened.splice(0)) thing.destroy();
});

/** Sizes that divide by nothing the codes are packed in. Large weights, so that the best token is far ahead of the second. */
const model: Gpt2Config = {
  ...defaultModel,
  vocab_size: 61,
  n_positions: 24,
  n_embd: 36,
  n_head: 3,
  n_layer: 2,
  initializer_range: 0.3,
};
const prompt = Uint32Array.from({ length: 9 }, (_, i) => (i * 7) % model.vocab_size);
const heldOut = Uint32Array.from({ length: 60 }, (_, i) => (i * i * 3 + 1) % model.vocab_size);

for (const [family, scheme] of [
  ['blocked', { name: 'int8' }],
  ['blocked', { name: 'int4', group: 32 }],
] as const satisfies readonly (readonly [string, QuantizationScheme])[]) {
  test(`${family} ${scheme.name}`, async () => {
    const engine = { ...lab, choices: fixedChoices(lab.gpu, family), rates };
    const values = initialWeights(model, 5);
    const quantized = await quantizedModel(engine, model, values, scheme, () => undefined);
    // All but the norms, the biases and the positions.
    expect(quantized.quantized.size).toBe(1 + 4 * model.n_layer);
    const judge = await HeldParameters.allocate(lab.gpu, model);
    judge.write(dequantizeModel(quantized));
    const held = await holdQuantized(engine, model, quantized, false);
    opened.push(judge, held);
    expect(held.liveBytes).toBeLessThan(2 * modelArena(model).length);
    const tokens = async (store: ParameterStore) => {
      const text = deviceText(engine, model, store);
      opened.push(text);
      const [generated] = await text.generate({
        prompts: [prompt],
        maxTokens: 12,
        sampling: { ...noCuts, temperature: 0, seed: 0 },
        goOn: () => true,
        onToken: () => true,
        onDropped: () => undefined,
      });
      return generated;
    };
    expect(await tokens(held)).toEqual(await tokens(judge.store));
    const score = (store: ParameterStore) => scoreTokens(engine, model, store, heldOut, 50);
    const wanted = await score(judge.store);
    const { loss } = await score(held);
    expect(Math.abs(loss / wanted.loss - 1)).toBeLessThan(1e-5);
    if (scheme.name !== 'int8' || !lab.gpu.has(DOT_FEATURE)) return;
    const rounded = await holdQuantized(engine, model, quantized, true);
    opened.push(rounded);
    const own = await score(rounded);
    expect(own.loss).not.toBe(loss);
    expect(Math.abs(own.loss / wanted.loss - 1)).toBeLessThan(0.02);
  });
}
