// Plans the three attention kernels as plain data: variant, values, workgroups and cost, from the problem's shape and the device's
// limits. Never from a measurement: tile sizes fix the order of sums, and every rank must sum alike. It touches no device.

import { foldWorkgroups, type PlanFamily, type PlannedDispatch } from '../plans/plannedDispatch';
import type { Flags } from '../shaderSource';

export interface AttentionProblem {
  readonly batch: number;
  readonly tokens: number;
  /** Query heads. */
  readonly heads: number;
  /** Divides heads; query head h reads key/value head floor(h * kvHeads / heads). */
  readonly kvHeads: number;
  readonly headDim: number;
  readonly causal: boolean;
  /** Where causal: keys that a query sees, itself and those before it; all of them where not given. */
  readonly window?: number;
  /**
   * The kernels read `mask`, u32 [B*T]. Where not causal: 0 where the key is padding. Where causal: the first key that each token may see, where its
   * document begins in its sequence.
   */
  readonly masked?: boolean;
  /** Probability that a probability is dropped; 0 leaves the mask out of the kernels. */
  readonly dropout: number;
  /** Names the place in the model to the dropout mask (hashName of the module's name). */
  readonly dropoutTag?: number;
  /** Query heads of the whole model, for the mask: `heads` where not given, more where heads are sharded. */
  readonly totalHeads?: number;
  /** Which of them is query head 0 here; 0 where not given. */
  readonly headOffset?: number;
  /** 1/sqrt(headDim) where not given. */
  readonly scale?: number;
}

/** What a dispatch makes: `both` is `query` and `keyValue` at once. */
export type AttentionSide = 'forward' | 'query' | 'keyValue' | 'both';

/**
 * All read mask too where there is one.
 * forward: reads qkv; writes out, lse.
 * query: reads qkv, out, d_out, lse; writes delta and the query columns of d_qkv. Comes before keyValue.
 * keyValue: reads qkv, d_out, lse, delta; writes the key and value columns of d_qkv.
 * both: reads qkv, out, d_out, lse; writes delta and d_qkv.
 */
export interface AttentionKernel {
  readonly side: AttentionSide;
  /** Names the variant for people. */
  readonly id: string;
  readonly dispatch: PlannedDispatch;
}

export interface AttentionPlan {
  readonly forward: AttentionKernel;
  /** In this order. */
  readonly backward: readonly AttentionKernel[];
}

const KERNELS: Readonly<Record<AttentionSide, string>> = {
  forward: 'attention_forward',
  query: 'attention_backward_query',
  keyValue: 'attention_backward_key_value',
  both: 'attention_backward_wide',
};

/** Products of [T, T, D]: S and PV; S, dP and dQ; S, dP, dV and dK; each once. */
const PRODUCTS: Readonly<Record<AttentionSide, number>> = { forward: 2, query: 3, keyValue: 4, both: 5 };

/** The specification's floor of maxComputeWorkgroupStorageSize. */
const FLOOR_STORAGE = 16_384;
/** Beyond this a workgroup leaves too little of a GPU core's memory to its neighbours. */
const WHOLE_HEAD_STORAGE = 24_576;
/** Workgroups that keep a large GPU busy: fewer, and rows are spread over smaller tiles. */
const ENOUGH_WORKGROUPS = 256;

/**
 * `features` by WebGPU's names: `subgroups` lets software adapters load less. All ranks of a run must give the same.
 * @throws RangeError for sizes that are no positive integers, heads that do not divide, or a dropout outside [0, 1).
 */
export function planAttention(
  problem: AttentionProblem,
  family: PlanFamily,
  limits: Readonly<Record<string, number>>,
  features: readonly string[] = [],
): AttentionPlan {
  check(problem);
  const kernel = (side: Exclude<AttentionSide, 'both'>): AttentionKernel =>
    family === 'tiled'
      ? tiledKernel(problem, side, limits)
      : kernelOf(problem, side, blockedStructure(problem, side, features));
  if (family === 'blocked') return { forward: kernel('forward'), backward: [kernel('query'), kernel('keyValue')] };
  const { batch, tokens, heads, kvHeads } = problem;
  const fills = (pairs: number, rows: number): boolean => pairs * Math.ceil(tokens / rows) >= ENOUGH_WORKGROUPS;
  const [forward] = wideForward(problem, limits);
  const wide = wideBackward(problem, limits);
  const both = wide.find(({ side }) => side === 'both');
  const keyValue = wide.find(({ side }) => side === 'keyValue');
  return {
    forward: forward && fills(batch * heads, rowsOf(forward)) ? forward : kernel('forward'),
    backward:
      both && batch * kvHeads >= ENOUGH_WORKGROUPS
        ? [both]
        : [kernel('query'), keyValue && fills(batch * kvHeads, WIDE_KEYS) ? keyValue : kernel('keyValue')],
  };
}

