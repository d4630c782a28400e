// Checks of the attention kernels, forward and both sides of backward, against src/reference/attention.ts, in every variant that
// planAttention chooses or may choose, at sizes around its tiles and with values that hurt. It must not make variants of its own.

import { threefry2x32, unitInterval } from '../../core/rng';
import {
  type AttentionKernel,
  type AttentionProblem,
  attentionCandidates,
  planAttention,
} from '../../gpu/attention/plan';
import { STEP_BLOCK_BYTES, writeStepBlock } from '../../gpu/stepBlock';
import { type AttentionInput, attention, attentionBackward } from '../../reference/attention';
import { headsDropoutMask } from '../../reference/dropout';
import type { KernelCase, KernelFamily } from '../kernelCase';

interface Trial {
  readonly shape: string;
  readonly problem: AttentionProblem;
  readonly values?: 'large' | 'equal';
  /** `some`: each sequence ends in padding, one begins with a tile of it; `all`: one sequence is nothing else. */
  readonly padding?: 'some' | 'all';
  /** Documents of 1, 2, 3, ... tokens up to this many, then again, in each sequence from another place on; masks of causal problems. */
  readonly documents?: number;
  /** `floor`: the specification's smallest workgroup memory. */
  readonly limits?: 'floor';
}

const FLOOR = { maxComputeWorkgroupStorageSize: 16_384, maxComputeInvocationsPerWorkgroup: 256 };
const DESKTOP = { maxComputeWorkgroupStorageSize: 32_768, maxComputeInvocationsPerWorkgroup: 256 };
/** Enough for every tile: more memory changes no plan. */
const LARGE = { maxComputeWorkgroupStorageSize: 49_152, maxComputeInvocationsPerWorkgroup: 256 };

function problem(
  batch: number,
  tokens: number,
  heads: number,
  headDim: number,
  more: Partial<AttentionProblem> = {},
): AttentionProblem {
  return { batch, tokens, heads, kvHeads: heads, headDim, causal: true, dropout: 0, ...more };
}

/** Heads of a rank among others: the mask is that of the whole model's heads. */
const SHARD = { dropout: 0.5, dropoutTag: 7, totalHeads: 7, headOffset: 3 };
const FULL_MASK = { causal: false, masked: true };
const WIDE_SHARD = { dropout: 0.2, dropoutTag: 0xdeadbeef, totalHeads: 9, headOffset: 4 };

