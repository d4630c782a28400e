#!/usr/bin/env node
// Starts the command line from dist/cli/, building dist/ first where it is missing and Vite is installed.
// It parses nothing: bin/cli/main.ts does. On an offline machine only Node, Playwright and dist/ are needed.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(projectRoot, 'dist');
const program = join(dist, 'cli/main.js');

if (!existsSync(program) || !existsSync(join(dist, 'index.html'))) await buildOrGiveUp();
const { main } = await import(pathToFileURL(program).href);
// A reader that went away (`| head`) wants no more.
process.stdout.on('error', () => process.exit(1));
// npm runs scripts in the project's root; names of files mean the folder that the person is in.
if (process.env['npm_lifecycle_event'] === 'lab') process.chdir(process.env['INIT_CWD'] ?? '.');
process.exitCode = await main(process.argv.slice(2), { root: dist });
// Everything is closed by now; a browser that does not let go must not keep the shell waiting.
setTimeout(() => process.exit(), 3_000).unref();

async function buildOrGiveUp() {
  if (!existsSync(join(projectRoot, 'node_modules/vite'))) {
    console.error('dist/ is missing and Vite is not installed: run `npm start` or `npm ci && npm run build` first.');
    process.exit(1);
  }
  console.error('Building dist/ first ...');
  const { buildAll } = await import('../scripts/build.mjs');
  await buildAll({ quiet: true });
}
