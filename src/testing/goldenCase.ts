// Reads a golden case (what transformers and PyTorch computed) for Node tests. Test-only.
// The reader is a minimal one of its own, so that the product's reader is not judged by itself.

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';

export interface GoldenTensor {
  readonly shape: readonly number[];
  /** float32 values, or int32 ids. */
  readonly values: Float32Array | Int32Array;
}
export type GoldenTensors = ReadonlyMap<string, GoldenTensor>;

const expectationSchema = v.object({
  hp: v.object({
    lr: v.number(),
    min_lr: v.number(),
    warmup: v.number(),
    betas: v.tuple([v.number(), v.number()]),
    eps: v.number(),
    weight_decay: v.number(),
    clip: v.number(),
  }),
  greedy: v.object({ prompt: v.array(v.number()), tokens: v.array(v.number()) }),
  train: v.object({ losses: v.array(v.number()), grad_norms: v.array(v.number()), lrs: v.array(v.number()) }),
});

interface ComputedTensors {
  /** config.json as it stands. */
  readonly config: unknown;
  readonly model: GoldenTensors;
  readonly io: GoldenTensors;
}

export interface GoldenCase extends ComputedTensors {
  readonly trained: GoldenTensors;
  readonly expected: v.InferOutput<typeof expectationSchema>;
}

/**
 * A language model's case, or null where the golden folder is absent: LAB_GOLDEN, else ../shared/golden beside the
 * repository. Under CI its absence is an error, so that a suite never goes green without it.
 */
export function loadGoldenCase(name: string): GoldenCase | null {
  const computed = loadGoldenTensors(name);
  if (computed === null) return null;
  const folder = folderOf(name);
  return {
    ...computed,
    trained: readTensors(join(folder, 'trained.safetensors')),
    expected: v.parse(expectationSchema, JSON.parse(readFileSync(join(folder, 'expect.json'), 'utf8'))),
  };
}

function folderOf(name: string): string {
  return join(process.env.LAB_GOLDEN ?? resolve(import.meta.dirname, '../../../shared/golden'), name);
}

/** The weights, inputs, outputs and gradients of any case, without its training; null as loadGoldenCase. */
export function loadGoldenTensors(name: string): ComputedTensors | null {
  const folder = folderOf(name);
  if (!existsSync(join(folder, 'config.json'))) {
    const message = `golden case ${name} not found; set LAB_GOLDEN to the folder that holds it`;
    if (process.env.CI) throw new Error(message);
    console.warn(message);
    return null;
  }
  return {
    config: JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')),
    model: readTensors(join(folder, 'model.safetensors')),
    io: readTensors(join(folder, 'io.safetensors')),
  };
}

const headerSchema = v.record(
  v.string(),
  v.object({
    dtype: v.picklist(['F32', 'I32']),
    shape: v.array(v.number()),
    data_offsets: v.tuple([v.number(), v.number()]),
  }),
);

/** A safetensors file: 8 bytes of header length, a JSON header, little-endian data. */
function readTensors(path: string): GoldenTensors {
  const file = readFileSync(path);
  const headerLength = Number(file.readBigUInt64LE(0));
  const header: unknown = JSON.parse(file.toString('utf8', 8, 8 + headerLength), (key, value: unknown) =>
    key === '__metadata__' ? undefined : value,
  );
  const tensors = new Map<string, GoldenTensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(v.parse(headerSchema, header))) {
    const [begin, end] = data_offsets;
    const start = file.byteOffset + 8 + headerLength;
    const bytes = file.buffer.slice(start + begin, start + end);
    tensors.set(name, { shape, values: dtype === 'F32' ? new Float32Array(bytes) : new Int32Array(bytes) });
  }
  return tensors;
}

/** The tensor by name; Error with the name if it is not there. */
export function tensorOf(tensors: GoldenTensors, name: string): GoldenTensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`golden case has no tensor ${name}`);
  return tensor;
}
