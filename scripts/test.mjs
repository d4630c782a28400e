// `npm test`: installs what is missing, runs every check and every test, and says what ran where.
// The last line is `N passed, N failed`; a suite in which nothing ran counts as a failure, and so does a crash.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureChromium, ensurePackages, projectRoot } from './install.mjs';
import { playwrightCounts, vitestCounts } from './testReports.mjs';

/**
 * @typedef {import('./testReports.mjs').Counts} Counts
 * @typedef {{ name: string, command: readonly string[], environment?: Record<string, string>, counts: (status: number) => Counts }} Stage
 */

const reports = join(projectRoot, 'test-results/reports');
const bin = (/** @type {string} */ name) => join(projectRoot, 'node_modules', name);

ensurePackages();
const chromium = await ensureChromium();
const { copyCorpora } = await import('./corpora.mjs');
await copyCorpora();
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

/** @type {readonly Stage[]} */
const stages = [
  check('format and lint (biome)', bin('@biomejs/biome/bin/biome'), 'check', '.'),
  check('promises (oxlint)', bin('oxlint/bin/oxlint')),
  check('types (tsc)', bin('typescript/bin/tsc'), '--noEmit'),
  check('import boundaries', join(projectRoot, 'scripts/boundaries.mjs')),
  check('dead code (knip)', bin('knip/bin/knip.js')),
  vitest('unit tests (Node)', 'unit'),
  vitest('GPU tests (Chromium)', 'gpu'),
  check('build', join(projectRoot, 'scripts/build.mjs')),
  {
    name: 'product tests (Playwright)',
    command: [bin('@playwright/test/cli.js'), 'test', '--reporter=list,json'],
    environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: join(reports, 'e2e.json') },
    counts: (status) => playwrightCounts(join(reports, 'e2e.json'), status),
  },
];

console.log(`Browser: ${chromium}: ${spawnSync(chromium, ['--version'], { encoding: 'utf8' }).stdout.trim()}`);
const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const summary = [];
/** @type {string[]} */
const failures = [];
for (const stage of stages) {
  console.log(`\n=== ${stage.name}`);
  const start = Date.now();
  const status = await run(stage);
  const { passed, failed, skipped, notes, failures: failedTests } = stage.counts(status);
  failures.push(...failedTests.map((failure) => `${stage.name}: ${failure}`));
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  const words = [`${passed} passed`, `${failed} failed`, ...(skipped > 0 ? [`${skipped} skipped`] : []), ...notes];
  summary.push(
    `${failed > 0 ? 'FAILED' : 'ok    '}  ${stage.name.padEnd(28)} ${seconds.padStart(6)} s  ${words.join(', ')}`,
  );
}
// Again at the end, where the reader of a long log looks first.
if (failures.length > 0) console.log(`\n=== what failed\n${failures.join('\n')}`);
console.log(`\n${summary.join('\n')}`);
if (total.skipped > 0) console.log(`${total.skipped} skipped`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;

/**
 * @param {Stage} stage
 * @returns {Promise<number>}
 */
function run({ command, environment }) {
  return new Promise((resolve) => {
    spawn(process.execPath, command, {
      cwd: projectRoot,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, LAB_CHROMIUM: chromium, ...environment },
    })
      .on('error', () => resolve(1))
      .on('close', (status) => resolve(status ?? 1));
  });
}

/**
 * @param {string} name
 * @param {...string} command
 * @returns {Stage}
 */
function check(name, ...command) {
  return {
    name,
    command,
    counts: (status) => ({
      passed: status === 0 ? 1 : 0,
      failed: status === 0 ? 0 : 1,
      skipped: 0,
      notes: [],
      failures: status === 0 ? [] : [`exit status ${status}`],
    }),
  };
}

/**
 * @param {string} name
 * @param {'unit' | 'gpu'} project
 * @returns {Stage}
 */
function vitest(name, project) {
  const file = join(reports, `${project}.json`);
  const output = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  return {
    name,
    command: [bin('vitest/vitest.mjs'), 'run', '--project', `${project}*`, ...output],
    counts: (status) => vitestCounts(file, status, project === 'gpu'),
  };
}
