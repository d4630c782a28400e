// What the command line takes: its commands and options as one table, the parser that reads them and the help text.
// It runs nothing. Every refusal says what was wrong and what would have been taken.

import { floatDtypes } from '../../src/core/exportOptions';
import { pruningNames } from '../../src/core/quantization/prune';
import { asyncServiceNames, compressionNames, scheduleNames, strategyNames } from '../../src/core/runConfig';
import { sceneNames, sceneSizes } from '../../src/core/sceneRecords';
import { tokenizerKinds } from '../../src/core/tokenizerRecords';
import { recomputations } from '../../src/planner/clusterPlan';
import { readingCommands } from './readingUsage';

export class UsageError extends Error {}

type OptionKind = 'flag' | 'text' | 'number';

export interface OptionSpec {
  readonly name: string;
  readonly kind: OptionKind;
  readonly placeholder?: string;
  readonly choices?: readonly string[];
  /** Bounds of a number; `whole` admits no fractions. */
  readonly range?: { readonly min: number; readonly max: number; readonly whole: boolean };
  readonly required?: boolean;
  readonly help: string;
}

export interface CommandSpec {
  readonly name: string;
  readonly positional?: { readonly name: string; readonly required: boolean; readonly choices?: readonly string[] };
  /** What follows the positional: one or more of these, or as many as are given. */
  readonly rest?: string;
  readonly restIsOptional?: boolean;
  readonly options: readonly OptionSpec[];
  readonly help: string;
}

/** What is out of range for sampling gives way to what means something, and is said. */
const anyNumber = { min: -Infinity, max: Infinity, whole: false };
const whole = (min: number, max: number) => ({ min, max, whole: true });
const seed: OptionSpec = {
  name: 'seed',
  kind: 'number',
  placeholder: 'N',
  range: whole(0, 0xffff_ffff),
  help: 'seed of the random numbers',
};

const meshOptions: readonly OptionSpec[] = [
  { name: 'mesh', kind: 'text', placeholder: 'dp=2,pp=2,tp=1', help: 'ranks along each axis; those left out are 1' },
  { name: 'schedule', kind: 'text', placeholder: 'NAME', choices: scheduleNames, help: 'pipeline schedule' },
  { name: 'stages-per-rank', kind: 'number', placeholder: 'V', range: whole(1, 16), help: 'model stages a rank holds' },
  { name: 'zero', kind: 'number', placeholder: 'N', range: whole(0, 3), help: 'ZeRO stage along dp' },
  {
    name: 'micro-batches',
    kind: 'number',
    placeholder: 'M',
    range: whole(1, 4_096),
    help: 'parts of the batch in turn',
  },
  { name: 'compression', kind: 'text', placeholder: 'NAME', choices: compressionNames, help: 'of gradients along dp' },
  { name: 'strategy', kind: 'text', placeholder: 'NAME', choices: strategyNames, help: 'how replicas come together' },
  {
    name: 'local-steps',
    kind: 'number',
    placeholder: 'N',
    range: whole(1, 1_000),
    help: 'local-sgd and diloco: steps between two meetings',
  },
  {
    name: 'outer-lr',
    kind: 'number',
    placeholder: 'X',
    range: { min: 0, max: 10, whole: false },
    help: 'diloco: how much of the mean change is taken over',
  },
  {
    name: 'outer-momentum',
    kind: 'number',
    placeholder: 'X',
    range: { min: 0, max: 0.9999, whole: false },
    help: 'diloco: how much of earlier changes is carried on',
  },
  {
    name: 'max-staleness',
    kind: 'number',
    placeholder: 'N',
    range: whole(0, 64),
    help: 'async: versions that a gradient may be late by',
  },
  {
    name: 'async-service',
    kind: 'text',
    placeholder: 'NAME',
    choices: asyncServiceNames,
    help: 'async: where the weights live',
  },
];

const scheme: OptionSpec = {
  name: 'scheme',
  kind: 'text',
  placeholder: 'NAME',
  choices: ['int8', 'int4'],
  help: 'weights in 8 bits, a scale an output channel, or in 4 bits, a scale a group of inputs',
};
const schemeOptions: readonly OptionSpec[] = [
  { name: 'group', kind: 'number', placeholder: 'N', range: whole(32, 128), help: 'int4: 32 (default), 64, 96 or 128' },
  { name: 'dot', kind: 'flag', help: 'int8: activations in 8 bits too, where the browser has a dot product for them' },
];

