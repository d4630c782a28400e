// Where parameters lie in the arena: aligned to what can be bound, and joined where they are read as one.

import { expect, test } from 'vitest';
import { layoutArena } from './arena';

const vector = (name: string, length: number, joined = false) => ({
  name,
  shape: [length],
  decay: false,
  hiddenMatrix: false,
  joined,
});

test('parameters begin at multiples of 256 bytes; joined ones right behind the one before', () => {
  const { entries, length } = layoutArena([
    vector('a', 5),
    vector('q', 70),
    vector('k', 70, true),
    vector('v', 3, true),
    vector('b', 1),
  ]);
  expect([...entries.values()].map(({ offset }) => offset)).toEqual([0, 64, 134, 204, 256]);
  expect(length).toBe(320);
});
