// What a command of the command line is: checks that need no browser first, then work with an open lab; or work that needs none.
// Types, and the two errors that a page's reply can turn into.

import type { FieldIssue, LabErrorData } from '../../src/core/errors';
import type { AdapterFacts } from '../../src/core/records';
import type { AutomationCommand, AutomationEvent, AutomationResult } from '../../src/ui/automationApi';
import type { LabServer } from './labServer';
import type { Reporter } from './reporter';
import type { ParsedArguments } from './usage/usage';

/** An open page, on an adapter that is known. */
export interface Lab {
  readonly adapter: AdapterFacts;
  readonly server: LabServer;
  readonly reporter: Reporter;
  /** @throws RefusedByPage, FailedInPage, LabFailure */
  run(
    command: AutomationCommand,
    onEvent: (event: AutomationEvent) => void,
    /** Paths of the files that the command names by their place. */
    chosen?: readonly string[],
  ): Promise<AutomationResult>;
}

export interface Outcome {
  readonly ok: boolean;
  /** Joins `{"event":"done"}`. */
  readonly summary: Readonly<Record<string, unknown>>;
}

export type Work = (lab: Lab) => Promise<Outcome>;

/** Checks what can be checked without a browser; @throws UsageError */
export type Command = (parsed: ParsedArguments) => Promise<Work>;

/** A command that computes here, without a browser; @throws UsageError */
export type LocalCommand = (parsed: ParsedArguments, reporter: Reporter) => Promise<Outcome>;

/** A long one that gives the event loop its turns: Ctrl-C ends it by its signal. */
export type CancellableCommand = (parsed: ParsedArguments, reporter: Reporter, signal: AbortSignal) => Promise<Outcome>;

/** The page found the request wrong before it did anything: exit status 2. */
export class RefusedByPage extends Error {
  constructor(
    message: string,
    readonly issues: readonly FieldIssue[],
  ) {
    super(message);
  }
}

/** The page tried and failed: exit status 1. */
export class FailedInPage extends Error {
  constructor(readonly error: LabErrorData) {
    super(error.message);
  }
}

/** The adapter in a word or two, software said plainly. */
export function adapterName({ vendor, architecture, device, description, software }: AdapterFacts): string {
  const words = description !== '' ? [description] : [vendor, architecture, device].filter((word) => word !== '');
  return `${words.join(' ') || 'an adapter without a name'}${software ? ' (software adapter)' : ''}`;
}