const dtype = (otherwise: string): OptionSpec => ({
  name: 'dtype',
  kind: 'text',
  placeholder: 'TYPE',
  choices: floatDtypes.map((known) => known.toLowerCase()),
  help: `of the weights; ${otherwise} if left out`,
});
const maxShardSize: OptionSpec = {
  name: 'max-shard-size',
  kind: 'text',
  placeholder: 'SIZE',
  help: 'such as 5MB or 2GiB: tensors of one file take no more; one file if left out',
};

const precisions = ['f32', 'bf16', 'fp8'] as const;

export const benchChoices = ['matmul', 'attention', 'train', 'decode', 'collectives'] as const;
export const sizeChoices = ['small', 'large', 'gpt2'] as const;

export const commands: readonly CommandSpec[] = [
  { name: 'adapter', options: [], help: 'the adapter: its name, limits and features, and whether it is software' },
  {
    name: 'verify',
    options: [{ name: 'only', kind: 'text', placeholder: 'X', help: 'only kernels whose name contains X' }],
    help: 'every kernel variant against its reference, on this device',
  },
  {
    name: 'conformance',
    positional: { name: 'DIR', required: true },
    options: [...meshOptions, seed],
    help: 'a Hugging Face folder with io.safetensors and expect.json, against what they say',
  },
  {
    name: 'train',
    positional: { name: 'CONFIG_OR_PRESET', required: true },
    options: [
      { name: 'steps', kind: 'number', placeholder: 'N', range: whole(1, 10_000_000), help: 'optimiser steps' },
      seed,
      ...meshOptions,
      {
        name: 'lora',
        kind: 'text',
        placeholder: 'r=8,alpha=16,targets=c_attn',
        help: 'train adapters of rank r alone, beside the layers whose names end so; all-linear if left out',
      },
      { name: 'out', kind: 'text', placeholder: 'DIR', help: 'write a Hugging Face folder and the metrics there' },
      dtype('f32'),
      maxShardSize,
      {
        name: 'shards',
        kind: 'flag',
        help: 'of a mesh: write what each rank holds, and shards.json, in place of whole weights',
      },
      { name: 'force', kind: 'flag', help: 'write into DIR even if it holds something' },
      {
        name: 'text',
        kind: 'text',
        placeholder: 'FILE',
        help: "the text, for data.corpus 'text', or JSON lines for 'records'",
      },
      { name: 'tokenizer', kind: 'text', placeholder: 'FILE', help: "a tokenizer.json, for data.tokenizer 'json'" },
    ],
    help: 'trains a preset, or the configuration in a JSON file',
  },
  {
    name: 'scene',
    positional: { name: 'NAME', required: false, choices: sceneNames },
    options: [
      {
        name: 'size',
        kind: 'text',
        placeholder: 'SIZE',
        choices: sceneSizes,
        help: 'small for a software adapter, full for a GPU; left out, as the adapter is',
      },
    ],
    help: 'an application from its data to its result beside a baseline; without a name, which there are',
  },
  {
    name: 'generate',
    positional: { name: 'DIR', required: true },
    options: [
      { name: 'prompt', kind: 'text', placeholder: 'TEXT', required: true, help: 'what to continue' },
      {
        name: 'max-tokens',
        kind: 'number',
        placeholder: 'N',
        range: whole(1, 1_000_000),
        help: "at most; left out, as the folder's generation_config.json says, else 64",
      },
      {
        name: 'temperature',
        kind: 'number',
        placeholder: 'T',
        range: anyNumber,
        help: '0 is greedy; this and the cuts below: left out, as the folder says, else greedy without cuts',
      },
      {
        name: 'top-k',
        kind: 'number',
        placeholder: 'K',
        range: anyNumber,
        help: 'draw from the K most probable tokens; 0 from all',
      },
      {
        name: 'top-p',
        kind: 'number',
        placeholder: 'P',
        range: anyNumber,
        help: 'draw from the fewest tokens of this probability together',
      },
      {
        name: 'min-p',
        kind: 'number',
        placeholder: 'P',
        range: anyNumber,
        help: "draw from tokens of this share of the most probable one's probability",
      },
      {
        name: 'repetition-penalty',
        kind: 'number',
        placeholder: 'X',
        range: anyNumber,
        help: 'above 1 makes tokens that the text has less likely',
      },
      { name: 'stop', kind: 'text', placeholder: 'TEXT', help: 'end before this text' },
      { name: 'logit-bias', kind: 'text', placeholder: 'ID=X,...', help: 'added to the logits of these token ids' },
      {
        name: 'beams',
        kind: 'number',
        placeholder: 'N',
        range: anyNumber,
        help: 'the likeliest text that N beams find',
      },
      {
        name: 'length-penalty',
        kind: 'number',
        placeholder: 'X',
        range: anyNumber,
        help: 'with beams: above 0, the default 1, for longer texts',
      },
      {
        name: 'early-stopping',
        kind: 'text',
        placeholder: 'WHEN',
        choices: ['false', 'true', 'never'],
        help: 'with beams: when to stop looking for a better text',
      },
      { ...scheme, name: 'quantize' },
      ...schemeOptions,
      { name: 'mesh', kind: 'text', placeholder: 'pp=2', help: 'layers over a pipeline of so many workers' },
      seed,
    ],
    help: 'continues a prompt with the model in a Hugging Face folder',
  },
  ...readingCommands,
  {
    name: 'inspect',
    positional: { name: 'DIR', required: true },
    rest: 'TEXT',
    options: [
      {
        name: 'top',
        kind: 'number',
        placeholder: 'K',
        range: whole(1, 20),
        help: 'tokens of the logit lens, 5 if left out',
      },
    ],
    help: "a text inside the model in a Hugging Face folder: attention, the residual stream's norms, the logit lens",
  },
  {
    name: 'quantize',
    positional: { name: 'DIR', required: true },
    options: [
      scheme,
      ...schemeOptions,
      {
        name: 'prune',
        kind: 'text',
        placeholder: 'NAME',
        choices: pruningNames,
        help: 'set small weights to zero first',
      },
      {
        name: 'sparsity',
        kind: 'number',
        placeholder: 'X',
        range: { min: 0, max: 0.99, whole: false },
        help: 'magnitude: the share that goes, 0.5 if left out',
      },
      {
        name: 'data',
        kind: 'text',
        placeholder: 'FILE',
        help: 'held-out text; that of the run in DIR/run.json if left out',
      },
      {
        name: 'tokens',
        kind: 'number',
        placeholder: 'N',
        range: whole(1, 100_000_000),
        help: 'of it at most, 16384 if left out',
      },
      { name: 'out', kind: 'text', placeholder: 'DIR', help: 'write the compressed model there' },
      { name: 'force', kind: 'flag', help: 'write into it even if it holds something' },
    ],
    help: 'compresses a model; its size, speed and held-out loss before and after, side by side',
  },
  {
    name: 'distill',
    positional: { name: 'DIR', required: true },
    options: [
      {
        name: 'student',
        kind: 'text',
        placeholder: 'CONFIG_OR_PRESET',
        required: true,
        help: 'the run of a smaller model: its sizes, its text, its steps',
      },
      { name: 'steps', kind: 'number', placeholder: 'N', range: whole(1, 10_000_000), help: 'of each training' },
      seed,
      {
        name: 'temperature',
        kind: 'number',
        placeholder: 'T',
        range: { min: 0.1, max: 100, whole: false },
        help: "what both sides' logits are divided by, 2 if left out",
      },
      {
        name: 'alpha',
        kind: 'number',
        placeholder: 'X',
        range: { min: 0, max: 1, whole: false },
        help: "the teacher's share of the loss, 0.5 if left out",
      },
      { name: 'text', kind: 'text', placeholder: 'FILE', help: "the text, for data.corpus 'text'" },
      {
        name: 'tokens',
        kind: 'number',
        placeholder: 'N',
        range: whole(1, 100_000_000),
        help: 'held-out, to judge by; at most 16384',
      },
      { name: 'out', kind: 'text', placeholder: 'DIR', help: 'write the distilled student there' },
      { name: 'force', kind: 'flag', help: 'write into it even if it holds something' },
    ],
    help: 'trains a smaller student alone and from the model in DIR; size, speed and held-out loss of all three',
  },
  {
    name: 'export',
    positional: { name: 'DIR', required: true },
    options: [
      dtype('what they are in DIR'),
      maxShardSize,
      { name: 'out', kind: 'text', placeholder: 'DIR', required: true, help: 'the folder to write' },
      { name: 'force', kind: 'flag', help: 'write into it even if it holds something' },
    ],
    help: 'writes a Hugging Face folder anew, for transformers and the lab',
  },
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
  {
    name: 'data',
    positional: { name: 'FILE', required: true },
    rest: 'FILE',
    restIsOptional: true,
    options: [
      { name: 'out', kind: 'text', placeholder: 'DIR', required: true, help: 'the folder for shards and their index' },
      {
        name: 'config',
        kind: 'text',
        placeholder: 'F',
        help: 'a JSON file with stages and their settings; see docs/data.md',
      },
      { name: 'workers', kind: 'number', placeholder: 'N', range: whole(1, 16), help: 'data workers, 2 if left out' },
      { name: 'tokenizer', kind: 'text', placeholder: 'FILE', help: "a tokenizer.json, for tokenize.tokenizer 'json'" },
      { name: 'force', kind: 'flag', help: 'write into DIR even if it holds something' },
    ],
    help: 'cleans, filters, deduplicates, tokenizes and packs files and folders into token shards',
  },
  {
    name: 'tokenizer',
    positional: { name: 'ACTION', required: true, choices: ['train'] },
    rest: 'FILE',
    options: [
      {
        name: 'kind',
        kind: 'text',
        placeholder: 'KIND',
        choices: tokenizerKinds,
        required: true,
        help: 'what to train',
      },
      {
        name: 'vocabulary',
        kind: 'number',
        placeholder: 'N',
        range: whole(1, 1_000_000),
        required: true,
        help: 'tokens at most, special ones and the alphabet among them',
      },
      {
        name: 'min-frequency',
        kind: 'number',
        placeholder: 'N',
        range: whole(1, 1e9),
        help: 'occurrences that something learnt has at least, 2 if left out',
      },
      {
        name: 'special',
        kind: 'text',
        placeholder: 'TOKEN,...',
        help: 'special tokens, which take the first ids; those usual for the kind if left out',
      },
      { name: 'out', kind: 'text', placeholder: 'FILE', required: true, help: 'the tokenizer.json to write' },
      { name: 'force', kind: 'flag', help: 'replace it if it exists' },
    ],
    help: 'learns a tokenizer from text files and writes a tokenizer.json, for `train --tokenizer` and the tokenizers libraries',
  },
];

