// One static bundle of all peers, served under /bench/ beside the built lab.
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';

const jax = JSON.parse(readFileSync(new URL('./node_modules/@jax-js/jax/package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export default defineConfig({
  base: '/bench/',
  define: { JAX_VERSION: JSON.stringify(jax.version) },
  build: { target: 'es2023', outDir: 'dist', emptyOutDir: true, chunkSizeWarningLimit: 4000 },
});