// Trials share head sizes where they can: compiling a variant takes longer than running it.
const TRIALS: readonly Trial[] = [
  { shape: 'one token', problem: problem(2, 1, 2, 16) },
  { shape: 'tile - 1', problem: problem(1, 15, 2, 16) },
  { shape: 'tile', problem: problem(2, 16, 2, 16) },
  { shape: 'tile + 1', problem: problem(1, 17, 3, 16) },
  { shape: 'grouped', problem: problem(2, 29, 6, 16, { kvHeads: 2 }) },
  { shape: 'small model', problem: problem(2, 64, 4, 16) },
  { shape: 'two column tiles', problem: problem(1, 67, 2, 16) },
  { shape: 'large logits', problem: problem(1, 35, 2, 16), values: 'large' },
  { shape: 'full', problem: problem(2, 37, 2, 16, { causal: false }) },
  { shape: 'equal rows', problem: problem(1, 35, 2, 16, { causal: false }), values: 'equal' },
  { shape: 'padded', problem: problem(3, 37, 2, 16, FULL_MASK), padding: 'some' },
  { shape: 'all padding', problem: problem(2, 19, 2, 16, FULL_MASK), padding: 'all' },
  { shape: 'wide padded', problem: problem(3, 131, 2, 32, { ...FULL_MASK, kvHeads: 1 }), padding: 'some' },
  { shape: 'wide all padding', problem: problem(2, 67, 2, 32, { ...FULL_MASK, ...WIDE_SHARD }), padding: 'all' },
  { shape: 'one key head', problem: problem(1, 33, 4, 32, { kvHeads: 1, causal: false }) },
  { shape: 'scalar', problem: problem(2, 19, 2, 5) },
  // Windows that begin within a tile, at its edge, at the row itself, and one so short that whole tiles are skipped.
  { shape: 'window', problem: problem(2, 37, 4, 16, { kvHeads: 2, window: 5 }) },
  { shape: 'window of one', problem: problem(1, 67, 2, 16, { window: 1 }) },
  { shape: 'window of a tile', problem: problem(1, 67, 2, 16, { window: 32, ...SHARD, dropout: 0.2 }) },
  { shape: 'wide window', problem: problem(2, 197, 4, 32, { kvHeads: 2, window: 33 }) },
  { shape: 'wide window', problem: problem(1, 131, 2, 64, { window: 64, ...WIDE_SHARD }) },
  // Documents that begin at every token, within a tile, and long enough that whole tiles are hidden; with a window, whichever hides more.
  { shape: 'documents', problem: problem(2, 67, 2, 16, { masked: true }), documents: 9 },
  {
    shape: 'documents grouped',
    problem: problem(2, 37, 4, 16, { masked: true, kvHeads: 2, window: 5 }),
    documents: 12,
  },
  { shape: 'one document a token', problem: problem(1, 67, 2, 16, { masked: true }), documents: 1 },
  { shape: 'wide documents', problem: problem(2, 197, 4, 32, { masked: true, kvHeads: 2 }), documents: 90 },
  {
    shape: 'wide documents',
    problem: problem(2, 131, 2, 64, { masked: true, window: 64, ...WIDE_SHARD }),
    documents: 70,
  },
  { shape: 'wide one token', problem: problem(2, 1, 2, 32) },
  { shape: 'wide grouped', problem: problem(2, 65, 4, 32, { kvHeads: 2 }) },
  { shape: 'wide full', problem: problem(1, 131, 2, 32, { causal: false }) },
  { shape: 'wide dropout', problem: problem(2, 67, 4, 32, { ...WIDE_SHARD, kvHeads: 2 }) },
  { shape: 'wide large logits', problem: problem(1, 97, 2, 32), values: 'large' },
  { shape: 'wide many tiles', problem: problem(1, 197, 3, 64) },
  { shape: 'wide grouped', problem: problem(2, 64, 4, 64, { kvHeads: 1 }) },
  { shape: 'head in chunks', problem: problem(1, 65, 2, 64) },
  { shape: 'long head', problem: problem(1, 23, 1, 80), limits: 'floor' },
  { shape: 'many heads', problem: problem(64, 33, 4, 16), limits: 'floor' },
  { shape: 'many heads', problem: problem(32, 65, 4, 64) },
  { shape: 'dropout', problem: problem(2, 35, 4, 16, { dropout: 0.2, dropoutTag: 0xdeadbeef }) },
  { shape: 'dropout grouped', problem: problem(1, 41, 4, 16, { ...SHARD, kvHeads: 2 }) },
];

const SEED = 1234;
const STEP = {
  seed: 99,
  step: 3,
  firstRow: 2,
  position: 0,
  learningRate: 0,
  inverseTokens: 1,
  beta1: 0.9,
  beta2: 0.99,
};

function fill(length: number, tag: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, i) => 2 * unitInterval(threefry2x32(SEED, tag, i, 0)[0]) - 1);
}

/** Sequence b ends in 3 b + 1 tokens of padding; the last begins with most of its own, or is nothing else. */
function paddingMask(batch: number, tokens: number, padding: Trial['padding']): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: padding === undefined ? 0 : batch * tokens }, (_, i) => {
    const [sequence, token] = [Math.floor(i / tokens), i % tokens];
    const last = sequence === batch - 1;
    if (last && (padding === 'all' || token < 0.6 * tokens)) return 0;
    return token < tokens - 3 * sequence - 1 ? 1 : 0;
  });
}