const commonOptions: readonly OptionSpec[] = [
  { name: 'json', kind: 'flag', help: 'one JSON object a line on stdout; the last has "event":"done"' },
  { name: 'help', kind: 'flag', help: 'this text' },
];

export interface ParsedArguments {
  readonly command: string;
  readonly positional: string | undefined;
  readonly rest: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly texts: ReadonlyMap<string, string>;
  readonly numbers: ReadonlyMap<string, number>;
}

/** @throws UsageError */
export function parseArguments(argv: readonly string[]): ParsedArguments {
  const [name, ...rest] = argv.filter((word) => word !== '--json');
  const known = commands.map((spec) => spec.name);
  if (name === undefined || name.startsWith('-'))
    throw new UsageError(`a command is missing; it takes: ${known.join(', ')}`);
  const spec = commands.find((candidate) => candidate.name === name);
  if (spec === undefined) throw new UsageError(unknown('command', name, known));
  const parsed = readWords(spec, rest);
  if (argv.includes('--json')) parsed.flags.add('json');
  checkComplete(spec, parsed);
  return { command: spec.name, ...parsed };
}

interface Words {
  positional: string | undefined;
  readonly rest: string[];
  readonly flags: Set<string>;
  readonly texts: Map<string, string>;
  readonly numbers: Map<string, number>;
}

