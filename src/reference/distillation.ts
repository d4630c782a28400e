// The loss of distillation in float64 (Hinton, Vinyals, Dean 2015, section 2): a softened divergence from the teacher, and the labels' cross-entropy,
// summed over counted rows and divided once by a given count. The teacher is constant.

import { type CrossEntropyInput, crossEntropy, crossEntropyBackward, IGNORED_TARGET } from './crossEntropy';
import { softmax } from './softmax';

export interface DistillationInput extends CrossEntropyInput {
  /** [N, V] */
  readonly teacher: Float64Array;
  /** T */
  readonly temperature: number;
  /** The teacher's share, 0 to 1. */
  readonly alpha: number;
}

function softened(logits: Float64Array, { targets, vocabulary, temperature }: DistillationInput): Float64Array {
  return softmax(
    logits.map((value) => value / temperature),
    targets.length,
    vocabulary,
  );
}

/** losses[n] = alpha T^2 KL(teacher_T || student_T) + (1 - alpha) crossEntropy; 0 for ignored rows. */
export function distillation(input: DistillationInput): { readonly loss: number; readonly losses: Float64Array } {
  const { logits, teacher, targets, vocabulary, count, temperature, alpha } = input;
  const hard = crossEntropy(input).losses;
  const none = new Int32Array(targets.length).fill(IGNORED_TARGET);
  const logSum = (values: Float64Array) =>
    crossEntropy({ ...input, targets: none, logits: values.map((value) => value / temperature) }).logSumExp;
  const [ofTeacher, ofStudent] = [logSum(teacher), logSum(logits)];
  const wished = softened(teacher, input);
  const losses = hard.map((own, n) => {
    if (targets[n] === IGNORED_TARGET) return 0;
    let divergence = ofStudent[n] - ofTeacher[n];
    for (let v = n * vocabulary; v < (n + 1) * vocabulary; v++)
      divergence += (wished[v] * (teacher[v] - logits[v])) / temperature;
    return alpha * temperature ** 2 * divergence + (1 - alpha) * own;
  });
  return { loss: losses.reduce((sum, value) => sum + value, 0) / count, losses };
}

/** dLogits [N, V]; 0 in ignored rows. */
export function distillationBackward(input: DistillationInput): Float64Array {
  const { logits, teacher, targets, vocabulary, count, temperature, alpha } = input;
  const hard = crossEntropyBackward(input);
  const [student, wished] = [softened(logits, input), softened(teacher, input)];
  return hard.map((own, i) => {
    if (targets[Math.floor(i / vocabulary)] === IGNORED_TARGET) return 0;
    return (alpha * temperature * (student[i] - wished[i])) / count + (1 - alpha) * own;
  });
}
