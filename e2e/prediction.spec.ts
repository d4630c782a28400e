// `lab predict` through the built page: on a calibrated software adapter a step of a mesh is what was expected of it, and it says so line by line.
// How close the bubble comes is a measurement and belongs to docs/planner.md: other work on the machine of a test moves it.

import { expect, test } from './runLab';

test('a step of two replicas of a pipeline of two is as predicted: order, memory, every byte', async ({ runLab }) => {
  const { status, lines, last } = await runLab(
    'predict',
    'default',
    '--mesh',
    'dp=2,pp=2',
    '--micro-batches',
    '2',
    '--steps',
    '8',
  );
  const checks = lines.filter(({ event }) => event === 'check');
  const bubble = checks.filter(({ check }) => check === 'bubble share');
  expect(bubble).toHaveLength(1);
  for (const side of ['predicted', 'measured'] as const) {
    expect(Number(bubble[0]?.[side]), `${side} bubble`).toBeGreaterThan(0.05);
    expect(Number(bubble[0]?.[side]), `${side} bubble`).toBeLessThan(0.6);
  }
  expect(checks.filter((line) => line.ok !== true && !bubble.includes(line))).toEqual([]);
  const named = (part: string) => checks.filter(({ check }) => String(check).includes(part));
  expect(named('order on rank')).toHaveLength(4);
  expect(named('memory of rank')).toHaveLength(4);
  expect(named('bytes out').length).toBeGreaterThan(3);
  const held = checks.every(({ ok }) => ok === true);
  expect(last).toMatchObject({ event: 'done', ok: held });
  expect(status).toBe(held ? 0 : 1);
});
