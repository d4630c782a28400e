// Checks a run configuration from anywhere (form, link, file, command line): keeps what is valid, names what is not,
// and always ends in something runnable. Pure; it never throws, and it must not know memory limits or devices.

import * as v from 'valibot';
import type { FieldIssue } from './errors';
import {
  fieldConflict,
  findModelType,
  type ModelConfig,
  type ModelType,
  modelConfigSchema,
  modelSchemas,
  modelSizes,
  modelTypes,
  sizeField,
  withField,
  withSize,
} from './modelConfig';
import { type ConfigResult, defaultRunConfig, type RunConfig, runConfigSchema } from './runConfig';

const sections = Object.keys(runConfigSchema.entries);

type FieldTable = ReadonlyMap<string, v.GenericSchema>;

function tableOf(entries: Readonly<Record<string, v.GenericSchema>>): FieldTable {
  return new Map(Object.entries(entries));
}

const { data, train, parallel, lora } = runConfigSchema.entries;
const fieldTables: ReadonlyMap<string, FieldTable> = new Map([
  ['data', tableOf(data.wrapped.entries)],
  ['train', tableOf(train.wrapped.entries)],
  ['parallel', tableOf(parallel.wrapped.entries)],
  ['lora', tableOf(lora.wrapped.entries)],
]);
const modelTables: ReadonlyMap<string, FieldTable> = new Map(
  Object.entries(modelSchemas).map(([type, { entries }]) => [type, tableOf(entries)]),
);

/**
 * The schema's fields of a section, or undefined where there is no such section.
 * @param modelType the family whose fields `model` has
 */
export function sectionFields(section: string, modelType: ModelType = 'gpt2'): FieldTable | undefined {
  return section === 'model' ? modelTables.get(modelType) : fieldTables.get(section);
}

/** A family's smallest ready model. */
export function defaultModelOf(modelType: ModelType): ModelConfig {
  return v.parse(modelConfigSchema, { model_type: modelType });
}

/**
 * The valid part of `input` over `base`. A bad field keeps the base's value; fields that contradict each other are
 * changed to the nearest values that agree; both are listed, as are unknown fields.
 *
 * @param input anything; a RunConfig-shaped object of which any part may be missing or wrong
 * @param base a valid configuration; the schema's defaults if left out
 */
export function checkRunConfig(input: unknown, base: RunConfig = defaultRunConfig): ConfigResult {
  const issues: FieldIssue[] = [];
  const family = familyOf(input, base, issues);
  const accepted = new Map<string, Record<string, unknown>>(sections.map((section) => [section, {}]));
  if (!isRecord(input)) {
    if (input !== undefined)
      issues.push({ path: '', got: shown(input), expected: `an object with ${sections.join(', ')}` });
  } else {
    for (const [section, fields] of Object.entries(input)) {
      const table = sectionFields(section, family);
      const into = accepted.get(section);
      if (table === undefined || into === undefined) {
        issues.push({ path: shortened(section), got: shown(fields), expected: `one of ${sections.join(', ')}` });
      } else if (!isRecord(fields)) {
        issues.push({ path: section, got: shown(fields), expected: `an object with fields of ${section}` });
      } else {
        takeFields(section, fields, table, into, issues);
      }
    }
  }
  const merged = {
    model: { ...(family === base.model.model_type ? base.model : defaultModelOf(family)), ...accepted.get('model') },
    data: { ...base.data, ...accepted.get('data') },
    train: { ...base.train, ...accepted.get('train') },
    parallel: { ...base.parallel, ...accepted.get('parallel') },
    lora: { ...base.lora, ...accepted.get('lora') },
  };
  const parsed = v.safeParse(runConfigSchema, merged);
  // The base is the only part that was not checked field by field; a bad base falls back to the defaults.
  const config = parsed.success ? parsed.output : defaultRunConfig;
  if (!parsed.success) {
    issues.push({ path: '', got: shown(base), expected: 'a valid base configuration; the defaults are used' });
  }
  return { config: reconcile(config, issues), issues };
}

/** The family that the input names, or the base's; one that does not exist is listed. */
function familyOf(input: unknown, base: RunConfig, issues: FieldIssue[]): ModelType {
  const named = isRecord(input) && isRecord(input.model) ? input.model.model_type : undefined;
  const found = named === undefined ? base.model.model_type : findModelType(named);
  if (found === undefined)
    issues.push({ path: 'model.model_type', got: shown(named), expected: `one of ${modelTypes().join(', ')}` });
  return found ?? base.model.model_type;
}

function takeFields(
  section: string,
  fields: Record<string, unknown>,
  table: ReadonlyMap<string, v.GenericSchema>,
  into: Record<string, unknown>,
  issues: FieldIssue[],
): void {
  for (const [name, value] of Object.entries(fields)) {
    // Which family it is was decided, and said, before.
    if (section === 'model' && name === 'model_type') continue;
    const path = `${section}.${shortened(name)}`;
    const schema = table.get(name);
    if (schema === undefined) {
      issues.push({ path, got: shown(value), expected: 'no such field' });
      continue;
    }
    const result = v.safeParse(schema, value);
    // An absent value (undefined) means: keep the base's.
    if (result.success && value !== undefined) into[name] = result.output;
    else if (!result.success) issues.push({ path, got: shown(value), expected: describeSchema(schema) });
  }
}

