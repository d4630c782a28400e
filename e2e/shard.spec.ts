// A person plays with a sharding strategy: drags the mesh, sees every picture change with it, takes steps back, runs it, and takes it away.

import type { Locator, Page } from '@playwright/test';
import { saved, svgProblem } from './files';
import { expect, test } from './fixtures';
import { fitsEveryWidth, openLab, playKey, untilReady } from './lab';
import { tinySettings } from './tinySettings';

/** Two replicas of a model of four layers. */
const settings = [
  tinySettings.replace('model.n_layer=1', 'model.n_layer=4').replace('train.batchSize=4', 'train.batchSize=8'),
  'train.microBatches=2',
  'parallel.dp=2',
].join('&');

function panel(page: Page, name: string): Locator {
  return page.locator(`[data-panel=${name}]`);
}

async function drag(page: Page, edge: Locator, across: number, down: number): Promise<void> {
  const box = await edge.boundingBox();
  if (box === null) throw new Error('the edge is not drawn');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + across, y + down, { steps: 6 });
  await page.mouse.up();
}

test('dragging dp to pp moves tiles, memory, schedule and link together; a run binds them to its buffers; undo goes back', async ({
  page,
}) => {
  await openLab(page, 'view=shard&lang=en&theme=light', settings);
  const caption = page.getByTestId('mesh-caption');
  const tiles = panel(page, 'tiles').getByRole('application');
  const memory = panel(page, 'rankMemory').getByRole('application');
  await expect(caption).toHaveText('dp 2 × pp 1 × tp 1: 2 ranks');
  await expect(page.getByTestId('tiles-summary')).toHaveText('52 tensors on 2 ranks');
  const picture = () =>
    tiles.locator('canvas').evaluate((element) => (element instanceof HTMLCanvasElement ? element.toDataURL() : ''));
  const before = await picture();

  await drag(page, page.getByRole('slider', { name: /Replicas \(dp\)/ }), 0, -60);
  await expect(caption).toContainText('One worker');
  await drag(page, page.getByRole('slider', { name: /Pipeline \(pp\)/ }), 60, 0);
  await expect(caption).toHaveText('dp 1 × pp 2 × tp 1: 2 ranks');
  await expect.poll(picture).not.toBe(before);
  await expect(page.getByTestId('tiles-moved')).toHaveText(/^\d+ of 52 tensors lie elsewhere/);
  await expect(memory).toHaveAttribute('aria-label', /2 ranks/);
  await expect(page).toHaveURL(/parallel\.pp=2/);
  await expect(page).not.toHaveURL(/parallel\.dp=/);
  await untilReady(page);
  await expect(panel(page, 'schedule').getByRole('application')).toHaveAttribute('aria-label', /2 ranks/);

  await page.keyboard.press('.');
  await expect(page.getByTestId('tiles-bytes')).toContainText('measured on their buffers');
  await expect(page.getByTestId('memory-said')).toHaveText(/off by [0-4]\.\d% at most/);
  await expect(page.getByTestId('step-shares').locator('[data-basis=measured]')).toBeVisible();

  await page.getByRole('button', { name: 'Undo (Ctrl Z)' }).click();
  await page.getByRole('button', { name: 'Undo (Ctrl Z)' }).click();
  await expect(caption).toHaveText('dp 2 × pp 1 × tp 1: 2 ranks');
  await page.getByRole('button', { name: 'Redo (Ctrl Y)' }).click();
  await expect(caption).toContainText('One worker');
});

