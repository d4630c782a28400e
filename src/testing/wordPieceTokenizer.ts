// A WordPiece tokenizer as BERT has it over a few words, for tests: ids 0 to 4 are [PAD], [UNK], [CLS], [SEP], [MASK], then the words in order.

import { createJsonTokenizer, type JsonTokenizer } from '../data/jsonTokenizer';
import { folderFiles } from '../interop/folderFiles';
import { readFolderTokenizer } from '../interop/tokenizerFiles';

export function wordPieceTokenizer(words: readonly string[]): JsonTokenizer {
  const lines = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...words];
  const bytes = new TextEncoder().encode(lines.join('\n'));
  return createJsonTokenizer(readFolderTokenizer(folderFiles([{ name: 'vocab.txt', bytes }]))?.json ?? '');
}
