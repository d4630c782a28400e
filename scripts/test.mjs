// `npm test`: installs what is missing, runs every check and every test, and says what ran where.
// The last line is `N passed, N failed`; a suite in which nothing ran counts as a failure, and so does a crash.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureChromium, ensurePackages, projectRoot } from './install.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number, notes: string[] }} Counts
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
    counts: playwrightCounts,
  },
];

console.log(`Browser: ${chromium}: ${spawnSync(chromium, ['--version'], { encoding: 'utf8' }).stdout.trim()}`);
const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const summary = [];
for (const stage of stages) {
  console.log(`\n=== ${stage.name}`);
  const start = Date.now();
  const status = await run(stage);
  const { passed, failed, skipped, notes } = stage.counts(status);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  const words = [`${passed} passed`, `${failed} failed`, ...(skipped > 0 ? [`${skipped} skipped`] : []), ...notes];
  summary.push(
    `${failed > 0 ? 'FAILED' : 'ok    '}  ${stage.name.padEnd(28)} ${seconds.padStart(6)} s  ${words.join(', ')}`,
  );
}
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
    counts: (status) => ({ passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0, notes: [] }),
  };
}

/**
 * @param {string} name
 * @param {'unit' | 'gpu'} project
 * @returns {Stage}
 */
function vitest(name, project) {
  const file = join(reports, `${project}.json`);
  const program = bin('vitest/vitest.mjs');
  return {
    name,
    command: [
      program,
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ],
    counts(status) {
      /** @type {VitestReport | undefined} */
      const report = readReport(file);
      if (report === undefined) return nothingRan('no report was written');
      const cases = report.testResults.flatMap((suite) => suite.assertionResults);
      const adapter = cases.map((test) => test.meta?.adapter).find((value) => value !== undefined);
      // A file that fails to load has no failed test of its own.
      const broken = report.testResults.filter(
        (suite) => suite.status === 'failed' && !suite.assertionResults.some((test) => test.status === 'failed'),
      ).length;
      const notes = project === 'gpu' ? [`on ${adapter ?? 'an adapter that was not named'}`] : [];
      return settle(status, {
        passed: report.numPassedTests,
        failed: report.numFailedTests + broken + (project === 'gpu' && adapter === undefined ? 1 : 0),
        skipped: report.numPendingTests + report.numTodoTests,
        notes,
      });
    },
  };
}

/**
 * @param {number} status
 * @returns {Counts}
 */
function playwrightCounts(status) {
  /** @type {PlaywrightReport | undefined} */
  const report = readReport(join(reports, 'e2e.json'));
  if (report === undefined) return nothingRan('no report was written');
  const { expected, unexpected, flaky, skipped } = report.stats;
  const adapter = /"type":"adapter","description":"([^"]*)"/.exec(JSON.stringify(report))?.[1];
  return settle(status, {
    passed: expected,
    failed: unexpected + flaky,
    skipped,
    notes: adapter === undefined ? [] : [`on ${adapter}`],
  });
}

/**
 * No tests, or a bad exit with no failed test (an error outside of tests), is a failure too.
 * @param {number} status
 * @param {Counts} counts
 * @returns {Counts}
 */
function settle(status, counts) {
  if (counts.passed + counts.failed === 0) return nothingRan('nothing ran');
  if (status !== 0 && counts.failed === 0) {
    return { ...counts, failed: 1, notes: [...counts.notes, `an error outside of tests (exit status ${status})`] };
  }
  return counts;
}

/**
 * @param {string} why
 * @returns {Counts}
 */
function nothingRan(why) {
  return { passed: 0, failed: 1, skipped: 0, notes: [why] };
}

/** @param {string} file */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * @typedef {{ status: string, meta?: { adapter?: string } }} VitestCase
 * @typedef {{ status: string, assertionResults: VitestCase[] }} VitestSuite
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: VitestSuite[] }} VitestReport
 * @typedef {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number } }} PlaywrightReport
 */
