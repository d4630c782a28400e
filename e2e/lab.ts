// The page as its specs speak of it: open with a set-up that a software adapter trains in moments, wait, read the counter.
// No expectations of a story here, only of getting there.

import type { Locator, Page, TestInfo } from '@playwright/test';
import { expect } from './fixtures';
import { tinySettings } from './tinySettings';

export async function openLab(page: Page, extra = 'lang=en&theme=light', settings = tinySettings): Promise<void> {
  await page.goto(`/#${settings}&${extra}`);
}

export async function untilReady(page: Page): Promise<void> {
  await expect(phase(page)).toContainText(/Ready|就绪/);
}

export function phase(page: Page): Locator {
  return page.getByTestId('phase');
}

export function transport(page: Page): Locator {
  return page.locator('section[data-state]');
}

/** The big key: train, resume or pause. */
export function playKey(page: Page): Locator {
  return transport(page).getByRole('button', { name: /^(Train|Resume|Pause|训练|继续|暂停)$/ });
}

export async function steps(page: Page): Promise<number> {
  return Number(await page.getByTestId('step-counter').textContent());
}

export async function untilStep(page: Page, step: number): Promise<void> {
  await expect.poll(() => steps(page)).toBeGreaterThanOrEqual(step);
}

export async function pause(page: Page): Promise<void> {
  await playKey(page).click();
  await expect(transport(page)).toHaveAttribute('data-state', 'paused');
}

/** The page as it stands at desk, tablet and telephone width: nothing scrolls sideways, and a picture of each goes with the report. */
export async function fitsEveryWidth(page: Page, info: TestInfo, name: string): Promise<void> {
  for (const width of [1440, 900, 390]) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
    // Charts follow the width a frame later.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, `sideways scrolling at ${width} px`).toBeLessThanOrEqual(0);
    const path = info.outputPath(`${name}-${width}.png`);
    await page.screenshot({ path, fullPage: true });
    await info.attach(`${name}-${width}`, { path, contentType: 'image/png' });
  }
}
