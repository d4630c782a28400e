// The checks that make a bench fail must fail: run with `npm test` in this folder.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantile, summary, table, trainChecks } from './report.mjs';

const engine = (name, losses, checksum = null) => ({ name, losses, checksum });
const failed = (results) =>
  trainChecks(results)
    .filter((check) => !check.ok)
    .map((check) => check.check);

test('quantiles interpolate, whatever the order', () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([4, 1, 2, 3], 0.5), 2.5);
  assert.deepEqual(summary([5]), { medianMs: 5, lowMs: 5, highMs: 5, samples: 1 });
});

test('engines that agree to 5 digits pass', () => {
  assert.deepEqual(failed([engine('a', [4.19958, 4.1], 630), engine('b', [4.19959, 4.1001], 630.01)]), []);
});

test('a first loss that differs in the fifth digit fails', () => {
  assert.deepEqual(failed([engine('a', [4.1995]), engine('b', [4.1997])]), ['loss.b.step0']);
});

test('a loss that is not a number, a checksum of zero and a missing loss fail', () => {
  assert.deepEqual(failed([engine('a', [4.2], 630), engine('b', [Number.NaN], 0), engine('c', [])]), [
    'loss.b.step0',
    'checksum.b',
    'loss.c',
  ]);
  assert.deepEqual(failed([engine('a', [Number.NaN]), engine('b', [4.2])]), ['loss.a.step0']);
});

test('the table names a failed engine', () => {
  assert.match(table('t', [{ title: 'x', error: 'boom\nstack' }]), /x\s+failed\s+boom/);
});
