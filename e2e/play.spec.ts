// Playing with a model, as a person does: the page's own run first, then folders that are dropped. Written texts, looked at token by token,
// stopped at once; the model made smaller and taken away; gaps, classes and answers of models that read.

import type { Locator, Page } from '@playwright/test';
import { saved } from './files';
import { expect, test } from './fixtures';
import { fitsEveryWidth, openLab } from './lab';
import { dropFiles, modelFolder, readerFolder } from './modelFolders';

function panel(page: Page, id: string): Locator {
  return page.locator(`[data-panel=${id}]`);
}

function model(page: Page): Locator {
  return page.getByTestId('play-model');
}

function writtenText(page: Page): Locator {
  return page.getByTestId('play-text');
}

async function write(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await expect(panel(page, 'playWrite')).toContainText('Ended at the number of tokens asked for.');
  return (await writtenText(page).textContent()) ?? '';
}

test('a model writes, is looked at token by token, stops at once, is made smaller and is taken away', async ({
  page,
  checkAccessibility,
}, info) => {
  await openLab(page, 'view=play&play.prompt=The%20&play.maxTokens=24&lang=en&theme=light');
  // Works at once: the run's own weights, before a step.
  await expect(model(page)).toContainText('Primer, step 0');
  // Its folder tells of the run.
  const run = await saved(page, panel(page, 'playExport').getByRole('button', { name: 'Model folder' }));
  expect(run.bytes.includes('## Training')).toBe(true);
  await dropFiles(page, modelFolder());
  // Family and context are those of the run too.
  await expect(model(page)).not.toContainText('Primer, step 0');
  await expect(model(page)).toContainText('GPT2LMHeadModel');
  await expect(model(page)).toContainText('16 tokens');

  const prompt = page.getByRole('textbox', { name: /^Prompt/ });
  await prompt.fill('');
  await expect(page.getByRole('button', { name: 'Write', exact: true })).toBeDisabled();
  await expect(panel(page, 'playWrite')).toContainText('There is nothing to continue');
  await prompt.fill('The ');

  // The same seed, the same text; another seed, another. It outgrows its context, and says so.
  const first = await write(page);
  expect(first).toHaveLength(24);
  await expect(panel(page, 'playWrite')).toContainText('The text outgrew the context of 16 tokens');
  await expect(panel(page, 'playWrite')).toContainText(/of 16 positions/);
  await page.getByRole('spinbutton', { name: 'Seed' }).fill('2');
  // Its own copy in int4 proposes.
  const drafted = page.getByRole('spinbutton', { name: 'Drafted tokens' });
  await drafted.fill('3');
  const second = await write(page);
  expect(second).not.toBe(first);
  await expect(panel(page, 'playWrite')).toContainText(/Accepted\s*\d+ of \d+/);
  await drafted.fill('0');
  await page.getByRole('spinbutton', { name: 'Seed' }).fill('1');
  await prompt.press('Control+Enter');
  await expect(writtenText(page)).toHaveText(first);
  await expect(panel(page, 'playOutputs').getByRole('listitem')).toHaveCount(3);

  // Token by token, by keyboard; the cut follows the knob, and the drawn token is among those that it leaves.
  const next = page.getByTestId('play-next');
  await expect(next).toBeVisible();
  await expect(panel(page, 'playTokens')).toContainText(/28 tokens, .* bits a token/);
  const tokens = page.getByRole('listbox');
  await tokens.focus();
  await page.keyboard.press('End');
  await expect(page.getByRole('option', { name: 'after the text' })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowLeft');
  await expect(panel(page, 'playTokens')).toContainText('In the text:');
  await page.getByRole('spinbutton', { name: 'Top-k' }).fill('3');
  await expect(next.getByText('cut by top-k')).toBeVisible();
  await expect(panel(page, 'playTokens')).toContainText(/\b3 of \d+ tokens may be drawn/);

  // Stopped while it writes.
  await page.getByRole('spinbutton', { name: 'New tokens' }).fill('4000');
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await expect(writtenText(page)).toHaveText(/\S/);
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(panel(page, 'playWrite')).toContainText('Stopped by you.');
  await page.getByRole('spinbutton', { name: 'New tokens' }).fill('20');

  // Taken away in BF16; smaller, beside what it was; played with, and taken away as it is.
  await panel(page, 'playExport').getByLabel('Weights in').selectOption('BF16');
  const whole = await saved(page, panel(page, 'playExport').getByRole('button', { name: 'Model folder' }));
  expect(whole.bytes.includes('"dtype":"BF16"')).toBe(true);
  await panel(page, 'playCompress').getByLabel('Held-out tokens').fill('200');
  await panel(page, 'playCompress').getByLabel('Pruning').selectOption('2:4');
  await panel(page, 'playCompress').getByRole('button', { name: 'Compress and measure' }).click();
  const compressed = page.getByTestId('play-compressed');
  await compressed.getByRole('button', { name: 'Play with it: int8 per output channel' }).click();
  for (const variant of ['float32', 'pruned, 2:4', 'int8 per output channel'])
    await expect(compressed.getByRole('row', { name: variant })).toContainText(/\d/);
  await expect(model(page)).toContainText('int8 per output channel');
  await write(page);
  const small = await saved(page, compressed.getByRole('button', { name: 'Save: int8 per output channel' }));
  expect(small.bytes.includes('quantization')).toBe(true);

  // It teaches a smaller one; a training that is stopped leaves what was measured before.
  const student = panel(page, 'playCompress').getByRole('form', { name: 'Teach a smaller model' });
  await student.getByLabel('Width').fill('9');
  await student.getByLabel('Heads').fill('2');
  await expect(student.getByRole('alert')).toContainText('Heads cannot be 2');
  await expect(student.getByRole('button', { name: 'Train and measure' })).toBeDisabled();
  await student.getByLabel('Width').fill('8');
  await student.getByLabel('Steps').fill('100000');
  await student.getByRole('button', { name: 'Train and measure' }).click();
  await expect(panel(page, 'playCompress').getByRole('status')).toHaveText('The student trains alone');
  await panel(page, 'playCompress').getByRole('button', { name: 'Cancel' }).click();
  await student.getByLabel('Steps').fill('8');
  await student.getByRole('button', { name: 'Train and measure' }).click();
  await compressed.getByRole('button', { name: 'Play with it: student distilled' }).click();
  await expect(compressed.getByRole('row', { name: 'student alone 1 × 8, 8 steps' })).toContainText(/\d/);
  await expect(compressed.getByRole('row', { name: 'int8 per output channel' })).toHaveCount(1);
  await expect(model(page)).toContainText('1 layer × 8, 2 heads');
  const taught = await saved(page, compressed.getByRole('button', { name: 'Save: student distilled' }));
  expect(taught.bytes.includes('## Distillation')).toBe(true);

  await checkAccessibility();
  await fitsEveryWidth(page, info, 'play-light');
  await page.keyboard.press('Alt+m');
  await checkAccessibility();
  await fitsEveryWidth(page, info, 'play-dark');
});

test('a model that reads fills gaps, classifies and answers', async ({ page, checkAccessibility }) => {
  await openLab(page, 'view=play&lang=en&theme=light');
  // A page that shows nothing yet takes no drop.
  await expect(model(page)).toBeVisible();
  await dropFiles(page, readerFolder('BertForMaskedLM'));
  await expect(model(page)).toContainText('BertForMaskedLM');
  const read = panel(page, 'playRead');
  const ask = read.getByRole('button', { name: 'Ask' });
  await read.getByRole('textbox').fill('the dogs bark');
  await ask.click();
  await expect(read.getByRole('alert')).toContainText('The text has no gap to fill.');
  await read.getByRole('textbox').fill('the [MASK] bark at [MASK] .');
  await ask.click();
  await expect(page.getByTestId('read-fill').getByRole('table')).toHaveCount(2);
  const similar = panel(page, 'playSimilar');
  await similar.getByRole('textbox').fill('the dogs bark\nthe captain sailed');
  await similar.getByRole('button', { name: 'Ask' }).click();
  await expect(page.getByTestId('read-similar').getByRole('cell', { name: '1.00' })).toHaveCount(2);
  await checkAccessibility();

  await dropFiles(page, readerFolder('BertForSequenceClassification'));
  await expect(model(page)).toContainText('BertForSequenceClassification');
  await read.getByRole('textbox').fill('the captain sailed at night\nthe dogs bark');
  await ask.click();
  const classes = page.getByTestId('read-classify');
  await expect(classes.getByRole('table')).toHaveCount(2);
  await expect(classes.getByRole('row', { name: /storm \d/ })).toHaveCount(2);

  await dropFiles(page, readerFolder('BertForTokenClassification'));
  await expect(model(page)).toContainText('BertForTokenClassification');
  await read.getByRole('textbox').fill('the captain sailed at night.');
  await ask.click();
  const labels = page.getByTestId('read-tag').getByRole('listitem');
  await expect(labels).toHaveText([/^the(calm|storm) \d+%$/, /^captain/, /^sailed/, /^at/, /^night/, /^\./]);

  await dropFiles(page, readerFolder('BertForQuestionAnswering'));
  await expect(model(page)).toContainText('BertForQuestionAnswering');
  await read.getByRole('textbox', { name: 'Question' }).fill('the captain');
  const context = 'the captain sailed at night. the dogs bark.';
  await read.getByRole('textbox', { name: /^Text/ }).fill(context);
  await read.getByRole('textbox', { name: /^Text/ }).press('Control+Enter');
  const answers = page.getByTestId('read-answer');
  await expect(answers.getByRole('listitem')).toHaveCount(3);
  const best = (await answers.getByRole('listitem').first().locator('span').first().textContent()) ?? '';
  expect(context).toContain(best);
  await expect(answers.locator('mark')).toHaveText(best);
  await page.keyboard.press('Alt+m');
  await checkAccessibility();
});
