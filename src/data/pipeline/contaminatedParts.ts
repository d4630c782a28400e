// Takes the verdict `train` from documents that share runs of words with the held-out ones, over all parts. It needs their words once for each
// share of the held-out runs that fits in memory.

import type { PipelineConfig } from '../../core/pipelineConfig';
import type { DocumentRef } from '../../core/pipelineRecords';
import { DROPPED, HELD_OUT, type JudgedPart, TRAIN } from './corpusJudge';
import { allowedRuns, HeldOutRuns, MOST_RUNS, runsOf } from './decontaminate';
import type { HeldPart, HeldParts } from './heldParts';
import { addCount, newTally, type StageTally } from './tally';

/** Documents that are kept for people to look at; all are counted. */
const SHOWN_DOCUMENTS = 50;

export interface PartToPack {
  readonly judged: JudgedPart;
  readonly held: HeldPart;
}

export interface DecontaminateRequest {
  /** In the order of documents; verdicts change. */
  readonly parts: readonly PartToPack[];
  readonly held: Pick<HeldParts, 'words'>;
  readonly options: PipelineConfig['decontaminate'];
  /** @throws LabError `run.cancelled` */
  readonly breathe: () => Promise<void>;
  /** Most held-out runs in memory at a time. */
  readonly mostRuns?: number;
}

export interface Contamination {
  readonly tally: StageTally;
  /** The first documents that shared too much. */
  readonly shown: readonly DocumentRef[];
}

export async function leaveOutContaminated(request: DecontaminateRequest): Promise<Contamination> {
  const { parts, held, options, breathe, mostRuns = MOST_RUNS } = request;
  const tally = newTally('decontaminate');
  const shown: DocumentRef[] = [];
  const start = performance.now();
  let expected = 0;
  for (const { judged } of parts) {
    eachOf(judged, HELD_OUT, (_document, _at, words) => {
      expected += runsOf(words, options);
    });
  }
  const shares = Math.max(1, Math.ceil(expected / mostRuns));
  // Of every document to train on, runs that were found: over all shares they are those of the whole set.
  const found = parts.map(({ judged }) => new Uint32Array(shares > 1 ? judged.records.length : 0));
  for (let share = 0; share < shares; share++) {
    const runs = new HeldOutRuns(options, expected, { index: share, of: shares });
    for (const { judged, held: part } of parts) {
      if (!judged.verdicts.includes(HELD_OUT)) continue;
      const words = await held.words(part);
      eachOf(judged, HELD_OUT, (_document, at, count) => runs.add(words.subarray(at, at + count)));
      await breathe();
    }
    for (const [i, { judged, held: part }] of parts.entries()) {
      const words = await held.words(part);
      const last = share === shares - 1;
      eachOf(judged, TRAIN, (document, at, count) => {
        const allowed = allowedRuns(count, options);
        const before = shares > 1 ? found[i][document] : 0;
        const now = before > allowed ? before : before + runs.count(words.subarray(at, at + count), allowed - before);
        if (shares > 1) found[i][document] = now;
        if (!last) return;
        tally.documentsIn++;
        if (now <= allowed) {
          tally.documentsOut++;
          return;
        }
        addCount(tally.dropped, 'shares words with the held-out set');
        judged.verdicts[document] = DROPPED;
        if (shown.length < SHOWN_DOCUMENTS) shown.push({ file: judged.file, record: judged.records[document] });
      });
      await breathe();
    }
  }
  tally.milliseconds += performance.now() - start;
  return { tally, shown };
}

/** Documents with this verdict, and where their words are in the part's. */
function eachOf(
  { verdicts, wordCounts }: JudgedPart,
  verdict: number,
  visit: (document: number, at: number, words: number) => void,
): void {
  let at = 0;
  for (let document = 0; document < verdicts.length; document++) {
    const words = wordCounts[document];
    if (verdicts[document] === verdict) visit(document, at, words);
    at += words;
  }
}
