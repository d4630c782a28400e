// What a command and an option of the command line are said to be, and the error of words that are none. Types and that error only.

export class UsageError extends Error {}

type OptionKind = 'flag' | 'text' | 'number';

export interface OptionSpec {
  readonly name: string;
  readonly kind: OptionKind;
  readonly placeholder?: string;
  readonly choices?: readonly string[];
  /** Bounds of a number; `whole` admits no fractions. */
  readonly range?: { readonly min: number; readonly max: number; readonly whole: boolean };
  readonly required?: boolean;
  readonly help: string;
}

export interface CommandSpec {
  readonly name: string;
  readonly positional?: { readonly name: string; readonly required: boolean; readonly choices?: readonly string[] };
  /** What follows the positional: one or more of these, or as many as are given. */
  readonly rest?: string;
  readonly restIsOptional?: boolean;
  readonly options: readonly OptionSpec[];
  readonly help: string;
}
