// Test projects: `unit` and `unit-ui` in Node (src/**/*.test.ts) and `gpu` in Chromium (src/**/*.gpu.test.ts).
// The GPU project takes a software adapter unless LAB_CHROMIUM_ARGS says otherwise; a test with no adapter fails.

import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumFlags, findChromium, installAdvice } from './scripts/chromium.mjs';
import { copyCorpora } from './scripts/corpora.mjs';

await copyCorpora();
const executablePath = await findChromium();
if (executablePath === undefined) throw new Error(installAdvice);

// As with the GPU's: they end what hangs, on a machine that others use too.
const nodeTests = {
  environment: 'node',
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Left to itself, Vitest keeps a core free: one of two.
  maxWorkers: '100%',
} as const;

export default defineConfig({
  test: {
    // A project without tests fails: green must mean that something was checked.
    passWithNoTests: false,
    projects: [
      {
        test: {
          ...nodeTests,
          name: 'unit',
          include: ['src/**/*.test.ts', 'bin/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['**/*.gpu.test.ts', 'src/ui/**'],
          // What these import keeps no state of its own, so that a thread may read it once for all its files: a third less processor time.
          pool: 'threads',
          isolate: false,
        },
      },
      // The page's stores are state: each file has them anew.
      { test: { ...nodeTests, name: 'unit-ui', include: ['src/ui/**/*.test.{ts,tsx}'] } },
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
