// Weights written in one file and in shards: byte-equal on the second round in every dtype, and as a strict reader wants them.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { floatDtypes } from '../core/exportOptions';
import type { NamedFile } from '../core/records';
import { goldenFile } from '../testing/goldenFile';
import { folderProblems } from '../testing/strictFolder';
import { folderFiles, readFolderWeights } from './folderFiles';
import { type SafeTensor, tensorToFloat32 } from './safetensors';
import { floatTensor } from './safetensorsWriter';
import { writeWeightFiles } from './shardedWeights';

const read = (files: readonly NamedFile[]): ReadonlyMap<string, SafeTensor> =>
  readFolderWeights(folderFiles(files), () => false);
const names = (files: readonly NamedFile[]): readonly string[] => files.map(({ name }) => name);
const tensor = (elements: number): SafeTensor =>
  floatTensor('w', [elements], new Float32Array(elements).fill(3), 'F32');

function goldenFolder(name: string): readonly NamedFile[] {
  return ['config.json', 'model.safetensors', ...(name.startsWith('bert') ? [] : ['generation_config.json'])].flatMap(
    (file): NamedFile[] => {
      const bytes = goldenFile(`${name}/${file}`);
      return bytes === null ? [] : [{ name: file, bytes }];
    },
  );
}

describe('writeWeightFiles', () => {
  test('one file without an index; else shards below the bound, in order, a tensor above it alone', () => {
    expect(names(writeWeightFiles(new Map([['a', tensor(4)]])))).toEqual(['model.safetensors']);
    expect(names(writeWeightFiles(new Map()))).toEqual(['model.safetensors']);
    const tensors = new Map([
      ['big', tensor(100)],
      ['b', tensor(10)],
      ['none', floatTensor('none', [0, 7], new Float32Array(0), 'F32')],
      ['scalar', floatTensor('scalar', [], Float32Array.of(1), 'F32')],
      ['c', tensor(15)],
    ]);
    const files = writeWeightFiles(tensors, 100);
    expect(names(files)).toEqual([
      'model-00001-of-00003.safetensors',
      'model-00002-of-00003.safetensors',
      'model-00003-of-00003.safetensors',
      'model.safetensors.index.json',
    ]);
    expect(JSON.parse(new TextDecoder().decode(files[3].bytes))).toEqual({
      metadata: { total_parameters: 126, total_size: 504 },
      weight_map: {
        big: 'model-00001-of-00003.safetensors',
        b: 'model-00002-of-00003.safetensors',
        none: 'model-00002-of-00003.safetensors',
        scalar: 'model-00002-of-00003.safetensors',
        c: 'model-00003-of-00003.safetensors',
      },
    });
    expect(new Map(read(files))).toEqual(tensors);
  });

  test.each(floatDtypes)(
    'row 60: %s, any bits, NaN and infinities too: written, read, written byte-equal, one file and shards',
    (dtype) => {
      const bits = fc.uint32Array({ maxLength: 40 });
      fc.assert(
        fc.property(fc.array(bits, { minLength: 1, maxLength: 5 }), fc.constantFrom(1, 30, 64, 1e9), (list, bound) => {
          const first = new Map(
            list.map((words, i): [string, SafeTensor] => {
              const data = new Uint8Array(words.buffer);
              return [`t${i}`, { dtype, shape: [data.byteLength / (dtype === 'F32' ? 4 : 2)], data }];
            }),
          );
          const files = writeWeightFiles(first, bound);
          const again = new Map(
            [...read(files)].map(([name, found]) => [
              name,
              floatTensor(name, found.shape, tensorToFloat32(name, found), dtype),
            ]),
          );
          const ordered = new Map(
            [...first.keys()].flatMap((name) =>
              again.has(name) ? [[name, again.get(name) ?? tensor(0)] as const] : [],
            ),
          );
          writeWeightFiles(ordered, bound).forEach((file, i) => {
            expect(file.name).toBe(files[i].name);
            expect(Buffer.compare(file.bytes, files[i].bytes)).toBe(0);
          });
        }),
      );
    },
  );

  test('a finite value that F16 or BF16 would write as infinite is refused with the tensor; infinities are not', () => {
    expect(() => floatTensor('h.0', [3], Float32Array.of(1, 65_520, Infinity), 'F16')).toThrow(
      'F16 cannot hold the tensor "h.0"',
    );
    expect(() => floatTensor('h.0', [1], Float32Array.of(3.4e38), 'BF16')).toThrow('BF16');
    expect(() => floatTensor('h.0', [2], Float32Array.of(65_519, -Infinity), 'F16')).not.toThrow();
  });
});

describe('the strict reader', () => {
  test.each(['gpt2', 'gpt2-4layer', 'bert-mlm', 'bert-classifier', 'bert-qa', 'llama-gqa'])(
    'takes the folder %s as transformers wrote it, and as its tensors come back in shards of any dtype',
    (name) => {
      const files = goldenFolder(name);
      if (files.length === 0) return;
      expect(folderProblems(files)).toEqual([]);
      const others = files.filter((file) => file.name !== 'model.safetensors');
      expect(folderProblems([...others, ...writeWeightFiles(read(files), 20_000)])).toEqual([]);
      const half = new Map(
        [...read(files)].map(([key, found]) => [
          key,
          floatTensor(key, found.shape, tensorToFloat32(key, found), 'BF16'),
        ]),
      );
      expect(folderProblems([...others, ...writeWeightFiles(half, 20_000)])[0]).toContain(
        'BF16, config.json has float32',
      );
    },
  );

  test('names what is wrong: a hole in the shards, a lying index, another framework, a tied head, a token past the embedding', () => {
    const files = goldenFolder('gpt2');
    if (files.length === 0) return;
    const text = (name: string, value: unknown): NamedFile => ({
      name,
      bytes: new TextEncoder().encode(JSON.stringify(value)),
    });
    const others = files.filter((file) => file.name !== 'model.safetensors');
    const tensors = new Map(read(files));
    const shards = writeWeightFiles(tensors, 20_000);
    expect(folderProblems([...others, ...shards.slice(1)]).join('\n')).toMatch(
      /is not the name of one of[\s\S]*missing: transformer/,
    );
    const lying = text('model.safetensors.index.json', { metadata: { total_size: 1 }, weight_map: {} });
    expect(folderProblems([...others, ...shards.slice(0, -1), lying]).join('\n')).toMatch(
      /does not name[\s\S]*total_size 1, not/,
    );
    tensors.set('lm_head.weight', tensors.get('transformer.wte.weight') ?? tensor(1));
    expect(folderProblems([...others, ...writeWeightFiles(tensors)])).toEqual(['unexpected: lm_head.weight']);
    const tokenizer = [
      text('tokenizer.json', {
        version: '1.0',
        model: { type: 'BPE', vocab: { a: 96 }, merges: [] },
        added_tokens: [],
      }),
      text('tokenizer_config.json', { tokenizer_class: 'PreTrainedTokenizerFast', eos_token: '</s>' }),
    ];
    expect(folderProblems([...files, ...tokenizer])).toEqual([
      'tokenizer.json: a has the id 96, past the embedding',
      'tokenizer_config.json: eos_token "</s>" is not in tokenizer.json',
    ]);
    expect(folderProblems([...files, { name: 'README.md', bytes: new TextEncoder().encode('# Hi') }])).toHaveLength(2);
  });
});
