// Builds dist/: the page (index.html and assets) and, in dist/cli/, the command line.
// `node scripts/build.mjs` builds both; other scripts import the parts. It serves and starts nothing.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { projectRoot } from './install.mjs';

/** @param {{ quiet?: boolean }} [options] */
export async function buildAll({ quiet = false } = {}) {
  const logLevel = quiet ? 'warn' : 'info';
  await build({ root: projectRoot, configFile: join(projectRoot, 'vite.config.ts'), logLevel });
  await buildCommandLine(logLevel);
}

/** @param {'info' | 'warn'} logLevel */
export async function buildCommandLine(logLevel) {
  const outDir = join(projectRoot, 'dist/cli');
  await rm(outDir, { recursive: true, force: true });
  await build({
    root: projectRoot,
    configFile: false,
    publicDir: false,
    logLevel,
    // Packages are built in, so that an offline machine needs none of them ...
    ssr: { noExternal: true },
    build: {
      ssr: join(projectRoot, 'bin/cli/main.ts'),
      outDir,
      target: 'node20',
      minify: false,
      // ... but Playwright, which it has in node_modules.
      rolldownOptions: { external: [/^playwright/], output: { entryFileNames: 'main.js' } },
    },
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await buildAll();
