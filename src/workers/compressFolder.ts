// Compresses the model in a folder for a host: reads it, has it measured before and after on held-out text, and writes the folder anew.

import { compressModel } from '../check/compress';
import type { CheckContext } from '../check/conformance';
import type { CompressedFolder, CompressionOptions, CompressionRow, HeldOutText, NamedFile } from '../core/records';
import { modelCard } from '../interop/modelCard';
import { readModelFolder } from '../interop/modelFolder';
import { writeModelFolder } from '../interop/modelFolderWriter';
import { quantizedWeightsFile } from '../interop/quantizedFolder';
import { parameterCount } from '../model/shapes/modelShapes';
import { tokenizerOf } from './modelFolder';

/** @throws LabError `config.invalid`, `model.*`, `data.invalid`, `run.nonFinite`, `gpu.*` */
export async function compressFolder(
  engine: CheckContext,
  files: readonly NamedFile[],
  heldOut: HeldOutText,
  options: CompressionOptions,
  onRow: (row: CompressionRow) => void,
): Promise<CompressedFolder> {
  const folder = readModelFolder(files);
  const tokens = 'tokens' in heldOut ? heldOut.tokens : tokenizerOf(folder).encode(heldOut.text);
  const { config, tensors, tokenizerJson, kept } = folder;
  const given = new Map([...tensors].map(([name, { data }]) => [name, data]));
  const asked = { ...engine, choices: engine.choices.unrecorded() };
  const { rows, values, quantized } = await compressModel(asked, config, given, tokens, options, onRow);
  const shaped = new Map(
    [...tensors].map(([name, { shape, data }]) => [name, { shape, data: values.get(name) ?? data }]),
  );
  const card = modelCard({
    model: config,
    parameterCount: parameterCount(config),
    dtype: 'F32',
    history: options.history ?? null,
    compressed: { rows, scheme: options.scheme },
  });
  const written = writeModelFolder(config, shaped, tokenizerJson, { kept, card });
  if (quantized === null) return { rows, files: written };
  const around = written.filter(({ name }) => !name.endsWith('.safetensors'));
  return { rows, files: [...around, quantizedWeightsFile(config, quantized)] };
}
