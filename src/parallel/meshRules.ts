// Which meshes a model can be trained over: every rule that ties the parallel settings to each other and to the model, as data.
// The page's form, links, the command line and the workers all ask here. Pure; what to choose instead is fitMesh.ts.

import type { FieldIssue } from '../core/errors';
import { modelSizes } from '../core/modelConfig';
import type { CompressionName, OptimizerName, RunConfig, ScheduleName, StrategyName } from '../core/runConfig';
import { MAX_RANKS } from './mesh';
import { scheduleIssue } from './schedules/makeSchedule';

export const meshRuleNames = [
  'ranks',
  'layers',
  'heads',
  'vocabulary',
  'width',
  'inner',
  'rows',
  'tokens',
  'oneStage',
  'twoStages',
  'fill',
  'rounds',
  'zeroPipeline',
  'muonTensor',
  'muonZero',
  'strategyReplicas',
  'strategyZero',
  'asyncAxes',
  'compressionReplicas',
  'compressionZero',
  'loraZero',
  'loraStrategy',
] as const;
export type MeshRule = (typeof meshRuleNames)[number];

/** The numbers and names that rules speak of. */
export interface MeshNumbers {
  readonly dp: number;
  readonly pp: number;
  readonly tp: number;
  readonly ranks: number;
  readonly maxRanks: number;
  readonly stagesPerRank: number;
  /** pp * stagesPerRank. */
  readonly stages: number;
  readonly layers: number;
  /** Of keys and values: groups of query heads stay with theirs. */
  readonly heads: number;
  readonly vocabulary: number;
  readonly width: number;
  readonly inner: number;
  readonly batch: number;
  readonly microBatches: number;
  /** dp * microBatches. */
  readonly parts: number;
  /** Micro-batches that the batch has sequences for, on each of dp replicas. */
  readonly mostMicroBatches: number;
  /** Of the smallest micro-batch. */
  readonly tokens: number;
  readonly schedule: ScheduleName;
  readonly zero: number;
  readonly optimizer: OptimizerName;
  readonly strategy: StrategyName;
  readonly compression: CompressionName;
  /** Of the adapters; 0 without them. */
  readonly loraRank: number;
}

/** A FieldIssue that also says which rule it is, so that a page can put it in its reader's language. */
export interface MeshIssue extends FieldIssue {
  readonly rule: MeshRule;
  readonly numbers: MeshNumbers;
}

/** Each rule in English: what the field takes, why, and with which numbers. */
export const meshRuleWords: Readonly<Record<MeshRule, (n: MeshNumbers) => string>> = {
  ranks: ({ dp, pp, tp, ranks, maxRanks }) =>
    `at most ${maxRanks} ranks, each is a worker with a device of its own: dp ${dp} x pp ${pp} x tp ${tp} is ${ranks}`,
  layers: ({ pp, stagesPerRank, stages, layers }) =>
    `a layer for every stage: pp ${pp} x ${stagesPerRank} stages a rank is ${stages} stages, and the model has ${layers} layers`,
  heads: ({ heads, tp }) =>
    `at most ${heads}, the number of key and value heads: a head is never divided, and tp is ${tp}`,
  vocabulary: ({ vocabulary, tp }) =>
    `at most ${vocabulary}, the size of the vocabulary, whose rows are dealt out: tp is ${tp}`,
  width: ({ width, tp }) => `at most ${width}, the width of the model, whose columns are dealt out: tp is ${tp}`,
  inner: ({ inner, tp }) => `at most ${inner}, the inner width, whose columns are dealt out: tp is ${tp}`,
  rows: ({ dp, microBatches, parts, batch }) =>
    `a sequence for every part: dp ${dp} x ${microBatches} micro-batches is ${parts}, and the batch has ${batch} sequences`,
  tokens: ({ tp, tokens }) =>
    `a token for every rank along tp: the smallest micro-batch has ${tokens} tokens, and tp is ${tp}`,
  oneStage: ({ schedule, stagesPerRank }) =>
    `1 stage a rank under ${schedule}, not ${stagesPerRank}; interleaved-1f1b, looped-bfs and interleaved-zero-bubble take any number, zbv takes 2`,
  twoStages: ({ stagesPerRank }) =>
    `2 stages a rank under zbv, which lays the model down the ranks and back up, not ${stagesPerRank}`,
  fill: ({ schedule, pp, microBatches, batch, dp, mostMicroBatches }) =>
    `at least ${pp} micro-batches, which ${schedule} needs to fill ${pp} stages, not ${microBatches}; the batch of ${batch} over dp ${dp} has room for ${mostMicroBatches}. gpipe takes any number`,
  rounds: ({ schedule, pp, microBatches }) =>
    `a number of micro-batches that divides into equal rounds of at least ${pp} under ${schedule}, not ${microBatches}`,
  zeroPipeline: ({ zero, pp }) =>
    `0 or 1 with a pipeline: at stage ${zero} its ranks would exchange all gradients after every micro-batch, and pp is ${pp}`,
  muonTensor: ({ tp }) => `1 with Muon, which orthogonalises whole matrices: tp is ${tp}`,
  muonZero: ({ zero }) => `0 with Muon, which orthogonalises whole matrices: it is ${zero}`,
  strategyReplicas: ({ strategy, dp }) =>
    `sync where there is one replica: ${strategy} needs dp of at least 2, not ${dp}`,
  strategyZero: ({ strategy, zero }) =>
    `sync with ZeRO ${zero}: under ${strategy} every replica updates a whole copy of the model by itself`,
  asyncAxes: ({ pp, tp }) =>
    `another strategy where replicas span several ranks: async takes pp 1 and tp 1, not ${pp} and ${tp}`,
  compressionReplicas: ({ compression, dp }) =>
    `none where there is one replica: ${compression} compresses what travels over dp, which is ${dp}`,
  compressionZero: ({ compression, zero }) =>
    `none with ZeRO ${zero}: ${compression} works on whole buckets of gradients, of which ZeRO leaves each rank a part`,
  loraZero: ({ zero }) =>
    `at most 2 with adapters (lora.r above 0): the frozen weights are whole on every rank, and zero is ${zero}`,
  loraStrategy: ({ strategy }) => `sync with adapters (lora.r above 0), not ${strategy}`,
};

