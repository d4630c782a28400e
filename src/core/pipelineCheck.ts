// Checks a pipeline configuration from anywhere: keeps what is valid, names what is not. Pure; it never throws.

import * as v from 'valibot';
import { describeSchema, shown } from './configCheck';
import type { FieldIssue } from './errors';
import {
  corpusStageNames,
  defaultPipelineConfig,
  documentStageNames,
  type PipelineConfig,
  pipelineConfigSchema,
  type StageName,
  stageNames,
} from './pipelineConfig';

export interface PipelineConfigResult {
  /** The valid part over the defaults. Always runnable. */
  readonly config: PipelineConfig;
  readonly issues: readonly FieldIssue[];
}

const { stages: stagesSchema, leaveOut: leaveOutSchema, ...sectionSchemas } = pipelineConfigSchema.entries;
const sections: ReadonlyMap<string, ReadonlyMap<string, v.GenericSchema>> = new Map(
  Object.entries(sectionSchemas).map(([name, schema]) => [
    name,
    new Map<string, v.GenericSchema>(Object.entries(schema.wrapped.entries)),
  ]),
);

/** @param input anything; a PipelineConfig-shaped object of which any part may be missing or wrong */
export function checkPipelineConfig(input: unknown): PipelineConfigResult {
  const issues: FieldIssue[] = [];
  if (input === undefined) return { config: defaultPipelineConfig, issues };
  const known = ['stages', 'leaveOut', ...sections.keys()];
  if (!isRecord(input)) {
    issues.push({ path: '', got: shown(input), expected: `an object with ${known.join(', ')}` });
    return { config: defaultPipelineConfig, issues };
  }
  const accepted: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input)) {
    const fields = sections.get(name);
    if (name === 'stages') accepted['stages'] = takeStages(value, issues);
    else if (name === 'leaveOut') accepted['leaveOut'] = takeLeaveOut(value, issues);
    else if (fields === undefined) {
      issues.push({ path: shown(name).slice(1, -1), got: shown(value), expected: `one of ${known.join(', ')}` });
    } else if (!isRecord(value)) {
      issues.push({ path: name, got: shown(value), expected: `an object with ${[...fields.keys()].join(', ')}` });
    } else accepted[name] = takeFields(name, value, fields, issues);
  }
  const parsed = v.safeParse(pipelineConfigSchema, accepted);
  return { config: reconcile(parsed.success ? parsed.output : defaultPipelineConfig, issues), issues };
}

function takeFields(
  section: string,
  written: Record<string, unknown>,
  fields: ReadonlyMap<string, v.GenericSchema>,
  issues: FieldIssue[],
): Record<string, unknown> {
  const taken: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(written)) {
    const schema = fields.get(name);
    const path = `${section}.${shown(name).slice(1, -1)}`;
    if (schema === undefined) {
      issues.push({ path, got: shown(value), expected: `one of ${[...fields.keys()].join(', ')}` });
      continue;
    }
    const result = v.safeParse(schema, value);
    if (result.success && value !== undefined) taken[name] = result.output;
    else if (!result.success) issues.push({ path, got: shown(value), expected: expected(schema) });
  }
  return taken;
}

/** Known names, each once, those that compare documents last and in their own order; undefined where it is no list. */
function takeStages(value: unknown, issues: FieldIssue[]): readonly StageName[] | undefined {
  const path = 'stages';
  const parsed = v.safeParse(stagesSchema, value);
  if (!parsed.success || value === undefined) {
    if (value !== undefined) issues.push({ path, got: shown(value), expected: `a list of ${stageNames.join(', ')}` });
    return undefined;
  }
  const wanted = new Set<StageName>(parsed.output);
  const isDocumentStage = (name: StageName) => documentStageNames.some((known) => known === name);
  const ordered = [...[...wanted].filter(isDocumentStage), ...corpusStageNames.filter((name) => wanted.has(name))];
  if (ordered.join() !== parsed.output.join()) {
    const rule = `each stage once, ${corpusStageNames.join(', ')} last and in this order`;
    issues.push({ path, got: shown(value), expected: `${rule}; ${ordered.join(', ')} is used` });
  }
  return ordered;
}

function takeLeaveOut(value: unknown, issues: FieldIssue[]): unknown {
  if (v.safeParse(leaveOutSchema, value).success) return value;
  issues.push({
    path: 'leaveOut',
    got: shown(value),
    expected: 'a list of at most 1000 pairs [file from 0, record from 1]',
  });
  return undefined;
}

function reconcile(config: PipelineConfig, issues: FieldIssue[]): PipelineConfig {
  const { pack } = config;
  if (pack.shardTokens >= pack.sequenceLength) return config;
  const shardTokens = pack.sequenceLength;
  const rule = `at least pack.sequenceLength = ${pack.sequenceLength}`;
  issues.push({
    path: 'pack.shardTokens',
    got: shown(pack.shardTokens),
    expected: `${rule}; ${shardTokens} is used`,
  });
  return { ...config, pack: { ...pack, shardTokens } };
}

function expected(schema: v.GenericSchema): string {
  const text = describeSchema(schema);
  return text === 'array' ? 'a list of texts' : text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
