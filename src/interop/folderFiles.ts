// The files of a Hugging Face folder by name: its texts as UTF-8, its weights from one safetensors file or from shards. Whatever else
// holds weights is named and never opened. It must not know which model the folder holds.

import { LabError } from '../core/errors';
import type { NamedFile } from '../core/records';
import { readRankShards, SHARDS_FILE } from './rankShards';
import { readSafetensors, type SafeTensor } from './safetensors';
import { readShardIndex } from './shardIndex';
import { foreignFile } from './weightFileKind';

export type FolderFiles = ReadonlyMap<string, Uint8Array>;

const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/** @throws LabError `model.unsupported` where two files have one name: they are of two folders */
export function folderFiles(files: readonly NamedFile[]): FolderFiles {
  const byName = new Map<string, Uint8Array>();
  for (const { name, bytes } of files) {
    if (byName.has(name)) {
      throw new LabError({
        code: 'model.unsupported',
        message: `There are two files named ${name}.`,
        advice: 'Choose the files of one folder.',
      });
    }
    byName.set(name, bytes);
  }
  return byName;
}

/** @throws LabError `config.invalid` where the file is not UTF-8; null where there is none */
export function folderText(files: FolderFiles, name: string): string | null {
  const bytes = files.get(name);
  if (bytes === undefined) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new LabError(
      { code: 'config.invalid', message: `${name} is not UTF-8 text.`, why: `${bytes.byteLength} bytes` },
      { cause },
    );
  }
}

/** @throws LabError `model.unsupported` where there is none, `config.invalid` where it is not UTF-8 */
export function requiredText(files: FolderFiles, name: string): string {
  const text = folderText(files, name);
  if (text !== null) return text;
  throw new LabError({
    code: 'model.unsupported',
    message: `The folder has no ${name}.`,
    why: contents(files),
    advice: 'Choose all files of a Hugging Face model folder.',
  });
}

/**
 * The tensors of model.safetensors, or else of the shards that its index names, or of what the ranks of a mesh held.
 * @param skip names of tensors to check but leave out, whatever their dtype
 * @throws LabError `safetensors.invalid`; `model.unsupported` where there are none, and what there is instead
 */
export function readFolderWeights(
  files: FolderFiles,
  skip: (name: string) => boolean,
): ReadonlyMap<string, SafeTensor> {
  const single = files.get(WEIGHTS);
  if (single !== undefined) return readSafetensors(single, { skip }).tensors;
  const index = folderText(files, INDEX);
  if (index !== null) return readShardIndex(index, files, skip);
  const ranks = folderText(files, SHARDS_FILE);
  if (ranks !== null) return readRankShards(ranks, files);
  for (const [name, bytes] of files) {
    const foreign = /\.(bin|pt|pth|gguf|h5|msgpack|ckpt|zip)$/i.test(name) ? foreignFile(bytes) : null;
    if (foreign !== null) {
      throw new LabError({
        code: 'model.unsupported',
        message: `${name} is ${foreign.kind}; the folder has no ${WEIGHTS}.`,
        advice: foreign.advice,
      });
    }
  }
  throw new LabError({
    code: 'model.unsupported',
    message: `The folder has neither ${WEIGHTS} nor ${INDEX}.`,
    why: contents(files),
    advice: 'Choose all files of a Hugging Face model folder.',
  });
}

function contents(files: FolderFiles): string {
  const names = [...files.keys()];
  if (names.length === 0) return 'It is empty.';
  return `It has ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', ...' : ''}.`;
}
