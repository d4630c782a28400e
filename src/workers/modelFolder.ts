// A Hugging Face folder to and from a model that a host can ask: reading builds a model that only generates, writing takes whole weights.
// It holds nothing; who asked owns what it returns.

import type { CheckContext } from '../check/conformance';
import { LabError } from '../core/errors';
import type { ExportOptions, FloatDtype } from '../core/exportOptions';
import type { EvaluationRow, NamedFile, StepRow } from '../core/records';
import { createTokenizer } from '../data/createTokenizer';
import type { Tokenizer } from '../data/tokenizer';
import { tokenizerToJson } from '../data/tokenizerToJson';
import { modelCard, type TrainedRun } from '../interop/modelCard';
import { type KeptTexts, mainDtype, readModelFolder } from '../interop/modelFolder';
import { writeModelFolder } from '../interop/modelFolderWriter';
import { modelShapes } from '../model/shapes/modelShapes';
import { HeldReader, type ModelReader } from './modelReader';

/** Weights and tokenizer for generation, without training. */
export interface LoadedModel {
  readonly reader: ModelReader;
  readonly tokenizer: Tokenizer;
  /** What the folder said beside its weights, and the type of those. */
  readonly kept: KeptTexts;
  readonly dtype: FloatDtype;
}

/** How far a run has come, for the card of its model. */
export class RunProgress {
  private last: StepRow | null = null;
  evaluation: EvaluationRow | null = null;

  get step(): number {
    return this.last?.step ?? 0;
  }

  get loss(): number | null {
    return this.last?.loss ?? null;
  }

  take(rows: readonly StepRow[]): void {
    this.last = rows.at(-1) ?? this.last;
  }

  /** Back at step 0. */
  clear(): void {
    this.last = null;
    this.evaluation = null;
  }
}

/** What is written of a model, trained here (`run`) or loaded (`kept`, `dtype`). */
export interface ExportedModel {
  readonly reader: ModelReader;
  readonly tokenizer: Tokenizer;
  readonly run: TrainedRun | null;
  readonly kept?: KeptTexts;
  readonly dtype?: FloatDtype;
}

/** config.json, the weights, the tokenizer, generation_config.json and a model card. */
export async function writeFolder(model: ExportedModel, options: ExportOptions): Promise<readonly NamedFile[]> {
  const { reader, tokenizer, run, kept } = model;
  const { parameters } = modelShapes(reader.model);
  const shapes = new Map(parameters.map(({ name, shape }) => [name, shape]));
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  let parameterCount = 0;
  for (const [name, data] of await reader.parameters()) {
    tensors.set(name, { shape: shapes.get(name) ?? [data.length], data });
    parameterCount += data.length;
  }
  const dtype = options.dtype ?? model.dtype ?? 'F32';
  const card = modelCard({ model: reader.model, parameterCount, dtype, run });
  return writeModelFolder(reader.model, tensors, tokenizerToJson(tokenizer.spec), {
    ...options,
    dtype,
    card,
    ...(kept === undefined ? {} : { kept }),
  });
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
      const reader = await HeldReader.load(engine, folder.config, weights, onProgress);
      return { reader, tokenizer, kept: folder.kept, dtype: mainDtype(folder) };
    },
  };
}
