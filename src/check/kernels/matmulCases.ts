// Checks of the matmul kernels: every variant, transpose and epilogue against the float64 twin, at edges of the tiles and at values
// that hurt. Products of several dispatches are not here (a case is one dispatch): their parts are, each on its own.

import type { ActivationName } from '../../core/models/activationNames';
import {
  familyOf,
  type MatmulDispatch,
  type MatmulProblem,
  type MatmulVariant,
  partition,
  plainMatmul,
  planMatmul,
  type VectorVariant,
} from '../../gpu/matmul/plan';
import { allVariants } from '../../gpu/matmul/variants';
import { activationBackward } from '../../reference/activation';
import { matmul } from '../../reference/matmul';
import type { Expectation, KernelCase, KernelFamily } from '../kernelCase';

const ACTIVATIONS: readonly (ActivationName | undefined)[] = [undefined, 'gelu_new', 'gelu', 'relu', 'silu'];

/** Every feature and the floor's limits: a case says itself what it needs. */
const FLOOR = {
  limits: { maxComputeWorkgroupStorageSize: 16_384, maxComputeInvocationsPerWorkgroup: 256 },
  features: ['subgroups'],
};

/** Deterministic values in [-1, 1), different for each `salt`. */
export function values(length: number, salt: number): Float32Array {
  const out = new Float32Array(length);
  let state = (salt * 2_654_435_761) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    out[i] = (state >>> 8) / 2 ** 23 - 1;
  }
  return out;
}

/** Arrays of a problem by binding name; c, aux and bias_grad hold what they are to be added to or multiplied by. */
export type MatmulArrays = Readonly<Record<'a' | 'b' | 'c' | 'bias' | 'aux' | 'residual' | 'bias_grad', Float32Array>>;

export function randomArrays({ m, n, k }: MatmulProblem): MatmulArrays {
  return {
    a: values(m * k, 1),
    b: values(k * n, 2),
    c: values(m * n, 3),
    bias: values(n, 4),
    aux: values(m * n, 5).map((x) => 4 * x),
    residual: values(m * n, 6),
    bias_grad: values(n, 7),
  };
}

/** What must come out, by binding name. */
export function expectedOutputs(problem: MatmulProblem, arrays: MatmulArrays): Record<string, Expectation> {
  const { m, n, k } = problem;
  const wide = (array: Float32Array): Float64Array => Float64Array.from(array);
  const name = ACTIVATIONS[problem.act];
  const { out, preActivation } = matmul({
    a: wide(arrays.a),
    b: wide(arrays.b),
    m,
    n,
    k,
    transA: problem.ta,
    transB: problem.tb,
    bias: problem.bias ? wide(arrays.bias) : undefined,
    activation: problem.aux === 2 ? undefined : name,
  });
  const scaled = problem.aux === 2 && name ? activationBackward(name, wide(arrays.aux), out) : out;
  const result = scaled.map(
    (x, i) => x + (problem.residual ? arrays.residual[i] : 0) + (problem.accumulate ? arrays.c[i] : 0),
  );
  // An activation costs a few more roundings, and its exp() is a few units off on GPUs.
  const factor = problem.act > 0 ? 4 : 1;
  const expected: Record<string, Expectation> = { c: { values: result, terms: k + 2, factor } };
  if (problem.aux === 1) expected['aux'] = { values: preActivation, terms: k + 2 };
  if (problem.biasGrad) {
    const sums = wide(arrays.bias_grad);
    for (let i = 0; i < k * n; i++) sums[i % n] += arrays.b[i];
    expected['bias_grad'] = { values: sums, terms: k + 1 };
  }
  return expected;
}

/** The arrays that this dispatch binds. */
export function buffersOf(
  dispatch: MatmulDispatch,
  arrays: MatmulArrays,
  scratch: Float32Array,
): Record<string, Float32Array> {
  const { INPUTS, SPLIT, BIAS, AUX, RESIDUAL, BIAS_GRAD } = dispatch.flags;
  return {
    ...(INPUTS ? { a: arrays.a, b: arrays.b } : {}),
    ...(SPLIT || !INPUTS ? { scratch } : {}),
    ...(SPLIT ? {} : { c: arrays.c }),
    ...(!SPLIT && BIAS ? { bias: arrays.bias } : {}),
    ...(!SPLIT && AUX ? { aux: arrays.aux } : {}),
    ...(!SPLIT && RESIDUAL ? { residual: arrays.residual } : {}),
    ...(!SPLIT && BIAS_GRAD ? { bias_grad: arrays.bias_grad } : {}),
  };
}

