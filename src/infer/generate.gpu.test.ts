// Generation with the KV cache against the whole context anew for each token: the same greedy tokens in both kernel families, alone and side by
// side, within a context and beyond it; draws that follow their seed; faults told; nothing reserved while a text grows.

import * as v from 'valibot';
import { afterEach, expect, test } from 'vitest';
import type { ModelConfig } from '../core/modelConfig';
import type { Gpt2Config } from '../core/models/gpt2';
import { mistralConfigSchema, qwen3ConfigSchema } from '../core/models/llama';
import { defaultModel } from '../core/runConfig';
import { isDispatch } from '../gpu/graph';
import type { KernelFamilyName } from '../gpu/kernelChoices';
import { noCuts, type Sampling } from '../gpu/plans/sampleToken';
import { initialWeights } from '../model/initialize';
import { modelArena } from '../model/shapes/modelShapes';
import { wholeModel } from '../parallel/stages';
import { fixedChoices } from '../testing/fixedChoices';
import { testDevice } from '../testing/testDevice';
import { rates } from '../testing/tinyRun';
import { planDecode } from './decodePlan';
import { Decoder } from './decoder';
import { HeldParameters } from './heldParameters';
import type { InferEngine } from './inferEngine';
import { Recompute } from './recompute';
import { TextLogits } from './textLogits';
import { deviceText, TextModel } from './textModel';

const lab = testDevice('adapter');
const opened: { destroy(): void }[] = [];

afterEach(() => {
  for (const thing of opened.splice(0)) thing.destroy();
});

/** Prompts of 65 to 80 tokens take two chunks of prefill. Large weights, so that the best token is far ahead of the second. */
const model: Gpt2Config = {
  ...defaultModel,
  vocab_size: 61,
  n_positions: 80,
  n_embd: 24,
  n_head: 3,
  n_layer: 2,
  initializer_range: 0.3,
};

const llamaSizes = {
  vocab_size: 61,
  hidden_size: 24,
  intermediate_size: 40,
  num_hidden_layers: 2,
  num_attention_heads: 6,
  num_key_value_heads: 2,
  head_dim: 6,
  max_position_embeddings: 80,
  initializer_range: 0.3,
};
/** Windows of less than a chunk, positions that turn by scaled frequencies, one layer of two with norms of its heads. */
const mistral = v.parse(mistralConfigSchema, {
  ...llamaSizes,
  model_type: 'mistral',
  sliding_window: 23,
  rope_type: 'llama3',
  rope_factor: 4,
  rope_original_positions: 40,
});
const qwen3 = v.parse(qwen3ConfigSchema, {
  ...llamaSizes,
  model_type: 'qwen3',
  use_sliding_window: true,
  sliding_window: 7,
  max_window_layers: 1,
});

const greedy: Sampling = { ...noCuts, temperature: 0, seed: 0 };

async function open(family: KernelFamilyName, own: ModelConfig = model) {
  const engine: InferEngine = { ...lab, choices: fixedChoices(lab.gpu, family), rates };
  const held = await HeldParameters.allocate(lab.gpu, own);
  held.write(initialWeights(own, 5));
  const text = deviceText(engine, own, held.store);
  opened.push(text, held);
  return { engine, held, text };
}

function promptOf(length: number, salt = 1): Uint32Array {
  return Uint32Array.from({ length }, (_, i) => (i * i * 7 + i * salt + salt) % model.vocab_size);
}

function ask(text: TextModel, prompts: readonly Uint32Array[], maxTokens: number, sampling = greedy) {
  const dropped = prompts.map(() => 0);
  const tokens = text.generate({
    prompts,
    maxTokens,
    sampling,
    goOn: () => true,
    onToken: () => true,
    onDropped: (count, index) => {
      dropped[index] += count;
    },
  });
  return tokens.then((generated) => ({ generated, dropped }));
}

/** Tiled kernels are slow on a software adapter: fewer tokens there. */
const trials = [
  { own: model, family: 'blocked', prompts: [promptOf(1), promptOf(64, 2), promptOf(67, 3)], count: 60, beyond: 40 },
  { own: model, family: 'tiled', prompts: [promptOf(1), promptOf(78, 2)], count: 6, beyond: 40 },
  { own: mistral, family: 'blocked', prompts: [promptOf(1), promptOf(64, 2), promptOf(67, 3)], count: 30, beyond: 40 },
  { own: qwen3, family: 'blocked', prompts: [promptOf(3), promptOf(70, 2)], count: 30, beyond: 40 },
] as const;

