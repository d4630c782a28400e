// From judged documents to shards: leaves out what the held-out set has too, and writes both splits in the order of documents. It reads the
// spilled tokens once, and the words once more where it decontaminates.

import type { PipelineConfig } from '../../core/pipelineConfig';
import type { DocumentRef, ShardIndex, SplitName } from '../../core/pipelineRecords';
import { type JudgedPart, type Verdict, verdicts } from './corpusJudge';
import { HeldOutRuns } from './decontaminate';
import type { ShardStore } from './shards/shardStore';
import { SplitWriter } from './shards/splitWriter';
import { addCount, newTally, type StageTally } from './tally';
import type { SpilledPart, TokenSpill } from './tokenSpill';

/** Contaminated documents that are kept for people to look at; all are counted. */
const SHOWN_DOCUMENTS = 50;

export interface PartToPack {
  readonly judged: JudgedPart;
  readonly spilled: SpilledPart;
}

export interface PackRequest {
  /** In the order of documents. */
  readonly parts: readonly PartToPack[];
  readonly spill: TokenSpill;
  readonly config: PipelineConfig;
  readonly vocabularySize: number;
  readonly documentEnd: readonly number[];
  /** Names of the files. */
  readonly files: readonly string[];
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

export async function packShards(request: PackRequest, hooks: PackHooks): Promise<Packed> {
  const { parts, spill, config, vocabularySize } = request;
  const { sequenceLength } = config.pack;
  const shardTokens = Math.max(1, Math.floor(config.pack.shardTokens / sequenceLength)) * sequenceLength;
  const options = { shardTokens, sequenceLength, vocabularySize };
  const decontaminate = config.stages.includes('decontaminate') ? newTally('decontaminate') : null;
  const start = performance.now();
  const heldOut = decontaminate === null ? null : await heldOutRuns(request, hooks);
  if (decontaminate !== null) decontaminate.milliseconds += performance.now() - start;
  const contaminated: DocumentRef[] = [];
  const pack = newTally('pack');
  const writers = {
    train: new SplitWriter('train', options, hooks.write),
    validation: new SplitWriter('validation', options, hooks.write),
  };
  for (const [i, { judged, spilled }] of parts.entries()) {
    const tokens = await spill.tokens(spilled);
    const words = heldOut === null ? null : await spill.words(spilled);
    let tokenAt = 0;
    let wordAt = 0;
    for (let document = 0; document < judged.records.length; document++) {
      const verdict = verdictOf(judged, document);
      const count = judged.tokenCounts[document];
      const own = tokens.subarray(tokenAt, tokenAt + count);
      tokenAt += count;
      if (decontaminate !== null && heldOut !== null && words !== null) {
        const ownWords = words.subarray(wordAt, wordAt + judged.wordCounts[document]);
        wordAt += judged.wordCounts[document];
        if (verdict === 'train' && isContaminated(heldOut, ownWords, decontaminate)) {
          if (contaminated.length < SHOWN_DOCUMENTS)
            contaminated.push({ file: judged.file, record: judged.records[document] });
          continue;
        }
      }
      if (verdict === 'dropped') continue;
      const packing = performance.now();
      await writers[verdict].add(judged.file, judged.records[document], own);
      pack.milliseconds += performance.now() - packing;
      pack.documentsIn++;
      pack.documentsOut++;
      addCount(pack.counts, `${verdict} tokens`, count);
    }
    hooks.onProgress((i + 1) / parts.length);
    await hooks.breathe();
  }
  const splits = { train: await writers.train.finish(), validation: await writers.validation.finish() };
  for (const split of ['train', 'validation'] as const satisfies readonly SplitName[]) {
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
  const tallies = decontaminate === null ? [pack] : [decontaminate, pack];
  return { index, tallies, contaminated, tokenCounts: writers.train.tokenCounts };
}

function verdictOf(judged: JudgedPart, document: number): Verdict {
  return verdicts[judged.verdicts[document]];
}

function isContaminated(heldOut: HeldOutRuns, words: Uint32Array, tally: StageTally): boolean {
  const start = performance.now();
  const found = heldOut.contaminates(words);
  tally.milliseconds += performance.now() - start;
  tally.documentsIn++;
  if (found) addCount(tally.dropped, 'shares words with the held-out set');
  else tally.documentsOut++;
  return found;
}

async function heldOutRuns({ parts, spill, config }: PackRequest, hooks: PackHooks): Promise<HeldOutRuns> {
  const runs = new HeldOutRuns(config.decontaminate);
  for (const { judged, spilled } of parts) {
    if (!judged.verdicts.some((verdict) => verdicts[verdict] === 'validation')) continue;
    const words = await spill.words(spilled);
    let at = 0;
    for (let document = 0; document < judged.records.length; document++) {
      const count = judged.wordCounts[document];
      if (verdictOf(judged, document) === 'validation') runs.add(words.subarray(at, at + count));
      at += count;
    }
    await hooks.breathe();
  }
  return runs;
}