function readWords(spec: CommandSpec, words: readonly string[]): Words {
  const parsed: Words = { positional: undefined, rest: [], flags: new Set(), texts: new Map(), numbers: new Map() };
  const options = [...spec.options, ...commonOptions];
  const queue = [...words];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (!word.startsWith('-')) {
      takePositional(spec, parsed, word);
      continue;
    }
    const [written = '', attached] = splitOnce(word.replace(/^--?/, ''), '=');
    const option = options.find((candidate) => candidate.name === written);
    if (option === undefined) {
      throw new UsageError(
        unknown(
          `option of ${spec.name}`,
          word,
          options.map((candidate) => `--${candidate.name}`),
        ),
      );
    }
    if (option.kind === 'flag') {
      if (attached !== undefined) throw new UsageError(`--${written} takes no value, got '${attached}'`);
      parsed.flags.add(written);
      continue;
    }
    const value = attached ?? queue.shift();
    if (value === undefined)
      throw new UsageError(`--${written} takes a value: --${written} ${option.placeholder ?? ''}`);
    if (option.kind === 'text') parsed.texts.set(written, checkedChoice(`--${written}`, value, option.choices));
    else parsed.numbers.set(written, checkedNumber(option, value));
  }
  return parsed;
}

function takePositional(spec: CommandSpec, parsed: Words, word: string): void {
  const { positional } = spec;
  if (spec.rest !== undefined && parsed.positional !== undefined) {
    parsed.rest.push(word);
    return;
  }
  if (positional === undefined || parsed.positional !== undefined) {
    const takes = positional === undefined ? 'none' : `one, ${positional.name}`;
    throw new UsageError(`'${word}' is too much: ${spec.name} takes ${takes}`);
  }
  parsed.positional = checkedChoice(positional.name, word, positional.choices);
}