for (const { own, family, prompts, count, beyond } of trials) {
  test(`${own.model_type}, ${family}: the same greedy tokens as the whole context gives`, async () => {
    const { engine, held, text } = await open(family, own);
    const recompute = await Recompute.build(engine, own, held.store);
    opened.push(recompute);
    const wanted: number[][] = [];
    for (const prompt of prompts) {
      wanted.push(await recompute.greedy(prompt, count));
      expect((await ask(text, [prompt], count)).generated).toEqual([wanted[wanted.length - 1]]);
    }
    expect(new Set(wanted.flat()).size).toBeGreaterThan(2);
    const { generated, dropped } = await ask(text, prompts, count);
    // Side by side a cache is filled anew for all where one text outgrows it: the windows are the same, for each its own.
    expect(generated).toEqual(wanted);
    expect(dropped[0]).toBe(0);
    expect(dropped[1]).toBeGreaterThanOrEqual(beyond);
  });
}

test('the same greedy tokens with the keys split, from the first on and where a text becomes long', async () => {
  // Positions enough for a way of their own for long contexts; Mistral has windows and shared heads beside.
  for (const own of [
    { ...model, n_positions: 300 },
    v.parse(mistralConfigSchema, { ...mistral, max_position_embeddings: 300, sliding_window: 140 }),
  ]) {
    const { engine, held, text } = await open('blocked', own);
    const prompts = [promptOf(150), promptOf(3)];
    const wanted = (await ask(text, prompts, 8)).generated;
    const plan = planDecode(own, wholeModel(2), modelArena(own), 2, engine.choices, lab.cache.catalog, null);
    expect(plan.decode.calls.filter((call) => isDispatch(call) && call.kernel === 'attention_merge')).toHaveLength(2);
    // Before, among and after the 8 steps.
    for (const longContext of [0, 153, 300]) {
      const split = new TextModel(own, () => Decoder.build(engine, { ...plan, longContext }, held.store, () => {}));
      opened.push(split);
      expect((await ask(split, prompts, 8)).generated).toEqual(wanted);
    }
  }
});

test('the same seed draws the same tokens, alone and after others; another seed others', async () => {
  const { text } = await open('blocked');
  const sampling = { temperature: 1.5, topK: 30, topP: 0.95, minP: 0.01, repetitionPenalty: 1.2, seed: 3 };
  const first = await ask(text, [promptOf(5)], 20, sampling);
  await ask(text, [promptOf(9)], 20, sampling);
  expect(await ask(text, [promptOf(5)], 20, sampling)).toEqual(first);
  expect(await ask(text, [promptOf(5)], 20, { ...sampling, seed: 4 })).not.toEqual(first);
});

test('the logits that a text is looked at by are those that it was drawn from, in a later window too', async () => {
  const { text, engine, held } = await open('blocked');
  const prompt = promptOf(60, 2);
  const [drawn] = (await ask(text, [prompt], 12)).generated;
  const ids = Uint32Array.from([...prompt, ...drawn]);
  const logits = await TextLogits.build(engine, model, held.store);
  opened.push(logits);
  for (const place of [60, 65, 71]) {
    const row = await logits.before(ids, place);
    expect(row.indexOf(Math.max(...row))).toBe(ids[place]);
  }
  // The window of a place beyond the 80 positions begins with the 41st token.
  const long = Uint32Array.from([...promptOf(40, 5), ...ids]);
  expect(await logits.before(long, 112)).toEqual(await logits.before(ids, 72));
});

test('two callers at once have their texts one after the other', async () => {
  const { text } = await open('blocked');
  const alone = await ask(text, [promptOf(5)], 12);
  expect(
    await Promise.all([ask(text, [promptOf(5)], 12), ask(text, [promptOf(30)], 12), ask(text, [promptOf(5)], 12)]),
  ).toEqual([alone, expect.anything(), alone]);
});

test('a text ends when it is told to, and at once', async () => {
  const { text } = await open('blocked');
  let asked = 0;
  const request = { prompts: [promptOf(3)], maxTokens: 50, sampling: greedy, onDropped: () => undefined };
  const ended = await text.generate({ ...request, goOn: () => asked++ < 3, onToken: () => true });
  expect(ended[0].length).toBe(2);
  let heard = 0;
  const stopped = await text.generate({ ...request, goOn: () => true, onToken: () => ++heard < 4 });
  expect(stopped[0].length).toBe(4);
  expect(heard).toBe(4);
  // What ran ahead of the end is gone.
  expect((await ask(text, [promptOf(3)], 4)).generated).toEqual(stopped);
});

test('weights that are not numbers, and a prompt without tokens, are told', async () => {
  const { held, text } = await open('blocked');
  await expect(ask(text, [new Uint32Array(0)], 3)).rejects.toMatchObject({ code: 'data.invalid' });
  held.write(new Map([['transformer.ln_f.bias', new Float32Array(model.n_embd).fill(Number.NaN)]]));
  await expect(ask(text, [promptOf(3)], 3)).rejects.toMatchObject({ code: 'run.nonFinite' });
});

test('nothing is reserved while a text grows', async () => {
  const { text } = await open('blocked');
  await text.decoder(1);
  const made: string[] = [];
  const { device } = lab.gpu;
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    made.push(descriptor.label ?? '');
    return createBuffer(descriptor);
  };
  await ask(text, [promptOf(1)], 100);
  device.createBuffer = createBuffer;
  expect(made).toEqual([]);
});
