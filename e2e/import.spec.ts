// Models from outside, as a person brings them: a folder, files, a drop, a hub. What is wrong with them is said while the page goes on; what is
// right trains, and leaves again byte for byte.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import type { NamedFile } from '../src/core/records';
import { cutInHalf, startMockHub } from '../src/testing/mockHub';
import { saved } from './files';
import { expect, test } from './fixtures';
import { openLab, playKey, transport, untilReady, untilStep } from './lab';
import { characters, dropFiles, modelFolder, tokenizer } from './modelFolders';

const text = (name: string, content: string): NamedFile => ({ name, bytes: new TextEncoder().encode(content) });
const replaced = (files: readonly NamedFile[], ...others: readonly NamedFile[]): readonly NamedFile[] => [
  ...files.filter(({ name }) => !others.some((other) => other.name === name)),
  ...others,
];

let folder = '';
test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shardlab-import-'));
});
test.afterEach(() => rm(folder, { recursive: true, force: true }));

async function onDisk(name: string, files: readonly NamedFile[]): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  for (const file of files) await writeFile(join(path, file.name), file.bytes);
  return path;
}

/** Through the page's own button and the system's dialogue. */
async function choose(page: Page, button: 'Choose a folder' | 'Choose files', paths: string | string[]): Promise<void> {
  const asked = page.waitForEvent('filechooser');
  await panel(page).getByRole('button', { name: button }).click();
  await (await asked).setFiles(paths);
}

function panel(page: Page): Locator {
  return page.locator('[data-panel=start]');
}

