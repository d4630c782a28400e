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
  /** Probability that a probability is dropped; 0 leaves the mask out of the kernels. */
  readonly dropout: number;
  /** Names the place in the model to the dropout mask (hashName of the module's name). */
  readonly dropoutTag?: number;
  /** Where this rank's first micro-batch begins in the global batch's mask, counted over [B, Hq, T, T]; 0 where not given. */
  readonly dropoutFirstElement?: number;
  /** 1/sqrt(headDim) where not given. */
  readonly scale?: number;
}

export interface AttentionPlan {
  /** Reads qkv; writes out, lse. */
  readonly forward: PlannedDispatch;
  /** Reads qkv, out, d_out, lse; writes delta and the query columns of d_qkv. Comes before backwardKeyValue. */
  readonly backwardQuery: PlannedDispatch;
  /** Reads qkv, d_out, lse, delta; writes the key and value columns of d_qkv. */
  readonly backwardKeyValue: PlannedDispatch;
}

type Pass = keyof AttentionPlan;

const KERNELS: Readonly<Record<Pass, string>> = {
  forward: 'attention_forward',
  backwardQuery: 'attention_backward_query',
  backwardKeyValue: 'attention_backward_key_value',
};

/** Products of [T, T, D] a pass makes: S and PV; S, dP and dQ; S, dP, dV and dK. */
const PRODUCTS: Readonly<Record<Pass, number>> = { forward: 2, backwardQuery: 3, backwardKeyValue: 4 };

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
    params['dropout_first_element'] = problem.dropoutFirstElement ?? 0;
  }
  const visible = causal ? (tokens * (tokens + 1)) / 2 : tokens * tokens;
  const queryBytes = 4 * batch * tokens * heads * headDim;
  const keyBytes = 4 * batch * tokens * kvHeads * headDim;
  const rowBytes = 4 * batch * heads * tokens;
  const bytes: Readonly<Record<Pass, number>> = {
    forward: 2 * queryBytes + 2 * keyBytes + rowBytes,
    backwardQuery: 4 * queryBytes + 2 * keyBytes + 2 * rowBytes,
    backwardKeyValue: 2 * queryBytes + 4 * keyBytes + 2 * rowBytes,
  };
  const plan = (pass: Pass): PlannedDispatch => {
    const pairs = batch * (pass === 'backwardKeyValue' ? kvHeads : heads);
    const structure =
      family === 'tiled' ? tiledStructure(problem, pass, pairs, limits) : blockedStructure(problem, pass, features);
    return {
      kernel: KERNELS[pass],
      flags: { D: headDim, CAUSAL: causal ? 1 : 0, DROPOUT: problem.dropout > 0 ? 1 : 0, ...structure.flags },
      overrides: structure.overrides,
      params,
      workgroups: foldWorkgroups(pairs * Math.ceil(tokens / structure.rowsPerWorkgroup)),
      flops: 2 * PRODUCTS[pass] * batch * heads * visible * headDim,
      bytes: bytes[pass],
    };
  };
  return { forward: plan('forward'), backwardQuery: plan('backwardQuery'), backwardKeyValue: plan('backwardKeyValue') };
}

interface Structure {
  readonly flags: Flags;
  readonly overrides: Readonly<Record<string, number>>;
  readonly rowsPerWorkgroup: number;
}

/** Four lanes run together on a software adapter: they share the addresses of what they load. */
const BLOCKED_WORKGROUP = 4;

/**
 * Rows a thread: more mean fewer loads a product and longer unrolled code, which costs at compilation (measured: docs/performance.md).
 * With quad broadcasts loads are cheap, and a few rows are enough.
 */
function blockedRows(quads: number, pass: Pass, broadcasts: boolean): number {
  if (!broadcasts) return quads <= 4 ? 4 : 2;
  if (pass === 'backwardKeyValue') return quads <= 4 ? 2 : 1;
  if (pass === 'backwardQuery' && quads <= 4) return 4;
  return quads <= 4 ? 3 : quads <= 16 ? 2 : 1;
}

function blockedStructure({ headDim }: AttentionProblem, pass: Pass, features: readonly string[]): Structure {
  const quads = Math.ceil(headDim / 4);
  const whole = headDim % 4 === 0;
  const broadcasts = whole && features.includes('subgroups');
  const rows = blockedRows(quads, pass, broadcasts);
  const flags: Flags = { TILED: 0, VEC4: whole && !broadcasts ? 1 : 0, QUAD: broadcasts ? 1 : 0, ROWS: rows };
  return {
    // Keys a turn: a turn rescales the accumulators once.
    flags: pass === 'forward' ? { ...flags, KEYS: quads <= 8 && !broadcasts ? 2 : 1 } : flags,
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

function tiledStructure(
  problem: AttentionProblem,
  pass: Pass,
  pairs: number,
  limits: Readonly<Record<string, number>>,
): Structure {
  const { tokens, headDim } = problem;
  const storage = limits['maxComputeWorkgroupStorageSize'] ?? FLOOR_STORAGE;
  // Quads of a head, padded with zeros to a multiple of 4 so that any head size shares one thread layout.
  const quads = 4 * Math.ceil(headDim / 16);
  const rowsWanted = [64, 32].find((rows) => pairs * Math.ceil(tokens / rows) >= ENOUGH_WORKGROUPS) ?? 16;
  // The backward passes hold two score tiles and two accumulators in registers: 64 columns would spill them.
  const columnsWanted = pass === 'forward' || rowsWanted === 16 ? 64 : 32;
  const columnsNeeded = tokens <= 32 ? 32 : 64;
  for (const tile of TILES) {
    if (tile.rows > rowsWanted || tile.columns > Math.min(columnsWanted, columnsNeeded)) continue;
    for (const chunk of quads > CHUNK ? [quads, CHUNK] : [quads]) {
      const valueRows = Math.min(tile.columns, Math.max(4, 2 ** Math.floor(Math.log2(256 / quads))));
      const needed = workgroupBytes(pass, tile, quads, chunk, valueRows);
      if (needed > storage || (chunk > CHUNK && needed > WHOLE_HEAD_STORAGE)) continue;
      return {
        flags: {
          TILED: 1,
          VEC4: headDim % 4 === 0 ? 1 : 0,
          QUAD: 0,
          PAIRS: pass === 'forward' ? 1 : 2,
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
      };
    }
  }
  throw new RangeError(`attention: a head of ${headDim} does not fit ${storage} bytes of workgroup memory`);
}

/** Workgroup memory of a tiled kernel, as its file declares it; rows of chunks and of the score tile are padded against bank conflicts. */
function workgroupBytes(
  pass: Pass,
  { rows, columns, threads }: Tile,
  quads: number,
  chunk: number,
  valueRows: number,
): number {
  const chunks = (rows + columns) * (chunk + 1 - (chunk % 2)) * (pass === 'forward' ? 1 : 2);
  const values = pass === 'forward' || quads > chunk ? valueRows * quads : 0;
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
  if (!(problem.dropout >= 0 && problem.dropout < 1))
    throw new RangeError(`attention: dropout must be at least 0 and below 1, got ${problem.dropout}`);
}
