// What the reports of Vitest and Playwright say: counts, the adapter that was tested on, and which tests failed of what.
// A suite in which nothing ran, a crash and a GPU suite without a named adapter count as failures. It runs nothing.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * @typedef {{ passed: number, failed: number, skipped: number, notes: string[], failures: string[] }} Counts
 * @typedef {{ status: string, fullName: string, failureMessages: string[], meta?: { adapter?: string } }} VitestCase
 * @typedef {{ name: string, status: string, message: string, assertionResults: VitestCase[] }} VitestSuite
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: VitestSuite[] }} VitestReport
 * @typedef {{ results: { error?: { message?: string } }[], annotations?: { type: string, description?: string }[] }} PlaywrightTest
 * @typedef {{ title: string, ok: boolean, tests: PlaywrightTest[] }} PlaywrightSpec
 * @typedef {{ title: string, specs?: PlaywrightSpec[], suites?: PlaywrightSuite[] }} PlaywrightSuite
 * @typedef {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number }, suites: PlaywrightSuite[] }} PlaywrightReport
 */

/**
 * @param {string} file
 * @param {number} status the exit status of the run
 * @param {boolean} needsAdapter
 * @returns {Counts}
 */
export function vitestCounts(file, status, needsAdapter) {
  /** @type {VitestReport | undefined} */
  const report = readReport(file);
  if (report === undefined) return nothingRan('no report was written');
  const cases = report.testResults.flatMap((suite) => suite.assertionResults);
  const adapter = cases.map((test) => test.meta?.adapter).find((value) => value !== undefined);
  // A file that fails to load has no failed test of its own.
  const broken = report.testResults.filter(
    (suite) => suite.status === 'failed' && !suite.assertionResults.some((test) => test.status === 'failed'),
  );
  const unnamed = needsAdapter && adapter === undefined;
  return settle(status, {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length + (unnamed ? 1 : 0),
    skipped: report.numPendingTests + report.numTodoTests,
    notes: needsAdapter ? [`on ${adapter ?? 'an adapter that was not named'}`] : [],
    failures: [
      ...report.testResults.flatMap((suite) =>
        suite.assertionResults
          .filter((test) => test.status === 'failed')
          .map((test) => failure(`${basename(suite.name)} > ${test.fullName}`, test.failureMessages[0])),
      ),
      ...broken.map((suite) => failure(basename(suite.name), suite.message)),
      ...(unnamed ? ['no test named its adapter'] : []),
    ],
  });
}

/**
 * @param {string} file
 * @param {number} status the exit status of the run
 * @returns {Counts}
 */
export function playwrightCounts(file, status) {
  /** @type {PlaywrightReport | undefined} */
  const report = readReport(file);
  if (report === undefined) return nothingRan('no report was written');
  const { expected, unexpected, flaky, skipped } = report.stats;
  const specs = report.suites.flatMap((suite) => specsOf(suite, []));
  const adapter = specs
    .flatMap(({ spec }) => spec.tests.flatMap((test) => test.annotations ?? []))
    .find((annotation) => annotation.type === 'adapter')?.description;
  return settle(status, {
    passed: expected,
    failed: unexpected + flaky,
    skipped,
    notes: adapter === undefined ? [] : [`on ${adapter}`],
    failures: specs
      .filter(({ spec }) => !spec.ok)
      .map(({ path, spec }) => failure(path.join(' > '), spec.tests[0]?.results.at(-1)?.error?.message)),
  });
}

/**
 * @param {PlaywrightSuite} suite
 * @param {readonly string[]} above
 * @returns {{ path: string[], spec: PlaywrightSpec }[]}
 */
function specsOf(suite, above) {
  const path = [...above, suite.title];
  return [
    ...(suite.specs ?? []).map((spec) => ({ path: [...path, spec.title], spec })),
    ...(suite.suites ?? []).flatMap((inner) => specsOf(inner, path)),
  ];
}

/**
 * The test's name and the first lines of why.
 * @param {string} name
 * @param {string | undefined} message
 */
function failure(name, message = 'no message') {
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  return [name, ...lines.slice(0, 12).map((line) => `    ${line}`)].join('\n');
}

/**
 * No tests, or a bad exit with no failed test (an error outside of tests), is a failure too.
 * @param {number} status
 * @param {Counts} counts
 * @returns {Counts}
 */
function settle(status, counts) {
  if (counts.passed + counts.failed === 0) return nothingRan('nothing ran');
  if (status === 0 || counts.failed > 0) return counts;
  const outside = `an error outside of tests (exit status ${status})`;
  return { ...counts, failed: 1, notes: [...counts.notes, outside], failures: [...counts.failures, outside] };
}

/**
 * @param {string} why
 * @returns {Counts}
 */
function nothingRan(why) {
  return { passed: 0, failed: 1, skipped: 0, notes: [why], failures: [why] };
}

/** @param {string} file */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
