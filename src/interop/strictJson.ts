// A JSON reader for hostile bytes: refuses what JSON.parse lets pass (duplicate names, a BOM, bad UTF-8), keeps numbers
// as written, and puts objects in Maps, so that no name means anything to the language. It knows nothing of tensors.

/** A number as the file spells it, so that `1e3`, `1.0` and `1` can be told apart. */
export class JsonNumber {
  constructor(readonly text: string) {}
}
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;

export interface JsonLimits {
  readonly maxDepth: number;
  /** Names of all objects plus elements of all arrays. */
  readonly maxItems: number;
}

/** What is wrong and at which byte of the input. */
export class JsonSyntaxError extends Error {
  constructor(
    readonly reason: string,
    readonly byteOffset: number,
  ) {
    super(`${reason} at byte ${byteOffset}`);
    this.name = 'JsonSyntaxError';
  }
}

/**
 * RFC 8259 JSON in UTF-8.
 * @throws JsonSyntaxError
 */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits): JsonValue {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonSyntaxError('bad UTF-8', firstBadUtf8(bytes));
  }
  return new Parser(text, limits).document();
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside a string (RFC 8259, 7).
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

class Parser {
  private at = 0;
  private items = 0;

  constructor(
    private readonly text: string,
    private readonly limits: JsonLimits,
  ) {}

  document(): JsonValue {
    this.skipSpace();
    const value = this.value(1);
    this.skipSpace();
    if (this.at < this.text.length) this.fail('more text after the end of the JSON');
    return value;
  }

  private value(depth: number): JsonValue {
    if (depth > this.limits.maxDepth) this.fail(`nesting deeper than ${this.limits.maxDepth}`);
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth);
      case '[':
        return this.array(depth);
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  private object(depth: number): ReadonlyMap<string, JsonValue> {
    const result = new Map<string, JsonValue>();
    this.at++;
    this.skipSpace();
    if (this.take('}')) return result;
    for (;;) {
      const start = this.at;
      if (this.text[start] !== '"') this.fail('expected a name in quotes');
      const name = this.string();
      if (result.has(name)) this.fail(`duplicate name ${JSON.stringify(name.slice(0, 80))}`, start);
      this.countItem();
      this.skipSpace();
      if (!this.take(':')) this.fail('expected ":"');
      this.skipSpace();
      result.set(name, this.value(depth + 1));
      this.skipSpace();
      if (this.take('}')) return result;
      if (!this.take(',')) this.fail('expected "," or "}"');
      this.skipSpace();
    }
  }

  private array(depth: number): readonly JsonValue[] {
    const result: JsonValue[] = [];
    this.at++;
    this.skipSpace();
    if (this.take(']')) return result;
    for (;;) {
      this.countItem();
      result.push(this.value(depth + 1));
      this.skipSpace();
      if (this.take(']')) return result;
      if (!this.take(',')) this.fail('expected "," or "]"');
      this.skipSpace();
    }
  }

  private string(): string {
    const start = this.at++;
    let result = '';
    for (;;) {
      result += this.match(PLAIN);
      const next = this.text[this.at];
      if (next === undefined) this.fail('a string without an end', start);
      if (next === '"') {
        this.at++;
        return result;
      }
      if (next !== '\\') this.fail('a control character inside a string');
      result += this.escape();
    }
  }

  private escape(): string {
    const kind = this.text[this.at + 1] ?? '';
    if (kind === 'u') {
      const digits = this.text.slice(this.at + 2, this.at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail('a bad \\u escape');
      this.at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const plain = ESCAPES.get(kind);
    if (plain === undefined) this.fail('a bad escape');
    this.at += 2;
    return plain;
  }

  private number(): JsonNumber {
    const text = this.match(NUMBER);
    if (text === '') this.fail(this.at >= this.text.length ? 'the JSON ends too early' : 'expected a value');
    return new JsonNumber(text);
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.fail('expected a value');
    this.at += word.length;
    return value;
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private countItem(): void {
    if (++this.items > this.limits.maxItems) this.fail(`more than ${this.limits.maxItems} names and elements`);
  }

  private fail(reason: string, at = this.at): never {
    throw new JsonSyntaxError(reason, new TextEncoder().encode(this.text.slice(0, at)).byteLength);
  }
}

/** Offset of the first byte that no UTF-8 text has there: by halving, on a decoder that streams. */
function firstBadUtf8(bytes: Uint8Array): number {
  const decodes = (length: number): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let good = 0;
  let bad = bytes.byteLength;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (decodes(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
