// The WGSL preprocessor: structure only. It resolves includes, conditions, unrolled loops and constants, and keeps a map from
// every produced line to its file and line, so that a compiler message points at the source. Pure: it sees no device.
//
//   #include "name.wgsl"          a part from shaders/include/
//   ... with A="text", B=EXPR     the same, with these flags set in it; {{EXPR}} in the text is worked out before
//   #if EXPR  #else  #endif       EXPR over flags, integers, + - * / % == != < > <= >= && || ! ( )
//   #for I in A..B  #endfor       unrolled, B exclusive, A and B expressions
//   {{EXPR}}                      an expression's value; a flag that holds text is inserted as it is

import { LabError } from '../core/errors';

export type FlagValue = number | boolean | string;
export type Flags = Readonly<Record<string, FlagValue>>;

export interface SourceLine {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

export interface ExpandedShader {
  readonly code: string;
  /** origin[i] belongs to line i (0-based) of `code`. */
  readonly origin: readonly SourceLine[];
}

interface Line extends SourceLine {
  readonly text: string;
}

function fail(at: SourceLine, message: string): never {
  throw new LabError({ code: 'gpu.shader', message: `${at.file}:${at.line}: ${message}` });
}

const TOKEN = /\s*(\d+u?|[A-Za-z_]\w*|==|!=|<=|>=|&&|\|\||[-+*/%()<>!])/y;
const PRECEDENCE: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 4,
  '>': 4,
  '<=': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};

function applyOperator(operator: string, a: number, b: number): number {
  switch (operator) {
    case '||':
      return a !== 0 || b !== 0 ? 1 : 0;
    case '&&':
      return a !== 0 && b !== 0 ? 1 : 0;
    case '==':
      return a === b ? 1 : 0;
    case '!=':
      return a !== b ? 1 : 0;
    case '<':
      return a < b ? 1 : 0;
    case '>':
      return a > b ? 1 : 0;
    case '<=':
      return a <= b ? 1 : 0;
    case '>=':
      return a >= b ? 1 : 0;
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return Math.trunc(a / b);
    default:
      return a % b;
  }
}

/** Value of an integer expression; text flags are allowed only alone. */
function evaluate(expression: string, flags: Flags, at: SourceLine): FlagValue {
  const whole = flags[expression.trim()];
  if (typeof whole === 'string') return whole;
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const match = TOKEN.exec(expression);
    if (!match) fail(at, `cannot read the expression '${expression}'`);
    tokens.push(match[1]);
  }
  let position = 0;
  const primary = (): number => {
    const token = tokens[position++];
    if (token === '(') {
      const value = binary(0);
      if (tokens[position++] !== ')') fail(at, `missing ) in '${expression}'`);
      return value;
    }
    if (token === '!') return primary() === 0 ? 1 : 0;
    if (token === '-') return -primary();
    if (token !== undefined && /^\d/.test(token)) return Number.parseInt(token, 10);
    const flag = token === undefined ? undefined : flags[token];
    if (flag === undefined || typeof flag === 'string') fail(at, `'${token}' has no value here`);
    return Number(flag);
  };
  const binary = (floor: number): number => {
    let left = primary();
    for (;;) {
      const operator = tokens[position];
      const level = operator === undefined ? undefined : PRECEDENCE[operator];
      if (operator === undefined || level === undefined || level <= floor) return left;
      position++;
      left = applyOperator(operator, left, binary(level));
    }
  };
  const value = binary(0);
  if (position !== tokens.length) fail(at, `cannot read the expression '${expression}'`);
  return value;
}

function numeric(expression: string, flags: Flags, at: SourceLine): number {
  const value = evaluate(expression, flags, at);
  if (typeof value === 'string') fail(at, `'${expression}' is not a number`);
  return Number(value);
}

interface Expansion {
  readonly sources: ReadonlyMap<string, string>;
  readonly out: Line[];
  /** Loops that declare nothing are left out. */
  readonly declarationsOnly: boolean;
}

/** What an interface is read from, or brings it. */
const DECLARES = /@group|\bstruct\b|#include/;

function readLines(file: string, sources: Expansion['sources']): Line[] {
  const text = sources.get(file);
  if (text === undefined) throw new LabError({ code: 'gpu.shader', message: `There is no shader file ${file}` });
  return text.split('\n').map((content, index) => ({ file, line: index + 1, text: content }));
}

