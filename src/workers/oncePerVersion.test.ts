// Work once for each version: not again for the same, again for another or after a failure, never two at once.

import { expect, test } from 'vitest';
import { OncePerVersion } from './oncePerVersion';

test('is done once for a version, also when several ask at once, and again for another', async () => {
  let version = 1;
  const done: number[] = [];
  let under = 0;
  const once = new OncePerVersion(
    () => version,
    async () => {
      expect(under++).toBe(0);
      await Promise.resolve();
      done.push(version);
      under--;
    },
  );
  await Promise.all([once.ready(), once.ready()]);
  await once.ready();
  expect(done).toEqual([1]);
  version = 2;
  const second = once.ready();
  version = 3;
  await Promise.all([second, once.ready()]);
  // What was begun for version 2 read what was there by then; version 3 has its own turn.
  expect(done).toHaveLength(3);
  expect(done.at(-1)).toBe(3);
});

test('is tried again after a failure', async () => {
  let fails = true;
  let done = 0;
  const once = new OncePerVersion(
    () => 1,
    async () => {
      if (fails) throw new Error('no');
      done++;
    },
  );
  await expect(once.ready()).rejects.toThrow('no');
  fails = false;
  await once.ready();
  await once.ready();
  expect(done).toBe(1);
});
