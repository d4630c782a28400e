// Continues a prompt by beam search: the likeliest text that some beams find, told whole when it is found. Which beams go on is src/infer's.

import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { GenerateRequest, GenerateResult, SettingChange } from '../core/records';
import { createStreamDecoder } from '../data/streamDecoder';
import type { Tokenizer } from '../data/tokenizer';
import { noCuts } from '../gpu/plans/sampleToken';
import type { BeamDecoder } from '../infer/beamSearch';
import type { BeamOptions } from '../infer/beams';
import { trimmedContext } from '../infer/contextWindow';
import { limitedCount } from '../infer/samplingLimits';
import type { ModelManners, TextListener } from './continueText';
import { stopAt } from './stopStrings';

const MOST_BEAMS = 32;

/** What changes nothing about the likeliest text. */
const UNUSED = { temperature: 0, ...noCuts } as const;

/** The number of beams that is searched with. */
export function beamsOf({ beams = 1 }: GenerateRequest, changes: SettingChange[]): number {
  return limitedCount('beams', beams, MOST_BEAMS, `beams are whole numbers from 1 to ${MOST_BEAMS}`, changes);
}

/** What is asked of a model's reader. */
interface BeamReader {
  readonly model: ModelConfig;
  readonly beams: (options: BeamOptions) => Promise<Pick<BeamDecoder, 'search'>>;
}

/** @param encoded the prompt */
export async function searchText(
  reader: BeamReader,
  tokenizer: Tokenizer,
  request: GenerateRequest & { readonly maxTokens: number },
  { encoded, beams }: { readonly encoded: Uint32Array; readonly beams: number },
  { endTokens }: ModelManners,
  { goOn, onText }: TextListener,
): Promise<Omit<GenerateResult, 'milliseconds' | 'fromFolder' | 'notFollowed'>> {
  const { positions } = modelSizes(reader.model);
  const changes: SettingChange[] = [];
  const change = (field: string, asked: number, used: number, why: string): number => {
    if (asked !== used) changes.push({ field, asked: String(asked), used, why });
    return used;
  };
  for (const field of ['temperature', 'topK', 'topP', 'minP', 'repetitionPenalty'] as const)
    change(field, request[field] ?? UNUSED[field], UNUSED[field], 'beams go by the probabilities as they are');
  for (const { token, bias } of request.logitBias ?? [])
    changes.push({
      field: 'logitBias',
      asked: `${token}=${bias}`,
      used: 0,
      why: 'beams go by the probabilities as they are',
    });
  const prompt = encoded.length > 0 ? encoded : Uint32Array.of(0);
  // Beams end with the context: a text that goes on from its newest half would be scored by other contexts.
  const context = trimmedContext(prompt, positions);
  const room = positions - context.length + 1;
  const maxTokens = change(
    'maxTokens',
    request.maxTokens,
    Math.min(request.maxTokens, room),
    'beams end with the context',
  );
  const { lengthPenalty = 1, earlyStopping = false } = request;
  const options = { beams, lengthPenalty, earlyStopping, maxTokens, endTokens };
  const decoder = await reader.beams(options);
  const began = performance.now();
  let turns = 0;
  let first = began;
  let stopped = false;
  const { tokens, score } = await decoder.search(context, options, () => {
    if (turns++ === 1) first = performance.now();
    stopped = !goOn();
    return !stopped;
  });
  const ended = endTokens.includes(tokens[tokens.length - 1]);
  const stream = createStreamDecoder(tokenizer);
  const spoken = ended ? tokens.slice(0, -1) : tokens;
  const whole = spoken.map((token) => stream.push(token)).join('') + stream.flush();
  const end = stopAt(whole, request.stop ?? []);
  const text = end < 0 ? whole : whole.slice(0, end);
  const droppedTokens = prompt.length - context.length;
  if (text !== '')
    onText?.(text, { tokens: tokens.length, contextTokens: context.length + tokens.length, droppedTokens });
  return {
    text,
    promptTokens: encoded.length,
    tokens,
    finish: stopped ? 'cancelled' : end >= 0 || ended ? 'stop' : 'length',
    prefillMs: first - began,
    decodeMs: performance.now() - first,
    droppedTokens,
    changes,
    beamScore: score,
  };
}
