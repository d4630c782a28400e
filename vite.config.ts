// How the page is built and served in development. Tests have vitest.config.ts; the command line is scripts/build.mjs.

import { defineConfig, type Plugin } from 'vite';
import { copyCorpora } from './scripts/corpora.mjs';
import { securityHeaders } from './scripts/securityHeaders.mjs';

const corpora: Plugin = {
  name: 'corpora',
  async config() {
    const written = await copyCorpora();
    if (written !== undefined) console.error(written);
  },
};

export default defineConfig({
  plugins: [corpora],
  server: { headers: securityHeaders('development') },
  preview: { headers: securityHeaders('built') },
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    // Every asset is a file: the content security policy admits no inline fonts or scripts.
    assetsInlineLimit: 0,
    sourcemap: true,
    // "use client" means nothing in a page that has no server part.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
