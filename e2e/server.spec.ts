// The page's server: its headers, its types, and what it refuses. The rule itself is scripts/securityHeaders.mjs.

import { request as httpRequest } from 'node:http';
import { expect, test } from '@playwright/test';

test('every answer carries the security headers', async ({ request }) => {
  for (const path of ['/', '/favicon.svg', '/data/moby-dick.txt', '/not-there']) {
    const headers = (await request.get(path)).headers();
    expect(headers['content-security-policy'], path).toContain(
      "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
    );
    // WebAssembly may be compiled; text may not be evaluated, nor script or style stand in the page.
    expect(headers['content-security-policy'].replace("'wasm-unsafe-eval'", ''), path).not.toContain('unsafe');
    expect(headers['cross-origin-opener-policy'], path).toBe('same-origin');
    expect(headers['cross-origin-embedder-policy'], path).toBe('require-corp');
    expect(headers['x-content-type-options'], path).toBe('nosniff');
  }
});

test('files have their types, and what is not there is 404', async ({ request }) => {
  expect((await request.get('/')).headers()['content-type']).toContain('text/html');
  expect((await request.get('/favicon.svg')).headers()['content-type']).toBe('image/svg+xml');
  expect((await request.get('/not-there')).status()).toBe(404);
  expect((await request.post('/')).status()).toBe(405);
});

test('nothing outside the folder is served, nor to another host name', async ({ baseURL }) => {
  const { port } = new URL(baseURL ?? '');
  for (const path of ['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '/assets/../../package.json']) {
    expect(await rawStatus(port, path, 'localhost'), path).toBeGreaterThanOrEqual(400);
  }
  expect(await rawStatus(port, '/', 'evil.example')).toBe(421);
  expect(await rawStatus(port, '/', `localhost:${port}`)).toBe(200);
});

test('the page is isolated from other origins', async ({ page }) => {
  await page.goto('/');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
});

/** A request as written: clients tidy paths up before they send them. */
function rawStatus(port: string, path: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}
