// Bar for bar what transformers needs of an exported folder, by a strict reader of the tests' own; and that a folder that is read and written
// again is the same to the byte, in every type, in one file and in shards.

import { describe, expect, test } from 'vitest';
import { toLabErrorData } from '../core/errors';
import { floatDtypes, parseByteSize } from '../core/exportOptions';
import { modelTypes } from '../core/modelConfig';
import type { AdapterFacts, NamedFile, RunFacts } from '../core/records';
import { defaultRunConfig } from '../core/runConfig';
import { goldenFile } from '../testing/goldenFile';
import { folderProblems } from '../testing/strictFolder';
import { modelCard } from './modelCard';
import { readModelFolder } from './modelFolder';
import { type WriteOptions, writeModelFolder } from './modelFolderWriter';

const text = (name: string, content: unknown): NamedFile => ({
  name,
  bytes: new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content)),
});
const textOf = (files: readonly NamedFile[], name: string): string =>
  new TextDecoder().decode(files.find((file) => file.name === name)?.bytes);
const jsonOf = (files: readonly NamedFile[], name: string): Readonly<Record<string, unknown>> =>
  JSON.parse(textOf(files, name));

/** A golden folder as it is read, or null where it is absent, or where its family is not computed here. */
function golden(name: string) {
  const files = [
    'config.json',
    'model.safetensors',
    ...(name.startsWith('bert') ? [] : ['generation_config.json']),
  ].flatMap((file): NamedFile[] => {
    const bytes = goldenFile(`${name}/${file}`);
    return bytes === null ? [] : [{ name: file, bytes }];
  });
  if (files.length < 2) return null;
  try {
    return { files, folder: readModelFolder(files) };
  } catch (error) {
    expect(toLabErrorData(error).code).toBe('model.unsupported');
    expect(modelTypes()).not.toContain(jsonOf(files, 'config.json')['model_type']);
    return null;
  }
}

const tokenizer = JSON.stringify({
  version: '1.0',
  added_tokens: [],
  model: { type: 'BPE', vocab: { a: 0, b: 1 }, merges: [] },
});

function rewritten(files: readonly NamedFile[], options: WriteOptions): readonly NamedFile[] {
  const { config, tensors, tokenizerJson, kept } = readModelFolder(files);
  return writeModelFolder(config, tensors, tokenizerJson, { ...options, kept });
}

describe.each(['gpt2', 'gpt2-4layer', 'bert-mlm', 'bert-classifier', 'bert-qa', 'llama-gqa'])('%s', (name) => {
  test.each(
    floatDtypes.flatMap((dtype) => [undefined, 20_000].map((maxShardBytes) => [dtype, maxShardBytes] as const)),
  )(
    'row 60: in %s, at most %s bytes a file: what transformers needs, and byte-equal when read and written again',
    (dtype, maxShardBytes) => {
      const found = golden(name);
      if (found === null) return;
      const { config, tensors, kept } = found.folder;
      const options = { dtype, ...(maxShardBytes === undefined ? {} : { maxShardBytes }) };
      const made = writeModelFolder(config, tensors, tokenizer, options);
      expect(folderProblems(made)).toEqual([]);
      const first = writeModelFolder(config, tensors, tokenizer, {
        ...options,
        kept,
        card: '---\nlibrary_name: transformers\n---\n# x\n',
      });
      expect(folderProblems(first)).toEqual([]);
      expect(first.some((file) => file.name === 'model.safetensors')).toBe(maxShardBytes === undefined);
      const second = rewritten(first, { ...options, card: textOf(first, 'README.md') });
      expect(second.map((file) => file.name)).toEqual(first.map((file) => file.name));
      for (const [i, file] of second.entries()) expect(Buffer.compare(file.bytes, first[i].bytes), file.name).toBe(0);
    },
  );

  test('written in the type that it came in, the weights are those that transformers wrote, and config.json says the same', () => {
    const found = golden(name);
    if (found === null) return;
    const { config, tensors, kept } = found.folder;
    const made = writeModelFolder(config, tensors, null, { kept });
    const weights = (files: readonly NamedFile[]) =>
      Buffer.from(files.find((file) => file.name === 'model.safetensors')?.bytes ?? []);
    expect(Buffer.compare(weights(made), weights(found.files))).toBe(0);
    expect(jsonOf(made, 'config.json')).toEqual(jsonOf(found.files, 'config.json'));
  });
});

