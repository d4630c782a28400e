// The command line for tests: in this process over the built page, each command in a fresh context of the browser that the tests share, which
// has what an earlier visit measured of its adapter; or as a person starts it, in a process, a browser and a profile of its own, which costs a
// command seconds more. What a command says is read as a program would, with --json; nothing is expected of it.

import { spawn } from 'node:child_process';
import { type BrowserContextOptions, test as base, expect } from '@playwright/test';
import { main } from '../bin/cli/main';
import { tinySettings } from './tinySettings';

type Storage = Exclude<BrowserContextOptions['storageState'], string | undefined>;

export interface LabLine {
  readonly [field: string]: unknown;
}

export interface LabRun {
  readonly status: number | null;
  readonly lines: readonly LabLine[];
  /** The summary. */
  readonly last: LabLine | undefined;
}

export type RunLab = (...words: readonly string[]) => Promise<LabRun>;

interface LabWorkerFixtures {
  /** What one visit leaves in the browser's storage about its adapter, and nothing else. */
  readonly measuredKernels: Storage;
  readonly runLab: RunLab;
}

export const test = base.extend<object, LabWorkerFixtures>({
  measuredKernels: [
    async ({ browser }, use, { project }) => {
      const { baseURL } = project.use;
      const context = await browser.newContext({ baseURL });
      const page = await context.newPage();
      await page.goto(`/#${tinySettings}`);
      await expect(page.getByTestId('phase')).toContainText(/Ready|就绪/);
      await page.evaluate(() => localStorage.clear());
      const visited = await context.storageState({ indexedDB: true });
      await context.close();
      await use(visited);
    },
    { scope: 'worker' },
  ],
  runLab: [
    async ({ browser, measuredKernels }, use) => {
      const openContext = async (origin: string) => {
        const origins = measuredKernels.origins.map((of) => ({ ...of, origin }));
        const context = await browser.newContext({ storageState: { ...measuredKernels, origins } });
        await context.newPage();
        return context;
      };
      await use(async (...words) => {
        let [text, said] = ['', ''];
        const status = await main([...words, '--json'], {
          root: 'dist',
          stdout: { write: (part) => (text += part) },
          stderr: { write: (part) => (said += part) },
          openContext,
        });
        return heard(words, status, text, said);
      });
    },
    { scope: 'worker' },
  ],
});

export { expect };

/** In a process, a browser and a profile of its own. */
export async function startLab(...words: readonly string[]): Promise<LabRun> {
  const child = spawn(process.execPath, ['bin/lab.mjs', ...words, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [text, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said += part;
  });
  const status = await new Promise<number | null>((done) => child.on('close', done));
  return heard(words, status, text, said);
}

async function heard(words: readonly string[], status: number | null, text: string, said: string): Promise<LabRun> {
  // Shown for tests that fail, so that what a command says of a fault on purpose does not read like one.
  await base.info().attach(`lab ${words.join(' ')}`, { body: said, contentType: 'text/plain' });
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
    .filter((line): line is LabLine => typeof line === 'object' && line !== null);
  return { status, lines, last: lines.at(-1) };
}
