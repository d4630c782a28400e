// Distils the model in a folder into a smaller one for a host: reads the teacher, has the student trained and measured, and writes its folder.

import type { CheckContext } from '../check/conformance';
import { distillModel } from '../check/distill';
import { modelSizes } from '../core/modelConfig';
import type { Distilled } from '../core/modelHistory';
import type {
  CompressionRow,
  DistillationOptions,
  DistillationProgress,
  DistilledFolder,
  NamedFile,
  PreparedData,
} from '../core/records';
import type { RunConfig } from '../core/runConfig';
import { modelCard } from '../interop/modelCard';
import { readModelFolder } from '../interop/modelFolder';
import { writeModelFolder } from '../interop/modelFolderWriter';
import { modelShapes, parameterCount } from '../model/shapes/modelShapes';

/** @throws LabError `config.invalid`, `model.*`, `data.invalid`, `run.nonFinite`, `gpu.*` */
export async function distillFolder(
  engine: CheckContext,
  files: readonly NamedFile[],
  config: RunConfig,
  data: PreparedData,
  options: DistillationOptions,
  onRow: (row: CompressionRow) => void,
  onProgress: (progress: DistillationProgress) => void,
): Promise<DistilledFolder> {
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
  const { layers, width } = modelSizes(folder.config);
  const history: Distilled = {
    kind: 'distilled',
    teacher: { parameterCount: parameterCount(folder.config), layers, width },
    config,
    title: data.title,
    trainTokens: data.trainTokens.length,
    options,
    rows,
    adapter: engine.gpu.facts,
  };
  const card = modelCard({ model, parameterCount: parameterCount(model), dtype: 'F32', history });
  return { rows, files: writeModelFolder(model, tensors, folder.tokenizerJson, { card }), history };
}
