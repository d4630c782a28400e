// What a run stands on: the lab's own static server with the built peers added under /bench/, and its own choice of
// Chromium and flags. Nothing here knows what is measured.

import { join, sep } from 'node:path';
import { chromium } from 'playwright';
import { chromiumFlags, findChromium, installAdvice } from '../scripts/chromium.mjs';
import { answer, sendFile, startStaticServer } from '../scripts/staticServer.mjs';

export function serve({ lab, peers }) {
  const route = (request, response, path) => {
    if (!path.startsWith('/bench/')) return false;
    // The lab's content policy is the lab's: jax-js compiles WebAssembly and starts its threads from blobs.
    response.removeHeader('Content-Security-Policy');
    response.setHeader('Cache-Control', 'no-store');
    const name = path.slice('/bench/'.length);
    const file = join(peers, name === '' ? 'index.html' : name);
    if (file.startsWith(peers + sep)) void sendFile(file, request, response);
    else answer(response, 404, 'There is nothing here.');
    return true;
  };
  return startStaticServer({ root: lab, route });
}

export async function launch() {
  const executablePath = await findChromium();
  if (executablePath === undefined) throw new Error(installAdvice);
  return chromium.launch({ executablePath, args: chromiumFlags('hardware') });
}
