// `lab export`: a Hugging Face folder, or the one that `train --out` wrote, written anew with weights of another type or in shards. Computed
// here, without a page; the folder is read as strictly as the page reads it, so that what comes out is a model that the lab computes.

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { NamedFile } from '../../../src/core/records';
import { modelCard } from '../../../src/interop/modelCard';
import { mainDtype, readModelFolder } from '../../../src/interop/modelFolder';
import { writeModelFolder } from '../../../src/interop/modelFolderWriter';
import type { LocalCommand } from '../command';
import { LabFailure } from '../failure';
import { filesOf, modelFileNames, outputFolder } from '../inputFiles';
import { UsageError } from '../usage/commandSpec';
import { weightOptions } from '../weightOptions';

const CARD = 'README.md';

export const exportFolder: LocalCommand = async ({ positional = '', texts, flags }, reporter) => {
  const target = texts.get('out');
  if (target === undefined) throw new UsageError('export writes into a folder: name it with --out DIR');
  const paths = await filesOf(positional, modelFileNames, ['config.json']);
  const { dtype: asked, maxShardBytes } = weightOptions(texts);
  const out = await outputFolder(target, flags.has('force'));
  const files: NamedFile[] = [];
  for (const path of paths) files.push({ name: basename(path), bytes: new Uint8Array(await readFile(path)) });
  const folder = readModelFolder(files.filter(({ name }) => name !== CARD));
  const dtype = asked ?? mainDtype(folder);
  const parameterCount = [...folder.tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const given = files.find(({ name }) => name === CARD);
  // A card that somebody wrote says more than ours.
  const card =
    given === undefined
      ? modelCard({ model: folder.config, parameterCount, dtype, history: null })
      : new TextDecoder().decode(given.bytes);
  const { config, tensors, tokenizerJson, kept, nonFinite } = folder;
  const written = writeModelFolder(config, tensors, tokenizerJson, {
    dtype,
    kept,
    card,
    ...(maxShardBytes === undefined ? {} : { maxShardBytes }),
  });
  if (nonFinite > 0) reporter.note(`  note: ${nonFinite} weights are NaN or infinite, and are written as such`);
  await mkdir(out, { recursive: true });
  for (const { name, bytes } of written) {
    await writeWhole(join(out, name), bytes);
    reporter.event({ event: 'file', name, size: bytes.byteLength });
  }
  const size = written.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  const shards = written.filter(({ name }) => name.endsWith('.safetensors')).length;
  reporter.result(
    `wrote ${parameterCount.toLocaleString('en')} parameters in ${dtype} to ${out}: ${written.length} files, ` +
      `${shards} with weights, ${size.toLocaleString('en')} bytes`,
  );
  return {
    ok: true,
    summary: { out, modelType: config.model_type, parameterCount, dtype, nonFinite, shards, bytes: size },
  };
};

/** Under its name the file is there whole or not at all. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.partial`;
  try {
    await writeFile(part, bytes);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new LabFailure('output', `${path} could not be written: ${why}`, 'Choose a place with room and permission.');
  }
}
