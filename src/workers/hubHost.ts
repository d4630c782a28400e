// Downloads from a hub in a worker of its own, the only one whose content security policy admits another host: the one that it was started for.

import { transfer } from 'comlink';
import { LabError } from '../core/errors';
import { downloadModel } from '../interop/hub/downloadModel';
import { parseHubBase, parseRepository } from '../interop/hub/hubAddress';
import { pause } from '../interop/hub/hubRequest';
import { forgetDownloads, openDownloads } from './opfsDownloads';
import type { HubApi } from './protocol';

const SILENCE_MS = 30_000;
/** The page is told at most so often. */
const PROGRESS_MS = 100;

let current: AbortController | null = null;

export const hubApi: HubApi = {
  async download(hub, model, onProgress) {
    if (current !== null) throw new LabError({ code: 'internal', message: 'A download is under way already.' });
    const own = new AbortController();
    current = own;
    try {
      const base = parseHubBase(hub);
      let told = 0;
      const files = await downloadModel(
        {
          base,
          repository: parseRepository(model, base),
          store: await openDownloads(),
          connection: { fetch: (url, init) => fetch(url, init), signal: own.signal, silenceMs: SILENCE_MS, pause },
        },
        (progress) => {
          const now = performance.now();
          if (now - told < PROGRESS_MS && progress.bytes < progress.totalBytes) return;
          told = now;
          onProgress(progress);
        },
      );
      return transfer(
        files,
        files.map(({ bytes }) => bytes.buffer).filter((buffer) => buffer instanceof ArrayBuffer),
      );
    } finally {
      current = null;
    }
  },

  async cancel() {
    current?.abort();
  },

  forget: forgetDownloads,
};
