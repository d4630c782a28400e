// Settings as they are typed: counted and estimated at once, refused with reasons, undone, and followed by the run.

import { expect, test } from './fixtures';
import { openLab, pause, playKey, untilReady, untilStep } from './lab';

test('parameters, memory and time follow typing; a run waits for a restart; what does not fit is refused before it is allocated', async ({
  page,
}) => {
  await openLab(page);
  await untilReady(page);
  const panel = page.locator('[data-panel=estimate]');
  const before = await panel.textContent();
  await page.getByLabel('Layers', { exact: true }).fill('2');
  await expect.poll(() => panel.textContent()).not.toBe(before);
  await expect(panel).toContainText('predicted');
  await untilReady(page);

  await playKey(page).click();
  await untilStep(page, 3);
  await page.getByRole('textbox', { name: 'Learning rate' }).fill('0.005');
  await page.getByRole('button', { name: 'Restart with these settings' }).click();
  await untilReady(page);
  await expect(page).toHaveURL(/train\.learningRate=0\.005/);

  // Another family keeps the sizes, has fields of its own, and trains.
  await page.getByLabel('Family', { exact: true }).selectOption('llama');
  await expect(page.getByLabel('Query heads', { exact: true })).toHaveValue('2');
  await expect(page.getByLabel('Layers', { exact: true })).toHaveValue('2');
  await page.getByLabel('Key and value heads', { exact: true }).fill('1');
  await untilReady(page);
  await playKey(page).click();
  await untilStep(page, 2);
  await pause(page);

  await page.getByLabel('Width', { exact: true }).fill('65536');
  await expect(panel).toContainText('This does not fit');
  await expect(panel).toContainText(/[GM]iB/);
});

test('a refused value leaves the old one in place and says why; undo takes back', async ({ page }) => {
  await openLab(page);
  const heads = page.getByLabel('Heads', { exact: true });
  await heads.fill('3');
  await expect(page.locator('[data-field="model.n_head"]')).toContainText(
    'Got 3. Takes a divisor of Width (16). 2 stays.',
  );
  await expect(heads).toHaveAttribute('aria-invalid', 'true');
  await heads.press('Enter');
  await expect(heads).toHaveValue('2');
  const steps = page.getByLabel('Steps', { exact: true });
  await steps.fill('lots');
  await expect(page.locator('[data-field="train.steps"]')).toContainText(
    'Got "lots". Takes a whole number from 1 to 10,000,000.',
  );
  await steps.blur();
  await expect(steps).toHaveValue('2000');

  await page.getByLabel('Width', { exact: true }).fill('24');
  await page.getByRole('heading', { name: 'Settings' }).click();
  await page.keyboard.press('Control+z');
  await expect(page.getByLabel('Width', { exact: true })).toHaveValue('16');
  await page.keyboard.press('Control+y');
  await expect(page.getByLabel('Width', { exact: true })).toHaveValue('24');
});

test('fields that depend on each other move together, and it is said', async ({ page }) => {
  await openLab(page);
  await page.getByLabel('Sequence', { exact: true }).fill('48');
  await expect(page.getByLabel('Context', { exact: true })).toHaveValue('48');
  await expect(page.locator('[data-field="train.sequenceLength"]')).toContainText('Context was set to 48 to match.');
});