/** Every tiled kernel that these limits let run: for checks, and to measure which the rule above should take. */
export function attentionCandidates(
  problem: AttentionProblem,
  limits: Readonly<Record<string, number>>,
): readonly AttentionKernel[] {
  check(problem);
  return [
    tiledKernel(problem, 'forward', limits),
    ...wideForward(problem, limits),
    tiledKernel(problem, 'query', limits),
    tiledKernel(problem, 'keyValue', limits),
    ...wideBackward(problem, limits),
  ];
}

/** The window where it hides anything. */
function windowOf({ tokens, window = tokens }: AttentionProblem): number | undefined {
  return window < tokens ? window : undefined;
}

/** A structure made a dispatch. */
function kernelOf(problem: AttentionProblem, side: AttentionSide, structure: Structure): AttentionKernel {
  const { batch, tokens, heads, kvHeads, headDim, causal } = problem;
  const params: Record<string, number> = {
    batch,
    tokens,
    heads,
    kv_heads: kvHeads,
    scale: problem.scale ?? 1 / Math.sqrt(headDim),
  };
  if (problem.dropout > 0) {
    params['dropout_tag'] = problem.dropoutTag ?? 0;
    params['dropout_rate'] = problem.dropout;
    params['dropout_keep_scale'] = 1 / (1 - Math.fround(problem.dropout));
    params['dropout_total_heads'] = problem.totalHeads ?? heads;
    params['dropout_head_offset'] = problem.headOffset ?? 0;
  }
  const window = windowOf(problem);
  if (window !== undefined) params['window'] = window;
  const seen = window ?? tokens;
  const visible = causal ? (seen * (2 * tokens - seen + 1)) / 2 : tokens * tokens;
  const queryBytes = 4 * batch * tokens * heads * headDim;
  const keyBytes = 4 * batch * tokens * kvHeads * headDim;
  const rowBytes = 4 * batch * heads * tokens;
  const bytes: Readonly<Record<AttentionSide, number>> = {
    forward: 2 * queryBytes + 2 * keyBytes + rowBytes,
    query: 4 * queryBytes + 2 * keyBytes + 2 * rowBytes,
    keyValue: 2 * queryBytes + 4 * keyBytes + 2 * rowBytes,
    both: 4 * queryBytes + 4 * keyBytes + 2 * rowBytes,
  };
  const pairs = batch * (side === 'keyValue' || side === 'both' ? kvHeads : heads);
  return {
    side,
    id: structure.id,
    dispatch: {
      kernel: structure.kernel ?? KERNELS[side],
      flags: {
        D: headDim,
        CAUSAL: causal ? 1 : 0,
        WINDOW: window ? 1 : 0,
        MASK: problem.masked === true && !causal ? 1 : 0,
        DOCUMENTS: problem.masked === true && causal ? 1 : 0,
        DROPOUT: problem.dropout > 0 ? 1 : 0,
        ...structure.flags,
      },
      overrides: structure.overrides,
      params,
      workgroups: foldWorkgroups(pairs * Math.ceil(tokens / structure.rowsPerWorkgroup)),
      flops: 2 * PRODUCTS[side] * batch * heads * visible * headDim,
      bytes: bytes[side],
    },
  };
}

/** The tile sizes of the wide forward kernel: rows and columns a thread, threads over rows; 8 threads go over columns. */
const WIDE_FORWARD = { rows: 4, columns: 8, lanesY: 16 } as const;

/** Keys of a workgroup of the wide backward kernel. */
const WIDE_KEYS = 64;

/** Threads go over a head 8 quads at a time. */
function isWide({ headDim }: AttentionProblem): boolean {
  return headDim === 32 || headDim === 64;
}

function rowsOf({ dispatch: { flags } }: AttentionKernel): number {
  return Number(flags['ROWS']) * Number(flags['LANES_Y']);
}

