// Continues a prompt as text: encodes it, hands out whole characters as they come, and ends at a stop string. Tokens are drawn by src/infer.

import type { GenerateRequest, GenerateResult } from '../core/records';
import { createStreamDecoder } from '../data/streamDecoder';
import type { Tokenizer } from '../data/tokenizer';
import { noCuts } from '../gpu/plans/sampleToken';
import type { ModelReader } from './modelReader';

/** Where the earliest of `stops` begins in `text`, or -1. */
function stopAt(text: string, stops: readonly string[]): number {
  const places = stops.map((stop) => (stop === '' ? -1 : text.indexOf(stop))).filter((place) => place >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

/** @param goOn asked before each token; false ends the text at once */
export async function continueText(
  reader: ModelReader,
  tokenizer: Tokenizer,
  request: GenerateRequest,
  onToken: (token: number) => void,
  goOn: () => boolean,
): Promise<Omit<GenerateResult, 'milliseconds'>> {
  const { prompt, maxTokens, temperature, seed, stop = [] } = request;
  const { topK = noCuts.topK, topP = noCuts.topP, minP = noCuts.minP } = request;
  const { repetitionPenalty = noCuts.repetitionPenalty } = request;
  const model = await reader.text();
  const encoded = tokenizer.encode(prompt);
  const decoder = createStreamDecoder(tokenizer);
  let text = '';
  let end = -1;
  let droppedTokens = 0;
  const [tokens] = await model.generate({
    // A prompt none of whose characters are known still gets a sample.
    prompts: [encoded.length > 0 ? encoded : Uint32Array.of(0)],
    maxTokens,
    sampling: { temperature, topK, topP, minP, repetitionPenalty, seed },
    goOn,
    onToken: (token) => {
      text += decoder.push(token);
      end = stopAt(text, stop);
      onToken(token);
      return end < 0;
    },
    onDropped: (count) => {
      droppedTokens += count;
    },
  });
  text += decoder.flush();
  if (end < 0) end = stopAt(text, stop);
  return {
    text: end < 0 ? text : text.slice(0, end),
    promptTokens: encoded.length,
    tokens,
    finish: end >= 0 ? 'stop' : tokens.length < maxTokens ? 'cancelled' : 'length',
    droppedTokens,
  };
}
