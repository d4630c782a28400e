// JSON as transformers writes its configuration files, so that a folder differs from theirs in values alone. Pure.

/** An object as JSON with sorted keys, as Python's json.dumps(indent=2, sort_keys=True) lays it out. */
export function sortedJson(value: Readonly<Record<string, unknown>>): string {
  const sorted = Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify(sorted, null, 2)}\n`;
}
