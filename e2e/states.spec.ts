// What a person sees when there is no GPU, when it is lost, and in the check view; and at three widths in both themes.

import { type Browser, chromium } from '@playwright/test';
import { chromiumFlags, findChromium } from '../scripts/chromium.mjs';
import { expect, test } from './fixtures';
import { fitsEveryWidth, openLab, pause, phase, playKey, untilReady, untilStep } from './lab';

/** A browser of the test's own, where the GPU's flags or its death matter. */
async function launch(args: readonly string[]): Promise<Browser> {
  const executablePath = await findChromium();
  return chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args: [...args] });
}

test('no WebGPU: an explanation with advice, and settings that still count', async ({ page, checkAccessibility }) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(Navigator.prototype, 'gpu');
  });
  await page.goto('/#lang=en');
  const card = page.getByTestId('no-webgpu');
  await expect(card).toContainText('This browser gives the page no GPU');
  for (const name of ['Chrome', 'Edge', 'Safari', 'Firefox', 'Linux']) await expect(card).toContainText(name);
  await expect(page.locator('[data-panel=estimate]')).toContainText('210 k');
  await page.getByLabel('Layers', { exact: true }).fill('8');
  await expect(page.locator('[data-panel=estimate]')).toContainText('410 k');
  await checkAccessibility();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(card).toBeVisible();
});

test('WebGPU without an adapter is told apart from no WebGPU', async ({ baseURL }) => {
  // Chromium for Linux without its flags: navigator.gpu is there, in the worker too, and gives no adapter.
  const browser = await launch([]);
  try {
    const page = await browser.newPage({ ...(baseURL === undefined ? {} : { baseURL }) });
    await page.goto('/#lang=en');
    expect(await page.evaluate(() => 'gpu' in navigator), 'this browser has WebGPU').toBe(true);
    const card = page.getByTestId('no-webgpu');
    await expect(card).toContainText('The browser knows WebGPU but gave no adapter');
    await expect(card).toContainText('--enable-unsafe-webgpu');
  } finally {
    await browser.close();
  }
});

test('a worker script that does not load is said, and a view that does not; the view is asked for again', async ({
  page,
  complaints,
}) => {
  complaints.expect(/InsideView-.*ERR_FAILED|ERR_FAILED.*InsideView-|ViewNotFetched/);
  await page.route('**/rankWorker*', (route) => route.abort());
  await page.route('**/InsideView-*.js', (route) => route.abort());
  await page.goto('/#lang=en');
  await expect(page.getByTestId('failure')).toContainText('The worker');
  await page.keyboard.press('6');
  const main = page.getByRole('main');
  await expect(main.getByRole('alert')).toContainText('This view could not be fetched');
  await page.unroute('**/InsideView-*.js');
  await main.getByRole('button', { name: 'Try again' }).click();
  await expect(page.locator('[data-panel=insideText]')).toBeVisible();
});

test('a language that cannot be fetched is said and asked for again; without any the page says so in all', async ({
  page,
  complaints,
}) => {
  complaints.expect(/(chinese|english)-.*ERR_FAILED|ERR_FAILED.*(chinese|english)-|dynamically imported module/);
  await page.route('**/chinese-*.js', (route) => route.abort());
  await openLab(page);
  await untilReady(page);
  const chinese = page.getByRole('button', { name: '中文' });
  await chinese.click();
  const notice = page.getByTestId('language-not-fetched');
  await expect(notice).toContainText('it stays in English');
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(page).toHaveURL(/lang=en/);
  await page.unroute('**/chinese-*.js');
  await notice.getByRole('button', { name: 'Try again' }).click();
  await expect(phase(page)).toContainText('就绪');
  await expect(notice).toHaveCount(0);
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await page.route(/(chinese|english)-[^/]*\.js$/, (route) => route.abort());
  await page.reload();
  await expect(page.getByRole('alert')).toContainText(/could not be fetched.*未能载入/);
});

test('a lost GPU is said, the curves stay, and a restart trains again', async ({ baseURL }) => {
  const browser = await launch(chromiumFlags('software'));
  try {
    const page = await browser.newPage({ ...(baseURL === undefined ? {} : { baseURL }) });
    await openLab(page);
    await untilReady(page);
    await playKey(page).click();
    await untilStep(page, 5);
    const session = await browser.newBrowserCDPSession();
    await session.send('Browser.crashGpuProcess').catch(() => undefined);
    const card = page.getByTestId('failure');
    await expect(card).toBeVisible();
    await expect(card).toContainText('training starts again from step 0');
    await expect(page).toHaveTitle(/Stopped by an error/);
    await card.getByRole('button', { name: 'Restart' }).click();
    await untilReady(page);
    await playKey(page).click();
    await untilStep(page, 2);
  } finally {
    await browser.close();
  }
});

test('the check view shows each kernel against its tolerance as it comes, and stops at once', async ({ page }) => {
  await openLab(page, 'lang=en&view=check');
  await page.getByRole('button', { name: 'Check all kernels' }).click();
  const rows = page.getByRole('region', { name: 'Kernel check' }).last().locator('tbody tr');
  await expect(rows.nth(3)).toContainText(/%\s*ok$/);
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByTestId('check-summary')).toContainText('Stopped');
  expect(await page.getByRole('table').locator('tbody tr', { hasText: 'failed' }).count()).toBe(0);
});

test('fits every width, in both themes and languages', async ({ page }, info) => {
  await openLab(page);
  await untilReady(page);
  await playKey(page).click();
  await untilStep(page, 30);
  await pause(page);
  await fitsEveryWidth(page, info, 'page-light');
  await page.keyboard.press('Alt+m');
  await page.getByRole('button', { name: '中文' }).click();
  await fitsEveryWidth(page, info, 'page-dark');
});
