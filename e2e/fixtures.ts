// What every product test stands on: a page that must stay free of errors and must not talk to anyone else.
// Specs import `test` and `expect` from here. A test may expect an error by name; nothing else is let through.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { test as base, expect } from './runLab';

interface LabFixtures {
  /** Nothing is remembered of an earlier visit; else the kernels that this adapter runs fastest are, which takes seconds to measure. */
  readonly firstVisit: boolean;
  /** Every console error, page error, policy violation and foreign request so far. The test fails if any is left. */
  readonly complaints: Complaints;
  /** Fails with a readable list where axe finds a violation of WCAG 2.2 A or AA. */
  readonly checkAccessibility: (what?: { include?: string }) => Promise<void>;
}

export class Complaints {
  readonly #texts: string[] = [];
  readonly #expected: RegExp[] = [];

  add(text: string): void {
    if (!this.#expected.some((pattern) => pattern.test(text))) this.#texts.push(text);
  }

  /** For tests of faults: complaints that match are part of the test. Call it before the fault. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  all(): readonly string[] {
    return this.#texts;
  }
}

export const test = base.extend<LabFixtures>({
  firstVisit: [false, { option: true }],
  storageState: async ({ firstVisit, measuredKernels }, use) => {
    await use(firstVisit ? undefined : measuredKernels);
  },
  complaints: [
    async ({ page, baseURL }, use) => {
      const complaints = new Complaints();
      listen(page, new URL(baseURL ?? '').origin, complaints);
      await use(complaints);
      expect(complaints.all(), 'console errors, page errors, policy violations and foreign requests').toEqual([]);
    },
    { auto: true },
  ],
  checkAccessibility: async ({ page }, use) => {
    await use(async (what = {}) => {
      // One frame, whose report needs no page of its own; of what is right, one example a rule is described.
      const axe = new AxeBuilder({ page })
        .options({ resultTypes: ['violations'] })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
        .setLegacyMode();
      if (what.include !== undefined) axe.include(what.include);
      const { violations, passes } = await axe.analyze();
      expect(passes.length, 'rules that axe could apply').toBeGreaterThan(0);
      const list = violations.map(
        ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
      );
      expect(list, 'accessibility violations').toEqual([]);
    });
  },
});

export { expect };

function listen(page: Page, origin: string, complaints: Complaints): void {
  // A policy violation is a console error too, so it needs no listener of its own.
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.add(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.add(`page error: ${error.message}`));
  page.on('crash', () => complaints.add('the page crashed'));
  page.context().on('request', (request) => {
    const { protocol, origin: target } = new URL(request.url());
    if (protocol !== 'data:' && protocol !== 'blob:' && target !== origin)
      complaints.add(`foreign request: ${request.url()}`);
  });
  page.context().on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // Leaving a page ends its requests; that is no fault.
    if (why !== 'net::ERR_ABORTED') complaints.add(`request failed: ${request.url()} ${why}`);
  });
}
