// The ready scenes on the page: an address shows one, it runs beside a run that stays as it was, and it can be stopped. What they come to is
// the command's business: `lab scene` fails where a baseline is not beaten.

import { expect, test } from './fixtures';
import { openLab, untilReady } from './lab';

test('an address shows a scene, which runs and stops in both languages', async ({ page, checkAccessibility }) => {
  await openLab(page, 'scene=writing&lang=en&theme=light');
  await untilReady(page);
  const scene = page.getByTestId('scene');
  await expect(scene).toContainText('Moby-Dick character by character');
  await expect(scene).toBeInViewport();
  await expect(scene.getByRole('button', { name: 'Small' })).toHaveAttribute('aria-pressed', 'true');
  await scene.getByRole('button', { name: 'Run the scene' }).click();
  await expect(scene).toContainText(/[0-9,]+ tokens held out/);
  await checkAccessibility({ include: '[data-panel=scenes]' });
  await page.keyboard.press('Alt+m');
  await page.keyboard.press('Alt+l');
  await expect(scene).toContainText(/第 \d+ 步，共 \d+ 步/);
  await checkAccessibility({ include: '[data-panel=scenes]' });
  await scene.getByRole('button', { name: '停止' }).click();
  await expect(scene.getByRole('progressbar')).toHaveCount(0);
  await expect(scene.getByRole('alert')).toHaveCount(0);

  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill('翻译');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/scene=translation/);
  await expect(scene).toContainText('TypeScript');
});
