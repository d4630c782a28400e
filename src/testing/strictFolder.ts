// A strict reader of Hugging Face folders for tests: what transformers' from_pretrained needs, field by field, and nothing of the lab's own
// readers, so that both cannot be wrong together. It lists what is wrong. Test only.

import type { NamedFile } from '../core/records';
import { expectedTensors } from './expectedTensors';

type Json = Readonly<Record<string, unknown>>;

interface Tensor {
  readonly file: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** config.json's name of a dtype by the weights' own, and bytes an element. */
const DTYPES: Readonly<Record<string, { readonly torch: string; readonly bytes: number }>> = {
  F32: { torch: 'float32', bytes: 4 },
  BF16: { torch: 'bfloat16', bytes: 2 },
  F16: { torch: 'float16', bytes: 2 },
};
const TOKENIZER_CLASSES =
  /^(PreTrainedTokenizerFast|TokenizersBackend|BertTokenizer(Fast)?|GPT2Tokenizer(Fast)?|LlamaTokenizer(Fast)?)$/;

/** What from_pretrained would miss or take wrongly, one line each; none for a folder that it loads. */
export function folderProblems(files: readonly NamedFile[]): readonly string[] {
  const problems: string[] = [];
  const byName = new Map(files.map(({ name, bytes }) => [name, bytes]));
  const say = (condition: boolean, problem: string): void => {
    if (!condition) problems.push(problem);
  };
  say(byName.size === files.length, 'two files have one name');
  const config = json(byName, 'config.json', problems);
  if (config === null) return [...problems, 'there is no config.json'];
  const tensors = weights(byName, problems);
  checkConfig(config, tensors, problems);
  const vocabulary = config['vocab_size'];
  const generation = json(byName, 'generation_config.json', problems);
  for (const [file, fields] of [
    ['config.json', config],
    ['generation_config.json', generation],
  ] as const) {
    for (const field of ['bos_token_id', 'eos_token_id', 'pad_token_id']) {
      const id = fields?.[field] ?? null;
      const fits = id === null || (Number.isInteger(id) && typeof vocabulary === 'number' && Number(id) < vocabulary);
      say(fits, `${file}: ${field} is ${String(id)}`);
    }
  }
  if (generation !== null)
    say(typeof generation['_from_model_config'] === 'boolean', 'generation_config.json: no _from_model_config');
  checkTokenizer(byName, Number(vocabulary), problems);
  const card = byName.get('README.md');
  if (card !== undefined) {
    const text = new TextDecoder().decode(card);
    say(/^---\n(?:[a-z_]+:.*\n|- .*\n)+---\n/.test(text), 'README.md does not begin with YAML between lines of ---');
    say(/^library_name: transformers$/m.test(text), 'README.md: no library_name');
  }
  return problems;
}

function checkConfig(config: Json, tensors: ReadonlyMap<string, Tensor>, problems: string[]): void {
  const named = config['architectures'];
  if (!Array.isArray(named) || named.length !== 1 || typeof named[0] !== 'string') {
    problems.push(`config.json: architectures is ${JSON.stringify(named)}`);
    return;
  }
  const expected = expectedTensors(named[0], config);
  if (config['model_type'] !== expected.modelType)
    problems.push(`config.json: model_type is ${JSON.stringify(config['model_type'])}, not ${expected.modelType}`);
  for (const [name, { dtype }] of tensors)
    if (DTYPES[dtype]?.torch !== config['dtype'])
      problems.push(`${name} is ${dtype}, config.json has ${String(config['dtype'])}`);
  for (const [name, shape] of expected.tensors) {
    const tensor = tensors.get(name);
    if (tensor === undefined) problems.push(`missing: ${name}`);
    else if (JSON.stringify(tensor.shape) !== JSON.stringify(shape))
      problems.push(`${name} is [${tensor.shape.join()}], not [${shape.join()}]`);
  }
  for (const name of tensors.keys()) if (!expected.tensors.has(name)) problems.push(`unexpected: ${name}`);
}

function weights(byName: ReadonlyMap<string, Uint8Array>, problems: string[]): ReadonlyMap<string, Tensor> {
  const index = json(byName, 'model.safetensors.index.json', problems);
  const single = byName.get('model.safetensors');
  if (index === null) {
    if (single === undefined) problems.push('there are no weights');
    return single === undefined ? new Map() : weightFile('model.safetensors', single, problems);
  }
  if (single !== undefined) problems.push('there are both model.safetensors and an index');
  const { metadata, weight_map: weightMap } = index;
  const shards = [...byName.keys()].filter((name) => name.endsWith('.safetensors'));
  const all = new Map<string, Tensor>();
  for (const shard of shards) {
    const [, part, of] = /^model-(\d{5})-of-(\d{5})\.safetensors$/.exec(shard) ?? [];
    if (Number(of) !== shards.length || Number(part) < 1 || Number(part) > shards.length)
      problems.push(`${shard} is not the name of one of ${shards.length} shards`);
    for (const [name, tensor] of weightFile(shard, byName.get(shard) ?? new Uint8Array(), problems)) {
      if (all.has(name)) problems.push(`${name} is in two shards`);
      all.set(name, tensor);
    }
  }
  if (!isObject(weightMap) || !isObject(metadata)) {
    problems.push('the index has no weight_map or no metadata');
    return all;
  }
  for (const [name, file] of Object.entries(weightMap))
    if (all.get(name)?.file !== file) problems.push(`the index has ${name} in ${String(file)}`);
  for (const name of all.keys()) if (!(name in weightMap)) problems.push(`the index does not name ${name}`);
  const bytes = [...all.values()].reduce((sum, tensor) => sum + tensor.bytes, 0);
  if (metadata['total_size'] !== bytes)
    problems.push(`the index has total_size ${String(metadata['total_size'])}, not ${bytes}`);
  const parameters = [...all.values()].reduce(
    (sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1),
    0,
  );
  if (metadata['total_parameters'] !== parameters)
    problems.push(`the index has total_parameters ${String(metadata['total_parameters'])}`);
  return all;
}

/** Judged by the format alone: 8 bytes of header length, JSON, data without holes in the order of the offsets. */
function weightFile(file: string, bytes: Uint8Array, problems: string[]): ReadonlyMap<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  const headerBytes = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerBytes % 8 !== 0)
    problems.push(`${file}: its data begins at byte ${8 + headerBytes}, which 8 does not divide`);
  const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes)));
  if (!isObject(header)) return tensors;
  const { __metadata__: metadata, ...entries } = header;
  // from_pretrained refuses files whose metadata do not name the framework.
  if (!isObject(metadata) || metadata['format'] !== 'pt') problems.push(`${file}: the metadata's format is not pt`);
  let end = 0;
  const list = Object.entries(entries).map(([name, entry]) => {
    const { dtype, shape, data_offsets: offsets } = isObject(entry) ? entry : {};
    const from: unknown = Array.isArray(offsets) ? offsets[0] : undefined;
    const to: unknown = Array.isArray(offsets) ? offsets[1] : undefined;
    const dims: unknown[] = Array.isArray(shape) ? shape : ['none'];
    return { name, dtype: String(dtype), shape: dims.map(Number), from: Number(from), to: Number(to) };
  });
  for (const { name, dtype, shape, from, to } of list.sort((a, b) => a.from - b.from || a.to - b.to)) {
    const needed = shape.reduce((product, dim) => product * dim, DTYPES[dtype]?.bytes ?? Number.NaN);
    if (from !== end || to - from !== needed)
      problems.push(`${file}: ${name} lies at ${from} to ${to} and needs ${needed} bytes`);
    end = to;
    tensors.set(name, { file, dtype, shape, bytes: needed });
  }
  if (8 + headerBytes + end !== bytes.byteLength)
    problems.push(`${file} has ${bytes.byteLength} bytes, not ${8 + headerBytes + end}`);
  return tensors;
}

