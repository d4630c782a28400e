// The schema of a run: what the page's forms, links, files and the command line all check against.
// Pure data and rules. It must not know how a run is executed.

import * as v from 'valibot';
import type { FieldIssue } from './errors';
import { loraConfigSchema } from './loraConfig';
import { modelConfigSchema } from './modelConfig';
import { type Gpt2Config, gpt2ConfigSchema } from './models/gpt2';
import { finite, integer } from './models/schemaParts';

/** Synthetic tasks: examples whose answers follow from their prompts. */
export const taskNames = ['copy', 'sort', 'addition', 'modular', 'parity', 'dyck'] as const;
export type TaskName = (typeof taskNames)[number];
/**
 * `moby-dick` comes from its package, `primer` is the lab's own small corpus, `text` is the user's, `shards` are what the Data view
 * prepared; tasks are generated.
 */
export const corpusNames = [
  'moby-dick',
  'primer',
  'text',
  'shards',
  'records',
  'task-copy',
  'task-sort',
  'task-addition',
  'task-modular',
  'task-parity',
  'task-dyck',
] as const;
export type CorpusName = (typeof corpusNames)[number];
/** `wordpiece` is trained on the part of the text that is learnt from. */
export const tokenizerKinds = ['char', 'byte', 'json', 'wordpiece'] as const;
export type TokenizerKind = (typeof tokenizerKinds)[number];

export const dataConfigSchema = v.object({
  corpus: v.optional(v.picklist(corpusNames), 'moby-dick'),
  tokenizer: v.optional(v.picklist(tokenizerKinds), 'char'),
  /** Tokens at most of a tokenizer that is trained. */
  vocabulary: v.optional(integer(100, 100_000), 1_000),
  /** Share of the text, from its end, that is held out for validation. */
  validationFraction: v.optional(finite(0.001, 0.5), 0.1),
});
export type DataConfig = v.InferOutput<typeof dataConfigSchema>;

export const optimizerNames = ['adamw', 'sgd', 'muon'] as const;
export type OptimizerName = (typeof optimizerNames)[number];
export const lrScheduleNames = ['constant', 'linear', 'cosine', 'wsd'] as const;
export type LrScheduleName = (typeof lrScheduleNames)[number];
/** Whether tokens of a sequence of shards see those of the documents before theirs. */
export const documentBorders = ['joined', 'apart'] as const;
export const nonFinitePolicies = ['stop', 'skip'] as const;

export const trainConfigSchema = v.object({
  steps: v.optional(integer(1, 10_000_000), 1_000),
  /** Global batch in sequences; divided over micro-batches. */
  batchSize: v.optional(integer(1, 65_536), 8),
  /** Gradient accumulation: batchSize must divide by it. */
  microBatches: v.optional(integer(1, 4_096), 1),
  /** Tokens per sequence, at most the model's positions. */
  sequenceLength: v.optional(integer(1, 65_536), 64),
  /** Of shards, whose sequences hold parts of several documents: `apart` keeps attention from crossing their borders. */
  documents: v.optional(v.picklist(documentBorders), 'joined'),
  optimizer: v.optional(v.picklist(optimizerNames), 'adamw'),
  /** Peak learning rate. */
  learningRate: v.optional(finite(0, 100), 6e-3),
  minLearningRate: v.optional(finite(0, 100), 6e-4),
  lrSchedule: v.optional(v.picklist(lrScheduleNames), 'cosine'),
  warmupSteps: v.optional(integer(0, 10_000_000), 50),
  /** Steps of the final linear decay under `wsd`. */
  decaySteps: v.optional(integer(0, 10_000_000), 0),
  beta1: v.optional(finite(0, 0.9999), 0.9),
  beta2: v.optional(finite(0, 0.99999), 0.99),
  epsilon: v.optional(finite(0, 1), 1e-8),
  /** Decoupled decay, on tensors of 2 or more dims only. */
  weightDecay: v.optional(finite(0, 10), 0.1),
  /** SGD's and Muon's momentum. */
  momentum: v.optional(finite(0, 0.9999), 0.95),
  /** Global L2 norm to clip gradients to; 0 turns clipping off. */
  clipNorm: v.optional(finite(0, 1e6), 1),
  seed: v.optional(integer(0, 0xffff_ffff), 1),
  evalEvery: v.optional(integer(0, 1_000_000), 100),
  /** Batches of held-out text per evaluation. */
  evalBatches: v.optional(integer(1, 4_096), 8),
  sampleEvery: v.optional(integer(0, 1_000_000), 100),
  sampleTokens: v.optional(integer(1, 4_096), 96),
  samplePrompt: v.optional(v.pipe(v.string(), v.maxLength(2_000)), 'The '),
  sampleTemperature: v.optional(finite(0, 10), 0.8),
  nonFinite: v.optional(v.picklist(nonFinitePolicies), 'stop'),
});
export type TrainConfig = v.InferOutput<typeof trainConfigSchema>;

