// Continues a prompt token by token on whatever gives logits. It knows no device and no tokenizer; the caller has both.

import { LabError } from '../core/errors';
import { sampleToken } from './sampling';

export interface GenerateOptions {
  readonly prompt: Uint32Array;
  readonly maxTokens: number;
  /** 0 is greedy. */
  readonly temperature: number;
  readonly seed: number;
  /** Most tokens the model sees; older ones slide out. */
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly nextLogits: (tokens: Uint32Array, out: Float32Array) => Promise<void>;
  /** False stops before the next token. */
  readonly goOn: () => boolean;
  readonly onToken: (token: number) => void;
}

/** @returns the new tokens. @throws LabError `run.nonFinite` where the logits are not numbers. */
export async function generateTokens(options: GenerateOptions): Promise<number[]> {
  if (options.prompt.length === 0) {
    throw new LabError({
      code: 'data.invalid',
      message: 'The prompt has no tokens.',
      advice: 'Write at least one character that the vocabulary has.',
    });
  }
  const tokens = [...options.prompt];
  const logits = new Float32Array(options.vocabularySize);
  const generated: number[] = [];
  while (generated.length < options.maxTokens && options.goOn()) {
    const context = Uint32Array.from(tokens.slice(-options.contextLength));
    await options.nextLogits(context, logits);
    if (!logits.every(Number.isFinite)) {
      throw new LabError({
        code: 'run.nonFinite',
        message: 'The model gave logits that are not numbers.',
        advice: 'Reset the run and lower the learning rate.',
      });
    }
    const token = sampleToken(logits, options.temperature, options.seed, generated.length);
    tokens.push(token);
    generated.push(token);
    options.onToken(token);
  }
  return generated;
}
