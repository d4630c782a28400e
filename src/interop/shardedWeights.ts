// Writes weights as transformers lays them out: model.safetensors, or several files of bounded size with an index that names the file of
// each tensor. The same bytes for the same content. It must not know which model the tensors belong to.

import type { NamedFile } from '../core/records';
import type { SafeTensor } from './safetensors';
import { writeSafetensors } from './safetensorsWriter';
import { sortedJson } from './sortedJson';

const WEIGHTS = 'model.safetensors';

/**
 * Files in which no tensors take more than `maxShardBytes` together, save where one alone does.
 * @param tensors in the order in which they fill the files
 */
export function writeWeightFiles(
  tensors: ReadonlyMap<string, SafeTensor>,
  maxShardBytes = Number.POSITIVE_INFINITY,
): readonly NamedFile[] {
  const shards = fillShards(tensors, maxShardBytes);
  if (shards.length === 1) return [{ name: WEIGHTS, bytes: writeSafetensors(shards[0]) }];
  const count = String(shards.length).padStart(5, '0');
  const files: NamedFile[] = [];
  const weightMap = new Map<string, string>();
  let totalBytes = 0;
  let totalParameters = 0;
  for (const [index, shard] of shards.entries()) {
    const name = `model-${String(index + 1).padStart(5, '0')}-of-${count}.safetensors`;
    for (const [tensor, { shape, data }] of shard) {
      weightMap.set(tensor, name);
      totalBytes += data.byteLength;
      totalParameters += shape.reduce((product, dim) => product * dim, 1);
    }
    files.push({ name, bytes: writeSafetensors(shard) });
  }
  const index = sortedJson({
    metadata: { total_parameters: totalParameters, total_size: totalBytes },
    weight_map: Object.fromEntries([...weightMap].sort(([a], [b]) => (a < b ? -1 : 1))),
  });
  return [...files, { name: `${WEIGHTS}.index.json`, bytes: new TextEncoder().encode(index) }];
}

/** At least one, which is empty where there are no tensors. */
function fillShards(
  tensors: ReadonlyMap<string, SafeTensor>,
  maxShardBytes: number,
): readonly [Map<string, SafeTensor>, ...Map<string, SafeTensor>[]] {
  const shards: [Map<string, SafeTensor>, ...Map<string, SafeTensor>[]] = [new Map()];
  let current = shards[0];
  let bytes = 0;
  for (const [name, tensor] of tensors) {
    if (current.size > 0 && bytes + tensor.data.byteLength > maxShardBytes) {
      current = new Map();
      shards.push(current);
      bytes = 0;
    }
    current.set(name, tensor);
    bytes += tensor.data.byteLength;
  }
  return shards;
}
