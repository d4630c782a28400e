// Customer service: one BERT learns which question of the lab's help a message asks, and its vectors find the nearest known one; another
// learns to mark the answer in the passage. Held to the nearest known message by shared words, and to the sentence that shares most of them.

import { defaultRunConfig, type RunConfig } from '../core/runConfig';
import type { SceneSize } from '../core/sceneRecords';
import { scoreAnswer } from '../data/answerScore';
import { prepareSequences } from '../data/prepareSequences';
import { answerTo } from './answers';
import { bertModel } from './bertModel';
import { type HelpQuestion, helpQuestions } from './helpQuestions';
import type { Scene } from './scene';
import { TfIdfIndex, wordsOf } from './tfIdf';
import { learnWordPieces } from './wordPieces';

interface Setting {
  readonly retrieval: RunConfig;
  readonly spans: RunConfig;
  /** Messages of a wording, with other small talk. */
  readonly each: number;
}

const train: RunConfig['train'] = {
  ...defaultRunConfig.train,
  optimizer: 'muon',
  learningRate: 1e-2,
  minLearningRate: 1e-3,
  warmupSteps: 20,
  evalEvery: 0,
  evalBatches: 4,
  sampleEvery: 0,
};
const [QUESTION, QUESTION_AND_PASSAGE] = [56, 104];
const smallShape = { width: 48, layers: 2, heads: 4 };
const fullShape = { width: 128, layers: 4, heads: 4, dropout: 0.1 };
const settings: Readonly<Record<SceneSize, Setting>> = {
  small: {
    each: 6,
    retrieval: {
      ...defaultRunConfig,
      model: bertModel('BertForSequenceClassification', { ...smallShape, positions: QUESTION }),
      train: { ...train, steps: 200, batchSize: 16, sequenceLength: QUESTION },
    },
    spans: {
      ...defaultRunConfig,
      model: bertModel('BertForQuestionAnswering', { ...smallShape, positions: QUESTION_AND_PASSAGE }),
      train: { ...train, steps: 160, batchSize: 8, sequenceLength: QUESTION_AND_PASSAGE },
    },
  },
  full: {
    each: 12,
    retrieval: {
      ...defaultRunConfig,
      model: bertModel('BertForSequenceClassification', { ...fullShape, positions: QUESTION }),
      train: { ...train, steps: 1_500, batchSize: 32, sequenceLength: QUESTION, learningRate: 5e-3 },
    },
    spans: {
      ...defaultRunConfig,
      model: bertModel('BertForQuestionAnswering', { ...fullShape, positions: QUESTION_AND_PASSAGE }),
      train: { ...train, steps: 1_500, batchSize: 32, sequenceLength: QUESTION_AND_PASSAGE, learningRate: 5e-3 },
    },
  },
};
/** Messages of a held-out wording. */
const HELD_OUT_EACH = 2;
const SEED = 1;
const EXAMPLES = 8;

export const customerService: Scene = {
  async prepare(size, _, onProgress) {
    const { retrieval, spans, each } = settings[size];
    const known = helpQuestions('training', each, SEED);
    const heldOut = helpQuestions('heldOut', HELD_OUT_EACH, SEED);
    const all = [...known, ...heldOut];
    const tokenizer = await learnWordPieces([...known.map(({ text }) => text), ...new Set(known.map(passageOf))], 700);
    onProgress(0.5);
    const shared = { tokenizer, validationFraction: heldOut.length / all.length };
    const retrievalData = prepareSequences({
      ...shared,
      title: 'questions',
      records: all.map(({ text, fact }) => ({ text, label: fact })),
      task: 'sequence-classification',
      sequenceLength: QUESTION,
    });
    const spanData = prepareSequences({
      ...shared,
      title: 'questions and passages',
      records: all.map(({ text, passage, answer }) => ({
        question: text,
        context: passage,
        answer,
        answerStart: passage.indexOf(answer),
      })),
      task: 'question-answering',
      sequenceLength: QUESTION_AND_PASSAGE,
    });
    onProgress(0.9);
    const index = new TfIdfIndex(known.map(({ text }) => text));
    const nearest = heldOut.map(({ text }) => known[index.nearest(text).index]);
    const sentences = heldOut.map(bestSentence);
    onProgress(1);
    return {
      data: {
        source: "questions of the lab's own making about its help",
        unit: 'questions',
        training: known.length,
        heldOut: heldOut.length,
      },
      stages: [
        {
          config: retrieval,
          data: retrievalData,
          questions: [
            { ask: 'read', requests: [{ task: 'similar', texts: all.map(({ text }) => text), pooling: 'pooled' }] },
          ],
        },
        {
          config: spans,
          data: spanData,
          questions: [
            {
              ask: 'read',
              requests: heldOut.map(({ text, passage }) => ({
                task: 'answer',
                question: text,
                context: passage,
                topK: 1,
                maxAnswerTokens: 24,
                allowNone: false,
              })),
            },
          ],
        },
      ],
      judge([retrieved, marked]) {
        const [similar] = answerTo(retrieved, 0, 'read').results;
        const rows = similar?.task === 'similar' ? similar.similarities : [];
        const found = heldOut.map((_, i) => known[nearestKnown(rows[known.length + i] ?? [], known.length)]);
        const answers = answerTo(marked, 0, 'read').results.map((result) =>
          result.task === 'answer' ? (result.answers[0]?.text ?? '') : '',
        );
        const right = (given: readonly HelpQuestion[]) =>
          mean(heldOut.map(({ fact }, i) => (given[i]?.fact === fact ? 1 : 0)));
        const f1 = (given: readonly string[]) => mean(heldOut.map(({ answer }, i) => scoreAnswer(given[i], answer).f1));
        const every = Math.max(1, Math.floor(heldOut.length / EXAMPLES));
        return {
          scores: [
            {
              metric: 'retrieval',
              better: 'higher',
              model: right(found),
              baselines: [{ baseline: 'nearest', value: right(nearest), named: true }],
            },
            {
              metric: 'span-f1',
              better: 'higher',
              model: f1(answers),
              baselines: [
                { baseline: 'sentence', value: f1(sentences), named: true },
                { baseline: 'nearest', value: f1(nearest.map(({ answer }) => answer)), named: false },
              ],
            },
          ],
          examples: heldOut.flatMap(({ text, answer }, i) => {
            if (i % every !== 0) return [];
            const baseline = { baseline: 'sentence' as const, text: sentences[i] };
            return [{ given: text, expected: answer, model: answers[i] ?? '', baseline }];
          }),
        };
      },
    };
  },
};

function passageOf({ passage }: HelpQuestion): string {
  return passage;
}

/** The sentence of the passage that has most of the question's words; the first among equals. */
function bestSentence({ text, passage }: HelpQuestion): string {
  const asked = new Set(wordsOf(text));
  const sentences = passage.split(/(?<=[.;])\s+/);
  const shared = sentences.map((sentence) => new Set(wordsOf(sentence).filter((word) => asked.has(word))).size);
  return sentences[shared.indexOf(Math.max(...shared))];
}

/** Of the first `count` similarities, where the largest is. */
function nearestKnown(similarities: readonly number[], count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (similarities[i] > similarities[best]) best = i;
  return best;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