/** Applies the rules that tie fields to each other, in an order in which no later rule breaks an earlier one. */
function reconcile(config: RunConfig, issues: FieldIssue[]): RunConfig {
  let { model } = config;
  const train = { ...config.train };
  const change = <Section, Name extends keyof Section & string>(
    target: Section,
    section: string,
    name: Name,
    value: Section[Name],
    rule: string,
  ): void => {
    issues.push({ path: `${section}.${name}`, got: shown(target[name]), expected: `${rule}; ${shown(value)} is used` });
    target[name] = value;
  };

  const { width, heads, headDim } = modelSizes(model);
  if (!Number.isInteger(headDim)) {
    const fitting = largestDivisor(width, heads);
    issues.push({
      path: `model.${sizeField(model, 'heads')}`,
      got: shown(heads),
      expected: `a divisor of model.${sizeField(model, 'width')} = ${width}; ${fitting} is used`,
    });
    model = withSize(model, 'heads', fitting);
  }
  for (let conflict = fieldConflict(model); conflict !== null; conflict = fieldConflict(model)) {
    const { field, got, rule, fitting } = conflict;
    issues.push({ path: `model.${field}`, got: shown(got), expected: `${rule('model.')}; ${fitting} is used` });
    model = withField(model, field, fitting);
  }
  const { positions, task, paddingPosition } = modelSizes(model);
  const data = { ...config.data };
  if (task !== 'causal-lm') {
    if (data.corpus !== 'shards' && (data.tokenizer === 'char' || data.tokenizer === 'byte')) {
      const rule = `a tokenizer with tokens for the beginning and end of a text, as model.model_type = ${model.model_type} needs it`;
      change(data, 'data', 'tokenizer', 'wordpiece', rule);
    }
    if (task !== 'masked-lm' && data.corpus !== 'records')
      change(data, 'data', 'corpus', 'records', `labelled records, as the model's head for ${task} needs them`);
  }
  if (train.documents === 'apart' && (task !== 'causal-lm' || data.corpus !== 'shards')) {
    const rule =
      task === 'causal-lm'
        ? 'joined: only shards (data.corpus), which the Data view makes, say where documents begin'
        : `joined: tokens of model.model_type = ${model.model_type} see those behind them too, so choose a model that continues texts`;
    change(train, 'train', 'documents', 'joined', rule);
  }
  if (train.sequenceLength > positions) {
    const rest = paddingPosition === null ? '' : ' - model.pad_token_id - 1';
    const rule = `at most model.${sizeField(model, 'positions')}${rest} = ${positions}`;
    change(train, 'train', 'sequenceLength', positions, rule);
  }
  if (train.batchSize % train.microBatches !== 0) {
    const rule = `a divisor of train.batchSize = ${train.batchSize}`;
    change(train, 'train', 'microBatches', largestDivisor(train.batchSize, train.microBatches), rule);
  }
  if (train.warmupSteps > train.steps) {
    change(train, 'train', 'warmupSteps', train.steps, `at most train.steps = ${train.steps}`);
  }
  const room = train.steps - train.warmupSteps;
  if (train.lrSchedule === 'wsd' && train.decaySteps > room) {
    change(train, 'train', 'decaySteps', room, `at most train.steps - train.warmupSteps = ${room}`);
  }
  if (train.lrSchedule !== 'constant' && train.minLearningRate > train.learningRate) {
    const rule = `at most train.learningRate = ${train.learningRate}`;
    change(train, 'train', 'minLearningRate', train.learningRate, rule);
  }
  return { ...config, model, data, train };
}

/** The largest divisor of `whole` that is not above `limit`; both are positive integers. */
function largestDivisor(whole: number, limit: number): number {
  for (let candidate = Math.min(whole, limit); candidate > 1; candidate--) {
    if (whole % candidate === 0) return candidate;
  }
  return 1;
}

/** What a field takes, in words with numbers, read off its schema: `a whole number from 1 to 512`. */
export function describeSchema(schema: unknown): string {
  if (!isRecord(schema)) return 'another value';
  if (schema.type === 'optional') return describeSchema(schema.wrapped);
  if (schema.type === 'nullable') return `${describeSchema(schema.wrapped)}, or null`;
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'literal') return shown(schema.literal);
  if (schema.type === 'picklist' && Array.isArray(schema.options)) return `one of ${schema.options.join(', ')}`;
  const limits = new Map<unknown, unknown>();
  if (Array.isArray(schema.pipe)) {
    for (const part of schema.pipe) if (isRecord(part)) limits.set(part.type, part.requirement);
  }
  if (schema.type === 'array') return 'a list of texts';
  if (schema.type === 'string') return `text of at most ${String(limits.get('max_length') ?? 'any')} characters`;
  if (schema.type === 'number') {
    const noun = limits.has('integer') ? 'a whole number' : 'a number';
    return `${noun} from ${String(limits.get('min_value'))} to ${String(limits.get('max_value'))}`;
  }
  return String(schema.type);
}

/** A value as short text for an issue; never throws. */
export function shown(value: unknown): string {
  try {
    return shortened(JSON.stringify(value) ?? String(value));
  } catch {
    return shortened(typeof value);
  }
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
