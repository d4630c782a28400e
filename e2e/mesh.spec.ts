// A person sets up a mesh, trains over it, reads what each rank does, has it proved, stops a worker and starts again.

import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { fitsEveryWidth, openLab, pause, playKey, steps, untilReady, untilStep } from './lab';
import { tinySettings } from './tinySettings';

/** Two replicas of a pipeline of two, on two layers. */
const meshSettings = [
  tinySettings.replace('model.n_layer=1', 'model.n_layer=2'),
  'train.microBatches=2',
  'parallel.dp=2',
  'parallel.pp=2',
].join('&');

function card(page: Page, rank: number) {
  return page.getByRole('article', { name: `Rank ${rank}`, exact: true });
}

test('a mesh of two by two trains and shows it, is proved, fits every width, names a worker that was stopped, and trains again', async ({
  page,
  checkAccessibility,
}, info) => {
  await openLab(page, 'lang=en&theme=light', meshSettings);
  await untilReady(page);
  await expect(page.getByTestId('mesh-caption')).toHaveText('dp 2 × pp 2 × tp 1: 4 ranks');
  await playKey(page).click();
  await untilStep(page, 5);
  await expect(card(page, 3)).toContainText('pp 1 · dp 1');
  await expect(card(page, 3)).toContainText('layer 1 · head');
  await expect(card(page, 0)).toContainText('embedding · layer 0');
  for (const rank of [0, 1, 2, 3]) await expect(card(page, rank)).toContainText(/[1-9][\d.]* [KM]iB/);

  const timeline = page.locator('[data-panel=timeline]');
  await expect(timeline).toContainText(/step \d+, measured/);
  await pause(page);
  // Written by the stages of the first replica.
  await page.getByRole('button', { name: 'Sample now' }).click();
  await expect(page.locator('[data-panel=samples]')).toContainText(/over 2 stages, [1-9]\d* B between them a token/);
  const picture = timeline.getByRole('application');
  await picture.focus();
  for (const key of ['ArrowUp', 'ArrowUp', 'ArrowUp', 'Home']) await page.keyboard.press(key);
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('timeline-action')).toContainText(/Rank 0: .*micro-batch 0/);
  await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('timeline-action')).toContainText(/Rank 1: /);
  await expect(card(page, 1)).toHaveAttribute('data-pointed');
  await timeline.getByRole('button', { name: 'Show as a table' }).click();
  await expect(timeline.getByRole('row', { name: /backward of stage 1/ }).first()).toBeVisible();

  const ledger = page.locator('[data-panel=ledger]');
  await expect(ledger.getByRole('row', { name: /all-reduce dp gradients by rank/ })).toBeVisible();
  await ledger.getByRole('button', { name: /^Show all-reduce dp gradients/ }).click();
  await expect(ledger.getByRole('row', { name: /^Rank 3/ })).toBeVisible();

  const proof = page.locator('[data-panel=proof]');
  await proof.getByRole('button', { name: 'Prove it against one worker' }).click();
  const verdict = page.getByTestId('proof-verdict');
  await expect(verdict).toContainText('Equal: this mesh takes the step');
  await expect(verdict).toHaveAttribute('data-ok', 'true');
  await expect(proof).toContainText('bit for bit what the ranks hold');
  await expect(proof).toContainText(/bit for bit equal in [1-9]\d* groups/);
  await page.locator('[data-panel=proof] summary').click();
  await checkAccessibility();
  await fitsEveryWidth(page, info, 'mesh-light');
  await page.setViewportSize({ width: 1280, height: 720 });

  const before = await steps(page);
  await playKey(page).click();
  await untilStep(page, before + 3);
  await card(page, 2)
    .getByRole('button', { name: /Stop this worker/ })
    .click();
  const failure = page.getByTestId('failure');
  await expect(failure).toBeVisible();
  await expect(failure).toContainText(/rank 2/i);
  await expect(card(page, 2)).toHaveAttribute('data-state', /dead|failed/);
  await failure.getByRole('button', { name: 'Restart' }).click();
  await expect(failure).toHaveCount(0);
  await untilReady(page);
  await playKey(page).click();
  await untilStep(page, 2);
  await pause(page);

  await page.keyboard.press('Alt+m');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByRole('button', { name: '中文' }).click();
  await checkAccessibility();
  await fitsEveryWidth(page, info, 'mesh-dark');
});

test('the mesh is chosen with the keyboard, by number or by dragging; what cannot be is refused with numbers', async ({
  page,
}) => {
  await openLab(page);
  const caption = page.getByTestId('mesh-caption');
  await expect(caption).toContainText('One worker trains the whole model');
  await expect(page.locator('[data-panel=ranks]')).toHaveCount(0);

  await page.getByRole('slider', { name: /Replicas \(dp\)/ }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(caption).toHaveText('dp 2 × pp 1 × tp 1: 2 ranks');
  await expect(page.locator('[data-panel=ranks] article')).toHaveCount(2);

  await page.getByRole('button', { name: 'One more along pp' }).click();
  const mesh = page.locator('[data-panel=mesh]');
  await expect(mesh.getByRole('alert')).toContainText('pp 2 x 1 stages a rank is 2 stages, and the model has 1 layers');
  await page.getByLabel('Layers', { exact: true }).fill('4');
  await page.getByLabel('Pipeline', { exact: true }).fill('2');
  await expect(caption).toHaveText('dp 2 × pp 2 × tp 1: 4 ranks');
  await expect(mesh.getByRole('status').filter({ hasText: 'Micro-batches was set to 2 to match.' })).toBeVisible();

  await mesh.getByLabel('ZeRO stage', { exact: true }).fill('3');
  await expect(mesh.locator('[data-field="parallel.zero"]')).toContainText('and pp is 2');

  const edge = page.getByRole('slider', { name: /Tensor parallel/ });
  await edge.scrollIntoViewIfNeeded();
  const box = await edge.boundingBox();
  if (box === null) throw new Error('the edge is not drawn');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 42, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect(caption).toHaveText('dp 2 × pp 2 × tp 2: 8 ranks');
  await expect(page).toHaveURL(/parallel\.dp=2.*parallel\.pp=2.*parallel\.tp=2/);
});

test('a link to a mesh that cannot be opens as the nearest that can, and says what it changed', async ({ page }) => {
  await page.goto('/#parallel.dp=2&parallel.pp=2&parallel.zero=3&lang=en');
  const issues = page.getByTestId('link-issues');
  await expect(issues).toContainText('parallel.zero got 3; takes 0 or 1 with a pipeline');
  await expect(page.locator('[data-field="parallel.zero"] input')).toHaveValue('1');
});

test('emulated links are said for as long as they are on', async ({ page }) => {
  await openLab(page, 'lang=en', `${meshSettings}&parallel.ppLatencyMs=5`);
  await expect(page.getByTestId('emulated')).toBeVisible();
  await page.getByLabel('pp latency (ms)', { exact: true }).fill('0');
  await expect(page.getByTestId('emulated')).toHaveCount(0);
});
