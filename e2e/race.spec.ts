// A person races update strategies against each other, reads who won and at what cost, and finds the own run as it was.

import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { openLab, pause, playKey, steps, transport, untilReady, untilStep } from './lab';
import { tinySettings } from './tinySettings';

const twoReplicas = `${tinySettings}&parallel.dp=2`;

function racePanel(page: Page) {
  return page.locator('[data-panel=race]');
}

async function choose(page: Page, names: readonly string[]): Promise<void> {
  for (const box of await racePanel(page).getByRole('checkbox').all()) await box.uncheck();
  for (const name of names) await racePanel(page).getByRole('checkbox', { name, exact: true }).check();
}

test('synchronous against int8: both get numbers and curves, and the run is set up again as it was', async ({
  page,
  checkAccessibility,
}) => {
  await openLab(page, 'lang=en&theme=light', twoReplicas);
  await untilReady(page);
  await playKey(page).click();
  await untilStep(page, 3);
  await pause(page);
  const address = page.url();

  const panel = racePanel(page);
  await choose(page, ['Synchronous', 'int8']);
  await panel.getByLabel('Steps', { exact: true }).fill('12');
  await panel.getByRole('button', { name: 'Start race' }).click();
  await expect(playKey(page)).toBeDisabled();
  await expect(page.getByTestId('phase')).toContainText('A race is running');
  await expect(panel.getByRole('status')).toContainText('Contender 1 of 2: Synchronous');
  await page.keyboard.press('.');

  for (const id of ['sync', 'int8']) {
    const row = panel.locator(`[data-contender=${id}]`);
    await expect(row).toHaveAttribute('data-status', 'done');
    await expect(row.getByRole('cell').nth(0)).toHaveText(/^\d\.\d{4}$/);
    await expect(row.getByRole('cell').nth(1)).toHaveText(/^\d\.\d{4}$/);
    await expect(row.getByRole('cell').nth(2)).toHaveText(/^[\d.]+ KiB$/);
    await expect(row.getByRole('cell').nth(3)).toHaveText(/^[\d.]+/);
  }
  const sent = await Promise.all(
    ['sync', 'int8'].map(async (id) =>
      Number.parseFloat((await panel.locator(`[data-contender=${id}] td`).nth(2).textContent()) ?? ''),
    ),
  );
  expect(sent[1], 'int8 sends less').toBeLessThan((sent[0] ?? 0) / 2);
  await expect(panel.getByRole('application')).toHaveAccessibleName(/2 contenders against steps/);
  await panel.getByRole('radio', { name: 'MiB sent' }).check();
  await expect(panel.getByRole('application')).toHaveAccessibleName(/2 contenders against MiB sent/);
  await panel.getByRole('application').focus();
  await page.keyboard.press('Home');

  await untilReady(page);
  expect(page.url()).toBe(address);
  await expect(playKey(page)).toBeEnabled();
  await expect(page.getByLabel('Steps', { exact: true }).first()).toHaveValue('2000');
  await checkAccessibility({ include: '[data-panel=race]' });
  await panel.getByRole('button', { name: 'Show as a table' }).click();
  await expect(panel.getByRole('table').first().getByRole('row')).toHaveCount(13);
  await playKey(page).click();
  await expect.poll(() => steps(page)).toBeGreaterThan(0);
  await pause(page);
});

test('one replica is offered a second; what the mesh rules out says why; a race can be stopped', async ({ page }) => {
  await openLab(page);
  await untilReady(page);
  const panel = racePanel(page);
  await panel.getByRole('button', { name: 'Set replicas to 2' }).click();
  await expect(page.getByTestId('mesh-caption')).toHaveText('dp 2 × pp 1 × tp 1: 2 ranks');
  await expect(panel.getByRole('checkbox', { name: 'DiLoCo' })).toBeEnabled();
  await page.locator('[data-panel=mesh]').getByLabel('ZeRO stage', { exact: true }).fill('1');
  await expect(panel.getByRole('checkbox', { name: 'DiLoCo' })).toBeDisabled();
  await expect(panel).toContainText('with ZeRO 1');
  await page.locator('[data-panel=mesh]').getByLabel('ZeRO stage', { exact: true }).fill('0');

  await panel.getByLabel('Steps', { exact: true }).fill('5');
  await expect(panel).toContainText('a whole number from 10 to 2,000');
  await panel.getByLabel('Steps', { exact: true }).fill('2000');
  await untilReady(page);
  await panel.getByRole('checkbox', { name: 'Synchronous', exact: true }).check();
  await panel.getByRole('button', { name: 'Start race' }).click();
  await expect(panel).toContainText(/step [1-9]\d* of 2,000/);
  await panel.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(panel.locator('[data-contender=sync]')).toHaveAttribute('data-status', 'stopped');
  await untilReady(page);
  await expect(transport(page)).toHaveAttribute('data-state', 'ready');
});
