// The options that choose a mesh, as fields of a configuration. It checks form alone; what fits together is the page's business.

import type { ConfigOverrides } from '../../src/ui/automationApi';
import { type ParsedArguments, UsageError } from './usage';

const axes = ['dp', 'pp', 'tp'];

/** @throws UsageError for a --mesh that is no list of axis=number */
export function meshOverrides({ texts, numbers }: ParsedArguments): ConfigOverrides {
  const parallel: Record<string, number | string> = {};
  const mesh = texts.get('mesh');
  if (mesh !== undefined) {
    for (const part of mesh.split(',')) {
      const [, axis = '', count = ''] = /^(\w+)=(\d+)$/.exec(part.trim()) ?? [];
      if (!axes.includes(axis))
        throw new UsageError(`--mesh takes ${axes.map((name) => `${name}=N`).join(',')} (any of them), not '${part}'`);
      parallel[axis] = Number(count);
    }
  }
  for (const [option, field] of [
    ['schedule', 'schedule'],
    ['compression', 'compression'],
    ['strategy', 'strategy'],
    ['async-service', 'asyncService'],
  ] as const) {
    const text = texts.get(option);
    if (text !== undefined) parallel[field] = text;
  }
  for (const [option, field] of [
    ['stages-per-rank', 'stagesPerRank'],
    ['zero', 'zero'],
    ['local-steps', 'localSteps'],
    ['outer-lr', 'outerLearningRate'],
    ['outer-momentum', 'outerMomentum'],
    ['max-staleness', 'maxStaleness'],
  ] as const) {
    const number = numbers.get(option);
    if (number !== undefined) parallel[field] = number;
  }
  const microBatches = numbers.get('micro-batches');
  return { train: microBatches === undefined ? {} : { microBatches }, parallel };
}
