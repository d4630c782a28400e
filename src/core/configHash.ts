// A run configuration as a link: only what differs from the defaults, readable (`model.n_layer=6&train.steps=200`).
// Pure; it never throws on a hostile link, and it must not know the page's own keys (it hands them back).

import { checkRunConfig, defaultModelOf, describeSchema, sectionFields, shown } from './configCheck';
import type { FieldIssue } from './errors';
import { findModelType, type ModelType } from './modelConfig';
import { type ConfigResult, defaultRunConfig, type RunConfig } from './runConfig';

/** Longest link that is read; a configuration with every field changed is below 4 KiB. */
const MAX_HASH_LENGTH = 32_768;

export interface HashResult extends ConfigResult {
  /** Keys of no section (view, lang, theme, ...), decoded, for the caller; the last of equal keys. Untrusted text. */
  readonly rest: ReadonlyMap<string, string>;
}

/** The part of a link's hash that describes the run, without `#`; empty for the defaults. */
export function configToHash(config: RunConfig): string {
  const parts: string[] = [];
  const defaultsOf = new Map<string, object>([
    ...Object.entries(defaultRunConfig),
    ['model', defaultModelOf(config.model.model_type)],
  ]);
  if (config.model.model_type !== defaultRunConfig.model.model_type)
    parts.push(`model.model_type=${config.model.model_type}`);
  for (const [section, fields] of Object.entries(config)) {
    const defaults = new Map<string, unknown>(Object.entries(defaultsOf.get(section) ?? {}));
    for (const [name, value] of Object.entries(fields)) {
      if (JSON.stringify(value) !== JSON.stringify(defaults.get(name)))
        parts.push(
          `${section}.${name}=${encodeURIComponent(Array.isArray(value) ? JSON.stringify(value) : String(value))}`,
        );
    }
  }
  return parts.join('&');
}

/**
 * Reads a link's hash, with or without `#`. Bad values, unknown fields, bad escapes and an overlong tail are listed as
 * issues; what is valid is used.
 * @param base what fields that the link does not name are taken from
 */
export function configFromHash(hash: string, base: RunConfig = defaultRunConfig): HashResult {
  const issues: FieldIssue[] = [];
  const rest = new Map<string, string>();
  const given = new Map<string, Map<string, unknown>>();
  let text = hash.startsWith('#') ? hash.slice(1) : hash;
  if (text.length > MAX_HASH_LENGTH) {
    issues.push({
      path: '',
      got: `a link of ${text.length} characters`,
      expected: `at most ${MAX_HASH_LENGTH}; the rest is left out`,
    });
    const end = text.lastIndexOf('&', MAX_HASH_LENGTH);
    text = end < 0 ? '' : text.slice(0, end);
  }
  const parts = text.split('&');
  const family = familyOf(parts, base);
  for (const part of parts) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const key = decoded(equals < 0 ? part : part.slice(0, equals));
    const value = decoded(equals < 0 ? '' : part.slice(equals + 1));
    if (key === null || value === null) {
      issues.push({ path: '', got: shown(part), expected: 'percent-encoded UTF-8' });
      continue;
    }
    const dot = key.indexOf('.');
    const section = dot < 0 ? key : key.slice(0, dot);
    const fields = dot < 0 ? undefined : sectionFields(section, family);
    if (fields === undefined) {
      rest.set(key, value);
      continue;
    }
    const name = key.slice(dot + 1);
    const values = given.get(section) ?? new Map<string, unknown>();
    given.set(section, values);
    values.set(name, typedValue(value, fields.get(name)));
  }
  // Object.fromEntries defines own properties, so that a field named __proto__ stays a plain (unknown) field.
  const input = Object.fromEntries([...given].map(([section, values]) => [section, Object.fromEntries(values)]));
  const result = checkRunConfig(input, base);
  return { config: result.config, issues: [...issues, ...result.issues], rest };
}

/** The family whose fields the link's `model` has; what it names wrongly is refused with the other fields. */
function familyOf(parts: readonly string[], base: RunConfig): ModelType {
  const key = 'model.model_type=';
  const named = parts.findLast((part) => part.startsWith(key));
  return findModelType(named?.slice(key.length)) ?? base.model.model_type;
}

/** A link's text as the type that its field takes; text that does not fit stays text, and is then refused as such. */
function typedValue(text: string, schema: unknown): unknown {
  const takes = describeSchema(schema);
  if (takes.startsWith('text')) return text;
  if (text === 'null' && takes.endsWith('or null')) return null;
  if (takes === 'a list of texts') return parsedList(text);
  if (takes === 'true or false') return text === 'true' ? true : text === 'false' ? false : text;
  if (/^(a whole|a) number/.test(takes) && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  return text;
}

/** A list is written as JSON; what is none stays text. */
function parsedList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
