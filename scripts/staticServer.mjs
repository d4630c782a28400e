// A small static server for the built page, on loopback only: `npm start`, the command line and the e2e tests share it.
// Plain JavaScript (type-checked through JSDoc). It knows nothing of what the page does; a caller may add routes.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';
import { hubHosts, securityHeaders } from './securityHeaders.mjs';

/** Bytes that are read at a time: a turn of the event loop for each 64 KiB costs more than the reading. */
const READ_BYTES = 1 << 20;

/** @type {Readonly<Record<string, string>>} */
const contentTypes = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/**
 * A route of the caller's own; answers true when it took the request.
 * @typedef {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse, path: string) => boolean} Route
 */

/**
 * @typedef {object} StaticServer
 * @property {string} origin such as http://127.0.0.1:8080
 * @property {() => Promise<void>} close ends open connections too
 */

/**
 * @param {{ root: string, port?: number, route?: Route }} options port 0, the default, takes a free one
 * @returns {Promise<StaticServer>}
 */
export async function startStaticServer({ root, port = 0, route }) {
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(securityHeaders('built'))) response.setHeader(name, value);
    // Another site's page could otherwise reach this server under a name of its own (DNS rebinding).
    if (!isLoopbackHost(request.headers.host)) return answer(response, 421, 'This server answers to localhost only.');
    const path = requestPath(request.url);
    if (path === undefined) return answer(response, 400, 'This address cannot be read.');
    const hub = hubHosts(request);
    if (hub.length > 0) {
      for (const [name, value] of Object.entries(securityHeaders('built', hub))) response.setHeader(name, value);
    }
    if (route?.(request, response, path)) return;
    void serveFile(root, path, request, response);
  });
  await /** @type {Promise<void>} */ (
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    })
  );
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server got no TCP port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Sends one file with its type and size.
 * @param {string} file
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
export async function sendFile(file, request, response) {
  const facts = await stat(file).catch(() => undefined);
  if (!facts?.isFile()) return answer(response, 404, 'There is nothing here.');
  response.setHeader('Content-Type', contentTypes[extname(file)] ?? 'application/octet-stream');
  response.setHeader('Content-Length', facts.size);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  createReadStream(file, { highWaterMark: READ_BYTES })
    .on('error', () => response.destroy())
    .pipe(response);
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {string} text
 */
export function answer(response, status, text) {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${text}\n`);
}

/**
 * @param {string} root
 * @param {string} path
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function serveFile(root, path, request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'Only GET and HEAD here.');
  const file = join(root, path.endsWith('/') ? `${path}index.html` : path);
  if (!file.startsWith(root + sep)) return answer(response, 404, 'There is nothing here.');
  // Vite names what it builds by content; the rest may change under its name.
  const immutable = path.startsWith('/assets/');
  response.setHeader('Cache-Control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  await sendFile(file, request, response);
}

/**
 * The decoded path, or undefined where it is malformed or climbs.
 * @param {string | undefined} url
 */
function requestPath(url) {
  try {
    const path = decodeURIComponent(new URL(url ?? '/', 'http://localhost').pathname);
    return path.includes('\0') || path.split(/[\\/]/).includes('..') ? undefined : path;
  } catch {
    return undefined;
  }
}

/** @param {string | undefined} host */
function isLoopbackHost(host) {
  return host !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host);
}
