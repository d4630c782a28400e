// From judged documents to shards: writes both splits in the order of documents, with the index last. It reads the held tokens once.

import type { PipelineConfig } from '../../core/pipelineConfig';
import type { DocumentRef, ShardIndex, SplitName } from '../../core/pipelineRecords';
import type { TokenArray } from '../tokenBuffer';
import { decontaminated, noContamination, type PartToPack } from './contaminatedParts';
import { DROPPED, verdicts } from './corpusJudge';
import type { HeldParts } from './heldParts';
import type { RunChecker } from './runCheck';
import type { ShardStore } from './shards/shardStore';
import { SplitWriter } from './shards/splitWriter';
import { addCount, newTally, type StageTally } from './tally';

export interface PackRequest {
  /** In the order of documents. */
  readonly parts: readonly PartToPack[];
  readonly held: HeldParts;
  readonly config: PipelineConfig;
  readonly vocabularySize: number;
  readonly documentEnd: readonly number[];
  /** Names of the files. */
  readonly files: readonly string[];
  readonly checker: RunChecker;
}

export interface PackHooks {
  /** Writes a file whole; it may take its time until there is room. */
  readonly write: ShardStore['write'];
  readonly onProgress: (share: number) => void;
  /** @throws LabError `run.cancelled` */
  readonly breathe: () => Promise<void>;
}

export interface Packed {
  readonly index: ShardIndex;
  /** Of `decontaminate`, where it ran, and `pack`. */
  readonly tallies: readonly StageTally[];
  /** The first documents that shared too much with the held-out ones. */
  readonly contaminated: readonly DocumentRef[];
  /** How often each token occurs in the training part. */
  readonly tokenCounts: Uint32Array;
}

type Writers = Readonly<Record<SplitName, SplitWriter>>;

export async function packShards(request: PackRequest, hooks: PackHooks): Promise<Packed> {
  const { parts, held, config, vocabularySize, checker } = request;
  const { sequenceLength } = config.pack;
  const shardTokens = Math.max(1, Math.floor(config.pack.shardTokens / sequenceLength)) * sequenceLength;
  const options = { shardTokens, sequenceLength, vocabularySize };
  const checked = config.stages.includes('decontaminate');
  const found = noContamination();
  const { breathe } = hooks;
  const final = checked
    ? decontaminated({ parts, held, options: config.decontaminate, breathe, checker }, found)
    : parts;
  const pack = newTally('pack');
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await work();
    pack.milliseconds += performance.now() - start;
    return result;
  };
  const writers: Writers = {
    train: new SplitWriter('train', options, hooks.write),
    validation: new SplitWriter('validation', options, hooks.write),
  };
  let packed = 0;
  for await (const part of final) {
    await timed(async () => packPart(part, await held.tokens(part.held), writers, pack));
    hooks.onProgress(++packed / parts.length);
    await breathe();
  }
  const splits = await timed(async () => ({
    train: await writers.train.finish(),
    validation: await writers.validation.finish(),
  }));
  for (const split of ['train', 'validation'] as const satisfies readonly SplitName[]) {
    addCount(pack.counts, `${split} tokens`, splits[split].tokens);
    addCount(pack.counts, `${split} sequences`, splits[split].sequences);
    addCount(pack.counts, `${split} shards`, splits[split].shards.length);
  }
  const index: ShardIndex = {
    format: 'shardlab-tokens',
    version: 1,
    dtype: vocabularySize <= 65_536 ? 'uint16' : 'uint32',
    vocabularySize,
    documentEnd: request.documentEnd,
    sequenceLength,
    files: request.files,
    splits,
    config,
  };
  // Last: a folder with an index is complete.
  await hooks.write('index.json', new TextEncoder().encode(`${JSON.stringify(index, null, 1)}\n`));
  const tallies = checked ? [found.tally, pack] : [pack];
  return { index, tallies, contaminated: found.shown, tokenCounts: writers.train.tokenCounts };
}

/** Documents of the same split that follow each other are written as one run of tokens. */
async function packPart({ judged }: PartToPack, tokens: TokenArray, writers: Writers, pack: StageTally): Promise<void> {
  const { file, records, tokenCounts } = judged;
  let runVerdict = DROPPED;
  let runStart = 0;
  let at = 0;
  for (let document = 0; document <= records.length; document++) {
    const verdict = document < records.length ? judged.verdicts[document] : DROPPED;
    if (verdict !== runVerdict || document === records.length) {
      const split = verdicts[runVerdict];
      if (split !== 'dropped') await writers[split].write(tokens.subarray(runStart, at));
      runStart = at;
      runVerdict = verdict;
    }
    const split = verdicts[verdict];
    if (split !== 'dropped') {
      writers[split].enter(file, records[document], tokenCounts[document]);
      pack.documentsIn++;
      pack.documentsOut++;
    }
    if (document < records.length) at += tokenCounts[document];
  }
}
