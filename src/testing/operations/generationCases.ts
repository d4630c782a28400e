// Cases of the operations that generation alone uses: through Trace and Program, with buffers that outlive the program. Test-only.

import { draftResultWords } from '../../gpu/plans/acceptDraft';
import { samplingBlock, seenWords } from '../../gpu/plans/sampleToken';
import { acceptedTokens, judgeProposal, verdictUnits } from '../../reference/acceptDraft';
import { appendKeyValue, cachedAttention } from '../../reference/cachedAttention';
import { embedding } from '../../reference/embedding';
import { sampleToken, tokenChoice } from '../../reference/sampleToken';
import { randomValues } from '../randomValues';
import { EXP, label, matrix, type OperationCase, type Size, STEP } from './operationCase';

const PROBLEM = { batch: 2, tokens: 3, heads: 4, kvHeads: 2, headDim: 6, capacity: 9 };
const FIRST = Uint32Array.of(1, 4);
const POSITION = 2;
const WIDTH = 2 * PROBLEM.kvHeads * PROBLEM.headDim;

/** Two texts that go on at 3 and 6, and what the cache holds then. */
function cached() {
  const { batch, tokens, heads, headDim, capacity } = PROBLEM;
  const qkv = matrix('qkv', batch * tokens, heads * headDim + WIDTH);
  const cache = randomValues('cache', batch * capacity * WIDTH);
  const firstPositions = FIRST.map((first) => first + POSITION);
  const named = {
    first: { type: 'u32', values: FIRST },
    cache: { type: 'f32', values: Float32Array.from(cache) },
  } as const;
  return { qkv, named, twin: { ...PROBLEM, qkv: qkv.values, cache, firstPositions } };
}

export function appendKeyValueCases(): OperationCase[] {
  const { qkv, named: buffers, twin } = cached();
  return [
    {
      name: 'two texts',
      run: {
        parameters: { qkv },
        named: buffers,
        build: ({ trace, leaf, named }) => {
          const inputs = { qkv: leaf('qkv'), firstPositions: named('first'), cache: named('cache') };
          trace.apply('appendKeyValue', inputs, PROBLEM);
          return {};
        },
        seeds: {},
        step: { ...STEP, position: POSITION },
      },
      outputs: {},
      named: { cache: { values: appendKeyValue(twin), terms: 1 } },
      gradients: { qkv: { values: new Float64Array(qkv.values.length), terms: 1 } },
    },
  ];
}

export function cachedAttentionCases(): OperationCase[] {
  const { qkv, named: buffers, twin } = cached();
  const { headDim, capacity } = PROBLEM;
  return [{}, { window: 3 }].map((windowed) => ({
    name: `two texts ${'window' in windowed ? 'in a window' : ''}`,
    run: {
      parameters: { qkv },
      named: buffers,
      build: ({ trace, leaf, named }) => {
        const inputs = { qkv: leaf('qkv'), firstPositions: named('first'), cache: named('cache') };
        return { out: trace.apply('cachedAttention', inputs, { ...PROBLEM, ...windowed }, ['out']).out };
      },
      seeds: {},
      step: { ...STEP, position: POSITION },
    },
    outputs: { out: { values: cachedAttention({ ...twin, ...windowed }), terms: headDim + capacity, factor: EXP } },
    gradients: { qkv: { values: new Float64Array(qkv.values.length), terms: 1 } },
  }));
}

export function embeddingAtCases(size: Size): OperationCase {
  const { rows, columns } = size;
  const vocabulary = 11;
  const tokens = Uint32Array.from({ length: rows }, (_, n) => (n * n + 1) % vocabulary);
  const first = Uint32Array.from({ length: rows }, (_, n) => (n * 3) % 5);
  const table = matrix('table', vocabulary, columns);
  const positions = matrix('positions', 8, columns);
  const indices = Int32Array.from(first, (place) => place + POSITION);
  const twin = { tokens: Int32Array.from(tokens), tokenTable: table.values, channels: columns };
  return {
    name: label(size),
    run: {
      parameters: { table, positions },
      named: { tokens: { type: 'u32', values: tokens }, first: { type: 'u32', values: first } },
      build: ({ trace, parameter, named }) => {
        const inputs = { tokens: named('tokens'), firstPositions: named('first') };
        const tables = { table: parameter('table'), positions: parameter('positions') };
        return { x: trace.apply('embeddingAt', { ...inputs, ...tables }, {}, ['x']).x };
      },
      seeds: {},
      step: { ...STEP, position: POSITION },
    },
    outputs: { x: { values: embedding({ ...twin, position: { table: positions.values, indices } }), terms: 1 } },
    gradients: {
      table: { values: new Float64Array(table.values.length), terms: 1 },
      positions: { values: new Float64Array(positions.values.length), terms: 1 },
    },
  };
}