/** First keys, see AttentionProblem. The first sequence begins with a document of its own, the others within one. */
function documentStarts(batch: number, tokens: number, most: number): Uint32Array<ArrayBuffer> {
  const starts = new Uint32Array(batch * tokens);
  for (let sequence = 0; sequence < batch; sequence++) {
    let length = most > 1 ? (sequence % most) + 1 : 1;
    let left = most > 1 ? Math.max(1, length - sequence) : 1;
    let start = 0;
    for (let token = 0; token < tokens; token++, left--) {
      if (left === 0) {
        length = (length % most) + 1;
        left = length;
        start = token;
      }
      starts[sequence * tokens + token] = start;
    }
  }
  return starts;
}

function inputs({ problem: { batch, tokens, heads, kvHeads, headDim }, values, padding, documents }: Trial) {
  const width = (heads + 2 * kvHeads) * headDim;
  const qkv = fill(batch * tokens * width, 1);
  for (let i = 0; i < qkv.length; i++) {
    const column = i % width;
    // Scores reach 1e4: queries and keys of a hundred, over sqrt(D).
    if (values === 'large' && column < (heads + kvHeads) * headDim) qkv[i] *= 100;
    if (values === 'equal') qkv[i] = qkv[column];
  }
  const mask = documents === undefined ? paddingMask(batch, tokens, padding) : documentStarts(batch, tokens, documents);
  return { qkv, dOut: fill(batch * tokens * heads * headDim, 2), mask };
}

function twinOf(
  { problem: { batch, tokens, heads, kvHeads, headDim, causal, window, masked, ...masking } }: Trial,
  qkv: Float32Array,
  padding: Uint32Array,
): AttentionInput {
  const { dropout, dropoutTag = 0, totalHeads = heads, headOffset = 0 } = masking;
  // The mask counts over the global batch and all heads of the model.
  const part = { firstRow: STEP.firstRow, batch, totalHeads, headOffset, heads, tokens };
  const mask = headsDropoutMask(STEP.seed, dropoutTag, STEP.step, dropout, part);
  return {
    qkv: Float64Array.from(qkv),
    batch,
    tokens,
    queryHeads: heads,
    keyValueHeads: kvHeads,
    headSize: headDim,
    causal,
    ...(window ? { window } : {}),
    ...(masked ? { mask: padding } : {}),
    ...(dropout > 0 ? { dropoutMask: mask } : {}),
  };
}

/** One dispatch, and what the device must have for it. */
type Case = KernelCase & { readonly needs?: string; readonly needsWorkgroupStorage?: number };

function* casesOf(trial: Trial, wanted: (name: string) => boolean): Iterable<Case> {
  const { problem: p } = trial;
  const limits = trial.limits === 'floor' ? FLOOR : DESKTOP;
  let made: ReturnType<typeof parts> | undefined;
  function* offer(variant: string, kernel: AttentionKernel): Iterable<KernelCase> {
    const name = nameOf(trial, variant, kernel);
    if (!wanted(name)) return;
    made ??= parts(trial);
    yield made(name, kernel);
  }
  const blocked = planAttention(p, 'blocked', limits);
  for (const kernel of [blocked.forward, ...blocked.backward]) yield* offer('blocked', kernel);
  const broadcasts = planAttention(p, 'blocked', limits, ['subgroups']);
  if (broadcasts.forward.dispatch.flags['QUAD'] === 1) {
    for (const kernel of [broadcasts.forward, ...broadcasts.backward])
      for (const one of offer('blocked quad', kernel)) yield { ...one, needs: 'subgroups' };
  }
  const seen = new Set<string>();
  for (const { maxComputeWorkgroupStorageSize } of trial.limits === 'floor' ? [FLOOR] : [DESKTOP, LARGE]) {
    for (const kernel of attentionCandidates(p, { maxComputeWorkgroupStorageSize })) {
      if (seen.has(`${kernel.side} ${kernel.id}`)) continue;
      seen.add(`${kernel.side} ${kernel.id}`);
      for (const one of offer(kernel.id, kernel))
        yield trial.limits === 'floor' ? one : { ...one, needsWorkgroupStorage: maxComputeWorkgroupStorageSize };
    }
  }
}

