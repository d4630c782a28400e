// Continues texts token by token on a decoder: when to stop, and what happens where a text outgrows the context. It knows no device and no
// tokenizer; the caller has both.

import { LabError } from '../core/errors';
import { modelSizes } from '../core/modelConfig';
import type { PipelineTraffic, Speculation } from '../core/records';
import { NO_TOKEN, type Sampling } from '../gpu/plans/sampleToken';
import { trimmedContext } from './contextWindow';
import type { TokenDecoder } from './tokenDecoder';

export interface GenerateOptions {
  /** One for each text of the decoder. */
  readonly prompts: readonly Uint32Array[];
  /** Of each text. */
  readonly maxTokens: number;
  readonly sampling: Sampling;
  /** False ends all texts at once; asked before each token. */
  readonly goOn: () => boolean;
  /** False ends this text. */
  readonly onToken: (token: number, text: number) => boolean;
  /** A text outgrew the context: it goes on without this many of its oldest tokens. */
  readonly onDropped: (tokens: number, text: number) => void;
  /** Told at the end, where workers of a pipeline computed it. */
  readonly onTraffic?: (traffic: PipelineTraffic) => void;
  /** Told at the end, where a draft proposed. */
  readonly onSpeculation?: (speculation: Speculation) => void;
}

/**
 * @returns the new tokens of each text.
 * @throws LabError `data.invalid` for a prompt without tokens, `run.nonFinite` where logits are not numbers.
 */
export async function generateTokens(decoder: TokenDecoder, options: GenerateOptions): Promise<number[][]> {
  const { prompts, maxTokens, sampling, goOn, onToken, onDropped } = options;
  const contextLength = modelSizes(decoder.model).positions;
  if (prompts.some(({ length }) => length === 0)) {
    throw new LabError({
      code: 'data.invalid',
      message: 'The prompt has no tokens.',
      advice: 'Write at least one character that the vocabulary has.',
    });
  }
  const generated: number[][] = prompts.map(() => []);
  const running = new Set(prompts.keys());
  const dropped = prompts.map(() => 0);
  const fill = (): void =>
    decoder.fill(
      prompts.map((prompt, text) => {
        const whole = Uint32Array.from([...prompt, ...generated[text]]);
        const context = trimmedContext(whole.subarray(dropped[text]), contextLength);
        const missing = whole.length - context.length;
        if (missing > dropped[text] && running.has(text)) onDropped(missing - dropped[text], text);
        dropped[text] = missing;
        return context;
      }),
    );
  let submitted = 0;
  let taken = 0;
  if (maxTokens > 0 && goOn()) {
    decoder.start(sampling, prompts);
    fill();
  }
  try {
    while (taken < maxTokens && running.size > 0 && goOn()) {
      while (submitted < maxTokens && decoder.room && decoder.mayRunAhead)
        submitted += decoder.submit(submitted, maxTokens - submitted);
      if (!decoder.pending) {
        fill();
        continue;
      }
      const tokens = await decoder.take();
      taken++;
      for (const text of running) {
        const token = tokens[text];
        if (token === NO_TOKEN) throw notNumbers();
        generated[text].push(token);
        if (!onToken(token, text)) running.delete(text);
      }
    }
  } finally {
    await decoder.drain();
  }
  if (decoder.traffic !== null) options.onTraffic?.(decoder.traffic);
  if (decoder.speculation !== undefined) options.onSpeculation?.(decoder.speculation);
  return generated;
}

export function notNumbers(): LabError {
  return new LabError({
    code: 'run.nonFinite',
    message: 'The model gave logits that are not numbers.',
    advice: 'Reset the run and lower the learning rate.',
  });
}
