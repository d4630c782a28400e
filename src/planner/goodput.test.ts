// Goodput against limits that can be worked out by hand, and against a simulated year of failures.

import { expect, test } from 'vitest';
import { bestInterval, expectedGoodput } from './goodput';

const model = {
  ranks: 16_384,
  meanHoursBetweenFailures: 50_000,
  checkpointSeconds: 60,
  restartSeconds: 300,
  checkpointEverySeconds: null,
};

test('rare failures: Young, sqrt(2 d M); none lost but the checkpoints', () => {
  expect(bestInterval(1, 1e8)).toBeCloseTo(Math.sqrt(2e8), -1);
  const { share } = expectedGoodput({ ...model, ranks: 1, checkpointEverySeconds: 600 });
  expect(share).toBeCloseTo(600 / 660, 4);
});

test('the best interval beats its neighbours', () => {
  const best = expectedGoodput(model);
  for (const factor of [0.5, 0.8, 1.25, 2]) {
    const other = { ...model, checkpointEverySeconds: best.checkpointEverySeconds * factor };
    expect(expectedGoodput(other).share).toBeLessThan(best.share);
  }
  expect(best.secondsBetweenFailures).toBeCloseTo((50_000 * 3600) / 16_384, 6);
});

test('equals the mean of a simulated run', () => {
  const { share, secondsBetweenFailures, checkpointEverySeconds } = expectedGoodput(model);
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return (seed + 1) / 2 ** 32;
  };
  let [time, kept] = [0, 0];
  let fails = -Math.log(random()) * secondsBetweenFailures;
  while (kept < 20_000 * checkpointEverySeconds) {
    const done = time + checkpointEverySeconds + model.checkpointSeconds;
    if (done <= fails) {
      time = done;
      kept += checkpointEverySeconds;
      continue;
    }
    time = fails;
    // A failure while it restarts makes it restart again.
    do {
      fails = time - Math.log(random()) * secondsBetweenFailures;
      time = Math.min(fails, time + model.restartSeconds);
    } while (time === fails);
  }
  expect(kept / time).toBeCloseTo(share, 2);
});

test('what cannot be is refused', () => {
  expect(() => expectedGoodput({ ...model, checkpointSeconds: 0 })).toThrow('checkpointSeconds');
  expect(() => expectedGoodput({ ...model, ranks: Number.NaN })).toThrow('ranks');
});
