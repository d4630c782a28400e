// A model as the ranks of a mesh hold it: a safetensors file a rank, and shards.json, which says what mesh that was, how each tensor is placed
// on it, and which run of its rank's part each stored tensor is. Read back it is merged, and every value that two ranks hold must agree in
// all its bits. It knows no device.

import * as v from 'valibot';
import { LabError } from '../core/errors';
import type { NamedFile } from '../core/records';
import { type Coordinates, coordinatesOf, MAX_RANKS, type MeshShape, meshSize } from '../parallel/mesh';
import { localShape, type Placement, putShard } from '../parallel/placement';
import { readSafetensors, type SafeTensor } from './safetensors';
import { float32Tensor, writeSafetensors } from './safetensorsWriter';
import { sortedJson } from './sortedJson';

export const SHARDS_FILE = 'shards.json';
const FORMAT = 'shardlab rank shards';

/** A run of values of a parameter that one rank stores. */
export interface HeldPiece {
  readonly name: string;
  /** Within the rank's own tensor-parallel part of the parameter, flat. */
  readonly start: number;
  readonly values: Float32Array;
}

export interface RankHolding {
  readonly at: Coordinates;
  /** Pipeline stages whose layers it holds. */
  readonly stages: readonly number[];
  readonly pieces: readonly HeldPiece[];
}

export interface HeldModel {
  readonly mesh: MeshShape;
  readonly zero: number;
  /** By parameter: its whole shape, and where it lies along tp. */
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly placement: Placement }>;
  /** In order of the ranks. */
  readonly ranks: readonly RankHolding[];
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

function fileName(rank: number, ranks: number): string {
  const digits = (value: number): string => String(value).padStart(2, '0');
  return `model-rank-${digits(rank)}-of-${digits(ranks)}.safetensors`;
}

/** The files of all ranks, in float32 as they hold them, and the manifest. The same bytes for the same content. */
export function writeRankShards({ mesh, zero, tensors, ranks }: HeldModel): readonly NamedFile[] {
  const files: NamedFile[] = [];
  const manifest = ranks.map(({ at, stages, pieces }, rank) => {
    const stored = new Map<string, SafeTensor>();
    const runs: Record<string, { offset: number; length: number }> = {};
    for (const { name, start, values } of pieces) {
      const whole = tensors.get(name);
      if (!whole) throw new RangeError(`rank ${rank} holds ${name}, which the model does not have`);
      const local = localShape(whole.shape, whole.placement, mesh.tp, at.tp);
      // What ZeRO left a rank of a tensor is a run of its elements, and has no shape.
      stored.set(name, float32Tensor(values.length === count(local) ? local : [values.length], values));
      runs[name] = { offset: start, length: values.length };
    }
    const file = fileName(rank, ranks.length);
    files.push({ name: file, bytes: writeSafetensors(stored) });
    return { at, file, rank, stages, tensors: runs };
  });
  const text = sortedJson({
    format: FORMAT,
    version: 1,
    mesh,
    zero,
    tensors: Object.fromEntries([...tensors].map(([name, { shape, placement }]) => [name, { placement, shape }])),
    ranks: manifest,
  });
  return [...files, { name: SHARDS_FILE, bytes: new TextEncoder().encode(text) }];
}

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const axis = v.pipe(whole, v.minValue(1), v.maxValue(MAX_RANKS));
const placementSchema = v.variant('kind', [
  v.object({ kind: v.literal('replicate') }),
  v.object({
    kind: v.literal('shard'),
    dim: whole,
    blocks: v.pipe(whole, v.minValue(1)),
    unit: v.pipe(whole, v.minValue(1)),
    shares: v.optional(v.array(v.pipe(whole, v.minValue(1)))),
  }),
]);
const manifestSchema = v.object({
  format: v.literal(FORMAT),
  version: v.literal(1),
  mesh: v.object({ dp: axis, pp: axis, tp: axis }),
  zero: v.pipe(whole, v.maxValue(3)),
  tensors: v.record(v.string(), v.object({ placement: placementSchema, shape: v.array(whole) })),
  ranks: v.array(
    v.object({
      file: v.pipe(v.string(), v.regex(/^model-rank-\d\d-of-\d\d\.safetensors$/)),
      tensors: v.record(v.string(), v.object({ offset: whole, length: whole })),
    }),
  ),
});
type Manifest = v.InferOutput<typeof manifestSchema>;

/** One tensor-parallel part of a tensor, as far as ranks have brought it together. */
interface Part {
  readonly values: Float32Array;
  readonly have: Uint8Array;
}

/**
 * The whole tensors of a set of rank files.
 * @param text of shards.json
 * @throws LabError `safetensors.invalid` for a bad manifest, a missing file, values that nobody holds, and copies that differ
 */
