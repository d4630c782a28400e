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

/**
 * Checks that only read, two at a time: most keep one core busy, and types take as long as the others together.
 * @type {readonly Stage[]}
 */
const checks = [
  check('types (tsc)', bin('typescript/bin/tsc'), '--noEmit'),
  check('format and lint (biome)', bin('@biomejs/biome/bin/biome'), 'check', '.'),
  check('promises (oxlint)', bin('oxlint/bin/oxlint')),
  check('import boundaries', join(projectRoot, 'scripts/boundaries.mjs')),
  check('dead code (knip)', bin('knip/bin/knip.js')),
];
/**
 * One after the other: each keeps every core busy.
 * @type {readonly Stage[]}
 */
const stages = [
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
const waiting = [...checks];
const lanes = [0, 1].map(async () => {
  for (let stage = waiting.shift(); stage !== undefined; stage = waiting.shift()) {
    const start = Date.now();
    /** @type {Buffer[]} */
    const output = [];
    const status = await run(stage, (part) => void output.push(part));
    process.stdout.write(`\n=== ${stage.name}\n${Buffer.concat(output)}`);
    conclude(stage, status, start);
  }
});
await Promise.all(lanes);
for (const stage of stages) {
  console.log(`\n=== ${stage.name}`);
  const start = Date.now();
  conclude(stage, await run(stage), start);
}
// Again at the end, where the reader of a long log looks first.
if (failures.length > 0) console.log(`\n=== what failed\n${failures.join('\n')}`);
console.log(`\n${summary.join('\n')}`);
if (total.skipped > 0) console.log(`${total.skipped} skipped`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;

/**
 * Counts a stage that has ended, and writes its line of the summary.
 * @param {Stage} stage
 * @param {number} status
 * @param {number} start
 */
function conclude(stage, status, start) {
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

/**
 * @param {Stage} stage
 * @param {(part: Buffer) => void} [hear] gets what the stage writes, which else goes straight to the terminal
 * @returns {Promise<number>}
 */
function run({ command, environment }, hear) {
  return new Promise((resolve) => {
    const output = hear === undefined ? 'inherit' : 'pipe';
    const child = spawn(process.execPath, command, {
      cwd: projectRoot,
      stdio: ['ignore', output, output],
      env: { ...process.env, LAB_CHROMIUM: chromium, ...environment },
    });
    if (hear !== undefined) for (const stream of [child.stdout, child.stderr]) stream?.on('data', hear);
    child.on('error', () => resolve(1)).on('close', (status) => resolve(status ?? 1));
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