function nameOf(problem: MatmulProblem): string {
  const { m, n, k, ta, tb } = problem;
  const words = [
    `${ta ? 'T' : 'N'}${tb ? 'T' : 'N'} ${m}x${n}x${k}`,
    problem.bias ? 'bias' : '',
    ACTIVATIONS[problem.act] ?? '',
    problem.aux > 0 ? `aux${problem.aux}` : '',
    problem.residual ? 'residual' : '',
    problem.accumulate ? 'accumulate' : '',
    problem.biasGrad ? 'bias-gradient' : '',
  ];
  return words.filter((word) => word !== '').join(' ');
}

function caseOf(
  problem: MatmulProblem,
  variant: MatmulVariant,
  arrays = randomArrays(problem),
  note = '',
): KernelCase & { readonly needs?: string } {
  const { dispatches } = planMatmul(problem, variant);
  const [dispatch] = dispatches;
  return {
    name: `${variant.id}: ${nameOf(problem)}${note}`,
    run: { ...dispatch, buffers: buffersOf(dispatch, arrays, new Float32Array(0)) },
    expected: expectedOutputs(problem, arrays),
    ...(variant.kind === 'blocked' && variant.quad ? { needs: 'subgroups' } : {}),
  };
}

/** A part of k to scratch, and the sum of parts from scratch, as two cases. */
function* splitCases(
  problem: MatmulProblem,
  variant: MatmulVariant,
  wanted: (name: string) => boolean,
): Iterable<KernelCase> {
  const names = [`${variant.id}: parts of ${nameOf(problem)}`, `${variant.id}: sum of parts of ${nameOf(problem)}`];
  if (!names.some(wanted)) return;
  const { m, n, k } = problem;
  const arrays = randomArrays(problem);
  const { dispatches, scratchElements } = planMatmul(problem, variant);
  const [parts, reduce] = dispatches;
  const partK = parts.params['part_k'];
  const count = reduce.params['k'];
  const rows = m + Number(problem.biasGrad);
  const scratch = new Float64Array(scratchElements);
  for (let part = 0; part < count; part++) {
    const start = part * partK;
    const end = Math.min(k, start + partK);
    for (let p = start; p < end; p++) {
      for (let j = 0; j < n; j++) {
        const right = arrays.b[p * n + j];
        for (let i = 0; i < m; i++) scratch[(part * rows + i) * n + j] += arrays.a[p * m + i] * right;
        if (problem.biasGrad) scratch[(part * rows + m) * n + j] += right;
      }
    }
  }
  yield {
    name: names[0],
    run: { ...parts, buffers: buffersOf(parts, arrays, new Float32Array(scratchElements)) },
    expected: { scratch: { values: scratch, terms: partK } },
  };
  yield {
    name: names[1],
    run: { ...reduce, buffers: buffersOf(reduce, arrays, Float32Array.from(scratch)) },
    // The parts arrive rounded to f32 once, as a GPU's would.
    expected: expectedOutputs(problem, arrays),
  };
}

function tileOf(variant: Exclude<MatmulVariant, VectorVariant>): readonly [m: number, n: number, k: number] {
  if (variant.kind === 'blocked') return [variant.rows, variant.columns, 4];
  return variant.kind === 'sliced' ? [16, 16, 64] : [variant.tileM, variant.tileN, variant.tileK];
}

/** Each side of the tile's edges, primes and 1, each with another transpose: every case compiles a pipeline. */
function* edgeCases(variant: MatmulVariant): Iterable<KernelCase> {
  if (variant.kind === 'vector') {
    for (const problem of VECTOR_EDGES) yield caseOf(problem, variant);
    return;
  }
  const [m, n, k] = tileOf(variant);
  const sliced = variant.kind === 'sliced';
  const problems = [
    plainMatmul(1, 1, sliced ? 16 : 1),
    { ...plainMatmul(m - 1, n - 1, sliced ? 17 : k - 1), tb: true },
    plainMatmul(m, n, k),
    { ...plainMatmul(m + 4, n + 4, k + 4), tb: true },
    { ...plainMatmul(m + 4, n + 4, k + 2), tb: true },
    { ...plainMatmul(m + 4, n + 4, k + 4), ta: true },
    plainMatmul(m + 1, n + 1, k + 1),
    { ...plainMatmul(37, 67, 31), ta: true },
  ];
  for (const problem of problems) if (runs(problem, variant)) yield caseOf(problem, variant);
}

