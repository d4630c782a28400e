// A person reads a step of a mesh in the Shard view: predicted above measured, zoomed and walked by keys, told action by action, and taken away
// as files.

import type { Locator, Page } from '@playwright/test';
import { saved, svgProblem } from './files';
import { expect, test } from './fixtures';
import { openLab, pause, playKey, untilReady, untilStep } from './lab';
import { tinySettings } from './tinySettings';

/** Two replicas of a pipeline of two, on two layers. */
const meshSettings = [
  tinySettings.replace('model.n_layer=1', 'model.n_layer=2'),
  'train.microBatches=2',
  'parallel.dp=2',
  'parallel.pp=2',
].join('&');

function panel(page: Page, name: 'schedule' | 'walk' | 'traffic'): Locator {
  return page.locator(`[data-panel=${name}]`);
}

test('a step is predicted, told both ways, measured to the byte, walked by keys and taken away whole', async ({
  page,
  checkAccessibility,
}) => {
  await openLab(page, 'view=shard&lang=en&theme=light', meshSettings);
  await untilReady(page);
  const [schedule, walk, traffic] = [panel(page, 'schedule'), panel(page, 'walk'), panel(page, 'traffic')];
  const [told, place] = [page.getByTestId('walk-told'), page.getByTestId('walk-place')];
  const shares = page.getByTestId('step-shares');
  await expect(shares.locator('[data-basis=predicted]')).toContainText(/predicted .*%/);
  await expect(shares.locator('[data-basis=measured]')).toHaveCount(0);

  await expect(told).toContainText('Before the first action');
  await walk.getByRole('button', { name: 'One action on' }).click();
  await expect(place).toHaveText(/^1 of \d+$/);
  await expect(told).toContainText(/Rank \d sets its gradients to zero/);
  await expect(page.getByTestId('schedule-action')).toContainText(/predicted, Rank \d: clears its gradients/);
  const slider = walk.getByRole('slider', { name: 'Action of the step' });
  await slider.focus();
  for (let press = 0; press < 4; press++) await page.keyboard.press('ArrowRight');
  await expect(place).toHaveText(/^5 of /);
  await page.keyboard.press('ArrowLeft');
  await expect(place).toHaveText(/^4 of /);
  await page.keyboard.press('End');
  await expect(walk.getByRole('img')).toHaveAttribute(
    'aria-label',
    /(nothing, used, in the weights, nothing, nothing.*){4}/,
  );
  await walk.getByRole('button', { name: 'To the start' }).click();
  await expect(told).toContainText('Before the first action');

  await page.keyboard.press('.');
  await expect(page.getByTestId('traffic-verdict')).toHaveAttribute('data-equal', 'true');
  await traffic.getByRole('application').focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('traffic-cell')).toContainText(/Rank 0 to rank 1: predicted .*B, measured .*B/);

  await playKey(page).click();
  await untilStep(page, 4);
  await expect(shares.locator('[data-basis=measured]')).toContainText(/measured .*step \d+/);
  await pause(page);

  const chart = schedule.getByRole('application');
  const said = page.getByTestId('schedule-action');
  await expect(chart).toHaveAttribute('aria-label', /predicted: a step of 4 ranks .*measured: a step of 4 ranks/);
  await chart.focus();
  await page.keyboard.press('Home');
  await expect(said).toContainText(/^predicted, Rank 0: /);
  await page.keyboard.press('ArrowDown');
  await expect(said).toContainText(/^measured, Rank 0: /);
  const first = await said.textContent();
  await page.keyboard.press('.');
  await expect(said).not.toHaveText(first ?? '');
  await page.keyboard.press(',');
  await expect(said).toHaveText(first ?? '');

  const canvas = chart.locator('canvas');
  const picture = () => canvas.evaluate((element) => (element instanceof HTMLCanvasElement ? element.toDataURL() : ''));
  const whole = await picture();
  for (const key of ['w', 'w', 'd']) await page.keyboard.press(key);
  await expect.poll(picture).not.toBe(whole);
  await page.keyboard.press('f');
  await expect.poll(picture).toBe(whole);

  await page.keyboard.press('End');
  await page.keyboard.press('m');
  await expect(page.getByTestId('schedule-selection')).toContainText(/selected.*measured: /);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('schedule-selection')).toHaveCount(0);
  await expect(said).toContainText('W S zoom');

  const box = await canvas.boundingBox();
  if (box === null) throw new Error('the schedule is not drawn');
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height - 6);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + box.height - 6, { steps: 4 });
  await page.mouse.up();
  await expect(page.getByTestId('schedule-selection')).toContainText(/predicted: .*forward|predicted: .*update/);

  const trace = await saved(page, schedule.getByRole('button', { name: 'Save as a trace for Perfetto' }));
  expect(trace.name).toBe('shardlab-step.trace.json');
  checkTrace(JSON.parse(trace.bytes.toString('utf8')));

  await walk.getByRole('button', { name: 'One action on' }).click();
  for (const of of [schedule, walk, traffic]) {
    const svg = await saved(page, of.getByRole('button', { name: 'Save as SVG' }));
    expect(svg.name).toMatch(/^shardlab-\w+\.svg$/);
    expect(await svgProblem(page, svg.bytes.toString('utf8')), svg.name).toBe('');
    const png = await saved(page, of.getByRole('button', { name: 'Save as PNG' }));
    expect(png.bytes.subarray(1, 4).toString('latin1'), png.name).toBe('PNG');
    expect(png.bytes.readUInt32BE(16), png.name).toBeGreaterThan(200);
    const csv = await saved(page, of.getByRole('button', { name: 'Save as CSV' }));
    const lines = csv.bytes.toString('utf8').split('\r\n');
    expect(lines.length, csv.name).toBeGreaterThan(4);
    expect(lines.at(-1), csv.name).toBe('');
  }

  await checkAccessibility({ include: '#main' });
  await page.keyboard.press('Alt+m');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  for (const name of ['schedule', 'walk', 'traffic'] as const)
    await panel(page, name).getByRole('button', { name: 'Show as a table' }).click();
  await expect(
    panel(page, 'schedule')
      .getByRole('row', { name: /measured.*optimiser step/ })
      .first(),
  ).toBeVisible();
  await checkAccessibility({ include: '#main' });
});

/** What Perfetto asks of the file, and that both accounts of the step are in it. */
function checkTrace(file: unknown): void {
  expect(file).toMatchObject({ displayTimeUnit: 'ms', traceEvents: expect.any(Array) });
  const events: unknown[] = typeof file === 'object' && file !== null && 'traceEvents' in file && Array.isArray(file.traceEvents) ? file.traceEvents : []; // biome-ignore format: one line
  const ofPhase = (phase: string) => events.filter((event) => typeof event === 'object' && event !== null && 'ph' in event && event.ph === phase); // biome-ignore format: one line
  expect(ofPhase('X').length).toBeGreaterThan(40);
  for (const event of ofPhase('X'))
    expect(event).toMatchObject({ ts: expect.any(Number), dur: expect.any(Number), pid: expect.any(Number), tid: expect.any(Number), name: expect.any(String) }); // biome-ignore format: one line
  expect(ofPhase('s').length).toBe(ofPhase('f').length);
  expect(ofPhase('s').length).toBeGreaterThan(0);
  expect(ofPhase('M')).toContainEqual(expect.objectContaining({ pid: 1, args: { name: 'predicted' } }));
  expect(ofPhase('M')).toContainEqual(
    expect.objectContaining({ pid: 2, args: { name: expect.stringMatching(/^measured, step \d+$/) } }),
  );
}
