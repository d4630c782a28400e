// Plans the draw of a token from each row of logits, and lays out what it is told.

import { foldWorkgroups, type PlanFamily, type PlannedDispatch } from './plannedDispatch';
import { powerOfTwoAtMost } from './rowTeams';

export interface SampleProblem {
  readonly rows: number;
  readonly vocabulary: number;
  /** Writes what it draws from, too. */
  readonly keep?: boolean;
}

/** How tokens are drawn; shaders/include/token_choice.wgsl says in which order the cuts are made. */
export interface Sampling {
  /** 0 is greedy: the cuts then change nothing. */
  readonly temperature: number;
  /** 0 for all. */
  readonly topK: number;
  /** Above 0; 1 for all. */
  readonly topP: number;
  /** Share of the best token's probability; 0 for all. */
  readonly minP: number;
  /** Above 0; 1 leaves logits alone. */
  readonly repetitionPenalty: number;
  readonly seed: number;
  /** Added to the logits of single tokens before anything else; at most MOST_BIASES. */
  readonly logitBias?: readonly TokenBias[];
}

export interface TokenBias {
  readonly token: number;
  readonly bias: number;
}

/** Every token may be drawn, by its probability. */
export const noCuts = { topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 } as const;

/** What a row gets whose logits are not numbers. */
export const NO_TOKEN = 0xffffffff;

export const MOST_BIASES = 64;

export const SAMPLING_WORDS = 8 + 2 * MOST_BIASES;

/** The kernel's Sampling block. */
export function samplingBlock(sampling: Sampling): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(SAMPLING_WORDS);
  const { temperature, topP, minP, repetitionPenalty, topK } = sampling;
  new Float32Array(words.buffer).set([temperature, topP, minP, repetitionPenalty]);
  const logitBias = sampling.logitBias ?? [];
  if (logitBias.length > MOST_BIASES)
    throw new RangeError(`at most ${MOST_BIASES} tokens have a bias, got ${logitBias.length}`);
  words.set([topK, logitBias.length], 4);
  const numbers = new Float32Array(words.buffer);
  logitBias.forEach(({ token, bias }, index) => {
    words[8 + 2 * index] = token;
    numbers[9 + 2 * index] = bias;
  });
  return words;
}

/** Words of the seen tokens' bits of one text. */
export function seenWords(vocabulary: number): number {
  return Math.ceil(vocabulary / 32);
}

/** From here on a token is not exact in f32. */
const MOST_TOKENS = 2 ** 24;
const MOST_LANES = 256;
const BLOCKED_LANES = 4;

/**
 * Threads that take a row of logits together.
 * @throws RangeError for a vocabulary of 2^24 tokens or more
 */
export function lanesOfVocabulary(vocabulary: number, family: PlanFamily): number {
  if (vocabulary >= MOST_TOKENS) throw new RangeError(`a vocabulary of ${vocabulary} is too large to draw from`);
  return family === 'blocked' ? BLOCKED_LANES : Math.min(MOST_LANES, powerOfTwoAtMost(vocabulary));
}

/**
 * Tensors: logits [rows, vocabulary], sampling (u32 [SAMPLING_WORDS]), seen (u32 [rows * seenWords], read and written), tokens (u32 [rows], written);
 * with `keep` probabilities [rows, vocabulary], written above temperature 0.
 * @throws RangeError for a vocabulary of 2^24 tokens or more
 */
export function planSampleToken(
  { rows, vocabulary, keep = false }: SampleProblem,
  family: PlanFamily,
): PlannedDispatch[] {
  const lanes = lanesOfVocabulary(vocabulary, family);
  return [
    {
      kernel: 'sample_token',
      flags: { LANES: lanes, KEEP: keep },
      overrides: { WORKGROUP: lanes },
      params: { rows, vocabulary },
      workgroups: foldWorkgroups(rows),
      flops: 4 * rows * vocabulary,
      bytes: (keep ? 12 : 8) * rows * vocabulary,
    },
  ];
}