/** One row and the most, threads with one quad of columns and with more, teams from one thread to 256, with and without vector loads. */
const VECTOR_EDGES: readonly MatmulProblem[] = [
  plainMatmul(1, 1, 1),
  plainMatmul(1, 36, 4),
  plainMatmul(1, 260, 516),
  plainMatmul(3, 67, 31),
  plainMatmul(8, 68, 132),
  { ...plainMatmul(1, 1, 5), tb: true },
  { ...plainMatmul(1, 261, 68), tb: true },
  { ...plainMatmul(2, 3077, 36), tb: true },
  { ...plainMatmul(7, 33, 67), tb: true },
  { ...plainMatmul(8, 20, 1028), tb: true },
];

/** Whether this variant computes this problem whole, in one dispatch. */
function runs(problem: MatmulProblem, variant: MatmulVariant): boolean {
  const { kind } = partition(problem, familyOf(variant));
  return variant.kind === 'sliced'
    ? kind === 'sliced'
    : kind === 'whole' || variant.kind === 'blocked' || kind === 'sliced';
}

const EPILOGUES: readonly Partial<MatmulProblem>[] = [
  { bias: true },
  { bias: true, residual: true },
  { bias: true, act: 1, aux: 1 },
  { bias: true, act: 2, aux: 1, residual: true },
  { bias: true, act: 3 },
  { act: 4, accumulate: true },
  { tb: true, act: 1, aux: 2 },
  { tb: true, act: 2, aux: 2, accumulate: true },
  { tb: true, act: 3, aux: 2 },
  { tb: true, act: 4, aux: 2, residual: true },
  { ta: true, accumulate: true },
  { ta: true, accumulate: true, biasGrad: true },
];

/** Rows that cancel, spans of magnitude, zeros of both signs, activations far outside their bend. */
function hurtful(problem: MatmulProblem): MatmulArrays {
  const arrays = randomArrays(problem);
  return {
    ...arrays,
    a: arrays.a.map((x, i) => (i % 7 === 0 ? -0 : x * 2 ** ((i % 25) - 12))),
    b: arrays.b.map((x, i) => (i % 11 === 0 ? 0 : i % 2 === 0 ? x : -x)),
    bias: arrays.bias.map((x) => 100 * x),
    aux: arrays.aux.map((x, i) => (i % 3 === 0 ? 60 * x : x / 1e6)),
  };
}

function* cases(wanted: (name: string) => boolean = () => true): Iterable<KernelCase & { readonly needs?: string }> {
  const representative = allVariants(plainMatmul(4096, 4096, 64), FLOOR);
  const sliced = allVariants(plainMatmul(64, 64, 64), FLOOR).filter((variant) => variant.kind === 'sliced');
  const vectors = allVariants(plainMatmul(1, 64, 64), FLOOR);
  const variants = [...representative, ...sliced, ...vectors];
  for (const variant of variants) yield* edgeCases(variant);
  // One of each kernel for the epilogues, which all tile shapes share; with and without vector stores.
  const kernels = [
    variants.find((v) => v.kind === 'blocked' && v.quad),
    variants.find((v) => v.kind === 'blocked' && !v.quad && v.rows === 8),
    variants.find((v) => v.kind === 'tiled' && v.tileM === 32),
    sliced[0],
    ...vectors,
  ];
  for (const variant of kernels) {
    if (!variant) continue;
    const vector = variant.kind === 'vector';
    const rows = vector ? 2 : 19;
    const epilogues = EPILOGUES.filter(({ ta }) => !vector || !ta);
    for (const epilogue of epilogues) {
      const n = EPILOGUES.indexOf(epilogue) % 2 === 0 || variant.kind === 'sliced' ? 35 : 20;
      yield caseOf({ ...plainMatmul(rows, n, 23), ...epilogue }, variant);
    }
    for (const epilogue of epilogues.filter(({ act }) => act !== undefined && act !== 3)) {
      const problem = { ...plainMatmul(rows, 20, 24), ...epilogue };
      yield caseOf(problem, variant, hurtful(problem), ' hurtful');
    }
  }
  const big = { ...plainMatmul(33, 68, 33_000), ta: true, accumulate: true, biasGrad: true };
  for (const n of [68, 65]) {
    const problem = { ...big, n };
    const variant = representative.find((v) => v.kind === 'tiled' && v.tileM === 64);
    if (variant && partition(problem, 'tiled').kind === 'split') yield* splitCases(problem, variant, wanted);
  }
}

export const matmulFamily: KernelFamily = { family: 'matmul', cases };
