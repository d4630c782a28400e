// Finds the files that a command names, and refuses early and plainly what is not there.
// It reads names and one JSON file; bytes of models go straight from disk to the page.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UsageError } from './usage/commandSpec';

/** The files of a model folder that say what the model is; others in it (test data, notes) stay where they are. */
export const modelFileNames =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|shards|adapter_config)\.json$|^(merges|vocab)\.txt$|^README\.md$|^(adapter_)?model.*\.safetensors(\.index\.json)?$/;

/** Absolute paths of a folder's own files whose names are wanted. @throws UsageError */
export async function filesOf(folder: string, wanted: RegExp, needed: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new UsageError(`${folder} is not a folder that can be read: ${reason(error)}`);
  });
  const names = entries.filter((entry) => !entry.isDirectory() && wanted.test(entry.name)).map((entry) => entry.name);
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new UsageError(`${folder} has no ${missing.join(', no ')}`);
  return names.sort().map((name) => resolve(join(folder, name)));
}

/** @throws UsageError */
export async function existingFile(path: string): Promise<string> {
  const facts = await stat(path).catch(() => undefined);
  if (!facts?.isFile()) throw new UsageError(`${path} is not a file`);
  return resolve(path);
}

/** The value in a JSON file, or undefined where there is no such file. @throws UsageError */
export async function jsonFile(path: string): Promise<{ readonly value: unknown } | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (reason(error) === 'ENOENT') return undefined;
    throw new UsageError(`${path} cannot be read: ${reason(error)}`);
  });
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** An empty folder to write into, as an absolute path; made where it is not there. @throws UsageError */
export async function outputFolder(path: string, force: boolean): Promise<string> {
  const entries = await readdir(path).catch((error: unknown) => {
    if (reason(error) === 'ENOENT') return [];
    throw new UsageError(`--out ${path} cannot be used: ${reason(error)}`);
  });
  if (entries.length > 0 && !force) {
    throw new UsageError(`--out ${path} is not empty (${entries.length} entries); --force writes into it all the same`);
  }
  return resolve(path);
}

function reason(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
