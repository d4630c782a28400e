// Says of each token of a text how likely the model found it, and gives the logits at one place for whoever looks closer. Tokens are read by
// src/infer.

import type { ScoreRequest, TextScore } from '../core/textScores';
import { createStreamDecoder } from '../data/streamDecoder';
import type { Tokenizer } from '../data/tokenizer';
import type { ModelReader } from './modelReader';

/** Of one text: the page shows each of them. */
const MOST_TOKENS = 1024;

/** @throws LabError `gpu.*`, `data.invalid` */
export async function scoreText(
  reader: ModelReader,
  tokenizer: Tokenizer,
  { text, tokens }: ScoreRequest,
): Promise<TextScore> {
  const encoded = tokenizer.encode(text);
  const whole = Uint32Array.from([...encoded, ...tokens]);
  const ids = whole.slice(0, MOST_TOKENS);
  const decoder = createStreamDecoder(tokenizer);
  const pieces = Array.from(ids, (id, index) => decoder.push(id) + (index === ids.length - 1 ? decoder.flush() : ''));
  const logProbabilities = new Float32Array(ids.length).fill(Number.NaN);
  const entropies = new Float32Array(ids.length).fill(Number.NaN);
  const ranks = new Int32Array(ids.length).fill(-1);
  const logits = await reader.logits();
  logits.forget();
  for (let position = 1; position < ids.length; position++) {
    const row = await logits.before(ids, position);
    const { logProbability, rank, entropy } = rowScore(row, ids[position]);
    logProbabilities[position] = logProbability;
    ranks[position] = rank;
    entropies[position] = entropy;
  }
  return {
    ids,
    textTokens: Math.min(ids.length, encoded.length),
    pieces,
    logProbabilities,
    ranks,
    entropies,
    leftOut: whole.length - ids.length,
  };
}

function rowScore(row: Float32Array, token: number) {
  let largest = -Infinity;
  for (const value of row) if (value > largest) largest = value;
  let sum = 0;
  let weighed = 0;
  let rank = 0;
  const own = row[token];
  for (const value of row) {
    const weight = Math.exp(value - largest);
    sum += weight;
    weighed += weight * (value - largest);
    if (value > own) rank++;
  }
  const log = Math.log(sum);
  return { logProbability: own - largest - log, rank, entropy: log - weighed / sum };
}