export function sampleTokenCases(): OperationCase[] {
  const [rows, vocabulary] = [3, 37];
  const logits = matrix('logits', rows, vocabulary);
  const sampling = { temperature: 0.9, topK: 9, topP: 0.8, minP: 0, repetitionPenalty: 1, seed: STEP.seed };
  const tokens = Array.from({ length: rows }, (_, row) => {
    const own = logits.values.slice(row * vocabulary, (row + 1) * vocabulary);
    return sampleToken({ ...sampling, logits: own, seen: () => false, step: STEP.step, row });
  });
  return [
    {
      name: 'top-k and top-p',
      run: {
        parameters: { logits },
        named: {
          sampling: { type: 'u32', values: samplingBlock(sampling) },
          seen: { type: 'u32', values: new Uint32Array(rows * seenWords(vocabulary)) },
          tokens: { type: 'u32', values: new Uint32Array(rows) },
        },
        build: ({ trace, leaf, named }) => {
          const buffers = { sampling: named('sampling'), seen: named('seen'), tokens: named('tokens') };
          trace.apply('sampleToken', { logits: leaf('logits'), ...buffers }, {});
          return {};
        },
        seeds: {},
        step: STEP,
      },
      outputs: {},
      // Bits of the tokens, as every named buffer is read.
      named: {
        tokens: { values: Float64Array.from(new Float32Array(Uint32Array.from(tokens).buffer)), terms: 1 },
      },
      gradients: { logits: { values: new Float64Array(logits.values.length), terms: 1 } },
    },
  ];
}

export function acceptDraftCases(): OperationCase[] {
  const [drafted, vocabulary] = [2, 13];
  const logits = matrix('logits', drafted + 1, vocabulary);
  const q = new Float32Array(drafted * vocabulary).fill(1 / vocabulary);
  const sampling = { temperature: 1.2, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: STEP.seed };
  const draft = [3, 5, 2];
  const verdicts = draft.map((_, row) => {
    const own = logits.values.slice(row * vocabulary, (row + 1) * vocabulary);
    const choice = tokenChoice({ ...sampling, logits: own, seen: () => false });
    const probabilities = [...q.subarray(0, vocabulary)];
    const proposal = row < drafted ? { token: draft[row + 1], probabilities } : null;
    return judgeProposal(choice, proposal, false, verdictUnits(STEP.seed, STEP.step, row));
  });
  const tokens = acceptedTokens(draft.slice(1), verdicts);
  const asFloats = (...words: number[]): Float64Array =>
    Float64Array.from(new Float32Array(Uint32Array.from(words).buffer));
  return [
    {
      name: 'one text',
      run: {
        parameters: { logits },
        named: {
          sampling: { type: 'u32', values: samplingBlock(sampling) },
          seen: { type: 'u32', values: new Uint32Array(seenWords(vocabulary)) },
          draft: { type: 'u32', values: Uint32Array.from(draft) },
          q: { type: 'f32', values: q },
          tokens: { type: 'u32', values: new Uint32Array(1) },
          first: { type: 'u32', values: Uint32Array.of(6) },
          results: { type: 'u32', values: new Uint32Array(draftResultWords(drafted)) },
        },
        build: ({ trace, leaf, named }) => {
          const text = { seen: named('seen'), tokens: named('tokens'), firstPositions: named('first') };
          const proposed = { draft: named('draft'), q: named('q') };
          const inputs = { logits: leaf('logits'), sampling: named('sampling'), ...text, ...proposed };
          trace.apply('acceptDraft', { ...inputs, results: named('results') }, { drafted });
          return {};
        },
        seeds: {},
        step: STEP,
      },
      outputs: {},
      named: {
        first: { values: asFloats(6 + tokens.length), terms: 1 },
        results: { values: asFloats(tokens.length, ...tokens), terms: 1 },
      },
      gradients: { logits: { values: new Float64Array(logits.values.length), terms: 1 } },
    },
  ];
}
