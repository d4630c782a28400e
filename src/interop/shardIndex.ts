// Weights in several files: model.safetensors.index.json names the file of each tensor. Only plain names of files that
// were given are followed; nothing is fetched, and no path is resolved.

import { LabError } from '../core/errors';
import { quoted, readSafetensors, type SafeTensor } from './safetensors';
import { JsonSyntaxError, type JsonValue, parseStrictJson } from './strictJson';

const MAX_SHARDS = 1_000;
/** Names and elements of the whole index. */
const MAX_TENSORS = 100_000;
/** 100,000 names of 160 characters. */
const MAX_CHARACTERS = 16_000_000;

/**
 * The tensors of all shards together.
 * @param skip names of tensors to leave out, as readSafetensors takes it
 * @throws LabError `safetensors.invalid` for a bad index, a missing shard, or a tensor that is in another shard than named
 */
export function readShardIndex(
  text: string,
  files: ReadonlyMap<string, Uint8Array>,
  skip: (name: string) => boolean,
): ReadonlyMap<string, SafeTensor> {
  const weightMap = readWeightMap(text);
  const shards = new Set(weightMap.values());
  if (shards.size > MAX_SHARDS)
    throw invalid(`The index names ${shards.size} files.`, `At most ${MAX_SHARDS} are read.`);
  const missing = [...shards].filter((name) => !files.has(name));
  if (missing.length > 0) {
    throw invalid(
      `${missing.length} of ${shards.size} weight files are missing.`,
      `Missing: ${missing.slice(0, 10).join(', ')}`,
    );
  }
  const result = new Map<string, SafeTensor>();
  for (const shard of shards) {
    const bytes = files.get(shard);
    if (bytes === undefined) continue;
    for (const [name, tensor] of readSafetensors(bytes, { skip }).tensors) {
      if (weightMap.get(name) !== shard) {
        throw invalid(
          `The tensor ${quoted(name)} is in ${shard}.`,
          `The index says ${weightMap.get(name) ?? 'nothing'}.`,
        );
      }
      result.set(name, tensor);
    }
  }
  for (const [name, shard] of weightMap) {
    if (!result.has(name) && !skip(name))
      throw invalid(`The tensor ${quoted(name)} is not in ${shard}, where the index has it.`);
  }
  return result;
}

function readWeightMap(text: string): ReadonlyMap<string, string> {
  if (text.length > MAX_CHARACTERS) {
    throw invalid(
      'The index of the weight files is too large.',
      `It has ${text.length} characters; at most ${MAX_CHARACTERS} are read.`,
    );
  }
  const json = parseIndex(text);
  const map = json instanceof Map ? json.get('weight_map') : undefined;
  if (!(map instanceof Map)) throw invalid('The index of the weight files has no weight_map.');
  return new Map(
    [...map].map(([name, file]: [string, JsonValue]) => {
      if (typeof file !== 'string' || !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,200}\.safetensors$/.test(file)) {
        throw invalid(
          `The index gives the tensor ${quoted(name)} a bad file name.`,
          `It says ${typeof file === 'string' ? quoted(file) : 'no text'}; only plain names ending in .safetensors are followed.`,
        );
      }
      return [name, file];
    }),
  );
}

/** As strictly as a header: a name that stands twice would hide one of the two files. */
function parseIndex(text: string): JsonValue {
  try {
    return parseStrictJson(new TextEncoder().encode(text), { maxDepth: 8, maxItems: MAX_TENSORS });
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw invalid('The index of the weight files cannot be read.', error.message);
  }
}

function invalid(message: string, why?: string): LabError {
  return new LabError({
    code: 'safetensors.invalid',
    message,
    ...(why === undefined ? {} : { why }),
    advice: 'Choose all files of the folder, as they were downloaded.',
  });
}