test('by keyboard alone: strategies, ZeRO, schedule, tiles and their ranks', async ({ page }) => {
  await openLab(page, 'lang=en&theme=light', settings);
  // Keys are heard once there is something to see.
  await expect(playKey(page)).toBeVisible();
  await page.keyboard.press('2');
  const press = async (button: Locator) => {
    await button.focus();
    await page.keyboard.press('Enter');
  };
  const caption = page.getByTestId('mesh-caption');
  for (const [id, shape] of [
    ['zero3', 'dp 4 × pp 1 × tp 1: 4 ranks'],
    ['zeroBubble', 'dp 1 × pp 2 × tp 1: 2 ranks'],
    ['threeD', 'dp 2 × pp 2 × tp 2: 8 ranks'],
  ]) {
    await press(page.locator(`[data-strategy=${id}]`));
    await expect(caption).toHaveText(shape ?? '');
    await expect(page.locator(`[data-strategy=${id}]`)).toHaveAttribute('aria-pressed', 'true');
  }
  const mesh = panel(page, 'mesh');
  await press(mesh.getByRole('button', { name: 'GPipe' }));
  await press(mesh.getByRole('group', { name: 'ZeRO' }).getByRole('button', { name: 'off' }));
  await press(mesh.getByRole('group', { name: 'ZeRO' }).getByRole('button', { name: '3', exact: true }));
  await expect(mesh.getByRole('alert')).toContainText('pp is 2');
  await page.getByRole('slider', { name: /Pipeline \(pp\)/ }).focus();
  await page.keyboard.press('ArrowLeft');
  await expect(caption).toHaveText('dp 2 × pp 1 × tp 2: 4 ranks');

  const tiles = panel(page, 'tiles').getByRole('application');
  await tiles.focus();
  for (const key of ['Home', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
  for (let down = 0; down < 12; down++) await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('tile-name')).toHaveText('transformer.h.1.attn.c_attn.weight [16, 48]');
  const facts = panel(page, 'tiles');
  await expect(facts).toContainText('Shard(1), each of 3 blocks');
  await expect(facts.getByRole('row', { name: /Rank 1/ })).toContainText('[:, 8:16 + 24:32 + 40:48]');
  await press(facts.getByRole('button', { name: 'Gradients' }));
  await expect(facts).toContainText('Partial, then Replicate');
  await expect(page).toHaveURL(/tiles=gradients/);
  await expect(page.getByTestId('tile-carried')).toContainText(/Rank 0: all-reduce of gradients/);
  await tiles.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('schedule-action')).toContainText(/Rank 0/);
  await panel(page, 'rankMemory').getByRole('application').focus();
  await page.keyboard.press('End');
  await expect(page.getByTestId('memory-said')).toContainText('Rank 3');
  await expect(page.getByRole('article', { name: 'Rank 3', exact: true })).toHaveAttribute('data-pointed');
});

test('pictures are tables and files too; a link hides panels; no violation and every width fits, in both themes', async ({
  page,
  checkAccessibility,
}, info) => {
  await openLab(page, 'view=shard&lang=en&theme=light&_hide=strategies', `${settings}&parallel.pp=2&parallel.zero=1`);
  await untilReady(page);
  await expect(panel(page, 'strategies')).toHaveCount(0);
  for (const name of ['tiles', 'rankMemory']) {
    const of = panel(page, name);
    const svg = await saved(page, of.getByRole('button', { name: 'Save as SVG' }));
    expect(await svgProblem(page, svg.bytes.toString('utf8')), svg.name).toBe('');
    const png = await saved(page, of.getByRole('button', { name: 'Save as PNG' }));
    expect(png.bytes.subarray(1, 4).toString('latin1'), png.name).toBe('PNG');
    const csv = await saved(page, of.getByRole('button', { name: 'Save as CSV' }));
    expect(csv.bytes.toString('utf8').split('\r\n').length, csv.name).toBeGreaterThan(4);
  }
  await panel(page, 'tiles').getByRole('button', { name: 'Show as a table' }).click();
  await expect(
    panel(page, 'tiles')
      .getByRole('row', { name: /transformer\.h\.3\.mlp\.c_proj\.bias/ })
      .first(),
  ).toBeVisible();
  await checkAccessibility();
  await panel(page, 'tiles').getByRole('button', { name: 'Show as a chart' }).click();
  await panel(page, 'tiles').getByRole('application').focus();
  await page.keyboard.press('ArrowRight');
  await fitsEveryWidth(page, info, 'shard-light');
  await page.keyboard.press('Alt+m');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByRole('button', { name: '中文' }).click();
  await checkAccessibility();
  await fitsEveryWidth(page, info, 'shard-dark');
});
