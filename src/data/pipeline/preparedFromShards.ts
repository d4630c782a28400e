// Shards as the data of a run on one machine: both splits whole in memory, with the baselines that every run has. For corpora that fit; larger
// ones are read batch by batch (shards/shardBatcher.ts).

import { LabError } from '../../core/errors';
import type { ShardIndex } from '../../core/pipelineRecords';
import type { PreparedData } from '../../core/records';
import { baselines } from '../entropy';
import type { Tokenizer } from '../tokenizer';
import { readDocumentStarts, ShardReader } from './shards/shardReader';
import type { ShardStore } from './shards/shardStore';

/** Tokens of both splits: 1 GB of memory. */
const MOST_TOKENS = 250_000_000;
/** Tokens that are decoded at once, to count their bytes. */
const DECODED = 65_536;

/** @throws LabError `data.invalid` where a split is empty or the whole is too large, `storage` where a file is not what was written */
export async function preparedFromShards(
  index: ShardIndex,
  store: Pick<ShardStore, 'read'>,
  tokenizer: Tokenizer,
): Promise<PreparedData> {
  const { train, validation } = index.splits;
  if (train.tokens + validation.tokens > MOST_TOKENS) {
    throw new LabError({
      code: 'data.invalid',
      message: 'The shards are too large to be held in memory.',
      why: `They have ${train.tokens + validation.tokens} tokens; ${MOST_TOKENS} is the most.`,
      advice: 'Prepare fewer files.',
    });
  }
  if (train.tokens === 0 || validation.tokens === 0) {
    throw new LabError({
      code: 'data.invalid',
      message: 'One part of the shards is empty.',
      why: `${train.documents} documents to train on, ${validation.documents} held out.`,
      advice: 'Give more documents, or hold out a larger share (split.validationFraction).',
    });
  }
  const trainTokens = await new ShardReader(index, 'train', store).tokens(0, train.tokens);
  const validationTokens = await new ShardReader(index, 'validation', store).tokens(0, validation.tokens);
  let bytes = 0;
  for (let at = 0; at < validationTokens.length; at += DECODED) {
    bytes += new TextEncoder().encode(tokenizer.decode(validationTokens.subarray(at, at + DECODED))).length;
  }
  const { unigram, bigram } = baselines(trainTokens, validationTokens, index.vocabularySize);
  return {
    tokenizer: tokenizer.spec,
    vocabularySize: index.vocabularySize,
    trainTokens,
    validationTokens,
    trainDocuments: await readDocumentStarts(train, store),
    validationDocuments: await readDocumentStarts(validation, store),
    bytesPerToken: bytes / validationTokens.length,
    unigramEntropy: unigram,
    bigramEntropy: bigram,
    title: index.files.length === 1 ? index.files[0] : `${index.files.length} files`,
    characters: bytes,
    notices: [],
    rowOrder: 'sequences',
  };
}
