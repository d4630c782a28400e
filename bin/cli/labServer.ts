// Serves the built page to the command line's own browser, with two more routes: input files in, output files out.
// On loopback and for one command only. It reads no file that was not named, and writes into one folder only.

import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { answer, sendFile, startStaticServer } from '../../scripts/staticServer.mjs';
import type { InputFile } from '../../src/ui/automationApi';

export interface LabServer {
  readonly origin: string;
  /** Makes a file readable for the page. */
  addInput(path: string): InputFile;
  /** Lets the page write files into a folder; returns the prefix of their addresses. */
  openOutput(folder: string): string;
  close(): Promise<void>;
}

const outputPrefix = '/__output/';
/** Bytes of a file that may wait for the disk: a small allowance stops the socket at every piece of it. */
const WAITING_BYTES = 1 << 22;

export async function startLabServer(root: string): Promise<LabServer> {
  const inputs = new Map<string, string>();
  let outputFolder: string | null = null;
  const server = await startStaticServer({
    root,
    route(request, response, path) {
      const input = inputs.get(path);
      if (input !== undefined) {
        void sendFile(input, request, response);
        return true;
      }
      if (!path.startsWith(outputPrefix)) return false;
      void receive(request, response, path.slice(outputPrefix.length), outputFolder, server.origin);
      return true;
    },
  });
  return {
    origin: server.origin,
    addInput(path) {
      const name = basename(path);
      const route = `/__input/${inputs.size}/${name}`;
      inputs.set(route, path);
      return { name, url: encodeURI(route).replace(/[?#]/g, encodeURIComponent) };
    },
    openOutput(folder) {
      outputFolder = folder;
      return outputPrefix;
    },
    close: () => server.close(),
  };
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  folder: string | null,
  origin: string,
): Promise<void> {
  if (request.method !== 'POST' || request.headers.origin !== origin) return answer(response, 403, 'Not from here.');
  if (folder === null) return answer(response, 403, 'No output folder was named.');
  if (!/^(\w{1,40}\/)?\w[\w.-]{0,199}$/.test(name)) return answer(response, 400, `'${name}' is not a plain file name.`);
  const target = join(folder, name);
  const partial = `${target}.partial`;
  try {
    await mkdir(dirname(target), { recursive: true });
    // Renamed into place, so that a folder never holds half a file under its final name.
    await pipeline(request, createWriteStream(partial, { highWaterMark: WAITING_BYTES }));
    await rename(partial, target);
    response.statusCode = 204;
    response.end();
  } catch (error) {
    await rm(partial, { force: true });
    answer(response, 507, error instanceof Error ? error.message : String(error));
  }
}
