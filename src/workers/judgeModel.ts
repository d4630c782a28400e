// How well a model with a head for labels or answers does on held-out data: accuracy beside the commonest class, exact match and F1 of answers.
// It asks the model as a person would; the loss is the runner's.

import { modelSizes } from '../core/modelConfig';
import type { PreparedData } from '../core/records';
import type { Judgement } from '../core/sequenceRecords';
import { scoreAnswer } from '../data/answerScore';
import { heldOutSequences } from '../data/batchSource';
import { requireMarks } from '../data/textFrame';
import type { Tokenizer } from '../data/tokenizer';
import { rowOf } from '../infer/encoderAnswers';
import type { EncoderModel } from '../infer/encoderModel';
import { answerQuestion } from './answerQuestion';
import type { ModelReader } from './modelReader';

/** transformers' default of its question-answering pipeline. */
const ANSWER_TOKENS = 15;

/**
 * Null for language models: their loss says it.
 * @param most sequences or questions at most
 */
export async function judgeModel(
  reader: Pick<ModelReader, 'model' | 'encoder'>,
  tokenizer: Tokenizer,
  data: PreparedData,
  most: number,
): Promise<Judgement | null> {
  const { sequences } = data;
  if (sequences === undefined || sequences.task === 'masked-lm') return null;
  const encoder = await reader.encoder();
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
