// `lab predict` through the built page: on a calibrated software adapter a step of a mesh is what was expected of it, and it says so line by line.

import { expect, test } from '@playwright/test';
import { type LabLine, runLab } from './runLab';

for (const mesh of [
  ['pp=2', '--micro-batches', '4'],
  ['dp=2,pp=2', '--micro-batches', '2'],
]) {
  test(`a step over ${mesh.join(' ')} is as predicted`, async () => {
    const { status, lines, last } = await runLab('predict', 'default', '--mesh', ...mesh, '--steps', '24');
    const checks = lines.filter(({ event }) => event === 'check');
    const isBubble = ({ check }: LabLine) => check === 'bubble share';
    expect(checks.filter((line) => line.ok !== true && !isBubble(line))).toEqual([]);
    // The command holds it to 5 points; what else the machine of a test does moves it by as much again (docs/parallelism.md).
    const [bubble] = checks.filter(isBubble);
    expect(Math.abs(Number(bubble?.predicted) - Number(bubble?.measured))).toBeLessThan(0.15);
    const named = (part: string) => checks.filter(({ check }) => String(check).includes(part));
    expect(named('order on rank').length).toBeGreaterThan(1);
    expect(named('memory of rank').length).toBeGreaterThan(1);
    expect(named('bytes out').length).toBeGreaterThan(3);
    const held = checks.every(({ ok }) => ok === true);
    expect(last).toMatchObject({ event: 'done', ok: held });
    expect(status).toBe(held ? 0 : 1);
  });
}

test('one worker leaves nothing to compare with, and is told so', async () => {
  const { status, last } = await runLab('predict', 'default', '--steps', '2');
  expect(last).toMatchObject({ event: 'done', ok: false });
  expect(JSON.stringify(last)).toContain('mesh');
  expect(status).toBe(1);
});
