// The clock under any speed of its workers: every update once, never staler than the bound, and always an end.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ClockEntry, StalenessClock } from './stalenessClock';

/** Plays a turn: each worker pulls, computes for as long as the draw says, pushes, and begins again. */
function play(workers: number, bound: number, updates: number, draw: (count: number) => number): ClockEntry[] {
  const ranks = Array.from({ length: workers }, (_, rank) => rank);
  const clock = new StalenessClock(ranks, bound);
  const order: ClockEntry[] = [];
  const computing: number[] = [];
  clock.allow(updates);
  clock.begin();
  for (const rank of ranks) clock.wantPull(rank);
  for (;;) {
    for (let entry = clock.next(); entry; entry = clock.next()) {
      order.push(entry);
      if (entry.kind === 'pull') computing.push(entry.worker);
      if (entry.kind === 'push') clock.wantPull(entry.worker);
    }
    if (order.at(-1)?.kind === 'rest') return order;
    // Nobody computes and nothing may happen: that would be for ever.
    expect(computing.length).toBeGreaterThan(0);
    const [done] = computing.splice(draw(computing.length), 1);
    clock.wantPush(done);
  }
}

test('under any speeds each update is applied once, within the bound, and the turn ends', () => {
  const sizes = fc.record({
    workers: fc.integer({ min: 1, max: 8 }),
    bound: fc.integer({ min: 0, max: 6 }),
    updates: fc.integer({ min: 1, max: 60 }),
    seed: fc.infiniteStream(fc.nat(1_000)),
  });
  fc.assert(
    fc.property(sizes, ({ workers, bound, updates, seed }) => {
      const order = play(workers, bound, updates, (count) => seed.next().value % count);
      const pushes = order.filter((entry) => entry.kind === 'push');
      expect(pushes.map(({ update }) => update)).toEqual(Array.from({ length: updates }, (_, index) => index + 1));
      for (const { staleness } of pushes) expect(staleness).toBeLessThanOrEqual(bound);
    }),
  );
});

test('without staleness one worker at a time computes, in turn', () => {
  const order = play(3, 0, 6, () => 0);
  expect(order.map((entry) => (entry.kind === 'rest' ? 'rest' : `${entry.kind} ${entry.worker}`))).toEqual(
    [0, 1, 2, 0, 1, 2].flatMap((worker) => [`pull ${worker}`, `push ${worker}`]).concat('rest'),
  );
});

test('with room for all of them, workers compute at once and the last is as stale as there are others', () => {
  const order = play(3, 2, 3, () => 0);
  const pushes = order.filter((entry) => entry.kind === 'push');
  expect(pushes.map(({ staleness }) => staleness)).toEqual([0, 1, 2]);
});

test('a fast worker is held back by a slow one at the bound', () => {
  const clock = new StalenessClock([0, 1], 1);
  clock.allow(10);
  clock.begin();
  clock.wantPull(0);
  clock.wantPull(1);
  expect([clock.next(), clock.next(), clock.next()]).toEqual([
    { kind: 'pull', worker: 0, version: 0 },
    { kind: 'pull', worker: 1, version: 0 },
    null,
  ]);
  clock.wantPush(0);
  clock.wantPull(0);
  expect(clock.next()).toEqual({ kind: 'push', worker: 0, update: 1, staleness: 0 });
  expect(clock.next()).toEqual({ kind: 'pull', worker: 0, version: 1 });
  clock.wantPush(0);
  // Worker 1 computes from version 0: a second update before its own would make it 2 versions stale.
  expect(clock.next()).toBeNull();
  clock.wantPush(1);
  expect(clock.next()).toEqual({ kind: 'push', worker: 1, update: 2, staleness: 1 });
  expect(clock.next()).toEqual({ kind: 'push', worker: 0, update: 3, staleness: 1 });
});

test('a push without a pull is refused', () => {
  const clock = new StalenessClock([0], 1);
  expect(() => clock.wantPush(0)).toThrow('Rank 0 pushed without a pull');
});
