// Turns a matrix product and a chosen variant into dispatches: kernel, flags, params, workgroups. Plain data in, plain data out;
// it must not see a device, nor measure. Which variants there are is said in variants.ts.

import type { FlagValue } from '../shaderSource';

/** C[m,n] = epilogue(op(A) op(B)), f32, contiguous, row-major. */
export interface MatmulProblem {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** A is stored [k,m] instead of [m,k]. */
  readonly ta: boolean;
  /** B is stored [n,k] instead of [k,n]. Not together with ta. */
  readonly tb: boolean;
  readonly bias: boolean;
  /** 0 none, 1 gelu_new, 2 gelu, 3 relu, 4 silu. With aux 2 it names the derivative, and nothing is activated. */
  readonly act: 0 | 1 | 2 | 3 | 4 | 5;
  /** 1: aux receives the sum with bias, before the activation. 2: the sum is multiplied by act'(aux). */
  readonly aux: 0 | 1 | 2;
  readonly residual: boolean;
  /** c += instead of c =. */
  readonly accumulate: boolean;
  /** bias_grad[j] += sum over k of B[k,j]; with ta only. */
  readonly biasGrad: boolean;
}

/** C = A B: nothing transposed, nothing beside it. */
export function plainMatmul(m: number, n: number, k: number): MatmulProblem {
  return {
    m,
    n,
    k,
    ta: false,
    tb: false,
    bias: false,
    act: 0,
    aux: 0,
    residual: false,
    accumulate: false,
    biasGrad: false,
  };
}

export type MatmulFamily = 'blocked' | 'tiled';

/** Registers only: four threads share `rows` x `columns` outputs. */
export interface BlockedVariant {
  readonly id: string;
  readonly kind: 'blocked';
  /** A multiple of 4. */
  readonly rows: number;
  /** A multiple of 4. */
  readonly columns: number;
  /** Steps of k in one turn of the loop, where that divides k. */
  readonly turn: Turn;
  readonly quad: boolean;
}

export type Turn = 1 | 2 | 4;

/** Tiles of tileM x tileN in workgroup memory, tileK at a time; each thread computes threadM x threadN. */
export interface TiledVariant {
  readonly id: string;
  readonly kind: 'tiled';
  readonly tileM: number;
  readonly tileN: number;
  readonly tileK: number;
  readonly threadM: number;
  readonly threadN: number;
}

/** 16x16 outputs a workgroup, whose threads share out k. */
export interface SlicedVariant {
  readonly id: string;
  readonly kind: 'sliced';
}

/** Few rows, each kept whole in registers while B goes by once. */
export interface VectorVariant {
  readonly id: string;
  readonly kind: 'vector';
  /** `blocked`: a thread sums alone. `tiled`: threads of a workgroup share out k. */
  readonly family: MatmulFamily;
}

export type MatmulVariant = BlockedVariant | TiledVariant | SlicedVariant | VectorVariant;

/** The kernel family that a variant belongs to: a run takes one family's alone. */
export function familyOf(variant: MatmulVariant): MatmulFamily {
  if (variant.kind === 'vector') return variant.family;
  return variant.kind === 'blocked' ? 'blocked' : 'tiled';
}

export interface MatmulDispatch {
  readonly kernel: string;
  readonly flags: Readonly<Record<string, FlagValue>>;
  readonly overrides: Readonly<Record<string, number>>;
  readonly params: Readonly<Record<string, number>>;
  readonly workgroups: readonly [number, number, number];
  readonly flops: number;
  readonly bytes: number;
}

export interface MatmulPlan {
  /** f32 elements of the `scratch` binding; 0 where no dispatch has one. */
  readonly scratchElements: number;
  readonly dispatches: readonly MatmulDispatch[];
}

/** How k is shared out: the order of sums, so a function of the problem and family alone, never of a measurement. */
export interface Partition {
  readonly kind: 'whole' | 'vector' | 'sliced' | 'split';
  /** Parts of k that are summed apart, then added in order. */
  readonly parts: number;
}

