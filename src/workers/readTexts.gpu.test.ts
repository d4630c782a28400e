// Every question that a BERT can be asked, from text to text, against its float64 twin: gaps, classes, labels of words, answers over windows of a
// long context, and vectors; and what a head cannot do is said.

import * as v from 'valibot';
import { expect, test } from 'vitest';
import { type BertConfig, bertConfigSchema } from '../core/models/bert';
import { EncoderModel } from '../infer/encoderModel';
import { HeldParameters } from '../infer/heldParameters';
import { initialWeights } from '../model/initialize';
import { type EncoderForward, encoderForward } from '../reference/encoder';
import { fixedChoices } from '../testing/fixedChoices';
import { testDevice } from '../testing/testDevice';
import { rates } from '../testing/tinyRun';
import { wordPieceTokenizer } from '../testing/wordPieceTokenizer';
import type { ModelReader } from './modelReader';
import { readTexts } from './readTexts';

const lab = testDevice('adapter');
const tokenizer = wordPieceTokenizer(['the', 'dog', '##s', 'bark', 'at', 'night', '.']);
const base = {
  model_type: 'bert',
  vocab_size: tokenizer.vocabularySize,
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 16,
  initializer_range: 0.4,
  labels: ['a', 'b', 'c'],
};

interface Asked {
  readonly reader: Pick<ModelReader, 'model' | 'encoder'>;
  readonly twin: (ids: ArrayLike<number>, typeIds?: ArrayLike<number>) => EncoderForward;
}

async function withModel(
  architecture: BertConfig['architecture'],
  work: (asked: Asked) => Promise<void>,
): Promise<void> {
  const model = v.parse(bertConfigSchema, { ...base, architecture });
  const weights = initialWeights(model, 3);
  const held = await HeldParameters.allocate(lab.gpu, model);
  held.write(weights);
  const encoder = new EncoderModel({ ...lab, choices: fixedChoices(lab.gpu, 'blocked'), rates }, model, held.store);
  const parameters = new Map([...weights].map(([name, values]) => [name, Float64Array.from(values)]));
  try {
    await work({
      reader: { model, encoder: async () => encoder },
      twin: (ids, typeIds) =>
        encoderForward(model, parameters, {
          tokens: Int32Array.from(ids),
          tokenTypes: Int32Array.from(ids, (_, t) => typeIds?.[t] ?? 0),
          mask: new Uint32Array(ids.length).fill(1),
          batch: 1,
          sequenceLength: ids.length,
        }),
    });
  } finally {
    encoder.destroy();
    held.destroy();
  }
}