/** The flags that an include sets: NAME="text" or NAME=EXPR, separated by commas; EXPR knows the includer's flags. */
function readArguments(text: string, flags: Flags, at: SourceLine): Flags {
  const given: Record<string, FlagValue> = {};
  const pattern = /\s*(\w+)\s*=\s*(?:"([^"]*)"|([^",]+?))\s*(?:,|$)/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match) fail(at, `cannot read what is given to this include: '${text}'`);
    given[match[1]] = match[2] ?? evaluate(match[3], flags, at);
  }
  return given;
}

/** Every {{EXPR}} made its value. */
function substitute(text: string, flags: Flags, at: SourceLine): string {
  return text.replace(/\{\{(.+?)\}\}/g, (_, expression: string) => String(evaluate(expression, flags, at)));
}

/** Index just past the block that opens at `start`, and of its #else if it has one. */
function findEnd(
  lines: readonly Line[],
  start: number,
  open: RegExp,
  close: RegExp,
): { end: number; otherwise: number } {
  let depth = 0;
  let otherwise = -1;
  for (let i = start; i < lines.length; i++) {
    const text = lines[i].text;
    if (open.test(text)) depth++;
    else if (close.test(text) && --depth === 0) return { end: i, otherwise };
    else if (depth === 1 && /^\s*#else\b/.test(text) && open.source.includes('if')) otherwise = i;
  }
  fail(lines[start], 'this block is never closed');
}

function expandBlock(lines: readonly Line[], flags: Flags, depth: number, expansion: Expansion): void {
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    const include = /^\s*#include\s+"([^"]+)"(?:\s+with\s+(.+?))?\s*(\/\/.*)?$/.exec(line.text);
    const condition = /^\s*#if\s+(.+?)\s*(\/\/.*)?$/.exec(line.text);
    const loop = /^\s*#for\s+(\w+)\s+in\s+(.+?)\.\.(.+?)\s*(\/\/.*)?$/.exec(line.text);
    if (include) {
      const file = `include/${include[1]}`;
      if (depth === 8) throw new LabError({ code: 'gpu.shader', message: `${file} includes itself` });
      const given =
        include[2] === undefined
          ? flags
          : { ...flags, ...readArguments(substitute(include[2], flags, line), flags, line) };
      expandBlock(readLines(file, expansion.sources), given, depth + 1, expansion);
    } else if (condition) {
      const { end, otherwise } = findEnd(lines, i, /^\s*#if\b/, /^\s*#endif\b/);
      const taken = numeric(condition[1], flags, line) !== 0;
      const thenEnd = otherwise === -1 ? end : otherwise;
      if (taken) expandBlock(lines.slice(i + 1, thenEnd), flags, depth, expansion);
      else if (otherwise !== -1) expandBlock(lines.slice(otherwise + 1, end), flags, depth, expansion);
      i = end;
    } else if (loop) {
      const { end } = findEnd(lines, i, /^\s*#for\b/, /^\s*#endfor\b/);
      const body = lines.slice(i + 1, end);
      i = end;
      if (expansion.declarationsOnly && !body.some(({ text }) => DECLARES.test(text))) continue;
      const last = numeric(loop[3], flags, line);
      for (let k = numeric(loop[2], flags, line); k < last; k++) {
        expandBlock(body, { ...flags, [loop[1]]: k }, depth, expansion);
      }
    } else if (/^\s*#/.test(line.text)) {
      fail(line, `unknown or stray directive '${line.text.trim()}'`);
    } else {
      expansion.out.push({ ...line, text: substitute(line.text, flags, line) });
    }
  }
}

/**
 * Expands `file` (a name relative to shaders/) under `flags`.
 * @throws LabError `gpu.shader` with file and line for an unknown name, a stray directive or an unclosed block.
 */
export function expandShader(file: string, flags: Flags, sources: ReadonlyMap<string, string>): ExpandedShader {
  const out: Line[] = [];
  expandBlock(readLines(file, sources), flags, 0, { sources, out, declarationsOnly: false });
  return {
    code: out.map((line) => line.text).join('\n'),
    origin: out.map(({ file: from, line }) => ({ file: from, line })),
  };
}

/**
 * The shader without its loops, for its declarations alone: unrolled loops are nearly all of a kernel, megabytes where heads are absurdly wide.
 * @throws LabError as `expandShader`
 */
export function expandDeclarations(file: string, flags: Flags, sources: ReadonlyMap<string, string>): string {
  const out: Line[] = [];
  expandBlock(readLines(file, sources), flags, 0, { sources, out, declarationsOnly: true });
  return out.map((line) => line.text).join('\n');
}