/** Largest number of workgroups that the specification grants in one dimension. */
const FOLD = 65_535;

/** A multiple of every tileK, so that tiles of any variant end where a part of k does. */
const SPLIT_QUANTUM = 64;

/**
 * Rows of a vector product at most. On a GPU so many sums a column fit a thread's registers; on a software adapter, from three rows on, threads
 * that pass rows of A round (matmul_blocked) are faster.
 */
const VECTOR_ROWS: Readonly<Record<MatmulFamily, number>> = { tiled: 8, blocked: 2 };

export function partition(problem: MatmulProblem, family: MatmulFamily): Partition {
  const { m, n, k } = problem;
  if (m <= VECTOR_ROWS[family] && !problem.ta) return { kind: 'vector', parts: vectorTeams(problem, family).slices };
  if (family === 'blocked') return { kind: 'whole', parts: 1 };
  // Few outputs: 16x16 tiles still fill a GPU, and splitting k inside a workgroup hides the latency of its loads.
  const small = Math.ceil(m / 16) * Math.ceil(n / 16);
  if (small <= 1024 && k >= 16 && m * n * k <= 2 ** 26)
    return { kind: 'sliced', parts: Math.min(16, Math.ceil(k / 4)) };
  const tiles = Math.ceil(m / 64) * Math.ceil(n / 64);
  const parts = Math.min(Math.floor(1024 / tiles), Math.floor(k / 256));
  return parts >= 2 ? { kind: 'split', parts } : { kind: 'whole', parts: 1 };
}

/** Workgroups that keep a GPU busy. */
const FILLING = 96;

/**
 * How the threads of a workgroup share a product of few rows: `quads` of columns side by side, `slices` of k, `own` quads a thread.
 * On a GPU fewer columns and more slices where there are few columns, so that all of it works; at least a memory sector of neighbours.
 */
export function vectorTeams(
  { m, n, k, tb }: Pick<MatmulProblem, 'm' | 'n' | 'k' | 'tb'>,
  family: MatmulFamily,
): { readonly quads: number; readonly slices: number; readonly own: number } {
  const all = Math.ceil(n / 4);
  // Alone: four threads a workgroup, and more columns each where that leaves work for several cores; the loop's code must stay small.
  if (family === 'blocked') return { quads: 4, slices: 1, own: m <= VECTOR_ROWS.blocked && all >= 64 ? 2 : 1 };
  const mostSlices = 2 ** Math.floor(Math.log2(Math.max(1, Math.ceil(k / 4))));
  let quads = 8;
  while (quads > (tb ? 1 : 2) && all / quads < FILLING) quads /= 2;
  return { quads, slices: Math.min(256 / quads, mostSlices), own: 1 };
}

/** Workgroups of `count` in two dimensions, both within the limit. */
function fold(count: number): readonly [number, number, number] {
  return count <= FOLD ? [count, 1, 1] : [FOLD, Math.ceil(count / FOLD), 1];
}

/** Each array once: what must move at least. */
function leastBytes(problem: MatmulProblem): number {
  const { m, n, k, bias, aux, residual, accumulate, biasGrad } = problem;
  const outputs = 1 + (aux > 0 ? 1 : 0) + (residual ? 1 : 0) + (accumulate ? 1 : 0);
  return 4 * (m * k + k * n + outputs * m * n + (bias ? n : 0) + (biasGrad ? 2 * n : 0));
}

