// Trained tokenizers in the browser's own storage: a file each, with a checksum before what it says. A change is a new file, written whole before
// the old one goes, so that none is ever lost half-way. In a worker only.

import { LabError } from '../core/errors';
import { sha256 } from '../data/pipeline/shards/splitWriter';
import { storageRoot, subfolder, words, writeFile } from './opfsFiles';
import type { KeptTokenizer, KeptTokenizers } from './tokenizerProtocol';

const FOLDER = 'tokenizers';

/** @throws LabError `storage` */
export async function keepTokenizer(tokenizer: KeptTokenizer): Promise<void> {
  const folder = await openFolder();
  const told = JSON.stringify(tokenizer);
  const name = `${tokenizer.id}~${crypto.randomUUID()}`;
  const before = await namesIn(folder, tokenizer.id);
  await writeFile(folder, name, textBytes(`${await sha256(textBytes(told))}\n${Date.now()}\n${told}`));
  await remove(folder, before);
}

/** @throws LabError `storage` */
export async function keptTokenizers(): Promise<KeptTokenizers> {
  const folder = await openFolder();
  const newest = new Map<string, { readonly at: number; readonly tokenizer: KeptTokenizer }>();
  const broken: string[] = [];
  for (const name of await namesIn(folder)) {
    const [sum, at, told = ''] = (await (await (await folder.getFileHandle(name)).getFile()).text()).split('\n');
    if ((await sha256(textBytes(told))) !== sum) {
      broken.push(name);
      continue;
    }
    const tokenizer: KeptTokenizer = JSON.parse(told);
    // Two of one id are there where a page was closed between writing the new one and removing the old.
    if ((newest.get(tokenizer.id)?.at ?? 0) <= Number(at)) newest.set(tokenizer.id, { at: Number(at), tokenizer });
  }
  await remove(folder, broken);
  const tokenizers = [...newest.values()].map(({ tokenizer }) => tokenizer).sort((a, b) => a.madeAt - b.madeAt);
  return { tokenizers, broken: broken.length };
}

/** @throws LabError `storage` */
export async function forgetTokenizer(id: string): Promise<void> {
  const folder = await openFolder();
  await remove(folder, await namesIn(folder, id));
}

async function openFolder(): Promise<FileSystemDirectoryHandle> {
  return subfolder(await storageRoot(), FOLDER);
}

async function namesIn(folder: FileSystemDirectoryHandle, id?: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of folder.keys()) if (id === undefined || name.startsWith(`${id}~`)) names.push(name);
  return names;
}

async function remove(folder: FileSystemDirectoryHandle, names: readonly string[]): Promise<void> {
  for (const name of names) {
    try {
      await folder.removeEntry(name);
    } catch (cause) {
      // Another tab was faster.
      if (cause instanceof DOMException && cause.name === 'NotFoundError') continue;
      throw new LabError(
        { code: 'storage', message: 'A kept tokenizer could not be removed.', why: words(cause) },
        { cause },
      );
    }
  }
}

function textBytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
