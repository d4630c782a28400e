// Continues a prompt as text: encodes it, hands out whole characters as they come, and ends at a stop string or at the model's own end of a text.
// Tokens are drawn by src/infer.

import { LabError } from '../core/errors';
import { modelSizes } from '../core/modelConfig';
import type {
  GenerateRequest,
  GenerateResult,
  GenerationDefaults,
  PipelineTraffic,
  SettingChange,
  Speculation,
  TextProgress,
} from '../core/records';
import { createStreamDecoder } from '../data/streamDecoder';
import type { Tokenizer } from '../data/tokenizer';
import { limitedSampling } from '../infer/samplingLimits';
import type { TextModel } from '../infer/textModel';
import { type DraftModels, draftTokensOf } from './draftModels';
import type { ModelReader } from './modelReader';
import { withDefaults } from './requestDefaults';
import { beamsOf, searchText } from './searchText';
import { settledLength, stopAt } from './stopStrings';

export interface TextListener {
  /** Asked before each token; false ends the text at once. */
  readonly goOn: () => boolean;
  readonly onToken?: (token: number) => void;
  /** The next piece of the text: whole characters, none of which a stop string will take back. */
  readonly onText?: (piece: string, progress: TextProgress) => void;
}

/** How a model wants to be asked, as its folder says. */
export interface ModelManners {
  /** They end a text, as the model was trained; their own text is left out. */
  readonly endTokens: readonly number[];
  readonly defaults: GenerationDefaults | null;
  /** Who may propose tokens to it; nobody where it is left out. */
  readonly drafts?: Pick<DraftModels, 'of'>;
}

/** Of a model that a run trains. */
export const noManners: ModelManners = { endTokens: [], defaults: null };

const noDraftForBeams: SettingChange = {
  field: 'draft',
  asked: 'on',
  used: 0,
  why: 'beams are ranked side by side, and nothing is drawn that a draft could propose',
};

export async function continueText(
  reader: ModelReader,
  tokenizer: Tokenizer,
  asked: GenerateRequest,
  { endTokens, defaults, drafts }: ModelManners,
  listener: TextListener,
): Promise<Omit<GenerateResult, 'milliseconds'>> {
  const encoded = tokenizer.encode(asked.prompt);
  const { request, fromFolder } = withDefaults(asked, defaults, encoded.length);
  const beamChanges: SettingChange[] = [];
  const beams = beamsOf(request, beamChanges);
  const notFollowed = defaults?.notFollowed ?? [];
  if (beams > 1) {
    if (request.draft !== undefined) beamChanges.push(noDraftForBeams);
    const found = await searchText(reader, tokenizer, request, { encoded, beams }, { endTokens, defaults }, listener);
    return { ...found, changes: [...beamChanges, ...found.changes], fromFolder, notFollowed };
  }
  const { goOn, onToken, onText } = listener;
  const { maxTokens, stop = [] } = request;
  const { sampling, changes } = limitedSampling(request, modelSizes(reader.model).vocabulary);
  const model = await writer(reader, request, drafts, beamChanges);
  const decoder = createStreamDecoder(tokenizer);
  let text = '';
  let told = 0;
  let end = -1;
  let ended = false;
  let droppedTokens = 0;
  let count = 0;
  let pipeline: PipelineTraffic | null = null;
  let speculation: Speculation | null = null;
  const tell = (length: number): void => {
    const contextTokens = encoded.length + count - droppedTokens;
    if (length > told) onText?.(text.slice(told, length), { tokens: count, contextTokens, droppedTokens });
    told = Math.max(told, length);
  };
  // Compiling is not counted.
  await model.decoder(1);
  const began = performance.now();
  let first = began;
  let last = began;
  const [tokens] = await model.generate({
    // A prompt none of whose characters are known still gets a sample.
    prompts: [encoded.length > 0 ? encoded : Uint32Array.of(0)],
    maxTokens,
    sampling,
    goOn,
    onToken: (token) => {
      last = performance.now();
      if (count++ === 0) first = last;
      ended = endTokens.includes(token);
      if (!ended) text += decoder.push(token);
      end = stopAt(text, stop);
      onToken?.(token);
      tell(end >= 0 ? end : settledLength(text, stop));
      return end < 0 && !ended;
    },
    onDropped: (count) => {
      droppedTokens += count;
    },
    onTraffic: (traffic) => {
      pipeline = traffic;
    },
    onSpeculation: (proposed) => {
      speculation = proposed;
    },
  });
  if (end < 0) {
    text += decoder.flush();
    end = stopAt(text, stop);
  }
  const whole = end < 0 ? text : text.slice(0, end);
  tell(whole.length);
  return {
    text: whole,
    promptTokens: encoded.length,
    tokens,
    finish: end >= 0 || ended ? 'stop' : tokens.length < maxTokens ? 'cancelled' : 'length',
    prefillMs: first - began,
    decodeMs: last - first,
    droppedTokens,
    changes: [...beamChanges, ...changes],
    fromFolder,
    notFollowed,
    ...(pipeline === null ? {} : { pipeline }),
    ...(speculation === null ? {} : { speculation }),
  };
}

/** What continues the text: the model alone, or with a draft. @throws LabError `config.invalid` where there is none to draft */
async function writer(
  reader: ModelReader,
  { draft }: GenerateRequest,
  drafts: ModelManners['drafts'],
  changes: SettingChange[],
): Promise<TextModel> {
  if (draft === undefined) return reader.text();
  if (drafts === undefined)
    throw new LabError({
      code: 'config.invalid',
      message: 'A model that is trained does not decode with a draft.',
      advice: 'Take the run to the Play view, or leave the draft out.',
    });
  return reader.drafted(await drafts.of(draft.from), draftTokensOf(draft, changes));
}