/** The flags of include/matmul_output.wgsl, and how the arrays are read. */
export function problemFlags(problem: MatmulProblem, family: MatmulFamily): Record<string, FlagValue> {
  const { m, n, k, ta, tb } = problem;
  const wide = family === 'tiled';
  const wideA = wide && (ta ? m : k) % 4 === 0;
  const wideB = wide && (tb ? k : n) % 4 === 0;
  const wideC = wide && n % 4 === 0;
  return {
    TA: Number(ta),
    TB: Number(tb),
    BIAS: Number(problem.bias),
    ACT: problem.act,
    AUX: problem.aux,
    RESIDUAL: Number(problem.residual),
    ACCUMULATE: Number(problem.accumulate),
    BIAS_GRAD: Number(problem.biasGrad),
    INPUTS: 1,
    SPLIT: 0,
    WIDE_A: Number(wideA),
    WIDE_B: Number(wideB),
    WIDE: Number(wideC),
    A_TYPE: wideA ? 'vec4f' : 'f32',
    B_TYPE: wideB ? 'vec4f' : 'f32',
    C_TYPE: wideC ? 'vec4f' : 'f32',
  };
}

/** @throws RangeError for empty sizes, both transposes, or a bias gradient without ta. */
function checkProblem({ m, n, k, ta, tb, biasGrad }: MatmulProblem): void {
  for (const [name, size] of Object.entries({ m, n, k })) {
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(`matmul: ${name} is ${size}, needs a whole number of 1 or more`);
  }
  if (ta && tb) throw new RangeError('matmul: A and B cannot both be transposed');
  if (biasGrad && !ta) throw new RangeError('matmul: a bias gradient comes only with A transposed');
}

export function planMatmul(problem: MatmulProblem, variant: MatmulVariant): MatmulPlan {
  checkProblem(problem);
  if (variant.kind === 'vector') return planVector(problem, variant);
  if (variant.kind === 'blocked') return planBlocked(problem, variant);
  return variant.kind === 'sliced' ? planSliced(problem) : planTiled(problem, variant);
}

/** The element type of an array that is read `length` elements at a time. */
function vectorType(length: 1 | 2 | 4): string {
  return length === 1 ? 'f32' : `vec${length}f`;
}

function planBlocked(problem: MatmulProblem, variant: BlockedVariant): MatmulPlan {
  const { m, n, k, ta, tb } = problem;
  const { rows, columns, quad } = variant;
  const turn = k % variant.turn === 0 ? variant.turn : k % 2 === 0 && variant.turn > 2 ? 2 : 1;
  const wideA = ta && quad && m % 4 === 0 && rows % 16 === 0;
  const wide = n % 4 === 0 && columns % 16 === 0;
  const wideB = wide && !tb;
  const tilesN = Math.ceil(n / columns);
  const tiles = tilesN * Math.ceil(m / rows);
  const flags = {
    ...problemFlags(problem, 'blocked'),
    WIDE_A: Number(wideA),
    WIDE_B: Number(wideB),
    WIDE: Number(wide),
    A_TYPE: vectorType(ta ? (wideA ? 4 : 1) : turn),
    B_TYPE: vectorType(tb ? turn : wideB ? 4 : 1),
    C_TYPE: vectorType(wide ? 4 : 1),
    ROWS: rows,
    COLUMNS: columns / 4,
    TURN: turn,
    QUAD: Number(quad),
    N_EDGE: Number(n % columns !== 0),
  };
  return whole(problem, 'matmul_blocked', flags, tilesN, tiles);
}

function planVector(problem: MatmulProblem, { family }: VectorVariant): MatmulPlan {
  const { m, n, k } = problem;
  if (m > VECTOR_ROWS.tiled || problem.ta) throw new RangeError(`matmul: ${m} rows are no vector product`);
  const { quads, slices, own } = vectorTeams(problem, family);
  const flags = {
    ...problemFlags(problem, 'tiled'),
    ROWS: m,
    QUADS: quads,
    SLICES: slices,
    OWN: own,
    K_EDGE: Number(k % 4 !== 0),
  };
  const tiles = Math.ceil(n / (4 * quads * own));
  return whole(problem, 'matmul_vector', flags, tiles, tiles);
}

