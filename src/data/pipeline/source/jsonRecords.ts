// JSONL: one object a line, of which some fields are the text. Pure; a line that is none is reported with its number, not skipped over.

import { LineReader, type RecordReader, type RecordSink } from './records';

/** Where the configuration names no fields. */
const USUAL_FIELDS = ['text', 'content', 'body'];

export function jsonRecords(sink: RecordSink, columns: readonly string[]): RecordReader {
  return new LineReader((line, row) => {
    if (line.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      sink.bad(row, `is not JSON: ${whyNot(error)}`);
      return;
    }
    if (typeof value === 'string') {
      sink.record(value, row);
      return;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      sink.bad(row, 'is neither an object nor a text');
      return;
    }
    const fields = new Map<string, unknown>(Object.entries(value));
    const text = columns.length === 0 ? usualText(fields) : namedText(fields, columns);
    if (typeof text === 'string') sink.record(text, row);
    else sink.bad(row, text.why);
  });
}

/** The row is known, and is one line: what the browser says of lines is left away. */
function whyNot(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return shortened(said.replace(/ in JSON at position (\d+).*$/, ' at character $1'));
}

function usualText(fields: ReadonlyMap<string, unknown>): string | { readonly why: string } {
  const usual = USUAL_FIELDS.find((name) => typeof fields.get(name) === 'string');
  const texts = usual === undefined ? [...fields.values()] : [fields.get(usual)];
  const found = texts.filter((value) => typeof value === 'string');
  return found.length > 0 ? found.join('\n') : { why: `has no field that is a text; it has ${listed(fields)}` };
}

function namedText(
  fields: ReadonlyMap<string, unknown>,
  columns: readonly string[],
): string | { readonly why: string } {
  const texts: string[] = [];
  for (const column of columns) {
    const value = fields.get(column) ?? nested(fields, column);
    if (value === undefined) return { why: `has no ${column}; it has ${listed(fields)}` };
    if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'number' || typeof value === 'boolean') texts.push(String(value));
    else return { why: `has no text in ${column}` };
  }
  return texts.join('\n');
}

/** The field of a field, as `message.content` names it. */
function nested(fields: ReadonlyMap<string, unknown>, path: string): unknown {
  const [first = '', ...names] = path.split('.');
  return names.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null
        ? new Map<string, unknown>(Object.entries(value)).get(name)
        : undefined,
    fields.get(first),
  );
}

function listed(fields: ReadonlyMap<string, unknown>): string {
  return fields.size === 0 ? 'no fields' : shortened([...fields.keys()].join(', '));
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
