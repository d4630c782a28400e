// Checks of what generation adds to the model's kernels: embedding at a text's own place, the cache, attention over it, and the draw of a token.

import { planAppendKeyValue } from '../../gpu/plans/appendKeyValue';
import { planCachedAttention } from '../../gpu/plans/cachedAttention';
import { planEmbeddingForward } from '../../gpu/plans/embedding';
import type { PlanFamily } from '../../gpu/plans/plannedDispatch';
import { NO_TOKEN, planSampleToken, samplingBlock, seenWords } from '../../gpu/plans/sampleToken';
import { appendKeyValue, cachedAttention, cachedAttentionSpans } from '../../reference/cachedAttention';
import { embedding } from '../../reference/embedding';
import { sampleToken } from '../../reference/sampleToken';
import type { KernelCase, KernelFamily } from '../kernelCase';
import { normals, planFamilies, stepBytes, unwritten, wide } from './caseData';

interface Trial {
  /** Where each text goes on, less the step block's position. */
  readonly first: readonly number[];
  readonly position: number;
  readonly tokens: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly capacity: number;
  readonly window?: number;
  readonly values?: 'large';
}

/** Texts of 1, tile - 1, tile, tile + 1 and a prime number of keys, for tiles of 64. */
const TRIALS: readonly Trial[] = [
  { first: [0], position: 0, tokens: 1, heads: 1, kvHeads: 1, headDim: 5, capacity: 1 },
  { first: [0, 62, 63, 64], position: 0, tokens: 1, heads: 2, kvHeads: 2, headDim: 16, capacity: 66 },
  { first: [0, 97, 126], position: 3, tokens: 1, heads: 4, kvHeads: 2, headDim: 16, capacity: 131 },
  { first: [5, 0], position: 2, tokens: 7, heads: 3, kvHeads: 3, headDim: 5, capacity: 31 },
  // The last rows are padding beyond the capacity.
  { first: [60], position: 0, tokens: 11, heads: 2, kvHeads: 1, headDim: 64, capacity: 67 },
  { first: [0, 2, 62, 97], position: 3, tokens: 2, heads: 4, kvHeads: 2, headDim: 16, capacity: 131, window: 5 },
  { first: [0, 127], position: 0, tokens: 3, heads: 3, kvHeads: 1, headDim: 5, capacity: 131, window: 65 },
  { first: [40], position: 0, tokens: 2, heads: 2, kvHeads: 2, headDim: 16, capacity: 64, values: 'large' },
  { first: [3], position: 0, tokens: 2, heads: 1, kvHeads: 1, headDim: 260, capacity: 9 },
];

/** Contexts whose keys are split, in one family or both: texts with fewer keys than spans, with none in the last ones, with all. */
const LONG_TRIALS: readonly Trial[] = [
  { first: [0, 129, 512], position: 1, tokens: 1, heads: 4, kvHeads: 2, headDim: 16, capacity: 515 },
  { first: [40, 519], position: 0, tokens: 3, heads: 1, kvHeads: 1, headDim: 5, capacity: 521 },
  { first: [400, 3], position: 700, tokens: 1, heads: 2, kvHeads: 1, headDim: 64, capacity: 1200, window: 516 },
];

function labelOf({ first, position, tokens, heads, kvHeads, headDim, capacity, window, values }: Trial): string {
  const places = first.map((place) => place + position).join('+');
  return `at ${places} T${tokens} H${heads}/${kvHeads} D${headDim} of ${capacity}${window ? ` W${window}` : ''}${values ? ` ${values}` : ''}`;
}

