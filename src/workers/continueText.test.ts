// What of a text may be shown before it is known whether a stop string begins at its end.

import { expect, test } from 'vitest';
import { settledLength } from './stopStrings';

test.each([
  ['ab', ['bcd'], 1],
  ['abc', ['bcd', 'abcd'], 0],
  ['abx', ['bcd'], 3],
  ['aab', ['aabaab'], 0],
  ['', ['x'], 0],
  ['abc', [''], 3],
  ['abc', [], 3],
])('%o before %o', (text, stops, settled) => {
  expect(settledLength(text, stops)).toBe(settled);
});
