// A person trains by each strategy, pauses between meetings or in the middle of updates, goes on, and loses a worker.

import { expect, test } from './fixtures';
import { openLab, pause, playKey, steps, untilReady, untilStep } from './lab';
import { tinySettings } from './tinySettings';

// Local SGD meets as DiLoCo does: what differs is tested on the device.
for (const strategy of ['diloco', 'async'] as const) {
  test(`${strategy} trains, pauses, goes on, and ends by name when a worker stops`, async ({ page }) => {
    await openLab(page, 'lang=en&theme=light', `${tinySettings}&parallel.dp=2&parallel.strategy=${strategy}`);
    await untilReady(page);
    await expect(page.getByTestId('strategy-math')).toBeVisible();
    await playKey(page).click();
    await untilStep(page, 5);
    await pause(page);
    const before = await steps(page);
    await playKey(page).click();
    await untilStep(page, before + 3);
    await page
      .getByRole('article', { name: 'Rank 1', exact: true })
      .getByRole('button', { name: /Stop this worker/ })
      .click();
    const failure = page.getByTestId('failure');
    await expect(failure).toBeVisible();
    await expect(failure).toContainText(/rank 1/i);
    await failure.getByRole('button', { name: 'Restart' }).click();
    await expect(failure).toHaveCount(0);
    await untilReady(page);
    await playKey(page).click();
    await untilStep(page, 2);
  });
}
