// Judges generation against a greedy continuation that is known: the whole context anew for each token, the KV cache, and the cache with texts
// of different lengths side by side; over a pipeline of workers where the mesh has one.

import type { ModelConfig } from '../core/modelConfig';
import type { CheckRow } from '../core/records';
import { noCuts } from '../gpu/plans/sampleToken';
import type { InferEngine } from '../infer/inferEngine';
import type { ParameterStore } from '../infer/parameterStore';
import { Recompute } from '../infer/recompute';
import { deviceText, type TextModel } from '../infer/textModel';

/** A model to ask, its parameters in float32. */
export interface AskedModel {
  readonly engine: InferEngine;
  readonly model: ModelConfig;
  readonly parameters: ParameterStore;
  /** What continues texts with the cache where that is not this device: a pipeline of workers. Its owner's. */
  readonly pipeline?: TextModel | null;
}

interface Continuation {
  readonly prompt: readonly number[];
  readonly tokens: readonly number[];
}

export const greedySampling = { ...noCuts, temperature: 0, seed: 0 };

/** Prompts of the batched check: text i has the first i of the known tokens in its prompt. */
const LONGER = [0, 1, 4];

/** One row a way; `maxError` is the number of tokens that differ. */
export async function checkGreedy(asked: AskedModel, { prompt, tokens }: Continuation): Promise<CheckRow[]> {
  const { engine, model, parameters, pipeline } = asked;
  const row = (check: string, actual: readonly number[], wanted: readonly number[], over = ''): CheckRow => {
    const apart = wanted.filter((token, index) => token !== actual[index]).length;
    return { check, maxError: apart, tolerance: 0, ok: apart === 0, details: `${actual.join(' ')}${over}` };
  };
  const text = pipeline ?? deviceText(engine, model, parameters);
  const where = pipeline ? ', over the pipeline' : '';
  const recompute = await Recompute.build(engine, model, parameters);
  const cached = (given: readonly number[]): Promise<number[][]> =>
    text.generate({
      prompts: given.map((count) => Uint32Array.from([...prompt, ...tokens.slice(0, count)])),
      maxTokens: tokens.length,
      sampling: greedySampling,
      goOn: () => true,
      onToken: () => true,
      onDropped: () => undefined,
    });
  try {
    const slow = await recompute.greedy(Uint32Array.from(prompt), tokens.length);
    const [single] = await cached([0]);
    const batched = await cached(LONGER);
    // Each text is judged by the tokens that are known.
    const [actual, wanted] = [
      LONGER.flatMap((count, text) => batched[text].slice(0, tokens.length - count)),
      LONGER.flatMap((count) => tokens.slice(count)),
    ];
    return [
      row('greedy.recompute', slow, tokens),
      row('greedy.tokens', single, tokens, where),
      row('greedy.batched', actual, wanted, where),
    ];
  } finally {
    if (text !== pipeline) text.destroy();
    recompute.destroy();
  }
}
