// JSON objects of a folder's smaller files, as records of unknown values. Pure.

import { LabError } from '../core/errors';

export type JsonRecord = Readonly<Record<string, unknown>>;

/** @throws LabError `config.invalid` where the text is not a JSON object */
export function parseRecord(name: string, text: string): JsonRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LabError({ code: 'config.invalid', message: `${name} is not JSON.`, why }, { cause });
  }
  if (isRecord(json)) return json;
  throw new LabError({
    code: 'config.invalid',
    message: `${name} is not a JSON object.`,
    why: `It holds ${shortly(json)}.`,
  });
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value for a message: as JSON, shortened. */
export function shortly(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