function checkComplete(spec: CommandSpec, parsed: Words): void {
  if (parsed.flags.has('help')) return;
  if (spec.positional?.required === true && parsed.positional === undefined) {
    throw new UsageError(`${spec.positional.name} is missing: ${usageLine(spec)}`);
  }
  if (spec.rest !== undefined && spec.restIsOptional !== true && parsed.rest.length === 0) {
    throw new UsageError(`${spec.rest} is missing: ${usageLine(spec)}`);
  }
  for (const option of spec.options) {
    if (option.required === true && !parsed.texts.has(option.name) && !parsed.numbers.has(option.name)) {
      throw new UsageError(`--${option.name} ${option.placeholder ?? ''} is missing: ${usageLine(spec)}`);
    }
  }
}

function checkedChoice(what: string, value: string, choices: readonly string[] | undefined): string {
  if (choices === undefined || choices.includes(value)) return value;
  throw new UsageError(unknown(what, value, choices));
}

function checkedNumber(option: OptionSpec, written: string): number {
  const value = written.trim() === '' ? Number.NaN : Number(written);
  const { min, max, whole: mustBeWhole } = option.range ?? { min: -Infinity, max: Infinity, whole: false };
  if (value >= min && value <= max && (!mustBeWhole || Number.isInteger(value))) return value;
  const kind = mustBeWhole ? 'a whole number' : 'a number';
  throw new UsageError(`--${option.name} takes ${kind} from ${min} to ${max}, got '${written}'`);
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function unknown(what: string, got: string, known: readonly string[]): string {
  const near = known.find((candidate) => editDistance(candidate, got) <= 2);
  const guess = near === undefined ? '' : `; did you mean ${near}?`;
  return `unknown ${what} '${got}'${guess} It takes: ${known.join(', ')}`.replace("' It", "'. It");
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The help of one command, or of all. */
export function helpText(name?: string): string {
  const spec = commands.find((candidate) => candidate.name === name);
  if (spec !== undefined) {
    const options = [...spec.options, ...commonOptions].map(
      (option) => `  ${optionText(option).padEnd(24)} ${option.help}`,
    );
    return [`usage: ${usageLine(spec)}`, '', spec.help, '', ...options].join('\n');
  }
  return [
    'usage: npm run -s lab -- COMMAND ... [--json] [--help]',
    '',
    ...commands.map((each) => `  ${each.name.padEnd(12)} ${each.help}`),
    '',
    'Exit status: 0 ok, 1 not ok, 2 wrong usage.',
    'LAB_CHROMIUM names a browser; LAB_CHROMIUM_ARGS replaces its GPU flags; LAB_REQUIRE_GPU=1 refuses a software adapter.',
  ].join('\n');
}

function usageLine(spec: CommandSpec): string {
  const positional = spec.positional;
  const words = [
    `lab ${spec.name}`,
    ...(positional === undefined
      ? []
      : [positional.required ? positional.name : `[${positional.choices?.join('|') ?? positional.name}]`]),
    ...(spec.rest === undefined ? [] : [spec.restIsOptional === true ? `[${spec.rest}...]` : `${spec.rest}...`]),
    ...spec.options.map((option) => (option.required === true ? optionText(option) : `[${optionText(option)}]`)),
    '[--json]',
  ];
  return words.join(' ');
}

function optionText(option: OptionSpec): string {
  return option.kind === 'flag'
    ? `--${option.name}`
    : `--${option.name} ${option.choices?.join('|') ?? option.placeholder}`;
}
