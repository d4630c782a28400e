// The one copy of the rule for response headers: what every server of the page sends, in production and development.
// Plain data. No third party, no inline script; isolation so that workers get exact clocks and shared memory.

/**
 * @param {'built' | 'development'} mode development lets Vite's client insert style elements
 * @returns {Record<string, string>}
 */
export function securityHeaders(mode) {
  const policy = {
    'default-src': "'self'",
    // WebAssembly of the page's own adds gradients up four at a time (src/parallel/collectives/vectorSum.ts); no text is ever evaluated.
    'script-src': "'self' 'wasm-unsafe-eval'",
    'worker-src': "'self'",
    'style-src': mode === 'built' ? "'self'" : "'self' 'unsafe-inline'",
    'connect-src': "'self'",
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
