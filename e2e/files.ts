// Files that the page hands out, as a person gets them: by a button and a download.

import { readFile } from 'node:fs/promises';
import type { Download, Locator, Page } from '@playwright/test';

export async function saved(page: Page, button: Locator): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const waiting: Promise<Download> = page.waitForEvent('download');
  await button.click();
  const download = await waiting;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** What the browser's own parser says of the file. */
export async function svgProblem(page: Page, text: string): Promise<string> {
  return page.evaluate((source) => {
    const parsed = new DOMParser().parseFromString(source, 'image/svg+xml');
    const root = parsed.documentElement;
    if (root.localName !== 'svg')
      return `not SVG: ${parsed.querySelector('parsererror')?.textContent ?? root.localName}`;
    for (const name of ['width', 'height', 'viewBox']) if (!root.hasAttribute(name)) return `no ${name}`;
    if (/var\(|oklch|light-dark|class=/.test(source)) return 'it still needs the page';
    return '';
  }, text);
}
