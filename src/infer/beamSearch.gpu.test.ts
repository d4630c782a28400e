// Beam search over the KV cache against the float64 one over whole contexts, on GPT-2 and a Llama with grouped heads: the same best text and score,
// for length penalties and ends of every kind.

import { expect, test } from 'vitest';
import type { ModelConfig } from '../core/modelConfig';
import { initialWeights } from '../model/initialize';
import { beamSearch } from '../reference/beamSearch';
import { gpt2Forward } from '../reference/gpt2';
import { llamaForward } from '../reference/llama';
import { fixedChoices } from '../testing/fixedChoices';
import { testDevice } from '../testing/testDevice';
import { tinyLlamas } from '../testing/tinyLlama';
import { rates, tinyModel } from '../testing/tinyRun';
import { BeamDecoder } from './beamSearch';
import { HeldParameters } from './heldParameters';

const lab = testDevice('adapter');

type Logits = (tokens: readonly number[]) => Float64Array;

/** Logits after the last token of a context. */
function twinOf(model: ModelConfig, parameters: ReadonlyMap<string, Float64Array>): Logits {
  return (tokens) => {
    const batch = { tokens: Int32Array.from(tokens), batch: 1, sequenceLength: tokens.length };
    if (model.model_type !== 'gpt2' && model.model_type !== 'llama') throw new RangeError('there is no twin');
    const { logits } =
      model.model_type === 'gpt2' ? gpt2Forward(model, parameters, batch) : llamaForward(model, parameters, batch);
    return logits.slice(-model.vocab_size);
  };
}

const ways = [
  { beams: 3, lengthPenalty: 1, earlyStopping: false, maxTokens: 5, endTokens: [4] },
  { beams: 3, lengthPenalty: -1, earlyStopping: true, maxTokens: 5, endTokens: [4, 7] },
  { beams: 3, lengthPenalty: 2, earlyStopping: 'never', maxTokens: 5, endTokens: [4, 7] },
  { beams: 3, lengthPenalty: 0, earlyStopping: false, maxTokens: 5, endTokens: [] },
] as const;

test.each([
  ['gpt2', tinyModel],
  ['llama', tinyLlamas[0][1]],
] as const)('%s: the text and the score of the float64 search', async (_, model) => {
  const engine = { ...lab, choices: fixedChoices(lab.gpu, 'blocked'), rates };
  const weights = initialWeights(model, 5);
  const wide = new Map([...weights].map(([name, values]) => [name, Float64Array.from(values)]));
  const held = await HeldParameters.allocate(lab.gpu, model);
  held.write(weights);
  const found = new Set<string>();
  try {
    for (const options of ways) {
      const decoder = await BeamDecoder.build(engine, model, held.store, options);
      for (const prompt of [[1, 4, 2], [9]]) {
        const wanted = beamSearch({ ...options, prompt, logits: twinOf(model, wide) });
        const best = await decoder.search(Uint32Array.from(prompt), options, () => true);
        expect(best.tokens, JSON.stringify(options)).toEqual(wanted.tokens);
        expect(Math.abs(best.score - wanted.score)).toBeLessThan(1e-4 * Math.abs(wanted.score));
        found.add(best.tokens.join());
      }
      decoder.destroy();
    }
  } finally {
    held.destroy();
  }
  expect(found.size).toBeGreaterThan(2);
});
