// Which settings each stage of the pipeline has and what kind of input each takes, read from the schema itself. No labels (they are terms).

import type * as v from 'valibot';
import { describeSchema } from '../../core/configCheck';
import { pipelineConfigSchema, type StageName } from '../../core/pipelineConfig';
import type { DataSection } from '../stores/dataStore';

export type DataFieldKind = 'switch' | 'number' | 'text' | 'list' | readonly string[];

export interface DataFieldSpec {
  readonly section: DataSection;
  readonly name: string;
  readonly path: `${DataSection}.${string}`;
  readonly kind: DataFieldKind;
}

/** The section of the configuration that belongs to a stage; exact deduplication has nothing to set. */
export const sectionOfStage: Readonly<Record<StageName, DataSection | null>> = {
  normalize: 'normalize',
  markup: 'markup',
  language: 'language',
  quality: 'quality',
  'personal-data': 'personalData',
  'exact-dedup': null,
  'near-dedup': 'nearDedup',
  decontaminate: 'decontaminate',
};

export function dataFieldsOf(section: DataSection): readonly DataFieldSpec[] {
  const { entries } = pipelineConfigSchema.entries[section].wrapped;
  return Object.entries<v.GenericSchema>(entries).map(([name, schema]) => ({
    section,
    name,
    path: `${section}.${name}`,
    kind: kindOf(describeSchema(schema)),
  }));
}

/** The schema's description is the one place that says what a field takes. */
function kindOf(takes: string): DataFieldKind {
  if (takes === 'true or false') return 'switch';
  if (takes.startsWith('one of ')) return takes.slice('one of '.length).split(', ');
  if (takes === 'a list of texts') return 'list';
  return takes.startsWith('text') ? 'text' : 'number';
}
