// The options that choose a mesh, as fields of a configuration. It checks form alone; what fits together is the page's business.

import type { ConfigOverrides } from '../../src/ui/automationApi';
import { UsageError } from './usage/commandSpec';
import type { ParsedArguments } from './usage/usage';

const axes = ['dp', 'pp', 'tp'] as const;

/** Ranks by axis. @throws UsageError for what is no list of axis=number */
export function meshAxes(text: string | undefined): Partial<Record<(typeof axes)[number], number>> {
  const mesh: Partial<Record<(typeof axes)[number], number>> = {};
  for (const part of text?.split(',') ?? []) {
    const [, name = '', count = ''] = /^(\w+)=(\d+)$/.exec(part.trim()) ?? [];
    const axis = axes.find((known) => known === name);
    if (axis === undefined)
      throw new UsageError(`--mesh takes ${axes.map((known) => `${known}=N`).join(',')} (any of them), not '${part}'`);
    mesh[axis] = Number(count);
  }
  return mesh;
}

/** @throws UsageError for a --mesh that is no list of axis=number */
export function meshOverrides({ texts, numbers }: ParsedArguments): ConfigOverrides {
  const parallel: Record<string, number | string> = { ...meshAxes(texts.get('mesh')) };
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
