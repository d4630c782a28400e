// What the commands take that measure and predict: bench, predict, plan, schedule.

import { scheduleNames } from '../../../src/core/runConfig';
import { recomputations } from '../../../src/planner/clusterPlan';
import type { CommandSpec } from './commandSpec';
import { meshOptions, whole } from './sharedOptions';

const precisions = ['f32', 'bf16', 'fp8'] as const;

export const benchChoices = ['matmul', 'attention', 'train', 'decode', 'collectives'] as const;
export const sizeChoices = ['small', 'large', 'gpt2'] as const;

export const measuringCommands: readonly CommandSpec[] = [
  {
    name: 'bench',
    positional: { name: 'BENCH', required: false, choices: benchChoices },
    options: [
      {
        name: 'size',
        kind: 'text',
        placeholder: 'SIZE',
        choices: sizeChoices,
        help: 'small if left out; gpt2, 124M parameters, is for decode alone, and its size on a GPU if left out',
      },
      {
        name: 'steps',
        kind: 'number',
        placeholder: 'N',
        range: whole(1, 100_000),
        help: 'repetitions to measure; of decode: new tokens',
      },
      ...meshOptions,
    ],
    help: 'medians with their spread, on this adapter; `train --mesh` sets a mesh beside one worker',
  },
  {
    name: 'predict',
    positional: { name: 'CONFIG_OR_PRESET', required: true },
    options: [
      {
        name: 'steps',
        kind: 'number',
        placeholder: 'N',
        range: whole(1, 100_000),
        help: 'steps to run, 24 if left out',
      },
      ...meshOptions,
    ],
    help: 'what is expected of a step of a mesh, against what this device measures',
  },
  {
    name: 'plan',
    positional: { name: 'CONFIG', required: false },
    options: [
      {
        name: 'published',
        kind: 'text',
        placeholder: 'FILE',
        help: 'predict the published runs in a JSON file instead',
      },
      { name: 'hardware', kind: 'text', placeholder: 'NAME', help: 'h100-sxm if left out; an unknown NAME lists all' },
      {
        name: 'ranks',
        kind: 'number',
        placeholder: 'N',
        range: whole(1, 131_072),
        help: 'devices; without --mesh: dp',
      },
      { name: 'best', kind: 'flag', help: 'search mesh, schedule, micro-batch and recomputation for --ranks' },
      {
        name: 'mesh',
        kind: 'text',
        placeholder: 'dp=2,pp=2,tp=1',
        help: 'ranks along each axis; those left out are 1',
      },
      {
        name: 'zero',
        kind: 'number',
        placeholder: 'N',
        range: whole(0, 3),
        help: 'ZeRO stage along dp, 3 if left out',
      },
      { name: 'schedule', kind: 'text', placeholder: 'NAME', choices: scheduleNames, help: '1f1b if left out' },
      {
        name: 'stages-per-rank',
        kind: 'number',
        placeholder: 'V',
        range: whole(1, 1_024),
        help: 'stages a rank holds',
      },
      {
        name: 'micro-batch-rows',
        kind: 'number',
        placeholder: 'N',
        range: whole(1, 65_536),
        help: 'sequences of each',
      },
      {
        name: 'micro-batches',
        kind: 'number',
        placeholder: 'M',
        range: whole(1, 1_000_000),
        help: 'instead of their rows',
      },
      { name: 'global-batch', kind: 'number', placeholder: 'N', range: whole(1, 10_000_000), help: 'sequences a step' },
      { name: 'sequence', kind: 'number', placeholder: 'T', range: whole(1, 16_777_216), help: 'tokens a sequence' },
      {
        name: 'context-parallel',
        kind: 'number',
        placeholder: 'N',
        range: whole(1, 4_096),
        help: 'of dp, that share a sequence',
      },
      { name: 'precision', kind: 'text', placeholder: 'P', choices: precisions, help: 'of products, bf16 if left out' },
      { name: 'recompute', kind: 'text', placeholder: 'R', choices: recomputations, help: 'selective if left out' },
      {
        name: 'memory-gib',
        kind: 'number',
        placeholder: 'X',
        range: { min: 0.1, max: 10_000, whole: false },
        help: 'of a device, instead of its own',
      },
      { name: 'async-tp', kind: 'flag', help: 'tensor-parallel exchanges beside products' },
      { name: 'eager', kind: 'flag', help: 'element-wise kernels one by one, not compiled' },
      { name: 'unfused-attention', kind: 'flag', help: 'scores of attention go through memory' },
      {
        name: 'straggler',
        kind: 'number',
        placeholder: 'X',
        range: { min: 1, max: 100, whole: false },
        help: "slowest rank's time over the others'",
      },
      {
        name: 'mtbf-hours',
        kind: 'number',
        placeholder: 'H',
        range: { min: 1, max: 1e9, whole: false },
        help: 'mean time between failures of one rank: expected goodput',
      },
      {
        name: 'checkpoint-seconds',
        kind: 'number',
        placeholder: 'S',
        range: { min: 0.001, max: 1e6, whole: false },
        help: 'that writing a checkpoint stops training, 60 if left out',
      },
    ],
    help: 'predicts a step on a cluster: time, memory and traffic of a preset, a config.json or a run configuration',
  },
  {
    name: 'schedule',
    positional: { name: 'NAME', required: true, choices: scheduleNames },
    options: [
      {
        name: 'ranks',
        kind: 'number',
        placeholder: 'P',
        range: whole(1, 1_024),
        required: true,
        help: 'ranks of the pipeline',
      },
      {
        name: 'stages-per-rank',
        kind: 'number',
        placeholder: 'V',
        range: whole(1, 1_024),
        help: 'model stages that a rank holds: 2 for zbv, else 1, if left out',
      },
      {
        name: 'micro-batches',
        kind: 'number',
        placeholder: 'M',
        range: whole(1, 65_536),
        required: true,
        help: 'micro-batches of a step',
      },
    ],
    help: `the order of passes on each rank of a pipeline: ${scheduleNames.join(', ')}`,
  },
];