function* cacheCases(trial: Trial, family: PlanFamily): Iterable<KernelCase> {
  const { first, position, tokens, heads, kvHeads, headDim, capacity, window } = trial;
  const batch = first.length;
  const width = 2 * kvHeads * headDim;
  const qkv = normals('qkv', batch * tokens * (heads * headDim + width), trial.values === 'large' ? 30 : 1);
  // What stands behind a text's end is of no account; what stands before it is the past.
  const past = normals('cache', batch * capacity * width);
  const twin = {
    ...trial,
    qkv: wide(qkv),
    cache: wide(past),
    firstPositions: Uint32Array.from(first, (place) => place + position),
  };
  const cache = appendKeyValue(twin);
  const problem = { batch, tokens, heads, kvHeads, headDim, capacity, ...(window ? { window } : {}) };
  const step = stepBytes({ position });
  const first_positions = Uint32Array.from(first);
  const label = `${family} ${labelOf(trial)}`;
  const [append] = planAppendKeyValue(problem, family);
  yield {
    name: `append_key_value ${label}`,
    run: { ...append, step, buffers: { qkv, first_positions, cache: past.slice() } },
    expected: { cache: { values: cache, terms: 1, factor: 0 } },
  };
  const out = cachedAttention({ ...twin, cache });
  const { dispatches, spans } = planCachedAttention(problem, family);
  const [attend, split, merge] = dispatches;
  const buffers = { qkv, cache: Float32Array.from(cache), first_positions };
  // A score of hundreds is known to its own rounding only, which exp turns into a relative error.
  const rule = { terms: capacity + headDim, factor: trial.values === 'large' ? 300 : 4 };
  yield {
    name: `attention_cached ${label}`,
    run: { ...attend, step, buffers: { ...buffers, out: unwritten(out.length) } },
    expected: { out: { values: out, ...rule } },
  };
  if (spans === 1) return;
  const { parts, statistics } = cachedAttentionSpans({ ...twin, cache }, spans, Number(split.flags['LANES']));
  const scratch = { parts: unwritten(parts.length), statistics: unwritten(statistics.length) };
  yield {
    name: `attention_cached split ${label}`,
    run: { ...split, step, buffers: { ...buffers, ...scratch } },
    expected: { parts: { values: parts, ...rule }, statistics: { values: statistics, ...rule } },
  };
  yield {
    name: `attention_merge ${label}`,
    run: {
      ...merge,
      buffers: {
        parts: Float32Array.from(parts),
        statistics: Float32Array.from(statistics),
        out: unwritten(out.length),
      },
    },
    expected: { out: { values: out, ...rule } },
  };
}

function* embeddingCases(trial: Trial, family: PlanFamily): Iterable<KernelCase> {
  const { first, position, tokens, headDim: columns, capacity } = trial;
  const rows = first.length * tokens;
  const vocabulary = 13;
  const ids = Uint32Array.from({ length: rows }, (_, row) => (row * 7 + 1) % vocabulary);
  const wte = normals('wte', vocabulary * columns);
  const wpe = normals('wpe', capacity * columns);
  const indices = Int32Array.from({ length: rows }, (_, row) =>
    Math.min(first[Math.floor(row / tokens)] + position + (row % tokens), capacity - 1),
  );
  const problem = { batch: first.length, tokens, columns, vocabulary, positions: true };
  const [dispatch] = planEmbeddingForward(problem, family, capacity);
  const twin = { tokens: Int32Array.from(ids), tokenTable: wide(wte), channels: columns };
  const buffers = { tokens: ids, wte, wpe, first_positions: Uint32Array.from(first), x: unwritten(rows * columns) };
  yield {
    name: `embedding forward placed ${family} ${labelOf(trial)}`,
    run: { ...dispatch, step: stepBytes({ position }), buffers },
    expected: { x: { values: embedding({ ...twin, position: { table: wide(wpe), indices } }), terms: 1 } },
  };
}

interface Draw {
  readonly name: string;
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
  readonly biased?: boolean;
  readonly values?: 'equal' | 'large' | 'NaN' | 'infinite';
}

