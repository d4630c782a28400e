// What the commands take that work on text files: data, tokenizer.

import { tokenizerKinds } from '../../../src/core/tokenizerRecords';
import type { CommandSpec } from './commandSpec';
import { whole } from './sharedOptions';

export const dataCommands: readonly CommandSpec[] = [
  {
    name: 'data',
    positional: { name: 'FILE', required: true },
    rest: 'FILE',
    restIsOptional: true,
    options: [
      { name: 'out', kind: 'text', placeholder: 'DIR', required: true, help: 'the folder for shards and their index' },
      {
        name: 'config',
        kind: 'text',
        placeholder: 'F',
        help: 'a JSON file with stages and their settings; see docs/data.md',
      },
      { name: 'workers', kind: 'number', placeholder: 'N', range: whole(1, 16), help: 'data workers, 2 if left out' },
      {
        name: 'tokenizer',
        kind: 'text',
        placeholder: 'FILE',
        help: 'a tokenizer.json to encode with; bytes if left out',
      },
      { name: 'force', kind: 'flag', help: 'write into DIR even if it holds something' },
    ],
    help: 'cleans, filters, deduplicates, tokenizes and packs files and folders into token shards',
  },
  {
    name: 'tokenizer',
    positional: { name: 'ACTION', required: true, choices: ['train'] },
    rest: 'FILE',
    options: [
      {
        name: 'kind',
        kind: 'text',
        placeholder: 'KIND',
        choices: tokenizerKinds,
        required: true,
        help: 'what to train',
      },
      {
        name: 'vocabulary',
        kind: 'number',
        placeholder: 'N',
        range: whole(1, 1_000_000),
        required: true,
        help: 'tokens at most, special ones and the alphabet among them',
      },
      {
        name: 'min-frequency',
        kind: 'number',
        placeholder: 'N',
        range: whole(1, 1e9),
        help: 'occurrences that something learnt has at least, 2 if left out',
      },
      {
        name: 'special',
        kind: 'text',
        placeholder: 'TOKEN,...',
        help: 'special tokens, which take the first ids; those usual for the kind if left out',
      },
      { name: 'out', kind: 'text', placeholder: 'FILE', required: true, help: 'the tokenizer.json to write' },
      { name: 'force', kind: 'flag', help: 'replace it if it exists' },
    ],
    help: 'learns a tokenizer from text files and writes a tokenizer.json, for `train --tokenizer` and the tokenizers libraries',
  },
];
