// How well a model that reads whole texts does on held-out data: accuracy beside the commonest class or token, exact match and F1 of answers. It
// asks the model as a person would; the loss is the runner's.

import { modelSizes } from '../core/modelConfig';
import type { PreparedData } from '../core/records';
import type { Judgement } from '../core/sequenceRecords';
import { scoreAnswer } from '../data/answerScore';
import { batchSource, heldOutSequences, type SequenceBatch } from '../data/batchSource';
import { requireMarks } from '../data/textFrame';
import type { Tokenizer } from '../data/tokenizer';
import { rowOf } from '../infer/encoderAnswers';
import type { EncoderModel } from '../infer/encoderModel';
import { answerQuestion } from './answerQuestion';
import type { ModelReader } from './modelReader';

/** transformers' default of its question-answering pipeline. */
const ANSWER_TOKENS = 15;

/** Numbers that are read back to see which tokens a model fills in: 16 MB of them. */
const MOST_LOGITS = 2 ** 22;

/** How much of the held-out data is read. */
export interface JudgedShare {
  readonly batches: number;
  readonly batchSize: number;
  readonly sequenceLength: number;
}

/** Null for models that continue texts: their loss says it. */
export async function judgeModel(
  reader: Pick<ModelReader, 'model' | 'encoder'>,
  tokenizer: Tokenizer,
  data: PreparedData,
  share: JudgedShare,
): Promise<Judgement | null> {
  const { sequences } = data;
  if (sequences === undefined) return null;
  const most = share.batches * share.batchSize;
  const encoder = await reader.encoder();
  if (sequences.task === 'masked-lm') return judgeGaps(encoder, batchSource(data).validation(share));
  if (sequences.task !== 'question-answering') return judgeLabels(encoder, data.validationTokens, sequences, most);
  const questions = sequences.questions.slice(0, most);
  const asked = { encoder, tokenizer: requireMarks(tokenizer) };
  let [exactMatch, f1] = [0, 0];
  for (const { question, context, answer } of questions) {
    const allowNone = sequences.questions.some((each) => each.answer === '');
    const options = { topK: 1, maxAnswerTokens: ANSWER_TOKENS, allowNone };
    const { answers } = await answerQuestion(asked, { question, context, ...options });
    const score = scoreAnswer(answers[0]?.text ?? '', answer);
    exactMatch += score.exactMatch / questions.length;
    f1 += score.f1 / questions.length;
  }
  return { exactMatch, f1, judged: questions.length };
}

/** Of the tokens that are hidden in held-out text, those that are filled in rightly; the commonest stands for counting words. */
async function judgeGaps(encoder: EncoderModel, batches: readonly SequenceBatch[]): Promise<Judgement> {
  const { vocabulary } = modelSizes(encoder.model);
  const room = Math.floor(MOST_LOGITS / vocabulary);
  const counts = new Uint32Array(vocabulary);
  let [right, judged] = [0, 0];
  for (const { inputs, targets, rows } of batches) {
    const length = inputs.length / rows;
    const perPass = encoder.batchOf(length);
    for (let first = 0; first < rows; first += perPass) {
      const from = first * length;
      const own = targets.subarray(from, Math.min(rows, first + perPass) * length);
      const hidden = [...own.keys()].filter((t) => own[t] >= 0).slice(0, Math.max(0, room - judged));
      if (hidden.length === 0) continue;
      const pass = Array.from({ length: own.length / length }, (_, row) => ({
        ids: inputs.subarray(from + row * length, from + (row + 1) * length),
      }));
      // Sequences are padded to the encoder's shape: their rows lie further apart than here.
      const padded = encoder.shapeOf(pass).tokens;
      const logitRows = hidden.map((t) => Math.floor(t / length) * padded + (t % length));
      const { logits } = await encoder.read(pass, { hidden: false, logitRows });
      for (const [index, t] of hidden.entries()) {
        const row = rowOf(logits, index, vocabulary);
        if (row.every((value) => value <= row[own[t]])) right++;
        counts[own[t]]++;
        judged++;
      }
    }
  }
  const commonest = counts.reduce((top, count) => Math.max(top, count), 0);
  return { accuracy: right / Math.max(1, judged), majority: commonest / Math.max(1, judged), judged };
}

type Labelled = Exclude<NonNullable<PreparedData['sequences']>, { readonly task: 'masked-lm' }>;

async function judgeLabels(
  encoder: EncoderModel,
  tokens: Uint32Array,
  { task, validation }: Labelled,
  most: number,
): Promise<Judgement> {
  const { outputs } = modelSizes(encoder.model);
  const { starts, typeIds, targets } = validation;
  const chosen = heldOutSequences(validation, most);
  const counts = new Float64Array(outputs);
  let [right, judged] = [0, 0];
  const take = (logits: Float32Array, target: number): void => {
    if (target < 0) return;
    judged++;
    counts[target]++;
    if (logits.every((value) => value <= logits[target])) right++;
  };
  for (let first = 0; first < chosen.length; ) {
    const lengths = chosen.slice(first, first + encoder.batchOf(1)).map((index) => starts[index + 1] - starts[index]);
    const pass = chosen.slice(first, first + encoder.batchOf(Math.max(...lengths)));
    const { logits, shape } = await encoder.read(
      pass.map((index) => ({
        ids: tokens.subarray(starts[index], starts[index + 1]),
        typeIds: typeIds.subarray(starts[index], starts[index + 1]),
      })),
      { hidden: false },
    );
    for (const [row, index] of pass.entries()) {
      if (task === 'sequence-classification') take(rowOf(logits, row, outputs), targets[index]);
      else
        for (let t = starts[index]; t < starts[index + 1]; t++)
          take(rowOf(logits, row * shape.tokens + t - starts[index], outputs), targets[t]);
    }
    first += pass.length;
  }
  return { accuracy: right / Math.max(1, judged), majority: Math.max(...counts) / Math.max(1, judged), judged };
}
