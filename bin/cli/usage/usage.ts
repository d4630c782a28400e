// What the command line takes: the parser that reads its words and the help text, over the tables of commands beside it.
// It runs nothing. Every refusal says what was wrong and what would have been taken.

import { editDistance } from '../../../src/core/editDistance';
import { type CommandSpec, type OptionSpec, UsageError } from './commandSpec';
import { dataCommands } from './dataCommands';
import { measuringCommands } from './measuringCommands';
import { modelCommands } from './modelCommands';
import { trainingCommands } from './trainingCommands';

/** In the order in which help lists them. */
export const commands: readonly CommandSpec[] = [
  ...trainingCommands,
  ...modelCommands,
  ...measuringCommands,
  ...dataCommands,
];

const commonOptions: readonly OptionSpec[] = [
  { name: 'json', kind: 'flag', help: 'one JSON object a line on stdout; the last has "event":"done"' },
  { name: 'help', kind: 'flag', help: 'this text' },
];

export interface ParsedArguments {
  readonly command: string;
  readonly positional: string | undefined;
  readonly rest: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly texts: ReadonlyMap<string, string>;
  readonly numbers: ReadonlyMap<string, number>;
}

/** @throws UsageError */
export function parseArguments(argv: readonly string[]): ParsedArguments {
  const [name, ...rest] = argv.filter((word) => word !== '--json');
  const known = commands.map((spec) => spec.name);
  if (name === undefined || name.startsWith('-'))
    throw new UsageError(`a command is missing; it takes: ${known.join(', ')}`);
  const spec = commands.find((candidate) => candidate.name === name);
  if (spec === undefined) throw new UsageError(unknown('command', name, known));
  const parsed = readWords(spec, rest);
  if (argv.includes('--json')) parsed.flags.add('json');
  checkComplete(spec, parsed);
  return { command: spec.name, ...parsed };
}

interface Words {
  positional: string | undefined;
  readonly rest: string[];
  readonly flags: Set<string>;
  readonly texts: Map<string, string>;
  readonly numbers: Map<string, number>;
}

function readWords(spec: CommandSpec, words: readonly string[]): Words {
  const parsed: Words = { positional: undefined, rest: [], flags: new Set(), texts: new Map(), numbers: new Map() };
  const options = [...spec.options, ...commonOptions];
  const queue = [...words];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (!word.startsWith('-')) {
      takePositional(spec, parsed, word);
      continue;
    }
    const [written = '', attached] = splitOnce(word.replace(/^--?/, ''), '=');
    const option = options.find((candidate) => candidate.name === written);
    if (option === undefined) {
      throw new UsageError(
        unknown(
          `option of ${spec.name}`,
          word,
          options.map((candidate) => `--${candidate.name}`),
        ),
      );
    }
    if (option.kind === 'flag') {
      if (attached !== undefined) throw new UsageError(`--${written} takes no value, got '${attached}'`);
      parsed.flags.add(written);
      continue;
    }
    const value = attached ?? queue.shift();
    if (value === undefined)
      throw new UsageError(`--${written} takes a value: --${written} ${option.placeholder ?? ''}`);
    if (option.kind === 'text') parsed.texts.set(written, checkedChoice(`--${written}`, value, option.choices));
    else parsed.numbers.set(written, checkedNumber(option, value));
  }
  return parsed;
}

function takePositional(spec: CommandSpec, parsed: Words, word: string): void {
  const { positional } = spec;
  if (spec.rest !== undefined && parsed.positional !== undefined) {
    parsed.rest.push(word);
    return;
  }
  if (positional === undefined || parsed.positional !== undefined) {
    const takes = positional === undefined ? 'none' : `one, ${positional.name}`;
    throw new UsageError(`'${word}' is too much: ${spec.name} takes ${takes}`);
  }
  parsed.positional = checkedChoice(positional.name, word, positional.choices);
}

function checkComplete(spec: CommandSpec, parsed: Words): void {
  if (parsed.flags.has('help')) return;
  if (spec.positional?.required === true && parsed.positional === undefined) {
    throw new UsageError(`${spec.positional.name} is missing: ${usageLine(spec)}`);
  }
  if (spec.rest !== undefined && spec.restIsOptional !== true && parsed.rest.length === 0) {
    throw new UsageError(`${spec.rest} is missing: ${usageLine(spec)}`);
  }
  for (const option of spec.options) {
    if (option.required === true && !parsed.texts.has(option.name) && !parsed.numbers.has(option.name)) {
      throw new UsageError(`--${option.name} ${option.placeholder ?? ''} is missing: ${usageLine(spec)}`);
    }
  }
}

function checkedChoice(what: string, value: string, choices: readonly string[] | undefined): string {
  if (choices === undefined || choices.includes(value)) return value;
  throw new UsageError(unknown(what, value, choices));
}

function checkedNumber(option: OptionSpec, written: string): number {
  const value = written.trim() === '' ? Number.NaN : Number(written);
  const { min, max, whole: mustBeWhole } = option.range ?? { min: -Infinity, max: Infinity, whole: false };
  if (value >= min && value <= max && (!mustBeWhole || Number.isInteger(value))) return value;
  const kind = mustBeWhole ? 'a whole number' : 'a number';
  throw new UsageError(`--${option.name} takes ${kind} from ${min} to ${max}, got '${written}'`);
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function unknown(what: string, got: string, known: readonly string[]): string {
  const near = known.find((candidate) => editDistance(candidate, got) <= 2);
  const guess = near === undefined ? '' : `; did you mean ${near}?`;
  return `unknown ${what} '${got}'${guess} It takes: ${known.join(', ')}`.replace("' It", "'. It");
}

/** The help of one command, or of all. */
export function helpText(name?: string): string {
  const spec = commands.find((candidate) => candidate.name === name);
  if (spec !== undefined) {
    const options = [...spec.options, ...commonOptions].map(
      (option) => `  ${optionText(option).padEnd(24)} ${option.help}`,
    );
    return [`usage: ${usageLine(spec)}`, '', spec.help, '', ...options].join('\n');
  }
  return [
    'usage: npm run -s lab -- COMMAND ... [--json] [--help]',
    '',
    ...commands.map((each) => `  ${each.name.padEnd(12)} ${each.help}`),
    '',
    'Exit status: 0 ok, 1 not ok, 2 wrong usage.',
    'LAB_CHROMIUM names a browser; LAB_CHROMIUM_ARGS replaces its GPU flags; LAB_REQUIRE_GPU=1 refuses a software adapter.',
  ].join('\n');
}

function usageLine(spec: CommandSpec): string {
  const positional = spec.positional;
  const words = [
    `lab ${spec.name}`,
    ...(positional === undefined
      ? []
      : [positional.required ? positional.name : `[${positional.choices?.join('|') ?? positional.name}]`]),
    ...(spec.rest === undefined ? [] : [spec.restIsOptional === true ? `[${spec.rest}...]` : `${spec.rest}...`]),
    ...spec.options.map((option) => (option.required === true ? optionText(option) : `[${optionText(option)}]`)),
    '[--json]',
  ];
  return words.join(' ');
}

function optionText(option: OptionSpec): string {
  return option.kind === 'flag'
    ? `--${option.name}`
    : `--${option.name} ${option.choices?.join('|') ?? option.placeholder}`;
}
