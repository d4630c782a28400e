// Runs the built command line as a person would, with --json, and reads its lines. It expects nothing of them.

import { spawn } from 'node:child_process';

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
  const child = spawn(process.execPath, ['bin/lab.mjs', ...words, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const status = await new Promise<number | null>((done) => child.on('close', done));
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
    .filter((line): line is LabLine => typeof line === 'object' && line !== null);
  return { status, lines, last: lines.at(-1) };
}
