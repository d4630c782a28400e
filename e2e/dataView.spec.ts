// A person brings files: drops them, watches the pipeline, looks at what was changed and at a duplicate, keeps another copy, trains a tokenizer
// on the result, and trains a model on the shards that come of it. On one page load.

import type { Locator, Page } from '@playwright/test';
import { saved, svgProblem } from './files';
import { expect, test } from './fixtures';
import { fitsEveryWidth, openLab, phase, untilReady, untilStep } from './lab';

const ships = ['Pequod', 'Rachel', 'Jeroboam', 'Samuel Enderby', 'Bachelor'];
const winds = ['a northerly wind', 'a dead calm', 'rain and thunder', 'the trade wind'];
const sentence = (i: number) =>
  `On day ${i} the ${ships[i % 5]} met ${winds[i % 4]} and sailed ${(i * 37) % 211} miles; her ${20 + (i % 17)} men saw whale number ${i * 31}.`;
const story = Array.from({ length: 240 }, (_, i) => sentence(i));
const files = [
  {
    name: 'story.txt',
    text: `${story.join('\n\n')}\n\nWrite to ahab@pequod.example   before the ship sails, he said twice.\n`,
  },
  // Three lines of the story again, one of them with one word changed.
  {
    name: 'rows.jsonl',
    text: [
      story[3],
      story[7],
      `${story[11]} ${story[12]} ${story[13]}`,
      `${story[11]} ${story[12]} ${story[13]}`.replace('wind', 'breeze'),
    ]
      .map((text) => JSON.stringify({ text }))
      .join('\n'),
  },
  { name: 'page.html', text: '<p>The <b>harpooneers</b> of the ship slept &amp; dreamt of whales and of the sea.</p>' },
  // Of no language that Intl knows.
  {
    name: 'code.py',
    text: `${Array.from({ length: 12 }, (_, i) => `def sail_${i}(miles, wind):\n    return miles * ${i} + wind\n`).join('\n')}`,
  },
  { name: 'picture.png', text: '\u0089PNG\r\n\u001a\n' },
];

function panel(page: Page, name: string): Locator {
  return page.locator(`[data-panel=${name}]`);
}

async function drop(page: Page): Promise<void> {
  await page.evaluate((dropped) => {
    const dataTransfer = new DataTransfer();
    for (const { name, text } of dropped) {
      const bytes = name.endsWith('.png') ? Uint8Array.from(text, (sign) => sign.charCodeAt(0)) : text;
      dataTransfer.items.add(new File([bytes], name));
    }
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, files);
}

async function prepare(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Prepare/ }).click();
  await expect(page.getByTestId('data-phase')).toContainText('Done.', { timeout: 30_000 });
}

/** A run over many small pieces that is cancelled as its first parts come; one that was over by then is run again. */
async function interrupt(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Remove all' }).click();
  await panel(page, 'dataSource').getByRole('combobox').selectOption('moby-dick');
  await expect(panel(page, 'dataSource')).toContainText('1 file,');
  await panel(page, 'dataStages').getByText('Reading files').click();
  await panel(page, 'dataStages').locator('[data-field="source.pieceKib"] input').fill('16');
  await expect(async () => {
    await page.getByRole('button', { name: /^Prepare/ }).click();
    await page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const look = () => {
            const text = document.querySelector('[data-testid=data-phase]')?.textContent ?? '';
            if (!/^(Reading\. [1-9]|Done)/.test(text)) return;
            observer.disconnect();
            const keys = [...document.querySelectorAll('[data-panel=dataFlow] button')];
            keys.find((key): key is HTMLElement => key.textContent === 'Cancel')?.click();
            resolve();
          };
          const observer = new MutationObserver(look);
          observer.observe(document.body, { childList: true, subtree: true, characterData: true });
          look();
        }),
    );
    await expect(page.getByRole('button', { name: /^Prepare/ })).toBeVisible();
    await expect(page.getByTestId('stored-run')).toBeVisible({ timeout: 5_000 });
  }).toPass();
}

async function breakShard(page: Page, name: string): Promise<void> {
  await page.evaluate(async (shard) => {
    const root = await navigator.storage.getDirectory();
    const folder = await (await root.getDirectoryHandle('shards')).getDirectoryHandle('data-view');
    const writer = await (await folder.getFileHandle(shard)).createWritable({ keepExistingData: true });
    await writer.write({ type: 'write', position: 77, data: new Uint8Array([255]) });
    await writer.close();
  }, name);
}