const DRAWS: readonly Draw[] = [
  { name: 'greedy', temperature: 0 },
  { name: 'greedy of equals', temperature: 0, values: 'equal' },
  { name: 'greedy, repetition penalty', temperature: 0, repetitionPenalty: 5 },
  { name: 'temperature', temperature: 0.8 },
  { name: 'of equals', temperature: 1, values: 'equal' },
  { name: 'large logits', temperature: 1, values: 'large' },
  { name: 'top-k 1', temperature: 1, topK: 1 },
  { name: 'top-k', temperature: 2, topK: 5 },
  { name: 'top-p', temperature: 1.3, topP: 0.7 },
  { name: 'min-p', temperature: 2, minP: 0.1 },
  { name: 'all cuts', temperature: 1.5, topK: 20, topP: 0.9, minP: 0.02, repetitionPenalty: 1.3 },
  { name: 'greedy, biases', temperature: 0, biased: true, repetitionPenalty: 2 },
  { name: 'biases', temperature: 1, biased: true, topK: 3 },
  { name: 'NaN', temperature: 1, values: 'NaN' },
  { name: 'infinite', temperature: 0, values: 'infinite' },
];

/** A text each; rows of one draw have random numbers of their own. */
const ROWS = 5;
const VOCABULARIES = [1, 65, 257, 1031] as const;

function logitsOf({ values }: Draw, vocabulary: number): Float32Array {
  const logits = normals('logits', ROWS * vocabulary, 3);
  if (values === 'equal') logits.fill(-2.5);
  if (values === 'large') for (let i = 0; i < logits.length; i++) logits[i] *= 3000;
  // In the third row alone: its neighbours must draw as ever.
  if (values === 'NaN') logits[2 * vocabulary + (vocabulary >> 1)] = Number.NaN;
  if (values === 'infinite') logits[2 * vocabulary] = Number.POSITIVE_INFINITY;
  return logits;
}

function drawCase(draw: Draw, vocabulary: number, family: PlanFamily): KernelCase {
  const { name, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1, temperature } = draw;
  const logits = logitsOf(draw, vocabulary);
  const words = seenWords(vocabulary);
  const seen = Uint32Array.from({ length: ROWS * words }, (_, word) => (word % words === 0 ? 0x11 : 0x80000001));
  const logitBias = draw.biased
    ? [
        { token: vocabulary >> 1, bias: 20 },
        { token: vocabulary - 1, bias: 19 },
        { token: 0, bias: -100 },
      ]
    : [];
  const sampling = { temperature, topK, topP, minP, repetitionPenalty, seed: 77, logitBias };
  const bias = (token: number): number =>
    logitBias.reduce((sum, each) => sum + (each.token === token ? each.bias : 0), 0);
  const after = seen.slice();
  const tokens = Uint32Array.from({ length: ROWS }, (_, row) => {
    const own = wide(logits.subarray(row * vocabulary, (row + 1) * vocabulary));
    if (!own.every(Number.isFinite)) return NO_TOKEN;
    const has = (token: number): boolean => ((seen[row * words + (token >> 5)] >> (token & 31)) & 1) === 1;
    const token = sampleToken({ ...sampling, bias, logits: own, seen: has, step: 9, row });
    after[row * words + (token >> 5)] |= 1 << (token & 31);
    return token;
  });
  const broken = tokens.includes(NO_TOKEN);
  const [dispatch] = planSampleToken({ rows: ROWS, vocabulary }, family);
  return {
    name: `sample_token ${family} ${name} V${vocabulary}`,
    run: {
      ...dispatch,
      step: stepBytes({ seed: sampling.seed, step: 9 }),
      buffers: { logits, sampling: samplingBlock(sampling), seen, tokens: new Uint32Array(ROWS).fill(12_345) },
    },
    expected: {
      tokens: { values: tokens, terms: 1 },
      // A text that has no next token ends: what it has seen is of no account.
      ...(broken ? {} : { seen: { values: after, terms: 1 } }),
    },
  };
}

export const generationFamily: KernelFamily = {
  family: 'generation',
  *cases() {
    for (const family of planFamilies) {
      for (const trial of TRIALS) {
        yield* cacheCases(trial, family);
        yield* embeddingCases(trial, family);
      }
      for (const trial of LONG_TRIALS) yield* cacheCases(trial, family);
      for (const vocabulary of VOCABULARIES) for (const draw of DRAWS) yield drawCase(draw, vocabulary, family);
    }
  },
};
