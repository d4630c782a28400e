// The one copy of the rule for response headers: what every server of the page sends, in production and development.
// Plain data. No third party, no inline script; isolation so that workers get exact clocks and shared memory.

/**
 * @param {'built' | 'development'} mode development lets Vite's client insert style elements
 * @param {readonly string[]} hub hosts that this one script may talk to besides its own: the hub worker's alone
 * @returns {Record<string, string>}
 */
export function securityHeaders(mode, hub = []) {
  const policy = {
    'default-src': "'self'",
    // WebAssembly of the page's own adds gradients up four at a time (src/parallel/collectives/vectorSum.ts); no text is ever evaluated.
    'script-src': "'self' 'wasm-unsafe-eval'",
    'worker-src': "'self'",
    'style-src': mode === 'built' ? "'self'" : "'self' 'unsafe-inline'",
    'connect-src': ["'self'", ...hub].join(' '),
    'img-src': "'self' data: blob:",
    'object-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'self'",
  };
  return {
    'Content-Security-Policy': Object.entries(policy)
      .map(([directive, sources]) => `${directive} ${sources}`)
      .join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}

/** What Vite names the script of src/workers/hubWorker.ts. */
const HUB_WORKER = /^\/assets\/hubWorker-[\w-]+\.js$/;
const HUB_HOST =
  /^https:\/\/(\*\.)?[a-z\d-]+(\.[a-z\d-]+)*(:\d{1,5})?$|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/**
 * The hosts that a request for the hub worker's script asks for, as the person named them in the page; none for every other request. The page's
 * own policy stays as it is: only this worker, which downloads and does nothing else, may talk to them.
 * @param {import('node:http').IncomingMessage} request
 * @returns {readonly string[]}
 */
export function hubHosts(request) {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const dest = request.headers['sec-fetch-dest'] ?? 'worker';
  const site = request.headers['sec-fetch-site'] ?? 'same-origin';
  if (!HUB_WORKER.test(pathname) || dest !== 'worker' || site !== 'same-origin') return [];
  const hosts = (searchParams.get('hub') ?? '').split(' ').filter((host) => host !== '');
  return hosts.length <= 8 && hosts.every((host) => HUB_HOST.test(host)) ? hosts : [];
}
