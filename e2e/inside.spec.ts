// A person looks inside the model that the page has: the tokens of a text, attention, the logit lens, all pointing at the same place; and a tensor
// of the run while it trains.

import { saved, svgProblem } from './files';
import { expect, test } from './fixtures';
import { fitsEveryWidth, openLab, untilStep } from './lab';

test('a text is read and pointed into, a tensor is watched while the run trains', async ({
  page,
  checkAccessibility,
}, info) => {
  await openLab(page, 'view=inside&lang=en&theme=light');
  const facts = page.getByTestId('inside-facts');
  await expect(facts).toContainText('weights of step 0');
  const text = page.getByLabel('A text to read');
  await text.fill('the sea');
  await text.press('Control+Enter');
  const tokens = page.getByTestId('inside-tokens');
  await expect(tokens.locator('span')).toHaveText(['t', 'h', 'e', '·', 's', 'e', 'a']);

  // The same token everywhere.
  const map = page.getByRole('application', { name: /^Attention of layer 0, head 0, over 7 tokens/ });
  await map.focus();
  for (let at = 0; at < 3; at++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowLeft');
  await expect(tokens.locator('[data-pointed]')).toHaveText('e');
  await expect(page.getByTestId('attention-said')).toHaveText(/^e takes \d+(\.\d)?% from t$/);
  const lens = page.getByTestId('lens-grid');
  await expect(lens.getByRole('row')).toHaveCount(3);
  await lens
    .getByRole('row', { name: /^embedding/ })
    .getByRole('cell')
    .nth(3)
    .hover();
  await expect(tokens.locator('[data-pointed]')).toHaveText('·');
  await expect(page.getByTestId('lens-detail')).toContainText(/embedding: entropy [\d.]+ nats; the text’s s: /);
  await expect(page.getByTestId('lens-detail').getByRole('listitem')).toHaveCount(5);

  // Pictures are taken away.
  const attention = page.locator('[data-panel=insideAttention]');
  const svg = await saved(page, attention.getByRole('button', { name: 'Save as SVG' }));
  expect(svg.name).toBe('shardlab-attention-0-0.svg');
  expect(await svgProblem(page, svg.bytes.toString())).toBe('');
  const csv = await saved(page, page.locator('[data-panel=insideLens]').getByRole('button', { name: 'Save as CSV' }));
  expect(csv.bytes.toString().split('\r\n')[0]).toContain('Likeliest');

  // A tensor, live.
  await page.getByLabel('Search by name').fill('c_fc.weight');
  const tensors = page.locator('[data-panel=insideTensors]');
  await tensors.getByRole('checkbox', { name: /c_fc\.weight gradient/ }).check();
  await expect(tensors).toContainText('Nothing was seen yet');
  await page.getByRole('heading', { name: 'Tensors of a step' }).click({ position: { x: 200, y: 4 } });
  await page.keyboard.press('.');
  await untilStep(page, 1);
  const report = page.getByTestId('tensor-report');
  await expect(report).toHaveAttribute('data-step', '1');
  await expect(report).toContainText('RMS');
  await expect(facts).toContainText('The run is at step 1 by now.');

  await checkAccessibility();
  await fitsEveryWidth(page, info, 'inside-light');
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.keyboard.press('Alt+m');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await checkAccessibility();
  await fitsEveryWidth(page, info, 'inside-dark');
});
