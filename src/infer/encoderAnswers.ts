// What the outputs of a model that reads whole sequences mean: tokens for a gap, probabilities of classes, answers that are spans of a text,
// vectors of sentences. As transformers' pipelines work them out. Pure; all in float64.

export interface Ranked {
  /** A token or a class. */
  readonly index: number;
  readonly probability: number;
}

/** exp(x) over their sum, of finite logits. */
export function probabilities(logits: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(logits);
  const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const exponentials = values.map((value) => Math.exp(value - largest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}

/** The `count` likeliest, best first; the lower index among equals. For a gap: of the logits [V] at its place. */
export function likeliest(logits: ArrayLike<number>, count: number): Ranked[] {
  const all = [...probabilities(logits)].map((probability, index) => ({ index, probability }));
  return all.sort((a, b) => b.probability - a.probability || a.index - b.index).slice(0, count);
}

/** Rows of a tensor [rows, columns]: the logits at a place, or the classes of a sequence. */
export function rowOf(values: Float32Array, row: number, columns: number): Float32Array {
  return values.subarray(row * columns, (row + 1) * columns);
}

export interface AnswerSpan {
  /** First and last token. */
  readonly start: number;
  readonly end: number;
  /** Probability of the start times that of the end. */
  readonly score: number;
}

export interface SpanOptions {
  /** Tokens that an answer may have. */
  readonly maxTokens: number;
  readonly count: number;
  /** Also weigh that there is no answer, which is the first token: its span then stands among the others. */
  readonly allowNone: boolean;
}

/** What a softmax over places gets where no answer can be, as transformers' pipeline has it. */
const NO_ANSWER = -10_000;

/**
 * The best spans of a text of T tokens, best first. Starts and ends are probabilities over the places where an answer may be, and over the
 * first token, which stands for no answer and is then left out.
 * @param inContext [T]: whether an answer may hold the token: not the question's, nor a special one
 */
export function answerSpans(
  startLogits: ArrayLike<number>,
  endLogits: ArrayLike<number>,
  inContext: ArrayLike<boolean>,
  { maxTokens, count, allowNone }: SpanOptions,
): AnswerSpan[] {
  const places = (logits: ArrayLike<number>): Float64Array =>
    probabilities(Array.from(logits, (value, t) => (t === 0 || inContext[t] ? value : NO_ANSWER)));
  const [starts, ends] = [places(startLogits), places(endLogits)];
  const spans: AnswerSpan[] = [];
  for (let start = 0; start < starts.length; start++) {
    if (start === 0 || !inContext[start]) continue;
    for (let end = start; end < Math.min(ends.length, start + maxTokens); end++)
      if (inContext[end]) spans.push({ start, end, score: starts[start] * ends[end] });
  }
  if (allowNone) spans.push({ start: 0, end: 0, score: starts[0] * ends[0] });
  return spans.sort((a, b) => b.score - a.score || a.start - b.start || a.end - b.end).slice(0, count);
}

/** The mean of the hidden states [length, C] of a sequence's own tokens, without its padding (Reimers and Gurevych 2019, section 3). */
export function meanVector(hidden: Float32Array, length: number, width: number): Float64Array {
  const mean = new Float64Array(width);
  for (let i = 0; i < length * width; i++) mean[i % width] += hidden[i] / length;
  return mean;
}

/** From -1 to 1; 0 where a vector is zero. */
export function cosineSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    squaresA += a[i] ** 2;
    squaresB += b[i] ** 2;
  }
  return squaresA > 0 && squaresB > 0 ? dot / Math.sqrt(squaresA * squaresB) : 0;
}
