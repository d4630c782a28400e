// Every unit has one owner, and shares are as even as whole units allow.

import { expect, test } from 'vitest';
import { gradientWorkers, unitOwners } from './serviceOwners';

test('a service of its own rank owns everything and computes nothing', () => {
  expect(unitOwners([5, 3, 3], 3, 'rank')).toEqual([0, 0, 0]);
  expect(gradientWorkers(3, 'rank')).toEqual([1, 2]);
});

test('a sharded service deals units out evenly, rank 0 always with one', () => {
  expect(unitOwners([4, 5, 5, 5, 5], 2, 'sharded')).toEqual([0, 0, 1, 0, 1]);
  expect(unitOwners([9, 1], 4, 'sharded')).toEqual([0, 1]);
  expect(gradientWorkers(3, 'sharded')).toEqual([0, 1, 2]);
});
