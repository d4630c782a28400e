// A person opens the page, trains, watches the loss fall, pauses, steps, resets, and changes language and theme meanwhile.

import { readFile } from 'node:fs/promises';
import { expect, test } from './fixtures';
import { openLab, pause, phase, playKey, steps, transport, untilReady, untilStep } from './lab';

test.describe(() => {
  test.use({ firstVisit: true });

  test('the first visit has a run set up and trains at one press', async ({ page }) => {
    await page.goto('/#lang=en');
    await expect(page.getByRole('button', { name: /Moby-Dick, letter by letter/ })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
    await untilReady(page);
    await expect(page.getByRole('button', { name: /Adapter:/ })).toBeVisible();
    await playKey(page).click();
    await untilStep(page, 1);
    await expect(page).toHaveTitle(/% · Training · Shardlab/);
  });
});

test('trains, pauses, steps, goes on and resets; language and theme change in mid-run and disturb nothing', async ({
  page,
}) => {
  await openLab(page);
  await untilReady(page);
  await page.keyboard.press(' ');
  await untilStep(page, 60);
  await pause(page);
  const paused = await steps(page);

  await page.getByRole('button', { name: 'Show as a table' }).first().click();
  const table = page.getByRole('table', { name: /Loss by step/ });
  const losses = (await table.locator('tbody tr td:nth-child(2)').allTextContents()).map(Number);
  expect(losses.length).toBeGreaterThan(20);
  const [newest = Number.NaN, oldest = Number.NaN] = [losses[0], losses.at(-1)];
  expect(oldest, 'an untrained model is near the uniform loss').toBeGreaterThan(3.5);
  expect(newest, 'the loss falls').toBeLessThan(oldest - 0.5);
  await page.getByRole('button', { name: 'Show as a chart' }).first().click();

  await page.keyboard.press('.');
  await expect.poll(() => steps(page)).toBe(paused + 1);
  await expect(transport(page)).toHaveAttribute('data-state', 'paused');
  await page.keyboard.press(' ');
  await untilStep(page, paused + 3);
  await page.keyboard.press(' ');
  await expect(transport(page)).toHaveAttribute('data-state', 'paused');

  await page.keyboard.press('r');
  await expect.poll(() => steps(page)).toBe(0);
  await expect(phase(page)).toContainText('Ready');

  await playKey(page).click();
  await untilStep(page, 5);
  await page.getByRole('button', { name: '中文' }).click();
  await expect(page.getByRole('heading', { name: '内核剖析' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await page.keyboard.press('Alt+m');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  const before = await steps(page);
  await untilStep(page, before + 5);
  await expect(transport(page)).toHaveAttribute('data-state', 'running');
  await expect(page).toHaveURL(/lang=zh&theme=dark/);
  await pause(page);
});

test('samples appear as they are written; one can be asked for, and training goes on', async ({ page }) => {
  await openLab(page);
  await untilReady(page);
  await expect(page.getByTestId('newest-sample'), 'the untrained model’s noise').toContainText('step 0');
  await playKey(page).click();
  await expect(page.getByTestId('newest-sample')).toContainText('step 25');
  await page.getByRole('textbox', { name: 'Prompt' }).fill('A word ');
  await page.getByRole('button', { name: 'Sample now' }).click();
  await expect(page.locator('[data-panel=samples]')).toContainText('A word');
  await expect(page.locator('[data-panel=samples]')).toContainText('asked for');

  // Longer than the context of 16 tokens.
  await page.getByLabel('Prompt').fill('A word that is longer than all that it sees');
  await page.getByRole('button', { name: 'Sample now' }).click();
  await expect(page.locator('[data-panel=samples]')).toContainText('oldest tokens dropped');
  const before = await steps(page);
  await untilStep(page, before + 3);
  await pause(page);
});

test('the kernel profile is a table that sorts; exports are what they say', async ({ page }) => {
  await openLab(page);
  await untilReady(page);
  await page.getByRole('button', { name: 'Profile a step' }).click();
  const table = page.locator('[data-panel=profile]').getByRole('table');
  await expect(table).toBeVisible();
  expect(await table.locator('tbody tr').count()).toBeGreaterThan(5);
  await expect(table.getByRole('columnheader', { name: 'Share' })).toHaveAttribute('aria-sort', 'descending');
  await table.getByRole('button', { name: 'Operation' }).click();
  await expect(table.getByRole('columnheader', { name: 'Operation' })).toHaveAttribute('aria-sort', 'ascending');

  // The profiled step was one of the run's.
  await page.keyboard.press('.');
  await expect.poll(() => steps(page)).toBe(2);
  const download = async (name: string) => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name, exact: true }).click(),
    ]);
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  };
  const metrics = await download('Metrics');
  const lines = metrics.bytes.toString().trimEnd().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ event: 'step', step: 2, tokens: 64 });
  const settings = await download('Settings');
  expect(JSON.parse(settings.bytes.toString())).toMatchObject({ model: { n_embd: 16 }, data: { corpus: 'primer' } });
  const model = await download('Model folder');
  expect(model.name).toMatch(/\.zip$/);
  const names = model.bytes.toString('latin1');
  for (const file of ['config.json', 'model.safetensors', 'tokenizer.json']) expect(names).toContain(file);
});

test('a run that overflows says what, why and what to do, and a reset recovers', async ({ page }) => {
  await openLab(
    page,
    'lang=en&train.learningRate=100&train.minLearningRate=100&train.clipNorm=0&train.optimizer=sgd&train.momentum=0.99&train.warmupSteps=0',
  );
  await untilReady(page);
  await playKey(page).click();
  const card = page.getByTestId('failure');
  await expect(card).toContainText('The numbers left the finite range');
  await expect(card).toContainText('Lower the learning rate');
  await expect(page.getByTestId('non-finite')).toContainText('had a loss or gradients that were not finite');
  await expect(playKey(page)).toBeDisabled();
  await page.getByRole('textbox', { name: 'Learning rate' }).fill('0.001');
  await transport(page).getByRole('button', { name: 'Reset' }).click();
  await expect(card).toHaveCount(0);
  await untilReady(page);
});