function wideForward(problem: AttentionProblem, limits: Readonly<Record<string, number>>): AttentionKernel[] {
  if (!isWide(problem)) return [];
  const { rows, columns, lanesY } = WIDE_FORWARD;
  const quads = problem.headDim / 4;
  const stride = Math.max(quads, 2 * columns) + 1;
  const keyRows = Math.max(rows, (8 * columns) / lanesY);
  const bytes = 16 * (rows * lanesY * (quads + 1) + keyRows * lanesY * stride + 32 * quads + 2 * rows * lanesY);
  if (bytes > storageOf(limits)) return [];
  return [
    kernelOf(problem, 'forward', {
      id: `wide ${rows * lanesY}x${8 * columns}`,
      kernel: 'attention_forward_wide',
      flags: {
        VEC4: 1,
        ROWS: rows,
        COLUMNS: columns,
        LANES_Y: lanesY,
        QUADS: quads,
        KEY_ROWS: keyRows,
        STRIDE: stride,
      },
      overrides: {},
      rowsPerWorkgroup: rows * lanesY,
    }),
  ];
}

function wideBackward(problem: AttentionProblem, limits: Readonly<Record<string, number>>): AttentionKernel[] {
  if (!isWide(problem)) return [];
  const quads = problem.headDim / 4;
  const bytes = 16 * (128 * (quads + 1) + 32 * 18) + 8 * 32;
  if (bytes > storageOf(limits)) return [];
  return (['keyValue', 'both'] as const).map((side) =>
    kernelOf(problem, side, {
      id: 'wide',
      kernel: 'attention_backward_wide',
      flags: { VEC4: 1, QUADS: quads, WHOLE: side === 'both' ? 1 : 0 },
      overrides: {},
      rowsPerWorkgroup: side === 'both' ? problem.tokens : WIDE_KEYS,
    }),
  );
}

function storageOf(limits: Readonly<Record<string, number>>): number {
  return limits['maxComputeWorkgroupStorageSize'] ?? FLOOR_STORAGE;
}

interface Structure {
  readonly id: string;
  /** Where it is not the side's first. */
  readonly kernel?: string;
  readonly flags: Flags;
  readonly overrides: Readonly<Record<string, number>>;
  readonly rowsPerWorkgroup: number;
}

/** Four lanes run together on a software adapter: they share the addresses of what they load. */
const BLOCKED_WORKGROUP = 4;

/**
 * Rows a thread: more mean fewer loads a product and longer unrolled code, which costs at compilation (measured: docs/performance.md).
 * Where four threads share their loads these are cheap, and a few rows are enough.
 */
function blockedRows(quads: number, side: AttentionSide, shared: boolean): number {
  if (!shared) return quads <= 4 ? 4 : 2;
  if (side === 'keyValue') return quads <= 4 ? 2 : 1;
  return quads <= 4 ? 4 : quads <= 16 ? 2 : 1;
}

function blockedStructure({ headDim }: AttentionProblem, side: AttentionSide, features: readonly string[]): Structure {
  const quads = Math.ceil(headDim / 4);
  // Four threads take a quad of dims each: heads of 16, 32, 48, ...
  const shared = headDim % 16 === 0 && features.includes('subgroups');
  const rows = blockedRows(quads, side, shared);
  const flags: Flags = { TILED: 0, VEC4: headDim % 4 === 0 ? 1 : 0, QUAD: shared ? 1 : 0, ROWS: rows };
  return {
    id: `blocked ${rows}${shared ? ' quad' : ''}`,
    // Keys a turn: a turn rescales the accumulators once.
    flags: side === 'forward' ? { ...flags, KEYS: quads <= 8 && !shared ? 2 : 1 } : flags,
    overrides: { workgroup: BLOCKED_WORKGROUP },
    rowsPerWorkgroup: rows * BLOCKED_WORKGROUP,
  };
}

interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly threads: number;
}

/** From large to small. Each thread has at least one row of each product, and threads / rows share a row's softmax. */
const TILES: readonly Tile[] = [
  { rows: 64, columns: 64, threads: 128 },
  { rows: 64, columns: 32, threads: 128 },
  { rows: 32, columns: 32, threads: 64 },
  { rows: 32, columns: 16, threads: 64 },
  { rows: 16, columns: 64, threads: 64 },
  { rows: 16, columns: 32, threads: 64 },
  { rows: 16, columns: 16, threads: 64 },
];

