// From the words of `lab plan` to the plan that is asked for: a model by name or file, and settings with their defaults. It predicts nothing.

import * as v from 'valibot';
import { checkRunConfig } from '../../../src/core/configCheck';
import { LabError } from '../../../src/core/errors';
import { type RunConfig, scheduleNames } from '../../../src/core/runConfig';
import { type ClusterPlan, recomputations } from '../../../src/planner/clusterPlan';
import type { HardwareProfile } from '../../../src/planner/hardware';
import { shapeFromHuggingFace } from '../../../src/planner/hfConfig';
import { modelPresets } from '../../../src/planner/modelPresets';
import { hardwareProfiles } from '../../../src/planner/profiles';
import type { TransformerShape } from '../../../src/planner/transformerShape';
import { jsonFile } from '../inputFiles';
import { UsageError } from '../usage/commandSpec';
import type { ParsedArguments } from '../usage/usage';

interface PlannedModel {
  readonly shape: TransformerShape;
  readonly sequenceLength: number;
  /** Settings that a run configuration brings along. */
  readonly run: RunConfig | null;
}

const DEFAULT_HARDWARE = 'h100-sxm';
const DEFAULT_SEQUENCE = 4_096;
/** Of a pipeline, so that its bubble is small; and of one rank. */
const MICRO_BATCHES_PER_STAGE = 4;

/** @throws UsageError for what is no model, no hardware or no number */
export async function planFromArguments(parsed: ParsedArguments): Promise<ClusterPlan> {
  const { positional, texts, numbers, flags } = parsed;
  if (positional === undefined)
    throw new UsageError('CONFIG is missing: a preset, a config.json, a run configuration, or --published FILE');
  const { shape: model, sequenceLength, run } = await modelFrom(positional);
  const hardware = hardwareFrom(parsed);
  const mesh = meshFrom(parsed, run);
  const schedule = scheduleNames.find((name) => name === texts.get('schedule')) ?? run?.parallel.schedule ?? '1f1b';
  const looped = schedule === 'zbv' || schedule === 'interleaved-1f1b' || schedule === 'looped-bfs';
  const contextParallel = numbers.get('context-parallel') ?? 1;
  if (mesh.dp % contextParallel !== 0)
    throw new UsageError(`--context-parallel ${contextParallel} does not divide dp ${mesh.dp}`);
  const batch = batchFrom(parsed, run, mesh.dp / contextParallel, mesh.pp);
  return {
    model,
    hardware,
    mesh,
    zero: zeroFrom(numbers.get('zero') ?? run?.parallel.zero ?? 3),
    schedule,
    stagesPerRank: numbers.get('stages-per-rank') ?? run?.parallel.stagesPerRank ?? (looped && mesh.pp > 1 ? 2 : 1),
    ...batch,
    sequenceLength: numbers.get('sequence') ?? run?.train.sequenceLength ?? sequenceLength,
    contextParallel,
    precision: (['f32', 'bf16', 'fp8'] as const).find((name) => name === texts.get('precision')) ?? 'bf16',
    recomputation: recomputations.find((name) => name === texts.get('recompute')) ?? 'selective',
    fusedAttention: !flags.has('unfused-attention'),
    sequenceParallel: mesh.tp > 1,
    overlappedTensor: flags.has('async-tp'),
    compiled: !flags.has('eager'),
    optimizerMoments: run === null || run.train.optimizer === 'adamw' ? 2 : 1,
    straggler: numbers.get('straggler') ?? 1,
  };
}

async function modelFrom(positional: string): Promise<PlannedModel> {
  const preset = modelPresets.find(({ id }) => id === positional);
  if (preset !== undefined) return { shape: preset.shape, sequenceLength: preset.sequenceLength, run: null };
  const file = await jsonFile(positional);
  if (file === undefined) {
    const known = modelPresets.map(({ id }) => id).join(', ');
    throw new UsageError(`'${positional}' is no file and no preset; presets: ${known}`);
  }
  const isRun = v.is(v.looseObject({ model: v.looseObject({}) }), file.value);
  const run = isRun ? checkedRun(file.value) : null;
  const shape = usage(() => shapeFromHuggingFace(run === null ? file.value : { ...run.model }));
  return { shape, sequenceLength: shape.positions > 0 ? shape.positions : DEFAULT_SEQUENCE, run };
}

