// The ready scenes on the page: an address shows one, it runs beside a run that stays as it was, it can be stopped, and the quickest comes to
// its result. What the others come to is the command's business: `lab scene` fails where a baseline is not beaten.

import { expect, test } from './fixtures';
import { openLab, untilReady } from './lab';

test('an address shows a scene; it runs to its result, whose threshold can be moved; another is stopped', async ({
  page,
  checkAccessibility,
}) => {
  await openLab(page, 'scene=moderation&lang=en&theme=light');
  await untilReady(page);
  const scene = page.getByTestId('scene');
  await expect(scene).toContainText('Messages of an invented community');
  await expect(scene).toBeInViewport();
  await expect(scene.getByRole('button', { name: 'Small' })).toHaveAttribute('aria-pressed', 'true');
  await scene.getByRole('button', { name: 'Run the scene' }).click();
  await expect(scene).toContainText(/300 messages held out/);
  const result = page.getByTestId('scene-result');
  await expect(result).toContainText('the model is better than its baseline', { timeout: 120_000 });

  const cells = result.getByTestId('threshold').getByRole('cell');
  const counts = async () => (await cells.allTextContents()).map(Number);
  expect((await counts()).reduce((sum, count) => sum + count, 0)).toBe(300);
  const slider = result.getByRole('slider', { name: 'Threshold' });
  await slider.press('Home');
  // From 0 on everything is held back.
  await expect(cells.nth(1)).toHaveText('0');
  await expect(cells.nth(3)).toHaveText('0');
  await checkAccessibility({ include: '[data-panel=scenes]' });
  await page.keyboard.press('Alt+m');
  await page.keyboard.press('Alt+l');
  await expect(result).toContainText('混淆矩阵');
  await checkAccessibility({ include: '[data-panel=scenes]' });

  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill('翻译');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/scene=translation/);
  await scene.getByRole('button', { name: '运行场景' }).click();
  await expect(scene.getByRole('progressbar')).toBeVisible();
  await scene.getByRole('button', { name: '停止' }).click();
  await expect(scene.getByRole('progressbar')).toHaveCount(0);
  await expect(scene.getByRole('alert')).toHaveCount(0);
});
