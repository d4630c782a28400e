// The person's own text: chosen, dropped or pasted; and what is not text is refused in words.

import { expect, test } from './fixtures';
import { openLab, phase, playKey, untilReady, untilStep } from './lab';

const poem = 'The sea is wide and the ship is small; the wind sings to the sail.\n'.repeat(120);

test('a chosen file is trained on, and another can be dropped anywhere', async ({ page }) => {
  await openLab(page);
  await untilReady(page);
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Choose a file' }).click(),
  ]);
  await chooser.setFiles({ name: 'sea.txt', mimeType: 'text/plain', buffer: Buffer.from(poem) });
  const data = page.locator('[data-panel=data]');
  await expect(data).toContainText('sea.txt');
  await expect(data).toContainText('Nothing leaves this computer.');
  await expect(page.getByLabel('Text', { exact: true })).toHaveValue('text');
  // Counted: the run that is ready is this text's.
  await expect(data).toContainText(/Training tokens\s*7,236/);
  await untilReady(page);
  const transfer = await page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'dropped.txt', { type: 'text/plain' }));
    return data;
  }, poem.repeat(2));
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await expect(page.getByText('Let go to train on this text')).toBeVisible();
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  await expect(data).toContainText('dropped.txt');
  await expect(data).toContainText(/Training tokens\s*14\.5 k/);
  await untilReady(page);
  await playKey(page).click();
  await untilStep(page, 3);
});

test('text can be pasted', async ({ page }) => {
  await page.goto('/#preset=your-text&lang=en&theme=light');
  await expect(phase(page)).toContainText('There is no text yet');
  await expect(playKey(page)).toBeDisabled();
  await page.getByRole('button', { name: 'Paste text' }).click();
  await page.getByRole('textbox', { name: 'Paste text' }).fill(poem);
  await page.getByRole('button', { name: 'Use this text' }).click();
  await expect(page.locator('[data-panel=data]')).toContainText('pasted text');
  await untilReady(page);
});

test('what is not text is refused, and the next file is taken', async ({ page }) => {
  await openLab(page, 'lang=en', 'preset=your-text');
  const choose = async (name: string, buffer: Buffer) => {
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Choose a file' }).click(),
    ]);
    await chooser.setFiles({ name, mimeType: 'application/octet-stream', buffer });
  };
  const failure = page.getByTestId('failure');
  await choose('photo.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]));
  await expect(failure).toContainText('photo.png is not text');
  await choose('empty.txt', Buffer.alloc(0));
  await expect(failure).toContainText('empty.txt is empty');
  await choose('short.txt', Buffer.from('too short'));
  await expect(failure).toContainText('short');
  // 白鲸 in GBK, over and over: not UTF-8, and the person can say what it is.
  await choose('gbk.txt', Buffer.from(Array.from({ length: 600 }, () => [0xb0, 0xd7, 0xbe, 0xa8]).flat()));
  await expect(failure).toContainText('gbk.txt is not in UTF-8');
  await page.getByLabel('Read it as').selectOption('gbk');
  await expect(failure).toHaveCount(0);
  await choose('good.txt', Buffer.from(poem));
  await untilReady(page);
});
