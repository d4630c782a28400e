// What the page shows of a model that it plays with: the bytes that it takes, and the text of each of its tokens. It reads no weights.

import { modelSizes } from '../core/modelConfig';
import type { GenerationDefaults, PlayFacts } from '../core/records';
import type { Tokenizer } from '../data/tokenizer';
import { cacheElements } from '../model/modelText';
import type { ModelReader } from './modelReader';

export function playFacts(
  { model, stored }: ModelReader,
  tokenizer: Tokenizer,
  defaults: GenerationDefaults | null,
): PlayFacts {
  const { task, layers } = modelSizes(model);
  return {
    parameterBytes: stored.bytes,
    precision: stored.precision,
    cacheBytes: task === 'causal-lm' ? 4 * layers * cacheElements(model) : 0,
    tokenTexts: Array.from({ length: tokenizer.vocabularySize }, (_, id) => tokenizer.decode([id])),
    defaults,
  };
}
