// Distils the model in a folder into a smaller one for a host: reads the teacher, has the student trained and measured, and writes its folder.

import type { CheckContext } from '../check/conformance';
import { distillModel } from '../check/distill';
import type {
  CompressedFolder,
  CompressionRow,
  DistillationOptions,
  DistillationProgress,
  NamedFile,
  PreparedData,
} from '../core/records';
import type { RunConfig } from '../core/runConfig';
import { readModelFolder } from '../interop/modelFolder';
import { writeModelFolder } from '../interop/modelFolderWriter';
import { modelShapes } from '../model/shapes/modelShapes';

/** @throws LabError `config.invalid`, `model.*`, `data.invalid`, `run.nonFinite`, `gpu.*` */
export async function distillFolder(
  engine: CheckContext,
  files: readonly NamedFile[],
  config: RunConfig,
  data: PreparedData,
  options: DistillationOptions,
  onRow: (row: CompressionRow) => void,
  onProgress: (progress: DistillationProgress) => void,
): Promise<CompressedFolder> {
  const folder = readModelFolder(files);
  const teacher = {
    model: folder.config,
    values: new Map([...folder.tensors].map(([name, { data: values }]) => [name, values])),
  };
  const { rows, model, values } = await distillModel(engine, teacher, config, data, options, {
    row: onRow,
    progress: onProgress,
  });
  const tensors = new Map(
    modelShapes(model).parameters.map(({ name, shape }) => [
      name,
      { shape, data: values.get(name) ?? new Float32Array(0) },
    ]),
  );
  return { rows, files: writeModelFolder(model, tensors, folder.tokenizerJson) };
}
