// Decoding with a draft: greedily the very tokens of the model alone, whatever the draft is worth, also where the text outgrows either context; drawn,
// the model's own distribution, counted over thousands of texts; and how many proposals were accepted.

import { afterEach, expect, test } from 'vitest';
import type { ModelConfig } from '../core/modelConfig';
import { DEFAULT_GROUP } from '../core/quantization/scheme';
import { defaultModel } from '../core/runConfig';
import { planAcceptDraft } from '../gpu/plans/acceptDraft';
import { noCuts, planSampleToken, type Sampling, samplingBlock, seenWords } from '../gpu/plans/sampleToken';
import { runKernel } from '../gpu/runKernel';
import { STEP_BLOCK_BYTES, writeStepBlock } from '../gpu/stepBlock';
import { initialWeights } from '../model/initialize';
import { fixedChoices } from '../testing/fixedChoices';
import { testDevice } from '../testing/testDevice';
import { rates } from '../testing/tinyRun';
import { HeldParameters } from './heldParameters';
import type { InferEngine } from './inferEngine';
import { holdQuantized, quantizedModel } from './quantizedText';
import { deviceText, draftedText, type TextModel } from './textModel';

const lab = testDevice('adapter');
const opened: { destroy(): void }[] = [];

afterEach(() => {
  for (const thing of opened.splice(0)) thing.destroy();
});

const model: ModelConfig = {
  ...defaultModel,
  vocab_size: 61,
  n_positions: 48,
  n_embd: 32,
  n_head: 2,
  n_layer: 2,
  initializer_range: 0.3,
};

function engineOf(): InferEngine {
  return { ...lab, choices: fixedChoices(lab.gpu, 'blocked'), rates };
}

async function hold(own: ModelConfig, weights: ReadonlyMap<string, Float32Array>) {
  const held = await HeldParameters.allocate(lab.gpu, own);
  held.write(weights);
  opened.push(held);
  return { model: own, store: held.store };
}

async function ask(text: TextModel, maxTokens: number, sampling: Sampling, prompt = Uint32Array.of(3, 17, 5)) {
  let dropped = 0;
  let speculation = { draftTokens: 0, rounds: 0, drafted: 0, accepted: 0 };
  const [tokens] = await text.generate({
    prompts: [prompt],
    maxTokens,
    sampling,
    goOn: () => true,
    onToken: () => true,
    onDropped: (count) => {
      dropped += count;
    },
    onSpeculation: (told) => {
      speculation = told;
    },
  });
  return { tokens, dropped, speculation };
}

const greedy: Sampling = { ...noCuts, temperature: 0, seed: 0 };

test('greedily the tokens of the model alone, with a draft that is right, often, hardly ever, or short of context', async () => {
  const engine = engineOf();
  const weights = initialWeights(model, 5);
  const target = await hold(model, weights);
  const plain = deviceText(engine, model, target.store);
  opened.push(plain);
  const rounded = await quantizedModel(engine, model, weights, { name: 'int4', group: DEFAULT_GROUP }, () => undefined);
  const int4 = await holdQuantized(engine, model, rounded, false);
  opened.push(int4);
  const short: ModelConfig = { ...model, n_positions: 20, n_layer: 1 };
  const drafts = {
    itself: target,
    int4: { model, store: int4 },
    short: await hold(short, initialWeights(short, 6)),
  };
  const shares: Record<string, number> = {};
  const penalised = { ...greedy, repetitionPenalty: 1.5 };
  const wanted = [await ask(plain, 60, greedy), await ask(plain, 60, penalised)];
  expect(new Set(wanted[0].tokens).size).toBeGreaterThan(2);
  expect(wanted[0].dropped).toBeGreaterThan(0);
  for (const [name, draft] of Object.entries(drafts)) {
    const text = draftedText(engine, target, draft, name === 'int4' ? 4 : 2);
    opened.push(text);
    for (const [index, sampling] of [greedy, penalised].entries()) {
      const { tokens, dropped, speculation } = await ask(text, 60, sampling);
      expect(tokens, name).toEqual(wanted[index].tokens);
      expect(dropped).toBe(wanted[index].dropped);
      const { rounds, drafted, accepted, draftTokens } = speculation;
      expect(rounds).toBeGreaterThan(0);
      expect(drafted).toBe(rounds * draftTokens);
      shares[name] = accepted / drafted;
    }
  }
  expect(shares['itself']).toBe(1);
  expect(shares['int4']).toBeGreaterThan(0.2);
  expect(shares['short']).toBeLessThan(0.5);
});