function nameOf({ shape, problem: p, limits }: Trial, variant: string, { side }: AttentionKernel): string {
  const floor = limits === 'floor' ? ' floor' : '';
  const causal = p.causal ? ` causal${p.window ? ` W${p.window}` : ''}` : '';
  return `${SIDE_NAMES[side]} ${variant}${floor} ${shape} B${p.batch} T${p.tokens} H${p.heads}/${p.kvHeads} D${p.headDim}${causal}`;
}

/** Inputs and expectations, made once for all variants of a trial. */
function parts(trial: Trial): (name: string, kernel: AttentionKernel) => KernelCase {
  const { problem: p } = trial;
  const { qkv, dOut, mask } = inputs(trial);
  const twin = twinOf(trial, qkv, mask);
  const padding: Readonly<Record<string, Uint32Array<ArrayBuffer>>> = p.masked ? { mask } : {};
  const { out, logSumExp } = attention(twin);
  const dQkv = attentionBackward(twin, Float64Array.from(dOut));
  const delta = new Float64Array(logSumExp.length);
  for (let row = 0; row < p.batch * p.tokens; row++) {
    for (let i = 0; i < p.heads * p.headDim; i++) {
      const head = Math.floor(i / p.headDim);
      const at = row * p.heads * p.headDim + i;
      delta[(Math.floor(row / p.tokens) * p.heads + head) * p.tokens + (row % p.tokens)] += dOut[at] * out[at];
    }
  }
  const step = new ArrayBuffer(STEP_BLOCK_BYTES);
  writeStepBlock(new DataView(step), STEP);
  // Logits of 1e4 are known to 1e4 * 2^-24 = 6e-4 only, which exp turns into a relative error: 1e4 units in the last place.
  const factor = trial.values === 'large' ? 300 : 1;
  const terms = p.tokens + p.headDim;
  const nan = (length: number) => new Float32Array(length).fill(Number.NaN);
  // A side of backward must leave the other side's columns alone: they hold the right values from the start, its own hold NaN.
  const width = (p.heads + 2 * p.kvHeads) * p.headDim;
  const halfDone = (side: 'query' | 'keyValue') =>
    Float32Array.from(dQkv, (value, i) =>
      i % width < p.heads * p.headDim === (side === 'query') ? Number.NaN : value,
    );
  const rows = Float32Array.from(logSumExp);

  return (name, { side, dispatch }): KernelCase => {
    if (side === 'forward') {
      return {
        name,
        run: { ...dispatch, step, buffers: { qkv, ...padding, out: nan(out.length), lse: nan(rows.length) } },
        expected: { out: { values: out, terms, factor }, lse: { values: logSumExp, terms } },
      };
    }
    if (side === 'keyValue') {
      return {
        name,
        run: {
          ...dispatch,
          step,
          buffers: {
            qkv,
            ...padding,
            d_out: dOut,
            lse: rows,
            delta: Float32Array.from(delta),
            d_qkv: halfDone('keyValue'),
          },
        },
        expected: { d_qkv: { values: dQkv, terms: terms * (p.heads / p.kvHeads), factor } },
      };
    }
    return {
      name,
      run: {
        ...dispatch,
        step,
        buffers: {
          qkv,
          ...padding,
          out: Float32Array.from(out),
          d_out: dOut,
          lse: rows,
          delta: nan(rows.length),
          d_qkv: side === 'query' ? halfDone('query') : nan(dQkv.length),
        },
      },
      expected: {
        delta: { values: delta, terms },
        d_qkv: { values: dQkv, terms: side === 'query' ? terms : terms * (p.heads / p.kvHeads), factor },
      },
    };
  };
}

const SIDE_NAMES: Readonly<Record<AttentionKernel['side'], string>> = {
  forward: 'forward',
  query: 'backward query',
  keyValue: 'backward key value',
  both: 'backward',
};

export const attentionFamily: KernelFamily = {
  family: 'attention',
  *cases(wanted = () => true) {
    for (const trial of TRIALS) yield* casesOf(trial, wanted);
  },
};