function softmax(logits: ArrayLike<number>): number[] {
  const powers = Array.from(logits, Math.exp);
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

test('gaps are filled, texts compared by their means, and other questions refused', async () => {
  await withModel('BertForMaskedLM', async ({ reader, twin }) => {
    const text = 'the [MASK] bark [MASK].';
    const result = await readTexts(reader, tokenizer, { task: 'fill', text, topK: 3 });
    const { ids } = tokenizer.encodeWithSpecialTokens(text);
    const { logits } = twin(ids);
    const V = tokenizer.vocabularySize;
    if (result.task !== 'fill') throw new Error('another task');
    expect(result.gaps.map(({ position }) => position)).toEqual([2, 4]);
    for (const { position, candidates } of result.gaps) {
      const expected = softmax(logits.subarray(position * V, (position + 1) * V));
      expect(candidates).toHaveLength(3);
      for (const { id, probability, token, text: whole } of candidates) {
        expect(probability).toBeCloseTo(expected[id], 6);
        expect(token).toBe(tokenizer.spelling(id));
        expect(whole.split('[MASK]')).toHaveLength(2);
      }
      expect(candidates[0].probability).toBeCloseTo(Math.max(...expected), 6);
    }
    const texts = ['the dogs', 'dogs bark at night.', 'the dogs'];
    const near = await readTexts(reader, tokenizer, { task: 'similar', texts, pooling: 'mean' });
    if (near.task !== 'similar') throw new Error('another task');
    expect(near.similarities[0][2]).toBeCloseTo(1, 6);
    texts.forEach((each, index) => {
      const own = tokenizer.encodeWithSpecialTokens(each).ids;
      const hidden = twin(own).hiddenStates[2];
      for (let c = 0; c < 8; c++) {
        const mean = own.reduce((sum, _, t) => sum + hidden[t * 8 + c], 0) / own.length;
        expect(near.vectors[index][c]).toBeCloseTo(mean, 5);
      }
    });
    const ask = (request: Parameters<typeof readTexts>[2]) => readTexts(reader, tokenizer, request);
    await expect(ask({ task: 'fill', text: 'the dog', topK: 1 })).rejects.toThrow('no gap');
    await expect(ask({ task: 'fill', text: 'the '.repeat(15), topK: 1 })).rejects.toMatchObject({
      message: 'The text is too long for this model.',
      why: expect.stringContaining('17 tokens'),
    });
    await expect(ask({ task: 'classify', texts: ['the'] })).rejects.toMatchObject({
      code: 'model.unsupported',
      why: 'It is a BertForMaskedLM: it can fill gaps and compare texts.',
    });
    await expect(ask({ task: 'similar', texts, pooling: 'pooled' })).rejects.toThrow('no pooler');
  });
});

test('a classifier gives probabilities of its classes, and pooled vectors', async () => {
  await withModel('BertForSequenceClassification', async ({ reader, twin }) => {
    const texts = ['the dogs bark', 'night'];
    const result = await readTexts(reader, tokenizer, { task: 'classify', texts });
    if (result.task !== 'classify') throw new Error('another task');
    result.texts.forEach(({ classes, tokens }, index) => {
      const { ids } = tokenizer.encodeWithSpecialTokens(texts[index]);
      const expected = softmax(twin(ids).logits);
      expect(tokens).toBe(ids.length);
      for (const { label, probability } of classes)
        expect(probability).toBeCloseTo(expected[base.labels.indexOf(label)], 6);
      expect(classes[0].probability).toBe(Math.max(...classes.map(({ probability }) => probability)));
    });
    const near = await readTexts(reader, tokenizer, { task: 'similar', texts, pooling: 'pooled' });
    if (near.task !== 'similar') throw new Error('another task');
    expect(near.vectors.flat().every((value) => Math.abs(value) < 1)).toBe(true);
    expect(near.similarities[0][0]).toBeCloseTo(1, 6);
  });
});

test('words get labels, and answers are found in any window of a long context', async () => {
  await withModel('BertForTokenClassification', async ({ reader, twin }) => {
    const text = 'the dogs bark.';
    const result = await readTexts(reader, tokenizer, { task: 'tag', text });
    if (result.task !== 'tag') throw new Error('another task');
    const { logits } = twin(tokenizer.encodeWithSpecialTokens(text).ids);
    expect(result.words.map(({ word }) => word)).toEqual(['the', 'dogs', 'bark', '.']);
    [1, 2, 4, 5].forEach((token, word) => {
      const expected = softmax(logits.subarray(token * 3, token * 3 + 3));
      expect(result.words[word].probability).toBeCloseTo(Math.max(...expected), 6);
      expect(result.words[word].label).toBe(base.labels[expected.indexOf(Math.max(...expected))]);
    });
  });
  await withModel('BertForQuestionAnswering', async ({ reader, twin }) => {
    const [question, context] = ['the dogs', 'Night. the dogs bark at the night. dogs at night bark the dogs bark'];
    const request = { task: 'answer', question, context, topK: 4, maxAnswerTokens: 5, allowNone: false } as const;
    const result = await readTexts(reader, tokenizer, request);
    if (result.task !== 'answer') throw new Error('another task');
    expect(result.windows).toBeGreaterThan(1);
    expect(result.answers).toHaveLength(4);
    for (const [index, { text, start, end, score }] of result.answers.entries()) {
      expect(text).toBe(context.slice(start, end));
      expect(score).toBeLessThanOrEqual(result.answers[Math.max(0, index - 1)].score);
    }
    // In one window, against the twin over all spans.
    const short = 'night. the dogs';
    const one = await readTexts(reader, tokenizer, { ...request, context: short, topK: 1 });
    if (one.task !== 'answer') throw new Error('another task');
    const { ids, typeIds } = tokenizer.encodeWithSpecialTokens(question, short);
    const { logits } = twin(ids, typeIds);
    const [from, to] = [5, ids.length - 2];
    const open = (place: number): boolean => place === 0 || (place >= from && place <= to);
    const places = (end: 0 | 1): number[] =>
      softmax(Array.from(ids, (_, t) => (open(t) ? logits[end * ids.length + t] : -10_000)));
    const [starts, ends] = [places(0), places(1)];
    let best = 0;
    for (let s = from; s <= to; s++)
      for (let e = s; e <= Math.min(to, s + 4); e++) best = Math.max(best, starts[s] * ends[e]);
    expect(one.answers[0].score).toBeCloseTo(best, 6);
    const none = await readTexts(reader, tokenizer, { ...request, context: short, topK: 100, allowNone: true });
    if (none.task !== 'answer') throw new Error('another task');
    expect(none.answers.find(({ text }) => text === '')?.score).toBeCloseTo(starts[0] * ends[0], 6);
  });
});