test('drawn, a draft of the same distribution is always accepted, and a seed gives the same tokens again', async () => {
  const engine = engineOf();
  const target = await hold(model, initialWeights(model, 5));
  const text = draftedText(engine, target, target, 3);
  opened.push(text);
  const sampling = { temperature: 1.5, topK: 30, topP: 0.95, minP: 0.01, repetitionPenalty: 1.2, seed: 3 };
  const first = await ask(text, 30, sampling);
  // Logits of several rows at once round otherwise than those of one.
  expect(first.speculation.accepted / first.speculation.drafted).toBeGreaterThan(0.9);
  expect((await ask(text, 30, sampling)).tokens).toEqual(first.tokens);
  expect((await ask(text, 30, { ...sampling, seed: 4 })).tokens).not.toEqual(first.tokens);
});

test('thousands of drafts and verdicts give the distribution of the model, not of the draft', async () => {
  const texts = 4000;
  const vocabulary = 5;
  const p = [0.05, 0.1, 0.15, 0.3, 0.4];
  const q = [0.4, 0.3, 0.15, 0.1, 0.05];
  const step = new ArrayBuffer(STEP_BLOCK_BYTES);
  const values = { firstRow: 0, position: 0, learningRate: 0, inverseTokens: 0, beta1: 0, beta2: 0 };
  writeStepBlock(new DataView(step), { ...values, seed: 5, step: 1 });
  const sampling = samplingBlock({ ...noCuts, temperature: 1, seed: 5 });
  const logits = (probabilities: readonly number[], rows: number): Float32Array =>
    Float32Array.from({ length: rows * vocabulary }, (_, i) => Math.log(probabilities[i % vocabulary]));
  const seen = new Uint32Array(texts * seenWords(vocabulary));
  const [draw] = planSampleToken({ rows: texts, vocabulary, keep: true }, 'blocked');
  const proposed = await runKernel(lab.gpu, lab.cache, {
    ...draw,
    step,
    buffers: {
      logits: logits(q, texts),
      sampling,
      seen,
      tokens: new Uint32Array(texts),
      probabilities: new Float32Array(texts * vocabulary),
    },
  });
  const draft = Uint32Array.from({ length: 2 * texts }, (_, i) => (i % 2 === 0 ? 0 : proposed['tokens'][i >> 1]));
  const [judge, advance] = planAcceptDraft({ texts, drafted: 1, vocabulary }, 'blocked');
  const { verdicts } = await runKernel(lab.gpu, lab.cache, {
    ...judge,
    step,
    buffers: {
      logits: logits(p, 2 * texts),
      sampling,
      seen,
      draft,
      q: proposed['probabilities'],
      verdicts: new Uint32Array(4 * texts),
    },
  });
  const { results } = await runKernel(lab.gpu, lab.cache, {
    ...advance,
    buffers: {
      draft,
      verdicts,
      seen,
      tokens: new Uint32Array(texts),
      first_positions: new Uint32Array(texts),
      results: new Uint32Array(3 * texts),
    },
  });
  const first = Array.from({ length: texts }, (_, text) => results[3 * text + 1]);
  const second = Array.from({ length: texts }, (_, text) => text)
    .filter((text) => results[3 * text] === 2)
    .map((text) => results[3 * text + 2]);
  // All of min(p, q) is accepted.
  const accepted = p.reduce((sum, probability, token) => sum + Math.min(probability, q[token]), 0);
  expect(Math.abs(second.length / texts - accepted)).toBeLessThan(0.03);
  for (const tokens of [first, second]) {
    const chiSquare = p.reduce((sum, probability, token) => {
      const expected = tokens.length * probability;
      return sum + (tokens.filter((drawn) => drawn === token).length - expected) ** 2 / expected;
    }, 0);
    // 99.9% of draws from the true distribution stay below this at 4 degrees of freedom.
    expect(chiSquare).toBeLessThan(18.47);
  }
});
