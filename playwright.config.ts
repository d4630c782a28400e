// The product tests: the built page in Chromium, behind the same server and headers as `npm start`.
// One worker and no retries: a test that passes the second time has failed. Software adapter unless LAB_CHROMIUM_ARGS.

import { defineConfig } from '@playwright/test';
import { chromiumFlags, findChromium, installAdvice } from './scripts/chromium.mjs';

const executablePath = await findChromium();
if (executablePath === undefined) throw new Error(installAdvice);
const port = Number(process.env['LAB_E2E_PORT'] ?? 4173);

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  workers: 1,
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  // Far above what a quiet machine needs: these end what hangs, they do not judge how fast a shared machine is today.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    browserName: 'chromium',
    screenshot: 'only-on-failure',
    trace: 'off',
    actionTimeout: 60_000,
    launchOptions: { executablePath, args: chromiumFlags('software') },
  },
  webServer: {
    command: 'node scripts/serve.mjs',
    env: { PORT: String(port) },
    url: `http://127.0.0.1:${port}/`,
    // Never somebody else's page: a server that is there already may serve another build.
    reuseExistingServer: false,
    timeout: 30_000,
  },
});
