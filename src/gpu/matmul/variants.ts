// Which kernel variants a matrix product may take, and which to take before anything was measured. Within a family all of them give
// the same bits (the order of sums is partition()'s), so a later choice by measurement changes speed alone.

import type {
  BlockedVariant,
  MatmulFamily,
  MatmulProblem,
  MatmulVariant,
  SlicedVariant,
  TiledVariant,
  Turn,
  VectorVariant,
} from './plan';
import { partition } from './plan';

/** AdapterFacts has these. */
export interface MatmulDevice {
  readonly limits: Readonly<Record<string, number>>;
  readonly features: readonly string[];
}

function blocked(rows: number, columns: number, turn: Turn, quad: boolean): BlockedVariant {
  return { id: `blocked ${rows}x${columns}x${turn}${quad ? ' quad' : ''}`, kind: 'blocked', rows, columns, turn, quad };
}

function tiled(tileM: number, tileN: number, tileK: number, threadM: number, threadN: number): TiledVariant {
  return {
    id: `tiled ${tileM}x${tileN}x${tileK} ${threadM}x${threadN}`,
    kind: 'tiled',
    tileM,
    tileN,
    tileK,
    threadM,
    threadN,
  };
}

const SLICED: SlicedVariant = { id: 'sliced 16x16', kind: 'sliced' };

const VECTOR: Readonly<Record<MatmulFamily, VectorVariant>> = {
  blocked: { id: 'vector alone', kind: 'vector', family: 'blocked' },
  tiled: { id: 'vector team', kind: 'vector', family: 'tiled' },
};

/** Fastest first: where several waste equally little, the first wins. */
const BLOCKED_SHAPES: readonly (readonly [rows: number, columns: number, turn: Turn])[] = [
  [12, 16, 4],
  [12, 32, 2],
  [16, 16, 2],
  [16, 24, 1],
  [8, 16, 4],
  [8, 24, 1],
  [8, 8, 1],
];

const TILED_SHAPES: readonly TiledVariant[] = [
  tiled(128, 128, 16, 8, 8),
  tiled(128, 128, 8, 8, 8),
  tiled(128, 96, 16, 8, 8),
  tiled(128, 64, 16, 8, 8),
  tiled(64, 64, 16, 8, 4),
  tiled(64, 64, 16, 4, 4),
  tiled(32, 32, 16, 4, 4),
];

/** Of the multiply-adds that the tiles do, how many the problem needs. */
function useful({ m, n }: MatmulProblem, tileM: number, tileN: number): number {
  return ((m / Math.ceil(m / tileM)) * (n / Math.ceil(n / tileN))) / (tileM * tileN);
}

function workgroupBytes({ tileM, tileN, tileK }: TiledVariant): number {
  return 16 * tileK * (tileM / 4 + 1 + tileN / 4 + 1);
}

function fits(variant: TiledVariant, { limits }: MatmulDevice): boolean {
  const threads = (variant.tileM / variant.threadM) * (variant.tileN / variant.threadN);
  return (
    workgroupBytes(variant) <= (limits['maxComputeWorkgroupStorageSize'] ?? 16_384) &&
    threads <= (limits['maxComputeInvocationsPerWorkgroup'] ?? 256)
  );
}

function tileCount({ m, n }: MatmulProblem, { tileM, tileN }: TiledVariant): number {
  return Math.ceil(m / tileM) * Math.ceil(n / tileN);
}

function blockedVariants(problem: MatmulProblem, device: MatmulDevice): (BlockedVariant | VectorVariant)[] {
  if (partition(problem, 'blocked').kind === 'vector') return [VECTOR.blocked];
  const quad = device.features.includes('subgroups');
  const shapes = BLOCKED_SHAPES.map(([rows, columns, turn]) => blocked(rows, columns, turn, quad));
  const best = Math.max(...shapes.map(({ rows, columns }) => useful(problem, rows, columns)));
  return shapes.filter(({ rows, columns }) => useful(problem, rows, columns) > 0.85 * best).slice(0, 3);
}

function tiledVariants(problem: MatmulProblem, device: MatmulDevice): Exclude<MatmulVariant, BlockedVariant>[] {
  const { kind, parts } = partition(problem, 'tiled');
  if (kind === 'vector') return [VECTOR.tiled];
  if (kind === 'sliced') return [SLICED];
  const fitting = TILED_SHAPES.filter((variant) => fits(variant, device));
  // A GPU wants a hundred workgroups or so; the smallest tiles are there for those that cannot have them.
  const filling = fitting.filter((variant) => tileCount(problem, variant) * parts >= 96);
  const wanted = filling.length > 0 ? filling : fitting.slice(-1);
  const best = Math.max(...wanted.map(({ tileM, tileN }) => useful(problem, tileM, tileN)));
  return wanted.filter(({ tileM, tileN }) => useful(problem, tileM, tileN) > 0.7 * best).slice(0, 5);
}

/** Few variants worth timing, both families, the default of each first. */
export function candidateVariants(problem: MatmulProblem, device: MatmulDevice): MatmulVariant[] {
  return [...blockedVariants(problem, device), ...tiledVariants(problem, device)];
}

/** A good choice by shape alone, to use until something is measured. */
export function defaultVariant(problem: MatmulProblem, family: MatmulFamily, device: MatmulDevice): MatmulVariant {
  return family === 'blocked' ? blockedVariants(problem, device)[0] : tiledVariants(problem, device)[0];
}

/** Every variant of either family that the device can run on this problem, for verification and benchmarks. */
export function allVariants(problem: MatmulProblem, device: MatmulDevice): MatmulVariant[] {
  const { kind } = partition(problem, 'tiled');
  const quads = device.features.includes('subgroups') ? [true, false] : [false];
  return [
    ...(partition(problem, 'blocked').kind === 'vector'
      ? [VECTOR.blocked]
      : quads.flatMap((quad) => BLOCKED_SHAPES.map(([rows, columns, turn]) => blocked(rows, columns, turn, quad)))),
    ...(kind === 'vector'
      ? [VECTOR.tiled]
      : kind === 'sliced'
        ? [SLICED]
        : TILED_SHAPES.filter((variant) => fits(variant, device))),
  ];
}
