// The checks that make a bench fail must fail: run with `npm test` in this folder.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeChecks, quantile, summary, table, trainChecks } from './report.mjs';

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

const said = (name, tokens, { margins, firstLogits = [1, 2], lastLogits = [3, 4] } = {}) => ({
  name,
  tokens,
  firstLogits,
  lastLogits,
  ...(margins ? { margins } : {}),
});
const failedDecode = (...results) =>
  decodeChecks(results)
    .filter((check) => !check.ok)
    .map((check) => check.check);

test('generations with the same tokens and logits pass, each against the first', () => {
  assert.deepEqual(
    failedDecode(said('a', [5, 6]), said('b', [5, 6], { lastLogits: [3.0005, 4] }), said('c', [5, 6])),
    [],
  );
  assert.equal(decodeChecks([said('a', [5]), said('b', [5])]).length, 3);
});

test('another token fails, unless it was a tie', () => {
  const margins = [1, 1e-5, 1];
  assert.deepEqual(failedDecode(said('a', [5, 6, 7]), said('b', [5, 6, 8], { margins })), ['decode.b.tokens']);
  assert.deepEqual(failedDecode(said('a', [5, 6, 7]), said('b', [5, 9, 8], { margins, lastLogits: [9, 9] })), []);
  assert.deepEqual(failedDecode(said('a', [5, 6]), said('b', [5, 9])), ['decode.b.tokens']);
  assert.deepEqual(failedDecode(said('a', [5, 6]), said('b', [5], { margins: [1] })), ['decode.b.tokens']);
});

test('logits that are apart, not numbers or of another length fail', () => {
  const first = (firstLogits) => failedDecode(said('a', [5]), said('b', [5], { firstLogits }));
  assert.deepEqual(first([1, 2.002]), ['decode.b.first-logits']);
  assert.deepEqual(first([Number.NaN, 2]), ['decode.b.first-logits']);
  assert.deepEqual(first([1]), ['decode.b.first-logits']);
});