export function meshNumbers({ model, train, parallel, lora }: RunConfig, vocabularySize: number): MeshNumbers {
  const { dp, pp, tp, stagesPerRank, schedule, zero, strategy, compression } = parallel;
  const { batchSize: batch, microBatches, sequenceLength, optimizer } = train;
  const parts = dp * microBatches;
  const { layers, kvHeads: heads, width, inner } = modelSizes(model);
  return {
    dp,
    pp,
    tp,
    ranks: dp * pp * tp,
    maxRanks: MAX_RANKS,
    stagesPerRank,
    stages: pp * stagesPerRank,
    layers,
    heads,
    vocabulary: vocabularySize,
    width,
    inner,
    batch,
    microBatches,
    parts,
    mostMicroBatches: Math.floor(batch / dp),
    tokens: Math.floor(batch / parts) * sequenceLength,
    schedule,
    zero,
    optimizer,
    strategy,
    compression,
    loraRank: lora.r,
  };
}

/**
 * The rules that a configuration breaks, each with the field that it speaks of; empty where it can be trained.
 * @param vocabularySize of the prepared text, where model.vocab_size is 0
 */
export function meshIssues(config: RunConfig, vocabularySize: number): MeshIssue[] {
  const n = meshNumbers(config, config.model.vocab_size || vocabularySize);
  const issues: MeshIssue[] = [];
  const require = (holds: boolean, rule: MeshRule, path: string, got: string | number): void => {
    if (!holds) issues.push({ path, got: String(got), expected: meshRuleWords[rule](n), rule, numbers: n });
  };
  require(n.ranks <= MAX_RANKS, 'ranks', largestAxis(n), n.ranks);
  require(n.stages <= n.layers, 'layers', n.stagesPerRank > 1 ? 'parallel.stagesPerRank' : 'parallel.pp', n.stages);
  require(n.tp <= n.heads, 'heads', 'parallel.tp', n.tp);
  require(n.tp <= n.vocabulary, 'vocabulary', 'parallel.tp', n.tp);
  require(n.tp <= n.width, 'width', 'parallel.tp', n.tp);
  require(n.tp <= n.inner, 'inner', 'parallel.tp', n.tp);
  require(n.parts <= n.batch, 'rows', n.microBatches > 1 ? 'train.microBatches' : 'parallel.dp', n.parts);
  if (n.parts <= n.batch) require(n.tp <= n.tokens, 'tokens', 'parallel.tp', n.tp);
  const schedule = scheduleRule(n);
  if (schedule !== null) require(false, schedule.rule, schedule.path, schedule.got);
  require(n.pp === 1 || n.zero <= 1, 'zeroPipeline', 'parallel.zero', n.zero);
  if (n.optimizer === 'muon') {
    require(n.tp === 1, 'muonTensor', 'parallel.tp', n.tp);
    require(n.zero === 0, 'muonZero', 'parallel.zero', n.zero);
  }
  if (n.strategy !== 'sync') {
    require(n.dp > 1, 'strategyReplicas', 'parallel.strategy', n.strategy);
    require(n.zero === 0, 'strategyZero', 'parallel.strategy', n.strategy);
  }
  if (n.strategy === 'async') require(n.pp === 1 && n.tp === 1, 'asyncAxes', 'parallel.strategy', n.strategy);
  if (n.compression !== 'none') {
    require(n.dp > 1, 'compressionReplicas', 'parallel.compression', n.compression);
    require(n.zero === 0, 'compressionZero', 'parallel.compression', n.compression);
  }
  if (n.loraRank > 0) {
    require(n.zero <= 2, 'loraZero', 'parallel.zero', n.zero);
    require(n.strategy === 'sync', 'loraStrategy', 'parallel.strategy', n.strategy);
  }
  return issues;
}

function largestAxis({ dp, pp, tp }: MeshNumbers): string {
  const largest = Math.max(dp, pp, tp);
  return `parallel.${dp === largest ? 'dp' : pp === largest ? 'pp' : 'tp'}`;
}

/** The schedule's own rule, by the name that it has here. */
function scheduleRule({ schedule, pp, stagesPerRank, microBatches }: MeshNumbers): {
  readonly rule: MeshRule;
  readonly path: string;
  readonly got: number;
} | null {
  const issue = scheduleIssue(schedule, { ranks: pp, stagesPerRank, microBatches });
  if (issue === null) return null;
  const { got } = issue;
  if (issue.field === 'stagesPerRank')
    return { rule: schedule === 'zbv' ? 'twoStages' : 'oneStage', path: 'parallel.stagesPerRank', got };
  return { rule: schedule === '1f1b' ? 'fill' : 'rounds', path: 'train.microBatches', got };
}