function checkTokenizer(byName: ReadonlyMap<string, Uint8Array>, vocabulary: number, problems: string[]): void {
  const tokenizer = json(byName, 'tokenizer.json', problems);
  const settings = json(byName, 'tokenizer_config.json', problems);
  if (tokenizer === null && settings === null) return;
  if (tokenizer === null || settings === null) {
    problems.push('one of tokenizer.json and tokenizer_config.json is missing');
    return;
  }
  const { model, added_tokens: added } = tokenizer;
  if (tokenizer['version'] !== '1.0') problems.push(`tokenizer.json: version is ${String(tokenizer['version'])}`);
  if (!isObject(model) || !['BPE', 'WordPiece', 'Unigram'].includes(String(model['type']))) {
    problems.push('tokenizer.json: the type of its model is not known');
    return;
  }
  const ids = new Map<string, number>();
  const { vocab } = model;
  if (Array.isArray(vocab))
    for (const [id, entry] of vocab.entries()) ids.set(String(Array.isArray(entry) ? entry[0] : entry), id);
  else if (isObject(vocab)) for (const [token, id] of Object.entries(vocab)) ids.set(token, Number(id));
  for (const token of Array.isArray(added) ? added : [])
    if (isObject(token)) ids.set(String(token['content']), Number(token['id']));
  for (const [token, id] of ids)
    if (!(id < vocabulary)) problems.push(`tokenizer.json: ${token} has the id ${id}, past the embedding`);
  const kind = settings['tokenizer_class'];
  if (typeof kind !== 'string' || !TOKENIZER_CLASSES.test(kind))
    problems.push(`tokenizer_config.json: tokenizer_class is ${String(kind)}`);
  for (const role of ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token']) {
    const token = settings[role] ?? null;
    if (token !== null && !(typeof token === 'string' && ids.has(token)))
      problems.push(`tokenizer_config.json: ${role} ${JSON.stringify(token)} is not in tokenizer.json`);
  }
}

function json(byName: ReadonlyMap<string, Uint8Array>, name: string, problems: string[]): Json | null {
  const bytes = byName.get(name);
  if (bytes === undefined) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isObject(value)) return value;
    problems.push(`${name} is not an object`);
  } catch (error) {
    problems.push(`${name}: ${String(error)}`);
  }
  return null;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
