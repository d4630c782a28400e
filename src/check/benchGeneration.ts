// Times generations for the benchmark: greedy tokens of a model with random weights, between a token and the next. What is compared is not its business.

import { benchTraining } from '../core/benchBatch';
import { noLora } from '../core/loraConfig';
import type { ModelConfig } from '../core/modelConfig';
import type { TextModel } from '../infer/textModel';
import { initialWeightsInTurns } from '../model/initialize';
import { greedySampling } from './greedy';

/** Generations a row, after one that is not counted; each gives one sample. */
const ROUNDS = 5;

/** First weights as a run would start with: the same in every engine that is compared. */
export async function randomWeights(model: ModelConfig): Promise<Map<string, Float32Array>> {
  const weights = new Map<string, Float32Array>();
  for await (const [name, values] of initialWeightsInTurns(model, benchTraining.seed, noLora, () => true))
    weights.set(name, values);
  return weights;
}

export interface Timed {
  readonly tokens: readonly number[];
  readonly firstTokenMs: number;
  /** Between two tokens, over all after the first. */
  readonly tokenMs: number;
}

/** @param run tells `onToken` of each token of the first text */
export async function timed(run: (onToken: () => void) => Promise<readonly number[]>): Promise<Timed> {
  const start = performance.now();
  let first = 0;
  let last = 0;
  let count = 0;
  const tokens = await run(() => {
    last = performance.now();
    if (count++ === 0) first = last;
  });
  return { tokens, firstTokenMs: first - start, tokenMs: (last - first) / Math.max(1, count - 1) };
}

/** Several generations of `count` tokens after `prompt`, `texts` of it side by side; the first text's times. */
export async function generationRounds(
  asked: TextModel,
  prompt: Uint32Array,
  texts: number,
  count: number,
): Promise<Timed[]> {
  const once = (): Promise<Timed> =>
    timed(async (onToken) => {
      const [first] = await asked.generate({
        prompts: Array.from({ length: texts }, () => prompt),
        maxTokens: count,
        sampling: greedySampling,
        goOn: () => true,
        onToken: (_token, index) => {
          if (index === 0) onToken();
          return true;
        },
        onDropped: () => undefined,
      });
      return first;
    });
  await asked.decoder(texts);
  await once();
  const all: Timed[] = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await once());
  return all;
}