function checkedRun(value: unknown): RunConfig {
  const { config, issues } = checkRunConfig(value);
  const [issue] = issues;
  if (issue === undefined) return config;
  throw new UsageError(`${issue.path}: got ${issue.got}, takes ${issue.expected}`);
}

function hardwareFrom({ texts, numbers }: ParsedArguments): HardwareProfile {
  const id = texts.get('hardware') ?? DEFAULT_HARDWARE;
  const profile =
    hardwareProfiles.find((known) => known.id === id) ??
    // `h100` is the first of its kind.
    hardwareProfiles.find((known) => known.id.startsWith(`${id}-`));
  if (profile === undefined)
    throw new UsageError(`unknown hardware '${id}'. It takes: ${hardwareProfiles.map((known) => known.id).join(', ')}`);
  const memoryGiB = numbers.get('memory-gib');
  return memoryGiB === undefined ? profile : { ...profile, memoryGiB };
}

function meshFrom({ texts, numbers }: ParsedArguments, run: RunConfig | null): ClusterPlan['mesh'] {
  const ranks = numbers.get('ranks');
  const text = texts.get('mesh');
  const mesh = { dp: 1, pp: 1, tp: 1 };
  if (text === undefined) {
    if (run !== null && ranks === undefined) return { dp: run.parallel.dp, pp: run.parallel.pp, tp: run.parallel.tp };
    return { ...mesh, dp: ranks ?? 1 };
  }
  for (const part of text.split(',')) {
    const [, axis, count] = /^(dp|pp|tp)=(\d+)$/.exec(part.trim()) ?? [];
    if ((axis !== 'dp' && axis !== 'pp' && axis !== 'tp') || Number(count) < 1)
      throw new UsageError(`--mesh takes dp=N,pp=N,tp=N (any of them), not '${part}'`);
    mesh[axis] = Number(count);
  }
  const product = mesh.dp * mesh.pp * mesh.tp;
  if (ranks !== undefined && product !== ranks)
    throw new UsageError(`--mesh ${text} has ${product} ranks, and --ranks says ${ranks}`);
  return mesh;
}

/** @param replicas that have sequences of their own */
function batchFrom(
  { numbers }: ParsedArguments,
  run: RunConfig | null,
  replicas: number,
  pp: number,
): { readonly globalBatch: number; readonly microBatchRows: number } {
  const rows = numbers.get('micro-batch-rows');
  const count = numbers.get('micro-batches') ?? (rows === undefined ? run?.train.microBatches : undefined);
  const usual = pp > 1 ? MICRO_BATCHES_PER_STAGE * pp : 1;
  const globalBatch = numbers.get('global-batch') ?? run?.train.batchSize ?? replicas * (rows ?? 1) * (count ?? usual);
  if (count === undefined) return { globalBatch, microBatchRows: rows ?? 1 };
  const each = globalBatch / replicas / count;
  if (!Number.isInteger(each) || (rows !== undefined && rows !== each))
    throw new UsageError(
      `${globalBatch} sequences on ${replicas} replicas do not make ${count} micro-batches${rows === undefined ? '' : ` of ${rows}`}`,
    );
  return { globalBatch, microBatchRows: each };
}

function zeroFrom(stage: number): ClusterPlan['zero'] {
  return stage === 0 || stage === 1 || stage === 2 ? stage : 3;
}

/** A LabError about what was typed is wrong usage. @throws UsageError */
export function usage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LabError) || error.code === 'internal') throw error;
    throw new UsageError([error.message, error.why, error.advice].filter((text) => text !== undefined).join(' '));
  }
}

/** @throws UsageError where it cannot be read */
export async function requiredJson(path: string): Promise<unknown> {
  const file = await jsonFile(path);
  if (file === undefined) throw new UsageError(`${path} is not a file`);
  return file.value;
}
