// Asks a model that reads whole texts: encodes them with its tokenizer's own marks, and says what the outputs mean in words and characters.
// What a head cannot do is refused with what it can. Answers to questions are in answerQuestion.ts; the numbers are src/infer's.

import type {
  ClassifyRequest,
  ClassifyResult,
  FillRequest,
  FillResult,
  ReadingRequest,
  ReadingResult,
  ReadingTask,
  SimilarRequest,
  SimilarResult,
  TagRequest,
  TagResult,
} from '../core/answerRecords';
import { LabError } from '../core/errors';
import { type ModelConfig, modelLabels, modelSizes } from '../core/modelConfig';
import type { ModelTask } from '../core/models/modelSizes';
import { readingLine, sampleRequest } from '../core/sampleReadings';
import type { JsonTokenizer } from '../data/jsonTokenizer';
import { frameText, maskToken, requireMarks, textFrame } from '../data/textFrame';
import type { Tokenizer } from '../data/tokenizer';
import { WordEncoder } from '../data/wordSpans';
import { cosineSimilarity, likeliest, meanVector, type Ranked, rowOf } from '../infer/encoderAnswers';
import type { EncodedSequence } from '../infer/encoderInputs';
import type { EncodedBatch, EncoderModel } from '../infer/encoderModel';
import { answerQuestion } from './answerQuestion';
import type { ModelReader } from './modelReader';

/** What each head is for; every one of them also gives vectors to compare texts by. */
const taskOfHead: Readonly<Record<ModelTask, ReadingTask | null>> = {
  'causal-lm': null,
  'masked-lm': 'fill',
  'sequence-classification': 'classify',
  'token-classification': 'tag',
  'question-answering': 'answer',
};
const inWords: Readonly<Record<ReadingTask, string>> = {
  fill: 'fill gaps',
  classify: 'classify texts',
  tag: 'label words',
  answer: 'answer questions',
  similar: 'compare texts',
};

/** A model that may be asked, with its tokenizer. */
export interface AskedReader {
  readonly encoder: EncoderModel;
  readonly tokenizer: JsonTokenizer;
}

/**
 * @throws LabError `model.unsupported` for a task that the head is not for, `tokenizer.invalid`, `data.invalid` for texts that are too long or
 *   have no gap
 */
export async function readTexts(
  reader: Pick<ModelReader, 'model' | 'encoder'>,
  tokenizer: Tokenizer,
  request: ReadingRequest,
): Promise<ReadingResult> {
  requireHead(reader.model, request.task);
  const asked = { encoder: await reader.encoder(), tokenizer: requireMarks(tokenizer) };
  switch (request.task) {
    case 'fill':
      return { task: 'fill', ...(await fill(asked, request)) };
    case 'classify':
      return { task: 'classify', ...(await classify(asked, request)) };
    case 'tag':
      return { task: 'tag', ...(await tag(asked, request)) };
    case 'answer':
      return { task: 'answer', ...(await answerQuestion(asked, request)) };
    case 'similar':
      return { task: 'similar', ...(await similar(asked, request)) };
  }
}

function requireHead(model: ModelConfig, task: ReadingTask): void {
  const own = taskOfHead[modelSizes(model).task];
  if (own === null || task === own || task === 'similar') return;
  const head = 'architecture' in model ? model.architecture : model.model_type;
  throw new LabError({
    code: 'model.unsupported',
    message: `This model does not ${inWords[task]}.`,
    why: `It is a ${head}: it can ${inWords[own]} and ${inWords.similar}.`,
    advice: `Load a model that was trained to ${inWords[task]}.`,
  });
}

/** @throws LabError `data.invalid` */
function requireRoom(model: ModelConfig, tokens: number): void {
  const { positions } = modelSizes(model);
  if (tokens <= positions) return;
  throw new LabError({
    code: 'data.invalid',
    message: 'The text is too long for this model.',
    why: `It has ${tokens} tokens, those around it among them; the model reads at most ${positions}.`,
    advice: 'Shorten it, or give it in parts.',
  });
}

function encodeWhole(
  { tokenizer, encoder }: AskedReader,
  text: string,
): EncodedSequence & { readonly ids: Uint32Array } {
  const sequence = tokenizer.encodeWithSpecialTokens(text);
  requireRoom(encoder.model, sequence.ids.length);
  return sequence;
}

async function fill(asked: AskedReader, { text: given, topK, openEnd }: FillRequest): Promise<FillResult> {
  const { encoder, tokenizer } = asked;
  const mask = maskToken(tokenizer);
  if (mask === null)
    throw new LabError({
      code: 'tokenizer.invalid',
      message: 'The tokenizer has no token for a gap.',
      why: 'Neither [MASK] nor <mask> is in its vocabulary.',
      advice: 'Load the tokenizer that the model was trained with.',
    });
  const text = openEnd && !given.includes(mask.token) ? `${given.trimEnd()} ${mask.token}` : given;
  const sequence = encodeWhole(asked, text);
  const places = [...sequence.ids].flatMap((id, position) => (id === mask.id ? [position] : []));
  if (places.length === 0)
    throw new LabError({
      code: 'data.invalid',
      message: 'The text has no gap to fill.',
      advice: `Write ${mask.token} where a word is missing.`,
    });
  const { logits } = await encoder.read([sequence], { logitRows: places, hidden: false });
  const { vocabulary } = modelSizes(encoder.model);
  return {
    tokens: sequence.ids.length,
    gaps: places.map((position, gap) => ({
      position,
      candidates: likeliest(rowOf(logits, gap, vocabulary), topK).map(({ index, probability }) => ({
        id: index,
        token: tokenizer.spelling(index) ?? '',
        probability,
        text: filled(tokenizer, text, mask.token, gap, index),
      })),
    })),
  };
}