/** The longest time between two frames of the page while `work` goes on, milliseconds. */
async function longestFrame(page: Page, work: () => Promise<void>): Promise<number> {
  await page.evaluate(() => {
    const watch = { last: performance.now(), longest: 0, on: true };
    Object.assign(globalThis, { watch });
    const frame = () => {
      const now = performance.now();
      watch.longest = Math.max(watch.longest, now - watch.last);
      watch.last = now;
      if (watch.on) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await work();
  return page.evaluate(() => {
    const { watch } = Object.assign({ watch: { longest: Number.NaN, on: true } }, globalThis);
    watch.on = false;
    return watch.longest;
  });
}

test('a folder begins a run and leaves byte for byte; what is wrong is said while the page goes on', async ({
  page,
  checkAccessibility,
}) => {
  await openLab(page);
  const files = modelFolder();
  await choose(page, 'Choose a folder', await onDisk('tiny', replaced(files, text('notes.md', '# hi'))));
  const loaded = page.getByTestId('starting-model');
  await expect(loaded).toContainText('tiny, GPT2LMHeadModel');
  await expect(loaded).toContainText('parameters in F32');
  await expect(loaded).toContainText(`BPE tokenizer of ${characters.length} tokens, from tokenizer.json`);
  await expect(loaded).toContainText('Training begins with these weights.');
  await untilReady(page);
  const weights = files.find(({ name }) => name === 'model.safetensors')?.bytes ?? [];
  // client-zip stores files as they are.
  const zip = await saved(page, page.getByRole('button', { name: 'Model folder' }));
  expect(zip.bytes.includes(Buffer.from(weights))).toBe(true);
  expect(zip.bytes.includes('library_name: transformers')).toBe(true);
  await playKey(page).click();
  await untilStep(page, 3);

  // Row 49: a pattern without an end; row 38: a million names. Each in its worker, while the page draws and trains.
  const pattern = { type: 'Split', pattern: { Regex: '(?:a+)+$' }, behavior: 'Isolated', invert: false };
  const endless = { ...JSON.parse(tokenizer), pre_tokenizer: pattern };
  const names = `{${Array.from({ length: 1_000_000 }, (_, i) => `"${i}":0`).join(',')}}`;
  const header = new Uint8Array(8 + names.length);
  new DataView(header.buffer).setBigUint64(0, BigInt(names.length), true);
  header.set(new TextEncoder().encode(names), 8);
  const alert = panel(page).getByRole('alert');
  for (const [i, [bad, words]] of (
    [
      [text('tokenizer.json', JSON.stringify(endless)), 'did not come to an end with a line of text within 2 s'],
      [{ name: 'model.safetensors', bytes: header }, 'more than 200000 names and elements'],
      [text('model.safetensors', 'PK\u0003\u0004 a pickle in a zip'), 'never opened'],
    ] as const
  ).entries()) {
    const path = await onDisk(`bad-${i}`, replaced(files, bad));
    const paths = replaced(files, bad).map(({ name }) => join(path, name));
    const longest = await longestFrame(page, async () => {
      await choose(page, 'Choose files', paths);
      await expect(alert).toContainText(words);
    });
    // Under load; a page that waits for the import would stand for seconds.
    expect(longest, words).toBeLessThan(2_000);
  }
  await untilStep(page, 10);
  await expect(loaded).toContainText('tiny');

  // Row 44: not finite, so it waits for a yes.
  await choose(page, 'Choose a folder', await onDisk('spoilt', modelFolder({}, Number.NaN)));
  await expect(alert).toContainText(/weights are NaN or infinite/);
  await expect(loaded).toContainText('tiny');
  await alert.getByRole('button', { name: 'Use them all the same' }).click();
  await expect(loaded).toContainText('spoilt');

  // A drop, of shards in BF16; then a setting that no longer fits them.
  const shards = modelFolder({ dtype: 'BF16', maxShardBytes: 4_000 });
  await dropFiles(page, shards);
  await expect(loaded).toContainText('parameters in BF16');
  await page.getByLabel('Layers', { exact: true }).fill('2');
  await page.keyboard.press('Enter');
  await expect(loaded).toContainText('training begins with random weights');
  await loaded.getByRole('button', { name: 'Settings of the folder' }).click();
  await expect(loaded).toContainText('Training begins with these weights.');
  await checkAccessibility({ include: '[data-panel=start]' });
  await loaded.getByRole('button', { name: 'Begin with random weights' }).click();
  await expect(loaded).toHaveCount(0);
});

test('a hub is off until it is turned on, sends a model over a broken connection, and nobody else is asked', async ({
  page,
  complaints,
}) => {
  const files = modelFolder({ maxShardBytes: 8_000 });
  const contents = new Map(files.map(({ name, bytes }) => [name, bytes]));
  const hub = await startMockHub('owner/tiny', contents);
  const other = await startMockHub('owner/tiny', contents);
  try {
    await openLab(page);
    await untilReady(page);
    await panel(page).getByText('From a model hub').click();
    await expect(panel(page)).toContainText('Off: this page talks to nobody.');
    const base = panel(page).getByLabel('Hub');
    await base.fill('http://example.com');
    await panel(page).getByRole('button', { name: 'Allow downloads from this hub' }).click();
    await expect(panel(page).getByRole('alert')).toContainText('begins with https://');
    expect(hub.requests).toEqual([]);

    complaints.expect(new RegExp(`^foreign request: ${hub.origin}/`));
    complaints.expect(new RegExp(`^request failed: ${hub.origin}/`));
    complaints.expect(
      /ERR_CONTENT_LENGTH_MISMATCH|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED|Failed to load resource/,
    );
    await base.fill(hub.origin);
    await panel(page).getByRole('button', { name: 'Allow downloads from this hub' }).click();
    await expect(panel(page)).toContainText(`downloads may come from ${hub.origin}.`);
    const model = panel(page).getByLabel('Model');
    const first = [...contents.keys()].find((name) => name.endsWith('.safetensors')) ?? '';
    hub.faults.set(first, (request, response, count) => {
      if (count === 1) cutInHalf(request, response, contents.get(first) ?? new Uint8Array());
      return count === 1;
    });
    await model.fill('owner/tiny');
    await panel(page).getByRole('button', { name: 'Download' }).click();
    const loaded = page.getByTestId('starting-model');
    await expect(loaded).toContainText('owner/tiny, GPT2LMHeadModel');
    await expect(loaded).toContainText('Training begins with these weights.');
    expect(hub.requests.filter((line) => line.startsWith(`${first} bytes=`))).toHaveLength(1);
    await untilReady(page);
    await expect(transport(page)).toHaveAttribute('data-state', 'ready');

    // What is kept does not come twice; a host that was not named is not asked, even where the hub sends us there.
    const before = [...hub.requests];
    await loaded.getByRole('button', { name: 'Begin with random weights' }).click();
    await expect(loaded).toHaveCount(0);
    await panel(page).getByRole('button', { name: 'Download' }).click();
    await expect(loaded).toContainText('owner/tiny, GPT2LMHeadModel');
    expect(hub.requests).toEqual(before);
    complaints.expect(/Content Security Policy/);
    complaints.expect(new RegExp(`^(foreign request|request failed): ${other.origin}/`));
    hub.faults.set('list', (_, response) => {
      response.writeHead(302, { Location: `${other.origin}/api/models/owner/tiny/tree/main` }).end();
      return true;
    });
    await panel(page).getByRole('button', { name: 'Download' }).click();
    await expect(panel(page).getByRole('alert')).toContainText('could not be downloaded, 4 times in a row');
    expect(other.lists).toBe(0);
    await panel(page).getByRole('button', { name: 'Remove them' }).click();
    await panel(page).getByRole('button', { name: 'Turn off' }).click();
    await expect(panel(page)).toContainText('Off: this page talks to nobody.');
  } finally {
    await hub.close();
    await other.close();
  }
});
