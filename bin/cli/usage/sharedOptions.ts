// Options that several commands take, each said once.

import { floatDtypes } from '../../../src/core/exportOptions';
import { asyncServiceNames, compressionNames, scheduleNames, strategyNames } from '../../../src/core/runConfig';
import type { OptionSpec } from './commandSpec';

/** What is out of range for sampling gives way to what means something, and is said. */
export const anyNumber = { min: -Infinity, max: Infinity, whole: false };
export const whole = (min: number, max: number) => ({ min, max, whole: true });
export const seed: OptionSpec = {
  name: 'seed',
  kind: 'number',
  placeholder: 'N',
  range: whole(0, 0xffff_ffff),
  help: 'seed of the random numbers',
};

export const meshOptions: readonly OptionSpec[] = [
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

export const scheme: OptionSpec = {
  name: 'scheme',
  kind: 'text',
  placeholder: 'NAME',
  choices: ['int8', 'int4'],
  help: 'weights in 8 bits, a scale an output channel, or in 4 bits, a scale a group of inputs',
};
export const schemeOptions: readonly OptionSpec[] = [
  { name: 'group', kind: 'number', placeholder: 'N', range: whole(32, 128), help: 'int4: 32 (default), 64, 96 or 128' },
  { name: 'dot', kind: 'flag', help: 'int8: activations in 8 bits too, where the browser has a dot product for them' },
];

export const dtype = (otherwise: string): OptionSpec => ({
  name: 'dtype',
  kind: 'text',
  placeholder: 'TYPE',
  choices: floatDtypes.map((known) => known.toLowerCase()),
  help: `of the weights; ${otherwise} if left out`,
});
export const maxShardSize: OptionSpec = {
  name: 'max-shard-size',
  kind: 'text',
  placeholder: 'SIZE',
  help: 'such as 5MB or 2GiB: tensors of one file take no more; one file if left out',
};
