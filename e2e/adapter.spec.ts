// The product tests' own ground: the page's origin has a WebGPU adapter, in the page and in a worker's scope of it.
// If this fails, no product test that trains means anything. The adapter's name goes into the report. The command line, started as a person
// starts it, finds one in a browser of its own.

import { expect, test } from './fixtures';
import { startLab } from './runLab';

test('the built page comes up and has an adapter', async ({ page }) => {
  await page.goto('/');
  const name = await page.evaluate(async () => {
    const adapter = await navigator.gpu.requestAdapter();
    if (adapter === null) return null;
    const { vendor, architecture, isFallbackAdapter } = adapter.info;
    return `${vendor} ${architecture}${isFallbackAdapter ? ' (software)' : ''}`;
  });
  expect(name, 'no WebGPU adapter: product tests cannot run, and must not pass').not.toBeNull();
  test.info().annotations.push({ type: 'adapter', description: name ?? '' });
});

test('lab trains in a process and a browser of its own', async () => {
  const { status, lines, last } = await startLab('train', 'primer-tiny', '--steps', '2');
  expect(status).toBe(0);
  expect(lines.filter(({ event }) => event === 'step').map(({ step }) => step)).toEqual([1, 2]);
  expect(last).toMatchObject({ event: 'done', ok: true, adapter: expect.stringMatching(/\w/) });
});