test('drop files, watch, inspect a duplicate, train a tokenizer, train a model on the result', async ({
  page,
  checkAccessibility,
}, info) => {
  test.setTimeout(120_000);
  await openLab(page, 'view=data&lang=en&theme=light');
  // The view comes in a file of its own: a page that shows nothing yet takes no drop.
  await expect(panel(page, 'dataSource')).toBeVisible();
  await drop(page);
  await expect(panel(page, 'dataSource')).toContainText('5 files');
  await expect(panel(page, 'dataSource')).toContainText('Nothing leaves it');
  await page.locator('[data-stage=near-dedup] summary').click();
  await page.getByLabel('Similar from').fill('9');
  await expect(page.locator('[data-field="nearDedup.threshold"]')).toContainText('a number from 0 to 1');
  await page.getByLabel('Similar from').fill('0.75');
  // By keyboard: the focus is never lost as one key takes another's place.
  await page.getByRole('button', { name: 'Remove picture.png' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Remove all' })).toBeFocused();
  await drop(page);
  await page.getByRole('button', { name: 'Prepare' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Prepare again' })).toBeFocused();
  await expect(page.getByRole('status').filter({ hasText: /^Done\. \d+ documents/ })).toBeAttached();

  await expect(panel(page, 'dataFiles')).toContainText('It looks like a PNG picture.');
  const flow = panel(page, 'dataFlow').getByRole('application');
  await flow.focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
  await expect(flow).toHaveAttribute('aria-label', /Personal data: \d+ documents in/);
  await expect(panel(page, 'dataSamples').locator('ins').filter({ hasText: '<EMAIL>' })).toBeVisible();
  const svg = await saved(page, panel(page, 'dataFlow').getByRole('button', { name: 'Save as SVG' }));
  expect(await svgProblem(page, svg.bytes.toString())).toBe('');
  const csv = await saved(page, panel(page, 'dataDuplicates').getByRole('button', { name: 'Save as CSV' }));
  expect(csv.bytes.toString()).toContain('rows.jsonl');

  await expect(page.getByTestId('duplicate-count')).toHaveText('Documents with copies: 3.');
  const clusters = page.getByRole('listbox', { name: 'Documents with copies' });
  await clusters.focus();
  await page.keyboard.press('End');
  const pair = panel(page, 'dataDuplicates');
  await expect(pair.locator('del')).toHaveText('wind');
  await expect(pair.locator('ins')).toHaveText('breeze');
  await page.getByRole('button', { name: 'Keep this copy instead' }).click();
  await expect(panel(page, 'dataStages')).toContainText('Documents left out by hand: 1.');

  const map = panel(page, 'dataShards');
  await map.getByRole('application').focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('shard-said')).toContainText('Step 2: rank 0 reads row 0');
  await map
    .getByRole('button', { name: /tokens \d+ to/ })
    .first()
    .click();
  await expect(map).toContainText(/This document is read in step \d+ by rank 0/);
  await checkAccessibility();

  await page.getByRole('spinbutton', { name: 'Vocabulary' }).fill('300');
  await page.getByRole('button', { name: 'Train a tokenizer' }).click();
  const trained = page.getByTestId('trained-tokenizer').filter({ hasText: 'Byte-level BPE' });
  await expect(trained).toContainText('Byte-level BPE, 300 tokens', { timeout: 20_000 });
  await expect(trained).toContainText(/[1-9]\.\d{3} bytes a token on the training part; byte level has 1/);
  await expect(panel(page, 'tokenizerTraining').getByRole('listitem').first()).toContainText('+');
  await page.getByRole('textbox', { name: 'Text to tokenise' }).fill('the ship 海');
  await expect(page.getByTestId('tokens-1')).toContainText('12 tokens, 1 byte each, of a vocabulary of 256.');
  await expect(page.getByTestId('tokens-0')).toContainText('of a vocabulary of 300');
  const file = await saved(page, trained.getByRole('button', { name: 'Save tokenizer.json' }));
  expect(JSON.parse(file.bytes.toString())).toMatchObject({ model: { type: 'BPE' } });
  for (const [kind, name] of [
    ['wordpiece', 'WordPiece'],
    ['unigram', 'Unigram'],
  ] as const) {
    await panel(page, 'tokenizerTraining').getByLabel('Kind').selectOption(kind);
    await page.getByRole('button', { name: 'Train a tokenizer' }).click();
    const other = page.getByTestId('trained-tokenizer').filter({ hasText: name });
    await expect(other).toContainText(/[1-9]\.\d{3} bytes a token on the training part/);
    await expect(page.getByTestId('tokens-0')).toContainText('of a vocabulary of 300');
    const made = await saved(page, other.getByRole('button', { name: 'Save tokenizer.json' }));
    expect(JSON.parse(made.bytes.toString())).toMatchObject({ model: { type: name } });
  }
  await trained.getByRole('textbox', { name: 'Name' }).fill('Ship words');
  await trained.getByRole('textbox', { name: 'Name' }).press('Enter');
  await trained.getByRole('button', { name: 'Use it' }).click();
  await prepare(page);
  await expect(panel(page, 'dataVocabulary')).toContainText('of 300 tokens occur');
  await expect(panel(page, 'dataFlow')).not.toContainText('have changed since');

  await page.evaluate(() => {
    document.documentElement.dataset['theme'] = 'dark';
  });
  await checkAccessibility();
  await page.evaluate(() => {
    document.documentElement.dataset['theme'] = 'light';
  });
  await fitsEveryWidth(page, info, 'data');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole('button', { name: '中文' }).click();
  await expect(panel(page, 'dataShards')).toContainText('分片图');
  await page.getByRole('button', { name: 'EN', exact: true }).click();

  await page.getByRole('button', { name: 'Train on this' }).click();
  await expect(page).toHaveURL(/data\.corpus=shards/);
  await untilStep(page, 3);
  await expect(panel(page, 'data')).toContainText('300');
  await expect(phase(page)).not.toContainText('error');

  // The shards come back after a reload, and are trained on; a run that is interrupted is gone on with; a broken shard is named.
  await page.reload();
  await untilReady(page);
  await expect(panel(page, 'data')).toContainText('300');
  await page.keyboard.press('5');
  const stored = page.getByTestId('stored-run');
  await expect(stored).toContainText('Its 2 shards have their checksums.');
  await expect(page.getByTestId('data-phase')).toContainText('Done.');
  await expect(page.getByTestId('shard-said')).toContainText('Step 1: rank 0 reads row 0');
  // So do the tokenizers, by their names; what is removed can be taken back.
  await expect(page.getByTestId('trained-tokenizer')).toHaveCount(3);
  await expect(page.getByRole('region', { name: 'Ship words' })).toContainText('In use');
  await page.getByRole('button', { name: /^Remove WordPiece/ }).click();
  await expect(page.getByTestId('trained-tokenizer')).toHaveCount(2);
  await panel(page, 'tokenizerTraining').getByRole('button', { name: 'Take back' }).click();
  await expect(page.getByTestId('trained-tokenizer')).toHaveCount(3);
  await page.getByRole('button', { name: /^Remove Unigram/ }).click();
  await expect(panel(page, 'dataSource')).toContainText('Add it again to read it');
  await drop(page);
  await expect(pair.getByText(/On day \d+ the/).first()).toBeVisible();

  await interrupt(page);
  await expect(stored).toContainText(/moby-dick\.txt; begun .* of 1\.16 MiB had been read/);
  await checkAccessibility({ include: '[data-panel=dataFlow]' });
  await stored.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByTestId('data-phase')).toContainText('Done. 1.16 MiB of 1.16 MiB');
  await breakShard(page, 'train-00000.bin');
  await page.reload();
  await page.keyboard.press('5');
  await expect(page.getByTestId('trained-tokenizer')).toHaveCount(2);
  await expect(stored).toContainText('train-00000.bin is broken. Its checksum is another one.');
  await expect(page.getByRole('button', { name: 'Train on this' })).toBeDisabled();
  await checkAccessibility({ include: '[data-panel=dataFlow]' });
  await stored.getByRole('button', { name: 'Delete' }).click();
  await expect(stored).toHaveCount(0);
});