function planSliced(problem: MatmulProblem): MatmulPlan {
  const { m, n } = problem;
  const { parts } = partition(problem, 'tiled');
  const tilesN = Math.ceil(n / 16);
  const tiles = tilesN * Math.ceil(m / 16);
  // Its epilogue works on single elements, its loads on vectors.
  const flags = {
    ...problemFlags(problem, 'tiled'),
    WIDE: 0,
    C_TYPE: 'f32',
    SLICES: parts,
    K_EDGE: Number(problem.k % 4 !== 0),
  };
  return whole(problem, 'matmul_sliced', flags, tilesN, tiles);
}

function whole(
  problem: MatmulProblem,
  kernel: string,
  flags: MatmulDispatch['flags'],
  tilesN: number,
  tiles: number,
): MatmulPlan {
  const { m, n, k } = problem;
  return {
    scratchElements: 0,
    dispatches: [
      {
        kernel,
        flags,
        overrides: {},
        params: { m, n, k, tiles_n: tilesN, tiles, part_k: k },
        workgroups: fold(tiles),
        flops: 2 * m * n * k,
        bytes: leastBytes(problem),
      },
    ],
  };
}

function planTiled(problem: MatmulProblem, { tileM, tileN, tileK, threadM, threadN }: TiledVariant): MatmulPlan {
  const { m, n, k } = problem;
  const { kind, parts } = partition(problem, 'tiled');
  const split = kind === 'split';
  const tilesN = Math.ceil(n / tileN);
  const tiles = tilesN * Math.ceil(m / tileM);
  const partK = split ? Math.ceil(k / parts / SPLIT_QUANTUM) * SPLIT_QUANTUM : k;
  const partsUsed = Math.ceil(k / partK);
  const shape = problemFlags(problem, 'tiled');
  const threads = (tileM / threadM) * (tileN / threadN);
  // A work item of a load is a vector, or a 4x4 block where stored rows run along k; see the kernel.
  const itemsA = (tileM / 4) * (problem.ta ? tileK : tileK / 4);
  const itemsB = (tileN / 4) * (problem.tb ? tileK / 4 : tileK);
  const flags = {
    ...shape,
    SPLIT: Number(split),
    THREADS: threads,
    ITEMS_A: itemsA,
    ITEMS_B: itemsB,
    LOADS_A: Math.ceil(itemsA / threads),
    LOADS_B: Math.ceil(itemsB / threads),
    LOAD_ROWS_A: problem.ta ? 1 : 4,
    LOAD_ROWS_B: problem.tb ? 4 : 1,
    TILE_M: tileM,
    TILE_N: tileN,
    TILE_K: tileK,
    THREAD_M: threadM,
    THREAD_N: threadN,
    K_EDGE: Number(k % tileK !== 0),
  };
  const plan = whole(problem, 'matmul_tiled', flags, tilesN, tiles);
  if (!split) return plan;
  // A part's scratch: m rows of sums, then a row of column sums where the bias gradient is wanted.
  const rows = m + Number(problem.biasGrad);
  const scratchElements = partsUsed * rows * n;
  const width = n % 4 === 0 ? 4 : 1;
  const [first] = plan.dispatches;
  return {
    scratchElements,
    dispatches: [
      {
        ...first,
        params: { ...first.params, part_k: partK },
        workgroups: [fold(tiles)[0], fold(tiles)[1], partsUsed],
        bytes: 4 * (m * k + k * n + scratchElements),
      },
      {
        kernel: 'matmul_reduce',
        flags: { ...shape, INPUTS: 0 },
        overrides: {},
        params: { m, n, k: partsUsed, tiles_n: 1, tiles: Math.ceil((rows * n) / width), part_k: 1 },
        workgroups: fold(Math.ceil((rows * n) / width / 64)),
        flops: scratchElements,
        bytes: 4 * scratchElements + leastBytes(problem) - 4 * (m * k + k * n),
      },
    ],
  };
}