/** The text with a token in its gap: what goes on with a word is joined to it. */
function filled(tokenizer: JsonTokenizer, text: string, mask: string, gap: number, id: number): string {
  const parts = text.split(mask);
  const [before, after] = [parts.slice(0, gap + 1).join(mask), parts.slice(gap + 1).join(mask)];
  const token = tokenizer.spelling(id) ?? '';
  return token.startsWith('##')
    ? before.trimEnd() + token.slice(2) + after
    : before + tokenizer.decode([id]).trim() + after;
}

/** What a model shows of itself while it trains: its gaps filled, its class, its labels, its answer. Null where it needs more than the text. */
export async function sampleReading(
  reader: Pick<ModelReader, 'model' | 'encoder'>,
  tokenizer: Tokenizer,
  text: string,
): Promise<string | null> {
  const request = sampleRequest(modelSizes(reader.model).task, text);
  return request && readingLine(await readTexts(reader, tokenizer, request));
}

/** Sequences in passes of as many as are read at once, each with what it gave. */
async function inPasses(
  encoder: EncoderModel,
  sequences: readonly (EncodedSequence & { readonly ids: Uint32Array })[],
  hidden: boolean,
  take: (batch: EncodedBatch, inBatch: number, sequence: number) => void,
): Promise<void> {
  for (let first = 0; first < sequences.length; ) {
    const longest = sequences
      .slice(first, first + encoder.batchOf(1))
      .reduce((most, { ids }) => Math.max(most, ids.length), 1);
    const pass = sequences.slice(first, first + encoder.batchOf(longest));
    const batch = await encoder.read(pass, { hidden });
    for (const index of pass.keys()) take(batch, index, first + index);
    first += pass.length;
  }
}

async function classify(asked: AskedReader, { texts }: ClassifyRequest): Promise<ClassifyResult> {
  const { encoder } = asked;
  const labels = modelLabels(encoder.model);
  const sequences = texts.map((text) => encodeWhole(asked, text));
  const results: ClassifyResult['texts'][number][] = [];
  await inPasses(encoder, sequences, false, ({ logits }, inBatch, index) => {
    const classes = classesOf(rowOf(logits, inBatch, labels.length), labels);
    results.push({ tokens: sequences[index].ids.length, classes });
  });
  return { texts: results };
}

function classesOf(logits: Float32Array, labels: readonly string[]): ClassifyResult['texts'][number]['classes'] {
  const sigmoid: Ranked[] = [{ index: 0, probability: 1 / (1 + Math.exp(-logits[0])) }];
  const ranked = labels.length === 1 ? sigmoid : likeliest(logits, labels.length);
  return ranked.map(({ index, probability }) => ({ label: labels[index], probability }));
}

async function tag({ encoder, tokenizer }: AskedReader, { text }: TagRequest): Promise<TagResult> {
  const labels = modelLabels(encoder.model);
  const { ids, wordOf, words } = new WordEncoder(tokenizer).encode(text);
  const sequence = frameText(textFrame(tokenizer), ids);
  requireRoom(encoder.model, sequence.ids.length);
  const { logits } = await encoder.read([sequence], { hidden: false });
  const tagged = words.flatMap(({ start, end }, word) => {
    const token = wordOf.indexOf(word);
    if (token < 0) return [];
    const [{ index, probability }] = likeliest(rowOf(logits, sequence.start + token, labels.length), 1);
    return [{ word: text.slice(start, end), start, end, label: labels[index], probability }];
  });
  return { words: tagged, tokens: sequence.ids.length };
}

async function similar(asked: AskedReader, { texts, pooling }: SimilarRequest): Promise<SimilarResult> {
  const { encoder } = asked;
  const { width } = modelSizes(encoder.model);
  const sequences = texts.map((text) => encodeWhole(asked, text));
  const vectors: number[][] = [];
  await inPasses(encoder, sequences, pooling === 'mean', ({ hidden, pooled, shape }, inBatch, index) => {
    if (pooling === 'mean') {
      const own = hidden.subarray(inBatch * shape.tokens * width, (inBatch + 1) * shape.tokens * width);
      vectors.push([...meanVector(own, sequences[index].ids.length, width)]);
    } else vectors.push([...rowOf(pooled ?? refuseNoPooler(), inBatch, width)]);
  });
  return { vectors, similarities: vectors.map((a) => vectors.map((b) => cosineSimilarity(a, b))) };
}

function refuseNoPooler(): never {
  throw new LabError({
    code: 'model.unsupported',
    message: 'This model has no pooler.',
    why: 'Only the head for classifying texts has one.',
    advice: 'Compare by the mean of the hidden states.',
  });
}
