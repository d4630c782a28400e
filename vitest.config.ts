// Two test projects: `unit` in Node (src/**/*.test.ts) and `gpu` in Chromium (src/**/*.gpu.test.ts).
// The GPU project takes a software adapter unless LAB_CHROMIUM_ARGS says otherwise; a test with no adapter fails.

import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumFlags, findChromium, installAdvice } from './scripts/chromium.mjs';
import { copyCorpora } from './scripts/corpora.mjs';

await copyCorpora();
const executablePath = await findChromium();
if (executablePath === undefined) throw new Error(installAdvice);

export default defineConfig({
  test: {
    // A project without tests fails: green must mean that something was checked.
    passWithNoTests: false,
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src/**/*.test.{ts,tsx}', 'bin/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['**/*.gpu.test.ts'],
          // As below: it ends what hangs, on a machine that others use too.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Found at start, so that no reload cuts a test file in two.
        optimizeDeps: { include: ['valibot', 'comlink', '@huggingface/tokenizers'] },
        test: {
          name: 'gpu',
          include: ['src/**/*.gpu.test.ts'],
          // One device at a time: software adapters use every core already, and memory is asserted on.
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          browser: {
            enabled: true,
            headless: true,
            ui: false,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath, args: chromiumFlags('software') } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
