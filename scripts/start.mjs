// `npm start`: installs what is missing, builds the page and serves it on this computer.
// It ends on Ctrl-C. Nothing but loopback is listened on.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensurePackages, projectRoot } from './install.mjs';
import { startStaticServer } from './staticServer.mjs';

const wantedPort = Number(process.env['PORT'] ?? 8080);

ensurePackages();
const { buildAll } = await import('./build.mjs');
await buildAll();

const server = await serve();
console.log(`\nShardlab is open at ${server.origin}/\nIt needs a browser with WebGPU. Ctrl-C stops it.`);
openBrowser(`${server.origin}/`);
process.once('SIGINT', stop);
process.once('SIGTERM', stop);

async function serve() {
  const root = join(projectRoot, 'dist');
  try {
    return await startStaticServer({ root, port: wantedPort });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    console.log(`Port ${wantedPort} is taken; taking a free one.`);
    return startStaticServer({ root });
  }
}

function stop() {
  void server.close().then(() => process.exit(0));
}

/** @param {string} url */
function openBrowser(url) {
  if (process.env['CI'] !== undefined || process.env['BROWSER'] === 'none') return;
  const hasDisplay = process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'];
  if (!hasDisplay) return;
  /** @type {Readonly<Record<string, readonly [string, ...string[]]>>} */
  const openers = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] };
  const [command, ...prefix] = openers[process.platform] ?? ['xdg-open'];
  // No opener is no failure: the address stands on the screen.
  spawn(command, [...prefix, url], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