export function readRankShards(text: string, files: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, SafeTensor> {
  const manifest = readManifest(text);
  const { mesh, tensors, ranks } = manifest;
  const parts = new Map<string, Map<number, Part>>();
  ranks.forEach(({ file, tensors: runs }, rank) => {
    const bytes = files.get(file);
    if (bytes === undefined) throw invalid(`The file of rank ${rank} is missing: ${file}.`);
    const stored = readSafetensors(bytes).tensors;
    const { tp } = coordinatesOf(mesh, rank);
    for (const name of stored.keys())
      if (!Object.hasOwn(runs, name)) throw invalid(`${file} holds ${name}, which ${SHARDS_FILE} does not name there.`);
    for (const [name, { offset, length }] of Object.entries(runs)) {
      const known = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
      const tensor = stored.get(name);
      if (!known || tensor?.dtype !== 'F32' || count(tensor.shape) !== length)
        throw invalid(`${name} of rank ${rank} is not what ${SHARDS_FILE} says: F32, ${length} values.`);
      const { shape, placement } = known;
      const elements = count(localShape(shape, placement, mesh.tp, tp));
      if (offset + length > elements) throw invalid(`${name} of rank ${rank} goes beyond the ${elements} of its part.`);
      // What tensor-parallel ranks hold alike is one part.
      const index = placement.kind === 'shard' ? tp : 0;
      const ofName = parts.get(name) ?? new Map<number, Part>();
      parts.set(name, ofName);
      const part = ofName.get(index) ?? { values: new Float32Array(elements), have: new Uint8Array(elements) };
      ofName.set(index, part);
      addRun(part, name, offset, new Uint32Array(tensor.data.slice().buffer));
    }
  });
  return mergeParts(manifest, parts);
}

function addRun({ values, have }: Part, name: string, offset: number, bits: Uint32Array): void {
  const own = new Uint32Array(values.buffer);
  for (let i = 0; i < bits.length; i++) {
    const at = offset + i;
    if (have[at] === 1 && own[at] !== bits[i]) throw invalid(`Two ranks hold different values of ${name}.`);
    own[at] = bits[i];
    have[at] = 1;
  }
}

function mergeParts(
  { mesh, tensors }: Manifest,
  parts: ReadonlyMap<string, ReadonlyMap<number, Part>>,
): ReadonlyMap<string, SafeTensor> {
  const merged = new Map<string, SafeTensor>();
  for (const [name, { shape, placement }] of Object.entries(tensors)) {
    const out = new Float32Array(count(shape));
    const needed = placement.kind === 'shard' ? mesh.tp : 1;
    for (let index = 0; index < needed; index++) {
      const part = parts.get(name)?.get(index);
      const empty = count(localShape(shape, placement, mesh.tp, index)) === 0;
      if (part === undefined && empty) continue;
      if (part === undefined || part.have.includes(0)) throw invalid(`No rank holds all of ${name}.`);
      putShard(out, shape, placement, mesh.tp, index, part.values);
    }
    merged.set(name, float32Tensor(shape, out));
  }
  return merged;
}

function readManifest(text: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(`${SHARDS_FILE} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const { success, output, issues } = v.safeParse(manifestSchema, json);
  if (!success)
    throw invalid(`${SHARDS_FILE} cannot be read at ${v.getDotPath(issues[0]) ?? 'its root'}: ${issues[0].message}.`);
  const ranks = meshSize(output.mesh);
  if (ranks > MAX_RANKS || output.ranks.length !== ranks)
    throw invalid(
      `${SHARDS_FILE} lists ${output.ranks.length} ranks of a mesh of ${ranks}; at most ${MAX_RANKS} are read.`,
    );
  for (const [name, { shape, placement }] of Object.entries(output.tensors)) {
    if (count(shape) > 2 ** 31) throw invalid(`${name} is [${shape}]: more than can be read.`);
    if (placement.kind === 'shard' && !dividesEvenly(shape[placement.dim], placement))
      throw invalid(`${name} of [${shape}] cannot be divided as ${SHARDS_FILE} says.`);
  }
  return output;
}

/** Whether blocks and units fit the dim, which is undefined where the tensor has none of that number. */
function dividesEvenly(
  extent: number | undefined,
  {
    blocks,
    unit,
    shares = new Array<number>(Math.min(blocks, 1_000)).fill(1),
  }: { blocks: number; unit: number; shares?: number[] | undefined },
): boolean {
  const total = shares.reduce((sum, share) => sum + share, 0);
  return extent !== undefined && shares.length === blocks && extent % (total * unit) === 0;
}

function invalid(message: string): LabError {
  return new LabError({
    code: 'safetensors.invalid',
    message,
    advice: `Choose ${SHARDS_FILE} and the files of all ranks, as they were exported.`,
  });
}
