// Writes the Hugging Face folder that transformers reads back: config.json, generation_config.json, weights in one file or in shards, the
// tokenizer's files and a model card. The same bytes for the same content.

import { LabError } from '../core/errors';
import type { ExportOptions, FloatDtype } from '../core/exportOptions';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { NamedFile } from '../core/records';
import { modelShapes } from '../model/shapes/modelShapes';
import { modelFiles } from './modelFiles';
import type { Float32Parameter, KeptTexts } from './modelFolder';
import type { SafeTensor } from './safetensors';
import { floatTensor } from './safetensorsWriter';
import { writeWeightFiles } from './shardedWeights';
import { sortedJson } from './sortedJson';

export interface WriteOptions extends ExportOptions {
  /** Of the folder that the model came from: what it says is kept where the model itself does not say otherwise. */
  readonly kept?: KeptTexts;
  /** README.md's text. */
  readonly card?: string;
}

/** config.json's names of the types. */
const TORCH_DTYPES: Readonly<Record<FloatDtype, string>> = { F32: 'float32', BF16: 'bfloat16', F16: 'float16' };

/**
 * @param tokenizerJson text of tokenizer.json, or null; not used where the kept files hold a tokenizer
 * @throws LabError `model.mismatch` where a parameter is missing or has another shape, `safetensors.invalid` where one does not fit the type
 */
export function writeModelFolder(
  config: ModelConfig,
  tensors: ReadonlyMap<string, Float32Parameter>,
  tokenizerJson: string | null,
  { dtype = 'F32', maxShardBytes, kept, card }: WriteOptions = {},
): readonly NamedFile[] {
  const written = new Map<string, SafeTensor>();
  for (const { name, shape } of modelShapes(config).parameters) {
    const tensor = tensors.get(name);
    if (tensor === undefined || tensor.shape.join() !== shape.join()) {
      throw new LabError({
        code: 'model.mismatch',
        message: `The parameter ${name} cannot be written.`,
        why: `It needs [${shape.join(', ')}], has ${tensor === undefined ? 'nothing' : `[${tensor.shape.join(', ')}]`}.`,
      });
    }
    written.set(name, floatTensor(name, shape, tensor.data, dtype));
  }
  const texts = new Map<string, string>([['config.json', sortedJson(configFields(config, dtype, kept))]]);
  if (modelSizes(config).task === 'causal-lm') texts.set('generation_config.json', generationConfig(kept));
  if (card !== undefined) texts.set('README.md', card);
  const ownTokenizer = kept?.files.some(({ name }) => /^(tokenizer\.json|vocab\.(json|txt))$/.test(name)) === true;
  if (tokenizerJson !== null && !ownTokenizer) {
    texts.set('tokenizer.json', tokenizerJson);
    texts.set('tokenizer_config.json', tokenizerConfig(config));
  }
  const encoder = new TextEncoder();
  const files = new Map<string, Uint8Array>();
  for (const [name, text] of texts) files.set(name, encoder.encode(text));
  for (const { name, bytes } of kept?.files ?? []) files.set(name, bytes);
  for (const { name, bytes } of writeWeightFiles(written, maxShardBytes)) files.set(name, bytes);
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, bytes]) => ({ name, bytes }));
}

/** What the model is, as the family writes it; beside that, whatever its own folder said, such as the ids of its special tokens. */
function configFields(
  config: ModelConfig,
  dtype: FloatDtype,
  kept: KeptTexts | undefined,
): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = { ...kept?.config };
  // The name of `dtype` before transformers 5.
  delete fields['torch_dtype'];
  for (const [name, value] of Object.entries(modelFiles(config).configJson))
    if (value !== null || !(name in fields)) fields[name] = value;
  return { ...fields, dtype: TORCH_DTYPES[dtype] };
}

function generationConfig(kept: KeptTexts | undefined): string {
  const id = (name: string): unknown => kept?.config[name] ?? null;
  return sortedJson({
    _from_model_config: true,
    bos_token_id: id('bos_token_id'),
    eos_token_id: id('eos_token_id'),
    use_cache: true,
  });
}

function tokenizerConfig(config: ModelConfig): string {
  return sortedJson({
    clean_up_tokenization_spaces: false,
    model_max_length: modelSizes(config).positions,
    tokenizer_class: 'PreTrainedTokenizerFast',
  });
}
