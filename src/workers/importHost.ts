// Reads a model's folder in a worker of its own, which may be killed: every byte and every pattern in it is somebody else's. It keeps nothing.

import { transfer } from 'comlink';
import { LabError } from '../core/errors';
import { modelSizes } from '../core/modelConfig';
import { describeScheme } from '../core/quantization/scheme';
import type { ModelSummary, NamedFile } from '../core/records';
import { createJsonTokenizer } from '../data/jsonTokenizer';
import { tryTokenizer } from '../data/tokenizerTrial';
import { folderFiles } from '../interop/folderFiles';
import { isRecord, parseRecord } from '../interop/jsonRecord';
import { type ModelFolder, readModelFolder } from '../interop/modelFolder';
import { type QuantizedFolder, readQuantizedFolder } from '../interop/quantizedFolder';
import { countNonFinite } from '../interop/safetensors';
import { readFolderTokenizer } from '../interop/tokenizerFiles';
import { modelShapes, parameterCount } from '../model/shapes/modelShapes';
import type { ImportApi, ImportStage } from './protocol';

/** What a model is read from; notes, pictures and other weights in a folder stay where they are. */
const READ = /\.(json|txt|model)$|^(adapter_)?model[\w.-]*\.safetensors$|\.(bin|pt|pth|gguf|h5|msgpack|ckpt|zip)$/i;

export const importApi: ImportApi = {
  async readModel(files, onStage) {
    const own: NamedFile[] = [];
    for (const file of files) {
      if (!READ.test(file.name)) continue;
      onStage('read');
      own.push(await readFile(file));
    }
    onStage('weights');
    const rounded = readQuantizedFolder(own);
    const folder = rounded ? asFolder(rounded) : readModelFolder(own);
    const kept = own.filter(({ name }) => !/\.(bin|pt|pth|gguf|h5|msgpack|ckpt|zip)$/i.test(name));
    const tokenizer = folder.tokenizerJson === null ? null : judgeTokenizer(folder.tokenizerJson, onStage);
    if (tokenizer !== null && tokenizer.vocabularySize > modelSizes(folder.config).vocabulary)
      throw new LabError({
        code: 'model.mismatch',
        message: 'The tokenizer has more tokens than the model.',
        why: `${tokenizer.vocabularySize} tokens, and ${modelSizes(folder.config).vocabulary} rows of the embedding.`,
        advice: 'Take the tokenizer that the model was trained with.',
      });
    const result = {
      config: folder.config,
      files: kept,
      tokenizerJson: folder.tokenizerJson,
      summary: { ...summary(folder, kept, tokenizer), ...(rounded ? roundedFacts(rounded) : {}) },
    };
    return transfer(
      result,
      [...new Set(kept.map(({ bytes }) => bytes.buffer))].filter((buffer) => buffer instanceof ArrayBuffer),
    );
  },

  async checkTokenizer(json, onStage) {
    judgeTokenizer(json, onStage);
  },
};

/** What is known of a folder of rounded weights as of any other. */
function asFolder({ config, model, tokenizerJson, kept }: QuantizedFolder): ModelFolder {
  const tensors = new Map(
    modelShapes(config).parameters.flatMap(({ name, shape }) => {
      const data = model.plain.get(name);
      return data ? [[name, { shape, data }] as const] : [];
    }),
  );
  const scales = [...model.quantized.values()].map((parameter) => parameter.scales);
  const nonFinite = [...model.plain.values(), ...scales].reduce((sum, values) => sum + countNonFinite(values), 0);
  return { config, tensors, tokenizerJson, kept, nonFinite, dtypes: new Map() };
}

function roundedFacts({ config, model }: QuantizedFolder) {
  const scheme = describeScheme(model.scheme);
  const plain = [...model.plain.values()].reduce((sum, { length }) => sum + length, 0);
  const all = parameterCount(config);
  const dtypes = [
    { dtype: scheme, parameters: all - plain },
    { dtype: 'F32', parameters: plain },
  ];
  return { quantized: scheme, parameterCount: all, dtypes };
}

/** Of a large file only the beginning where that already says what it is: a pickle or an archive is never read. */
async function readFile(file: File | NamedFile): Promise<NamedFile> {
  if (!(file instanceof Blob)) return file;
  const foreign = /\.(bin|pt|pth|gguf|h5|msgpack|ckpt|zip)$/i.test(file.name);
  try {
    const bytes = await (foreign ? file.slice(0, 64) : file).arrayBuffer();
    return { name: file.name, bytes: new Uint8Array(bytes) };
  } catch (cause) {
    throw new LabError(
      {
        code: 'storage',
        message: `${file.name} could not be read.`,
        why: cause instanceof Error ? cause.message : String(cause),
        advice: 'It may have been moved, or be too large for the memory that is free.',
      },
      { cause },
    );
  }
}

function judgeTokenizer(json: string, onStage: (stage: ImportStage) => void): { readonly vocabularySize: number } {
  onStage('tokenizer');
  const tokenizer = createJsonTokenizer(json);
  onStage('trial');
  tryTokenizer(tokenizer);
  return tokenizer;
}

function summary(
  folder: ModelFolder,
  files: readonly NamedFile[],
  tokenizer: { readonly vocabularySize: number } | null,
): ModelSummary {
  const { config, tensors, dtypes, nonFinite, kept, tokenizerJson } = folder;
  const { architectures } = kept.config;
  const named: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  const model = tokenizerJson === null ? undefined : parseRecord('tokenizer.json', tokenizerJson)['model'];
  return {
    architecture: typeof named === 'string' ? named : config.model_type,
    parameterCount: [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0),
    dtypes: [...dtypes].map(([dtype, parameters]) => ({ dtype, parameters })),
    bytes: files.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
    tokenizer:
      tokenizer === null
        ? null
        : {
            type: isRecord(model) && typeof model['type'] === 'string' ? model['type'] : 'BPE',
            vocabularySize: tokenizer.vocabularySize,
            from: readFolderTokenizer(folderFiles(files))?.from ?? [],
          },
    quantized: null,
    nonFinite,
  };
}
