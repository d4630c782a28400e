// Runs the built command line as a person would, with --json, and reads its lines. It expects nothing of them.

import { spawn } from 'node:child_process';
import { test } from '@playwright/test';

export interface LabLine {
  readonly [field: string]: unknown;
}

export interface LabRun {
  readonly status: number | null;
  readonly lines: readonly LabLine[];
  /** The summary. */
  readonly last: LabLine | undefined;
}

export async function runLab(...words: readonly string[]): Promise<LabRun> {
  const child = spawn(process.execPath, ['bin/lab.mjs', ...words, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said += part;
  });
  const status = await new Promise<number | null>((done) => child.on('close', done));
  // Shown for tests that fail, so that what a command says of a fault on purpose does not read like one.
  await test.info().attach(`lab ${words.join(' ')}`, { body: said, contentType: 'text/plain' });
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
    .filter((line): line is LabLine => typeof line === 'object' && line !== null);
  return { status, lines, last: lines.at(-1) };
}
