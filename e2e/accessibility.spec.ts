// Everyone can use it: no violation that axe can find, the whole story by keyboard alone, definitions by hover and focus.

import { expect, test } from './fixtures';
import { openLab, phase, steps, untilReady, untilStep } from './lab';

test('no accessibility violation, in both themes and languages', async ({ page, checkAccessibility }) => {
  await openLab(page, 'lang=en&theme=light');
  await untilReady(page);
  await page.keyboard.press('.');
  await expect.poll(() => steps(page)).toBe(1);
  await page.getByRole('button', { name: 'Profile a step' }).click();
  await expect(page.locator('[data-panel=profile]').getByRole('table')).toBeVisible();
  await page.locator('[data-panel=settings] summary').first().click();
  await checkAccessibility();
  await page.keyboard.press('Alt+m');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await checkAccessibility();
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('button', { name: '以表格显示' }).first().click();
  await checkAccessibility();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog')).toBeVisible();
  await checkAccessibility();
  await page.keyboard.press('Escape');
  await page.keyboard.press('3');
  await expect(page.getByRole('button', { name: '检验全部内核' })).toBeVisible();
  await checkAccessibility();
  await page.keyboard.press('Alt+m');
  await page.keyboard.press('Alt+m');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  await checkAccessibility();
});

test('by keyboard alone: layers open, close from the top, and give the focus back', async ({ page }) => {
  await openLab(page);
  await untilReady(page);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Skip to the training view' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Train', exact: true }).last()).toBeFocused();
  await page.keyboard.press('Enter');
  await untilStep(page, 2);
  await page.keyboard.press('Enter');
  await expect(phase(page)).toContainText('Paused');

  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(dialog).toBeVisible();
  await page.keyboard.type('theme');
  await expect(dialog).toContainText('Change theme');
  await expect(dialog).not.toContainText('Copy link');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Resume' })).toBeFocused();

  await page.keyboard.press('Control+k');
  await page.keyboard.type('go to check');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Check all kernels' })).toBeVisible();
  await page.keyboard.press('1');
  await expect(page.locator('[data-panel=loss]')).toBeVisible();

  const fill = page.locator('[data-panel=loss]').getByRole('button', { name: 'Fill the window' });
  await fill.focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-panel=samples]')).toHaveAttribute('inert', '');
  await page.keyboard.press('Escape');
  await expect(page.locator('[data-panel=samples]')).not.toHaveAttribute('inert', '');
});

test('keys are letters while typing; every term tells what it is, with its source: by hover, by focus, and closed by Esc', async ({
  page,
}) => {
  await openLab(page);
  await untilReady(page);
  const prompt = page.getByRole('textbox', { name: 'Prompt' });
  await prompt.fill('');
  await prompt.pressSequentially('r. l 2?');
  await expect(prompt).toHaveValue('r. l 2?');
  await expect(phase(page)).toContainText('Ready');
  expect(await steps(page)).toBe(0);
  const tip = page.getByRole('tooltip');
  await page.locator('[data-term="train.lrSchedule"]').hover();
  await expect(tip).toContainText('How the learning rate falls after warm-up');
  await expect(tip.getByRole('link')).toHaveAttribute('href', /arxiv\.org/);
  await page.keyboard.press('Escape');
  await expect(tip).toBeHidden();
  await page.getByRole('button', { name: 'Held-out', exact: true }).first().focus();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Tab');
  await expect(tip).toContainText('never trained on');
});

test('terms answer to touch', async ({ browser, baseURL }) => {
  const context = await browser.newContext({
    hasTouch: true,
    viewport: { width: 390, height: 844 },
    ...(baseURL === undefined ? {} : { baseURL }),
  });
  const page = await context.newPage();
  await openLab(page, 'lang=zh');
  await page.locator('[data-term="train.batchSize"]').tap();
  await expect(page.getByRole('tooltip')).toContainText('每次更新所用的序列数');
  await context.close();
});
