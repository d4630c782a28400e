// Rows of published training runs as plans: what a row says, and for what it is silent about, its source's documented practice. One rule for all rows
// of a kind; nothing is decided by row.

import * as v from 'valibot';
import { LabError } from '../core/errors';
import { meshSize } from '../parallel/mesh';
import type { ClusterPlan, Prediction } from './clusterPlan';
import { predictClusterMemory, predictClusterStep } from './clusterStep';
import type { HardwareProfile } from './hardware';
import { narayananFlops } from './modelFlops';
import { gptShape, modelPresets } from './modelPresets';
import { planIssue } from './planRules';
import { hardwareProfiles } from './profiles';
import type { TransformerShape } from './transformerShape';

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const positive = v.pipe(v.number(), v.minValue(Number.MIN_VALUE));
const recompute = v.picklist(['none', 'selective', 'full']);

/** Megatron-LM's: the model by its sizes, throughput in operations that count recomputation (Narayanan et al. 2021, equation 3). */
const megatronSchema = v.object({
  hardware: v.string(),
  precision: v.optional(v.picklist(['fp16', 'bf16', 'fp32']), 'fp16'),
  recompute: v.optional(recompute, 'full'),
  sequence: count,
  vocab: count,
  heads: count,
  hidden: count,
  layers: count,
  tp: count,
  pp: count,
  gpus: count,
  globalBatch: count,
  teraflopsPerGpu: positive,
  memoryGiB: v.optional(positive),
});

/** torchtitan's: a model by name, axes by name, throughput in tokens. */
const torchtitanSchema = v.object({
  hardware: v.string(),
  model: v.string(),
  gpus: count,
  parallel: v.strictObject({
    dp: v.optional(count, 1),
    fsdp: v.optional(count, 1),
    tp: v.optional(count, 1),
    pp: v.optional(count, 1),
    cp: v.optional(count, 1),
  }),
  technique: v.optional(v.string(), ''),
  sequence: count,
  localBatch: count,
  globalBatch: v.optional(count),
  recompute: v.optional(recompute, 'none'),
  tokensPerSecondPerGpu: positive,
  memoryGiB: v.optional(positive),
});

const fileSchema = v.object({ runs: v.pipe(v.array(v.unknown()), v.minLength(1)) });

export interface RunNumbers {
  /** TFLOP/s or tokens/s a GPU: the row's own unit. */
  readonly throughput: number;
  readonly memoryGiB?: number;
}

export interface PublishedRun {
  readonly name: string;
  readonly unit: 'teraflopsPerGpu' | 'tokensPerSecondPerGpu';
  readonly reported: RunNumbers;
  /** What the source may have chosen between: the fastest that fits is what it ran. */
  readonly plans: readonly ClusterPlan[];
  throughput(plan: ClusterPlan, prediction: Prediction): number;
}

export interface PredictedRun {
  readonly plan: ClusterPlan;
  readonly prediction: Prediction;
  readonly predicted: Required<RunNumbers>;
}

/**
 * @param input `{ runs: [...] }`, as JSON.parse made it
 * @throws LabError `config.invalid` naming the row and the field
 */
export function readPublishedRuns(input: unknown): PublishedRun[] {
  const { runs } = parse(fileSchema, input, '');
  return runs.map((row, index) => {
    const place = `runs.${index}.`;
    const isMegatron = v.is(v.looseObject({ teraflopsPerGpu: v.unknown() }), row);
    return isMegatron
      ? megatronRun(parse(megatronSchema, row, place), place)
      : torchtitanRun(parse(torchtitanSchema, row, place), place);
  });
}

/** @throws LabError where no plan of the run can be laid out */
export function predictRun({ plans, throughput }: PublishedRun): PredictedRun {
  const fitting = plans.length === 1 ? plans : plans.filter((plan) => predictClusterMemory(plan).fits);
  let best: PredictedRun | null = null;
  for (const plan of fitting.length > 0 ? fitting : plans.slice(0, 1)) {
    const prediction = predictClusterStep(plan);
    const predicted = { throughput: throughput(plan, prediction), memoryGiB: prediction.peakBytes / 2 ** 30 };
    if (best === null || predicted.throughput > best.predicted.throughput) best = { plan, prediction, predicted };
  }
  if (best === null) throw invalid('plans', 'none', 'at least one');
  return best;
}