test('what the folder said is kept: special tokens, labels, its own tokenizer files; the old name of the type is not', () => {
  const found = golden('gpt2');
  if (found === null) return;
  const config = {
    ...jsonOf(found.files, 'config.json'),
    torch_dtype: 'float32',
    eos_token_id: 7,
    task_specific_params: { a: 1 },
  };
  const files = [
    text('config.json', config),
    ...found.files.filter(({ name }) => name === 'model.safetensors'),
    text('vocab.json', { a: 0, b: 1, ab: 2 }),
    text('merges.txt', '#version: 0.2\na b\n'),
    text('generation_config.json', { _from_model_config: true, eos_token_id: 7, top_k: 9 }),
  ];
  const made = rewritten(files, { dtype: 'BF16' });
  expect(jsonOf(made, 'config.json')).toMatchObject({
    dtype: 'bfloat16',
    eos_token_id: 7,
    task_specific_params: { a: 1 },
  });
  expect(jsonOf(made, 'config.json')).not.toHaveProperty('torch_dtype');
  expect(jsonOf(made, 'generation_config.json')).toHaveProperty('top_k', 9);
  expect(made.map(({ name }) => name)).toEqual([
    'config.json',
    'generation_config.json',
    'merges.txt',
    'model.safetensors',
    'vocab.json',
  ]);
});

test('the model card names what was trained, on what, and what was measured; its head is what hubs read', () => {
  const found = golden('gpt2');
  if (found === null) return;
  const { config, tensors } = found.folder;
  const facts: RunFacts = {
    config: defaultRunConfig,
    parameterCount: 30_000,
    trainedCount: 30_000,
    vocabularySize: 96,
    trainTokens: 1_000_000,
    validationTokens: 9_000,
    bytesPerToken: 1,
    uniformEntropy: 4.6,
    unigramEntropy: 3,
    bigramEntropy: 2.5,
    memory: [],
    totalBytes: 1,
    dispatchesPerStep: 1,
    flopsPerStep: 1,
    tuning: [],
  };
  const adapter: AdapterFacts = {
    vendor: 'google',
    architecture: 'swiftshader',
    device: '',
    description: '',
    software: true,
    profile: 'adapter',
    limits: {},
    features: [],
    missing: [],
    userAgent: '',
  };
  const evaluation = { step: 20, loss: 2.25, bitsPerByte: 3.246, perplexity: 9.488, tokens: 512 };
  const history = {
    kind: 'trained',
    facts,
    title: 'a|b',
    step: 20,
    loss: 2.125,
    evaluation,
    adapter,
    began: null,
  } as const;
  const card = modelCard({ model: config, parameterCount: 30_000, dtype: 'F32', history });
  for (const part of [
    '# A gpt2 model of 30,000 parameters',
    'a\\|b, 1,000,000 tokens',
    '20 of 1,000',
    '2.2500 nats a token at step 20',
    'google swiftshader (software adapter)',
  ])
    expect(card).toContain(part);
  expect(folderProblems(writeModelFolder(config, tensors, null, { card }))).toEqual([]);
  const loaded = modelCard({ model: config, parameterCount: 30_000, dtype: 'BF16', history: null });
  expect(loaded).toContain('not trained there');
  expect(loaded).not.toContain('## Training');

  const row = { bytes: 1, zeroShare: 0, maxError: 0, relativeError: 0, tokensPerSecond: 1, tokensPerSecondLow: 1 };
  const measured = { ...row, tokensPerSecondHigh: 1, heldOutTokens: 512, lossChange: 0, perplexityChange: 0 };
  const rows = [
    { ...measured, variant: 'teacher', loss: 1.5, perplexity: 4.482 },
    { ...measured, variant: 'student distilled', loss: 1.75, perplexity: 5.755 },
  ];
  const student = modelCard({
    model: config,
    parameterCount: 3_000,
    dtype: 'F32',
    history: {
      kind: 'distilled',
      teacher: { parameterCount: 30_000, layers: 2, width: 32 },
      config: defaultRunConfig,
      title: 'Primer',
      trainTokens: 9_000,
      options: { temperature: 2, alpha: 0.5, tokens: 512 },
      rows,
      adapter,
    },
  });
  for (const part of [
    'Distilled from a larger model',
    '30,000 parameters: 2 layers, width 32',
    "0.5 of it the teacher's logits at temperature 2",
    '| student distilled | 1.7500 nats a token, perplexity 5.755, over 512 held-out tokens |',
  ])
    expect(student).toContain(part);
  const scheme = { name: 'int4', group: 32 } as const;
  const compressed = { rows, scheme };
  const small = modelCard({ model: config, parameterCount: 30_000, dtype: 'F32', history, compressed });
  for (const part of ['int4 in groups of 32', '## Compression', '## Training', 'read by Shardlab alone'])
    expect(small).toContain(part);
});

test('sizes of files', () => {
  expect(['5MB', '5 mb', '1.5GiB', '4096', '1kb', '2KiB'].map(parseByteSize)).toEqual([
    5e6,
    5e6,
    1.5 * 2 ** 30,
    4096,
    1e3,
    2048,
  ]);
  for (const text of ['', 'MB', '-1', '0', '5TB', '1e3', 'NaN', '0.1']) expect(parseByteSize(text), text).toBeNull();
});
