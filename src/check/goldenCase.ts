// Reads a conformance folder: a Hugging Face folder with io.safetensors, expect.json and trained.safetensors, as data. It judges nothing.

import * as v from 'valibot';
import { LabError } from '../core/errors';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { NamedFile } from '../core/records';
import { defaultRunConfig, type TrainConfig } from '../core/runConfig';
import { readModelFolder } from '../interop/modelFolder';
import { readSafetensors, tensorToFloat32, tensorToInt32 } from '../interop/safetensors';
import type { LabelledBatch } from './goldenBatch';

const numbers = v.array(v.pipe(v.number(), v.finite()));

const expectSchema = v.object({
  hp: v.object({
    lr: v.number(),
    min_lr: v.number(),
    warmup: v.number(),
    betas: v.tuple([v.number(), v.number()]),
    eps: v.number(),
    weight_decay: v.number(),
    clip: v.number(),
  }),
  greedy: v.optional(v.object({ prompt: numbers, tokens: numbers })),
  train: v.object({ losses: numbers, grad_norms: numbers, lrs: numbers }),
});

export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface GoldenCase {
  readonly config: ModelConfig;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly rows: number;
  readonly tokens: number;
  readonly batch: LabelledBatch;
  readonly trainBatches: readonly LabelledBatch[];
  /** `out.*` and `grad.*` of io.safetensors. */
  readonly outputs: ReadonlyMap<string, NamedTensor>;
  readonly trained: ReadonlyMap<string, NamedTensor>;
  readonly expect: v.InferOutput<typeof expectSchema>;
  readonly train: TrainConfig;
}

function requireFile(files: readonly NamedFile[], name: string): Uint8Array {
  const file = files.find((candidate) => candidate.name === name);
  if (!file) {
    throw new LabError({
      code: 'data.invalid',
      message: `The folder has no ${name}.`,
      why: `It has ${files.map((other) => other.name).join(', ') || 'no files'}.`,
      advice:
        'A conformance folder holds config.json, model.safetensors, io.safetensors, expect.json and trained.safetensors.',
    });
  }
  return file.bytes;
}

function floats(bytes: Uint8Array): Map<string, NamedTensor> {
  const tensors = new Map<string, NamedTensor>();
  for (const [name, tensor] of readSafetensors(bytes).tensors) {
    if (tensor.dtype !== 'I32') tensors.set(name, { shape: tensor.shape, data: tensorToFloat32(name, tensor) });
  }
  return tensors;
}

/** @throws LabError naming the file or field that is missing or wrong. */
export function readGoldenCase(files: readonly NamedFile[]): GoldenCase {
  const io = requireFile(files, 'io.safetensors');
  const parsed = v.safeParse(expectSchema, JSON.parse(new TextDecoder().decode(requireFile(files, 'expect.json'))));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new LabError({ code: 'data.invalid', message: `expect.json: ${v.getDotPath(issue) ?? ''} ${issue.message}` });
  }
  const expect = parsed.output;
  const folder = readModelFolder(files);
  const raw = readSafetensors(io).tensors;
  const integers = (name: string): { shape: readonly number[]; data: Int32Array } => {
    const tensor = raw.get(name);
    if (tensor?.dtype !== 'I32')
      throw new LabError({ code: 'data.invalid', message: `io.safetensors has no int32 tensor ${name}.` });
    return { shape: tensor.shape, data: tensorToInt32(name, tensor) };
  };
  const [rows, tokens] = integers('in.input_ids').shape;
  const [steps] = integers('train.input_ids').shape;
  const { task } = modelSizes(folder.config);
  const labelNames = task === 'question-answering' ? ['start_positions', 'end_positions'] : ['labels'];
  /** Batch `index` of `count` stacked ones. */
  const batchOf = (prefix: 'in' | 'train', index: number, count: number): LabelledBatch => {
    const part = (name: string): Int32Array => {
      const { data } = integers(`${prefix}.${name}`);
      return data.subarray((index * data.length) / count, ((index + 1) * data.length) / count);
    };
    const given = (name: string): Int32Array | undefined => (raw.has(`${prefix}.${name}`) ? part(name) : undefined);
    const [tokenTypes, mask] = [given('token_type_ids'), given('attention_mask')];
    return {
      inputs: part('input_ids'),
      labels: labelNames.map(part),
      ...(tokenTypes ? { tokenTypes } : {}),
      ...(mask ? { mask } : {}),
    };
  };
  if (steps !== expect.train.losses.length) {
    throw new LabError({
      code: 'data.invalid',
      message: `io.safetensors has ${steps} training batches, expect.json ${expect.train.losses.length} losses.`,
    });
  }
  return {
    config: folder.config,
    parameters: new Map([...folder.tensors].map(([name, { data }]) => [name, data])),
    rows,
    tokens,
    batch: batchOf('in', 0, 1),
    trainBatches: Array.from({ length: steps }, (_, step) => batchOf('train', step, steps)),
    outputs: floats(io),
    trained: floats(requireFile(files, 'trained.safetensors')),
    expect,
    train: {
      ...defaultRunConfig.train,
      steps,
      batchSize: rows,
      microBatches: 1,
      sequenceLength: tokens,
      optimizer: 'adamw',
      learningRate: expect.hp.lr,
      minLearningRate: expect.hp.min_lr,
      lrSchedule: 'cosine',
      warmupSteps: expect.hp.warmup,
      beta1: expect.hp.betas[0],
      beta2: expect.hp.betas[1],
      epsilon: expect.hp.eps,
      weightDecay: expect.hp.weight_decay,
      clipNorm: expect.hp.clip,
    },
  };
}