export const scheduleNames = [
  'gpipe',
  '1f1b',
  'interleaved-1f1b',
  'looped-bfs',
  'interleaved-zero-bubble',
  'zbv',
] as const;
export type ScheduleName = (typeof scheduleNames)[number];
/** How data-parallel replicas come together: every step; whenever one is ready; after several steps of their own. */
export const strategyNames = ['sync', 'async', 'local-sgd', 'diloco'] as const;
export type StrategyName = (typeof strategyNames)[number];
/** Where the weights of asynchronous training live: on a rank of their own, which computes no gradients, or dealt out over all. */
export const asyncServiceNames = ['sharded', 'rank'] as const;
export type AsyncServiceName = (typeof asyncServiceNames)[number];
export const compressionNames = ['none', 'f16', 'int8', 'top-k', 'power-sgd'] as const;
export type CompressionName = (typeof compressionNames)[number];

const latency = v.optional(finite(0, 1_000), 0);
const bandwidth = v.optional(finite(0, 1e6), 0);

/** The mesh, what is sharded over it, and how its ranks come together (DESIGN: axes dp, pp, tp). */
export const parallelConfigSchema = v.object({
  dp: v.optional(integer(1, 16), 1),
  pp: v.optional(integer(1, 16), 1),
  tp: v.optional(integer(1, 16), 1),
  /** Rajbhandari et al. 2020: 1 shards optimiser state over dp, 2 gradients too, 3 parameters too. */
  zero: v.optional(integer(0, 3), 0),
  schedule: v.optional(v.picklist(scheduleNames), '1f1b'),
  /** Model stages a rank holds; more than 1 for looped schedules, 2 for zbv. */
  stagesPerRank: v.optional(integer(1, 16), 1),
  /** Gradients are averaged over dp in buckets of at least this many KiB. */
  bucketKib: v.optional(integer(1, 1_048_576), 1_024),
  strategy: v.optional(v.picklist(strategyNames), 'sync'),
  /** `async`: an update's gradient may be at most this many versions old. */
  maxStaleness: v.optional(integer(0, 64), 2),
  asyncService: v.optional(v.picklist(asyncServiceNames), 'sharded'),
  /** `local-sgd` and `diloco`: optimiser steps between two meetings. */
  localSteps: v.optional(integer(1, 1_000), 8),
  /** `diloco`: Nesterov on the mean change (Douillard et al. 2023). */
  outerLearningRate: v.optional(finite(0, 10), 0.7),
  outerMomentum: v.optional(finite(0, 0.9999), 0.9),
  /** Of gradients on their way over dp. */
  compression: v.optional(v.picklist(compressionNames), 'none'),
  /** `top-k`: share of the elements that is sent. */
  topKShare: v.optional(finite(0.0001, 1), 0.05),
  /** `power-sgd`: rank of the factors. */
  powerRank: v.optional(integer(1, 64), 4),
  /** What compression left out is added to the next gradient. */
  errorFeedback: v.optional(v.boolean(), true),
  /** Emulated links: milliseconds a message, and MB/s (0: as fast as the page is). */
  dpLatencyMs: latency,
  dpBandwidth: bandwidth,
  ppLatencyMs: latency,
  ppBandwidth: bandwidth,
  tpLatencyMs: latency,
  tpBandwidth: bandwidth,
});
export type ParallelConfig = v.InferOutput<typeof parallelConfigSchema>;

export const runConfigSchema = v.object({
  model: v.optional(modelConfigSchema, { model_type: 'gpt2' }),
  data: v.optional(dataConfigSchema, {}),
  train: v.optional(trainConfigSchema, {}),
  parallel: v.optional(parallelConfigSchema, {}),
  lora: v.optional(loraConfigSchema, {}),
});
export type RunConfig = v.InferOutput<typeof runConfigSchema>;

/** What is trained where nothing else is said: a small GPT-2. */
export const defaultModel: Gpt2Config = v.parse(gpt2ConfigSchema, { model_type: 'gpt2' });
export const defaultRunConfig: RunConfig = { ...v.parse(runConfigSchema, {}), model: defaultModel };

export interface ConfigResult {
  /** The valid part, the rest filled from `base`. Always runnable. */
  readonly config: RunConfig;
  /** What was refused, unknown fields among it. Empty when all was taken. */
  readonly issues: readonly FieldIssue[];
}
