// A look inside against the float64 twins: residual stream, attention and logit lens of a GPT-2, a Llama with grouped heads and a window, and a
// BERT, of a text shorter than what it is padded to; and what cannot be looked into is told.

import * as v from 'valibot';
import { afterEach, expect, test } from 'vitest';
import type { ModelConfig } from '../core/modelConfig';
import { type BertConfig, bertConfigSchema } from '../core/models/bert';
import { mistralConfigSchema } from '../core/models/llama';
import { rankingStride } from '../gpu/plans/topTokens';
import { initialWeights } from '../model/initialize';
import { encoderForward } from '../reference/encoder';
import { gpt2Forward } from '../reference/gpt2';
import { llamaForward } from '../reference/llama';
import { topTokens } from '../reference/topTokens';
import { fixedChoices } from '../testing/fixedChoices';
import { largestDifference, largestMagnitude } from '../testing/gradientCheck';
import { testDevice } from '../testing/testDevice';
import { rates, tinyModel } from '../testing/tinyRun';
import { HeldParameters } from './heldParameters';
import { Inspector } from './inspector';

const lab = testDevice('adapter');
const opened: { destroy(): void }[] = [];

afterEach(() => {
  for (const thing of opened.splice(0)) thing.destroy();
});

const mistral = v.parse(mistralConfigSchema, {
  model_type: 'mistral',
  vocab_size: 13,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 4,
  max_position_embeddings: 8,
  sliding_window: 3,
  initializer_range: 0.4,
});

const bert: BertConfig = v.parse(bertConfigSchema, {
  model_type: 'bert',
  vocab_size: 13,
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 8,
  initializer_range: 0.4,
});

const IDS = Uint32Array.of(2, 5, 7, 1, 12, 5);
const TOP = 3;

async function open(model: ModelConfig) {
  const engine = { ...lab, choices: fixedChoices(lab.gpu, 'blocked'), rates };
  const weights = initialWeights(model, 3);
  const held = await HeldParameters.allocate(lab.gpu, model);
  held.write(weights);
  const inspector = await Inspector.build(engine, model, held.store, 8, TOP);
  opened.push(inspector, held);
  const parameters = new Map([...weights].map(([name, values]) => [name, Float64Array.from(values)]));
  const text = { tokens: Int32Array.from(IDS), batch: 1, sequenceLength: IDS.length };
  return { inspector, held, parameters, text };
}

interface Twin {
  readonly logits: Float64Array;
  /** transformers' hidden_states: the last one is normed. */
  readonly hiddenStates: readonly Float64Array[];
  readonly attentions: readonly Float64Array[];
}

async function compare(inspector: Inspector, twin: Twin, asked: 'next' | 'same', vocabulary: number): Promise<void> {
  const { residuals, attentions, lens } = await inspector.read(IDS);
  expect(residuals.length).toBe(twin.hiddenStates.length);
  const last = residuals.length - 1;
  for (const [layer, expected] of twin.hiddenStates.entries()) {
    if (layer === last && asked === 'next') continue;
    expect(largestDifference(residuals[layer], expected), `stream ${layer}`).toBeLessThan(
      1e-5 * largestMagnitude(expected),
    );
  }
  for (const [layer, expected] of twin.attentions.entries())
    expect(largestDifference(attentions[layer], expected), `attention ${layer}`).toBeLessThan(1e-5);
  expect(lens?.asked).toBe(asked);
  if (!lens) return;
  // The last layer's lens is the model's own output.
  const targets = asked === 'same' ? Int32Array.from(IDS) : Int32Array.from([...IDS.subarray(1), -100]);
  const ranked = topTokens({ logits: twin.logits, targets, vocabulary, top: TOP });
  const stride = rankingStride(TOP);
  for (let t = 0; t < IDS.length; t++) {
    const place = last * IDS.length + t;
    const row = ranked.subarray(t * stride, (t + 1) * stride);
    for (let k = 0; k < TOP; k++) {
      expect(lens.tokens[place * TOP + k]).toBe(row[2 * k]);
      expect(lens.logProbabilities[place * TOP + k]).toBeCloseTo(row[2 * k + 1], 4);
    }
    const ends = asked === 'next' && t === IDS.length - 1;
    expect(lens.entropy[place]).toBeCloseTo(row[2 * TOP], 4);
    if (ends) expect(lens.actual[place]).toBeNaN();
    else expect(lens.actual[place]).toBeCloseTo(row[2 * TOP + 1], 4);
    expect(lens.rank[place]).toBe(ends ? -1 : row[2 * TOP + 2]);
  }
}

test('GPT-2', async () => {
  const { inspector, held, parameters, text } = await open(tinyModel);
  await compare(inspector, gpt2Forward(tinyModel, parameters, text), 'next', 13);
  await expect(inspector.read(new Uint32Array(0))).rejects.toMatchObject({ code: 'data.invalid' });
  await expect(inspector.read(Uint32Array.of(13))).rejects.toThrow('has the token 13');
  held.write(new Map([['transformer.ln_f.bias', new Float32Array(8).fill(Number.NaN)]]));
  await expect(inspector.read(IDS)).rejects.toMatchObject({ code: 'run.nonFinite' });
});

test('Mistral: grouped heads, and a window', async () => {
  const { inspector, parameters, text } = await open(mistral);
  await compare(inspector, llamaForward(mistral, parameters, text), 'next', 13);
});

test('BERT: padding has no weight, and each place is asked for its own token', async () => {
  const { inspector, parameters, text } = await open(bert);
  const mask = new Uint32Array(IDS.length).fill(1);
  const tokenTypes = new Int32Array(IDS.length);
  await compare(inspector, encoderForward(bert, parameters, { ...text, mask, tokenTypes }), 'same', 13);
});

test('a head that says nothing of tokens has no lens', async () => {
  const { inspector } = await open({ ...bert, architecture: 'BertForSequenceClassification' });
  const { lens, attentions } = await inspector.read(IDS);
  expect(lens).toBeNull();
  expect(attentions.length).toBe(2);
});