/** Stages a rank that interleaving was tried with: more cost messages and gain little (Narayanan et al. 2021, section 5.3). */
const MOST_STAGES = 4;
/** Micro-batches of more sequences than this were not tried (Narayanan et al. 2021, figure 16). */
const MOST_ROWS = 16;

/**
 * Narayanan et al. 2021: no ZeRO, every layer computed again, attention in separate kernels, whole streams on each tp rank; section 5.1: schedules
 * interleaved with scatter/gather, and micro-batches as they are best.
 */
function megatronRun(row: v.InferOutput<typeof megatronSchema>, place: string): PublishedRun {
  const { tp, pp, gpus, layers, globalBatch } = row;
  const dp = gpus / tp / pp;
  if (!Number.isInteger(dp)) throw invalid(`${place}gpus`, `${gpus}`, `a multiple of tp ${tp} x pp ${pp}`);
  const sizes = { layers, width: row.hidden, heads: row.heads, vocabulary: row.vocab, positions: row.sequence };
  const model = gptShape(`GPT of ${layers} layers of ${row.hidden}`, sizes);
  const base: ClusterPlan = {
    ...commonPlan(model, profileNamed(row.hardware, `${place}hardware`), row),
    mesh: { dp, pp, tp },
    zero: 0,
    precision: row.precision === 'fp32' ? 'f32' : 'bf16',
    fusedAttention: false,
    sequenceParallel: false,
    compiled: false,
  };
  const plans: ClusterPlan[] = [];
  for (let rows = 1; rows <= MOST_ROWS; rows *= 2)
    for (let stages = 1; pp * stages <= layers && stages <= MOST_STAGES; stages++) {
      const interleaved = pp > 1 && stages > 1;
      if (stages > 1 && (!interleaved || layers % (pp * stages) !== 0)) continue;
      const plan: ClusterPlan = {
        ...base,
        schedule: interleaved ? 'interleaved-1f1b' : '1f1b',
        stagesPerRank: stages,
        microBatchRows: rows,
      };
      // Megatron-LM interleaves whole rounds only.
      const whole = (globalBatch / dp / rows) % pp === 0;
      if ((whole || !interleaved) && planIssue(plan) === null) plans.push(plan);
    }
  if (plans.length === 0) throw invalid(`${place}globalBatch`, `${globalBatch}`, `sequences for dp ${dp} and pp ${pp}`);
  return {
    name: `${model.name}, ${gpus} GPUs`,
    unit: 'teraflopsPerGpu',
    reported: numbers(row.teraflopsPerGpu, row.memoryGiB),
    plans,
    throughput: (plan, { stepMs }) =>
      narayananFlops(plan.model, plan.sequenceLength, plan.globalBatch) / gpus / stepMs / 1e9,
  };
}

/**
 * torchtitan: FSDP2 with f32 masters and AdamW; fused attention; streams divided over tp; the local batch in as many micro-batches as the pipeline has
 * ranks; two stages a rank where schedules are interleaved.
 */
