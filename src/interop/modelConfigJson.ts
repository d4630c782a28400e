// Reads config.json of a Hugging Face folder, for every family: each field that changes the maths is either supported or refused by
// name. Pure. It must not read weights, and the families' own fields are theirs to say (modelFiles.ts).

import * as v from 'valibot';
import { describeSchema, shown } from '../core/configCheck';
import { LabError } from '../core/errors';
import {
  fieldConflict,
  findModelType,
  type ModelConfig,
  type ModelType,
  modelConfigSchema,
  modelSizes,
  modelTypes,
  sizeField,
} from '../core/modelConfig';
import { type JsonRecord, parseRecord } from './jsonRecord';
import { type ConfigRules, configRules } from './modelFiles';

/** Other spellings of the same function. */
const ACTIVATION_ALIASES: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  ['gelu_pytorch_tanh', 'gelu_new'],
  ['swish', 'silu'],
]);

/**
 * Reads config.json. Absent fields take transformers' defaults, not the lab's.
 * @throws LabError `model.unsupported` for another architecture or unsupported maths, `config.invalid` for bad fields
 */
export function readModelConfig(text: string): ModelConfig {
  const json = parseRecord('config.json', text);
  const named = json['model_type'];
  const modelType = findModelType(named);
  if (modelType === undefined) {
    throw unsupported(
      `This folder holds a model of type ${shown(named ?? null)}.`,
      `The lab computes ${modelTypes().join(', ')}.`,
    );
  }
  const rules = configRules[modelType];
  requireArchitecture(json, modelType, rules);
  requireFixed(json, rules);
  const values: Record<string, unknown> = { model_type: modelType };
  const issues: string[] = [];
  const derived = rules.derived?.(json) ?? {};
  for (const [field, schema] of Object.entries(rules.fields)) {
    if (field === 'model_type') continue;
    const given = givenValue(derived[field] ?? json[field], schema, rules.defaults[field]);
    const value = ACTIVATION_ALIASES.get(given) ?? given;
    const result = v.safeParse(schema, value);
    if (result.success) values[field] = result.output;
    else issues.push(`${field}: got ${shown(value)}, takes ${describeSchema(schema)}`);
  }
  const parsed = v.safeParse(modelConfigSchema, values);
  if (issues.length === 0 && parsed.success) issues.push(...sizeIssues(parsed.output));
  if (issues.length > 0 || !parsed.success) {
    throw new LabError({
      code: 'config.invalid',
      message: 'config.json has fields that the lab cannot use.',
      why: issues.join('; '),
      details: issues.join('\n'),
    });
  }
  return parsed.output;
}

/** null stands for itself where the field takes it, else for the default, as an absent field does. */
function givenValue(value: unknown, schema: v.GenericSchema, byDefault: unknown): unknown {
  return value === undefined || (value === null && !v.is(schema, null)) ? byDefault : value;
}

function requireArchitecture(json: JsonRecord, modelType: ModelType, { architectures, headed }: ConfigRules): void {
  const named = json['architectures'];
  if (headed && (!Array.isArray(named) || named.length !== 1))
    throw unsupported(
      'config.json does not say which head the model has.',
      `Its architectures are ${shown(named ?? null)}; of ${modelType}, the lab computes ${architectures.join(', ')}.`,
    );
  if (!Array.isArray(named)) return;
  const other = named.find((name: unknown) => !architectures.some((known) => known === name));
  if (other !== undefined)
    throw unsupported(
      `This folder holds the architecture ${shown(other)}.`,
      `Of ${modelType}, the lab computes ${architectures.join(', ')}.`,
    );
}

function requireFixed(json: JsonRecord, { fixed }: ConfigRules): void {
  for (const [field, value] of Object.entries(fixed)) {
    const got = json[field];
    const empty = got === undefined || got === null || (typeof got === 'object' && Object.keys(got).length === 0);
    if (!empty && got !== value) {
      throw unsupported(
        `config.json sets ${field} to ${shown(got)}, which changes the model's maths.`,
        `The lab computes ${field} = ${shown(value)} only.`,
      );
    }
  }
}

/** Fields that are right by themselves and do not fit each other. */
function sizeIssues(config: ModelConfig): string[] {
  const { vocabulary, width, heads, headDim } = modelSizes(config);
  const issues: string[] = [];
  if (vocabulary < 1) issues.push(`vocab_size: got ${vocabulary}, takes a whole number of at least 1`);
  if (!Number.isInteger(headDim)) {
    const [headField, widthField] = [sizeField(config, 'heads'), sizeField(config, 'width')];
    issues.push(`${headField}: got ${heads}, takes a divisor of ${widthField} = ${width}`);
  }
  const conflict = fieldConflict(config);
  if (conflict) issues.push(`${conflict.field}: got ${conflict.got}, takes ${conflict.rule('')}`);
  return issues;
}

function unsupported(message: string, why: string): LabError {
  return new LabError({ code: 'model.unsupported', message, why });
}