/** Columns of the score tile that a row of threads covers at once. */
const LANES_X = 8;
const CHUNK = 4;

function tiledKernel(
  problem: AttentionProblem,
  side: Exclude<AttentionSide, 'both'>,
  limits: Readonly<Record<string, number>>,
): AttentionKernel {
  const { batch, tokens, heads, kvHeads, headDim } = problem;
  const pairs = batch * (side === 'keyValue' ? kvHeads : heads);
  const storage = storageOf(limits);
  // Quads of a head, padded with zeros to a multiple of 4 so that any head size shares one thread layout.
  const quads = 4 * Math.ceil(headDim / 16);
  const rowsWanted = [64, 32].find((rows) => pairs * Math.ceil(tokens / rows) >= ENOUGH_WORKGROUPS) ?? 16;
  // The backward passes hold two score tiles and two accumulators in registers: 64 columns would spill them.
  const columnsWanted = side === 'forward' || rowsWanted === 16 ? 64 : 32;
  const columnsNeeded = tokens <= 32 ? 32 : 64;
  for (const tile of TILES) {
    if (tile.rows > rowsWanted || tile.columns > Math.min(columnsWanted, columnsNeeded)) continue;
    for (const chunk of quads > CHUNK ? [quads, CHUNK] : [quads]) {
      const valueRows = Math.min(tile.columns, Math.max(4, 2 ** Math.floor(Math.log2(256 / quads))));
      const needed = workgroupBytes(side, tile, quads, chunk, valueRows);
      if (needed > storage || (chunk > CHUNK && needed > WHOLE_HEAD_STORAGE)) continue;
      return kernelOf(problem, side, {
        id: `tiled ${tile.rows}x${tile.columns}`,
        flags: {
          TILED: 1,
          VEC4: headDim % 4 === 0 ? 1 : 0,
          QUAD: 0,
          PAIRS: side === 'forward' ? 1 : 2,
          ROW_TILE: tile.rows,
          COLUMN_TILE: tile.columns,
          THREADS: tile.threads,
          LANES_X,
          QUADS: quads,
          CHUNK: chunk,
          VALUE_ROWS: valueRows,
          DEPTH_LANES: quads % 8 === 0 ? 8 : 4,
        },
        overrides: {},
        rowsPerWorkgroup: tile.rows,
      });
    }
  }
  throw new RangeError(`attention: a head of ${headDim} does not fit ${storage} bytes of workgroup memory`);
}

/** Workgroup memory of a tiled kernel, as its file declares it; rows of chunks and of the score tile are padded against bank conflicts. */
function workgroupBytes(
  side: AttentionSide,
  { rows, columns, threads }: Tile,
  quads: number,
  chunk: number,
  valueRows: number,
): number {
  const chunks = (rows + columns) * (chunk + 1 - (chunk % 2)) * (side === 'forward' ? 1 : 2);
  const values = side === 'forward' || quads > chunk ? valueRows * quads : 0;
  return 16 * (chunks + values + rows * (columns / 4 + 1)) + 4 * threads + 8 * Math.max(rows, columns);
}

function check(problem: AttentionProblem): void {
  for (const name of ['batch', 'tokens', 'heads', 'kvHeads', 'headDim'] as const) {
    if (!Number.isInteger(problem[name]) || problem[name] < 1)
      throw new RangeError(`attention: ${name} must be a positive integer, got ${problem[name]}`);
  }
  if (problem.heads % problem.kvHeads !== 0) {
    throw new RangeError(
      `attention: ${problem.heads} query heads do not divide over ${problem.kvHeads} key/value heads`,
    );
  }
  const { heads, totalHeads = heads, headOffset = 0, window = 1 } = problem;
  if (!(Number.isInteger(window) && window >= 1 && (problem.causal || problem.window === undefined)))
    throw new RangeError(`attention: a window is a positive integer and needs causal attention, got ${problem.window}`);
  if (!(headOffset >= 0 && headOffset + heads <= totalHeads))
    throw new RangeError(`attention: heads ${headOffset} to ${headOffset + heads} are not among ${totalHeads}`);
  if (!(problem.dropout >= 0 && problem.dropout < 1))
    throw new RangeError(`attention: dropout must be at least 0 and below 1, got ${problem.dropout}`);
}
