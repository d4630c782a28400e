// A Hugging Face folder to and from a model that a host can ask: reading builds a model that only generates, writing takes whole weights.
// It holds nothing; who asked owns what it returns.

import type { CheckContext } from '../check/conformance';
import { LabError } from '../core/errors';
import type { NamedFile } from '../core/records';
import { createTokenizer } from '../data/createTokenizer';
import type { Tokenizer } from '../data/tokenizer';
import { tokenizerToJson } from '../data/tokenizerToJson';
import { readModelFolder } from '../interop/modelFolder';
import { writeModelFolder } from '../interop/modelFolderWriter';
import { modelShapes } from '../model/shapes/modelShapes';
import { HeldReader, type ModelReader } from './modelReader';

/** Weights and tokenizer for generation, without training. */
export interface LoadedModel {
  readonly reader: ModelReader;
  readonly tokenizer: Tokenizer;
}

/** config.json, model.safetensors, tokenizer.json and generation_config.json. */
export async function writeFolder(reader: ModelReader, tokenizer: Tokenizer): Promise<readonly NamedFile[]> {
  const shapes = new Map(modelShapes(reader.model).parameters.map(({ name, shape }) => [name, shape]));
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, data] of await reader.parameters())
    tensors.set(name, { shape: shapes.get(name) ?? [data.length], data });
  return writeModelFolder(reader.model, tensors, tokenizerToJson(tokenizer.spec));
}

/** Checks a folder whole before anything is built. @throws LabError naming the file that is missing or wrong */
export function readFolder(files: readonly NamedFile[]): {
  readonly build: (engine: CheckContext, onProgress: (share: number) => void) => Promise<LoadedModel>;
} {
  const folder = readModelFolder(files);
  if (folder.tokenizerJson === null) {
    throw new LabError({
      code: 'tokenizer.invalid',
      message: 'The folder has no tokenizer.',
      advice:
        'Add the tokenizer.json that the model was trained with, or its vocab.txt, or its vocab.json and merges.txt.',
    });
  }
  const tokenizer = createTokenizer({ kind: 'json', json: folder.tokenizerJson });
  return {
    build: async (engine, onProgress) => {
      const weights = new Map([...folder.tensors].map(([name, { data }]) => [name, data]));
      return { reader: await HeldReader.load(engine, folder.config, weights, onProgress), tokenizer };
    },
  };
}
