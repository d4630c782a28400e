// Models that read whole texts in the Train view: a BERT trains on running text and fills the gaps that a person writes; another family takes its place
// in the settings with the sizes that it had.

import { expect, test } from './fixtures';
import { openLab, pause, playKey, untilReady, untilStep } from './lab';

const settings = [
  'model.model_type=bert',
  'model.num_hidden_layers=1',
  'model.hidden_size=16',
  'model.num_attention_heads=2',
  'model.intermediate_size=32',
  'model.max_position_embeddings=16',
  'data.corpus=primer',
  'data.tokenizer=wordpiece',
  'data.vocabulary=200',
  'train.sequenceLength=16',
  'train.batchSize=4',
  'train.evalEvery=0',
  'train.sampleEvery=0',
].join('&');

test('a BERT that trains fills gaps when it is asked, and a RoBERTa takes its place', async ({ page }) => {
  await openLab(page, 'lang=en&theme=light', settings);
  await untilReady(page);
  await playKey(page).click();
  await untilStep(page, 3);
  const newest = page.getByTestId('newest-sample');
  await page.getByLabel('Text with gaps').fill('The [MASK] is red, the [MASK] green.');
  await page.getByRole('button', { name: 'Sample now' }).click();
  // Five candidates for each of the two gaps, from the run as it is; it goes on by itself.
  await expect(newest).toContainText(/→ (\S+ \d+%, ){4}\S+ \d+% \| (\S+ \d+%, ){4}\S+ \d+%/);
  await expect(playKey(page)).toHaveText(/Pause/);
  await pause(page);
  await page.getByLabel('Text with gaps').fill('Anna has a');
  await page.keyboard.press('Enter');
  await expect(newest).toContainText(/Anna has a\s*→ (\S+ \d+%, ){4}\S+ \d+%/);

  await page.getByLabel('Family').selectOption('roberta');
  await expect(page.getByLabel('Width', { exact: true })).toHaveValue('16');
  await expect(page.getByLabel('Context length')).toHaveValue('17');
  await page.getByRole('button', { name: 'Reset' }).first().click();
  await untilReady(page);
  await playKey(page).click();
  await untilStep(page, 2);
  await page.getByRole('button', { name: 'Sample now' }).click();
  await expect(newest).toContainText('→');
});
