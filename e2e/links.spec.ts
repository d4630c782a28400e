// The address holds the whole set-up: it can be shared, it keeps its valid part, and it is only ever text.

import { expect, test } from './fixtures';
import { openLab, untilReady } from './lab';

test('a set-up travels by link, in language and theme too', async ({ page, context }) => {
  await openLab(page);
  await page.getByLabel('Layers', { exact: true }).fill('2');
  await page.getByLabel('Optimiser', { exact: true }).selectOption('muon');
  await page.getByRole('button', { name: '中文' }).click();
  await expect(page).toHaveURL(/model\.n_layer=2.*train\.optimizer=muon.*lang=zh&theme=light/);
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByLabel('层数', { exact: true })).toHaveValue('2');
  await expect(other.getByLabel('优化器', { exact: true })).toHaveValue('muon');
  await expect(other.locator('html')).toHaveAttribute('data-theme', 'light');
  await other.close();
});

test('a preset by name, and the link copied', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/#preset=primer-tiny&lang=en');
  await expect(page.getByLabel('Width', { exact: true })).toHaveValue('32');
  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByText(/Link copied/)).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('#preset=primer-tiny&lang=en');
});

test('a bad link keeps what is valid and lists the rest as text', async ({ page }) => {
  const attack = encodeURIComponent('<img src=x onerror="window.attacked=1">');
  await page.goto(
    `/#model.n_layer=3&train.batchSize=many&model.n_head=5&theme=plaid&${attack}=1&train.samplePrompt=${attack}&lang=en`,
  );
  const issues = page.getByTestId('link-issues');
  await expect(issues).toContainText('train.batchSize got "many"; takes a whole number from 1 to 65,536');
  await expect(issues).toContainText('a divisor of Width (64)');
  await expect(issues).toContainText('plaid');
  await expect(issues).toContainText('<img src=x');
  await expect(page.getByLabel('Layers', { exact: true })).toHaveValue('3');
  await expect(page.getByLabel('Batch', { exact: true })).toHaveValue('8');
  expect(await page.evaluate(() => 'attacked' in window)).toBe(false);
  await issues.getByRole('button', { name: 'Dismiss' }).click();
  await expect(issues).toHaveCount(0);
});

test('a hash of 100 KB opens', async ({ page }) => {
  await page.goto(`/#lang=en&model.n_layer=2&${'x'.repeat(100_000)}`);
  await expect(page.getByLabel('Layers', { exact: true })).toHaveValue('2');
  await expect(page.getByTestId('link-issues')).toBeVisible();
});

test('_hide leaves parts out for teaching', async ({ page }) => {
  await openLab(page, 'lang=en&_hide=settings,presets,data,header,profile');
  await expect(page.locator('[data-panel=loss]')).toBeVisible();
  for (const part of ['settings', 'presets', 'data', 'profile'])
    await expect(page.locator(`[data-panel=${part}]`)).toHaveCount(0);
  await expect(page.locator('header h1')).toHaveCount(0);
  await untilReady(page);
});

test('a changed hash is followed without a reload', async ({ page }) => {
  await openLab(page);
  await expect(page.getByLabel('Width', { exact: true })).toHaveValue('16');
  await page.evaluate(() => {
    location.hash = '#preset=primer-tiny&view=check&lang=zh';
  });
  await expect(page.getByRole('button', { name: '检验全部内核' })).toBeVisible();
});