function torchtitanRun(row: v.InferOutput<typeof torchtitanSchema>, place: string): PublishedRun {
  const { parallel, technique, localBatch, gpus } = row;
  const mesh = { dp: parallel.dp * parallel.fsdp * parallel.cp, pp: parallel.pp, tp: parallel.tp };
  if (meshSize(mesh) !== gpus) throw invalid(`${place}parallel`, `${meshSize(mesh)} ranks`, `those of ${gpus} gpus`);
  const replicas = parallel.dp * parallel.fsdp;
  const globalBatch = row.globalBatch ?? localBatch * replicas;
  if (globalBatch % (localBatch * replicas) !== 0)
    throw invalid(
      `${place}globalBatch`,
      `${globalBatch}`,
      `a multiple of localBatch ${localBatch} x ${replicas} replicas`,
    );
  if (localBatch % parallel.pp !== 0)
    throw invalid(`${place}localBatch`, `${localBatch}`, `a multiple of pp ${parallel.pp}`);
  const model = modelNamed(row.model, `${place}model`);
  const said = (words: RegExp) => words.test(technique);
  const interleaved = said(/interleaved/i);
  const zbv = said(/zbv|zero.?bubble/i);
  const plan: ClusterPlan = {
    ...commonPlan(model, profileNamed(row.hardware, `${place}hardware`), { ...row, globalBatch }),
    mesh,
    zero: 3,
    schedule: zbv ? 'zbv' : interleaved ? 'interleaved-1f1b' : said(/gpipe/i) ? 'gpipe' : '1f1b',
    stagesPerRank: parallel.pp > 1 && (interleaved || zbv) ? 2 : 1,
    microBatchRows: localBatch / parallel.pp,
    contextParallel: parallel.cp,
    precision: said(/float8|fp8/i) ? 'fp8' : 'bf16',
    fusedAttention: true,
    sequenceParallel: parallel.tp > 1,
    overlappedTensor: said(/async.?tp/i),
    compiled: said(/compile/i),
  };
  return {
    name: `${model.name}, ${gpus} GPUs, ${technique}`,
    unit: 'tokensPerSecondPerGpu',
    reported: numbers(row.tokensPerSecondPerGpu, row.memoryGiB),
    plans: [plan],
    throughput: (_plan, { tokensPerSecondPerRank }) => tokensPerSecondPerRank,
  };
}

function commonPlan(
  model: TransformerShape,
  hardware: HardwareProfile,
  row: {
    readonly globalBatch: number;
    readonly sequence: number;
    readonly recompute: ClusterPlan['recomputation'];
  },
): ClusterPlan {
  return {
    model,
    hardware,
    mesh: { dp: 1, pp: 1, tp: 1 },
    zero: 0,
    schedule: '1f1b',
    stagesPerRank: 1,
    globalBatch: row.globalBatch,
    microBatchRows: 1,
    sequenceLength: row.sequence,
    contextParallel: 1,
    precision: 'bf16',
    recomputation: row.recompute,
    fusedAttention: true,
    sequenceParallel: false,
    overlappedTensor: false,
    compiled: false,
    optimizerMoments: 2,
    straggler: 1,
  };
}

function numbers(throughput: number, memoryGiB: number | undefined): RunNumbers {
  return memoryGiB === undefined ? { throughput } : { throughput, memoryGiB };
}

const hardwareWords: readonly (readonly [RegExp, string])[] = [
  [/A100.*80 ?GB/i, 'a100-80gb'],
  [/H100.*(96 ?GB|HBM2e|500 ?W)/i, 'h100-sxm-96gb-500w'],
  [/H100/i, 'h100-sxm'],
  [/H200/i, 'h200-sxm'],
  [/v5p/i, 'tpu-v5p'],
  [/4090/i, 'rtx-4090-x8'],
  [/4060/i, 'rtx-4060-laptop'],
];

function profileNamed(text: string, field: string): HardwareProfile {
  const id = hardwareWords.find(([words]) => words.test(text))?.[1];
  const profile = hardwareProfiles.find((known) => known.id === id);
  if (profile !== undefined) return profile;
  throw invalid(field, text, `one of ${hardwareProfiles.map(({ name }) => name).join(', ')}`);
}

function modelNamed(text: string, field: string): TransformerShape {
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9.]/g, '');
  const preset = modelPresets.find(({ id, shape }) => [id, shape.name].some((name) => plain(name) === plain(text)));
  if (preset !== undefined) return preset.shape;
  throw invalid(field, text, `one of ${modelPresets.map(({ shape }) => shape.name).join(', ')}`);
}

function parse<const S extends v.GenericSchema>(schema: S, input: unknown, place: string): v.InferOutput<S> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw invalid(`${place}${v.getDotPath(issue) ?? ''}`, issue.received, issue.expected ?? issue.message);
}

function invalid(field: string, got: string, expected: string): LabError {
  return new LabError({
    code: 'config.invalid',
    message: `${field} of the published runs cannot be used.`,
    why: `It is ${got === 'undefined' ? 'missing' : got.slice(0, 100)} and must be ${expected}.`,
  });
}
