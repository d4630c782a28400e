// Takes the verdict `train` from documents that share runs of words with the held-out ones. It needs the words of all parts once for each share of
// the held-out runs that fits in memory; while it reads them the last time, parts whose verdicts are final are packed.

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
  readonly shown: DocumentRef[];
}

export function noContamination(): Contamination {
  return { tally: newTally('decontaminate'), shown: [] };
}

/**
 * @param found gets what is left out; whole at the end
 * @yields the parts in their order, each as soon as no verdict of it changes any more
 */
export async function* decontaminated(request: DecontaminateRequest, found: Contamination): AsyncGenerator<PartToPack> {
  const { parts, held, options, breathe, mostRuns = MOST_RUNS } = request;
  const { tally } = found;
  let start = performance.now();
  let expected = 0;
  for (const { judged } of parts) {
    eachOf(judged, HELD_OUT, (_document, _at, words) => {
      expected += runsOf(words, options);
    });
  }
  const shares = Math.max(1, Math.ceil(expected / mostRuns));
  // Of every document to train on, runs that were found: over all shares they are those of the whole set.
  const counts = parts.map(({ judged }) => new Uint32Array(shares > 1 ? judged.records.length : 0));
  for (let share = 0; share < shares; share++) {
    const runs = new HeldOutRuns(options, expected, { index: share, of: shares });
    for (const { judged, held: part } of parts) {
      if (!judged.verdicts.includes(HELD_OUT)) continue;
      const words = await held.words(part);
      eachOf(judged, HELD_OUT, (_document, at, count) => runs.add(words.subarray(at, at + count)));
      await breathe();
    }
    for (const [i, part] of parts.entries()) {
      const { judged } = part;
      const words = await held.words(part.held);
      const last = share === shares - 1;
      eachOf(judged, TRAIN, (document, at, count) => {
        const allowed = allowedRuns(count, options);
        const before = shares > 1 ? counts[i][document] : 0;
        const now = before > allowed ? before : before + runs.count(words.subarray(at, at + count), allowed - before);
        if (shares > 1) counts[i][document] = now;
        if (last) conclude(judged, document, now <= allowed, found);
      });
      if (last) {
        tally.milliseconds += performance.now() - start;
        yield part;
        start = performance.now();
      }
      await breathe();
    }
  }
}

function conclude(judged: JudgedPart, document: number, stays: boolean, { tally, shown }: Contamination): void {
  tally.documentsIn++;
  if (stays) {
    tally.documentsOut++;
    return;
  }
  addCount(tally.dropped, 'shares words with the held-out set');
  judged.verdicts[document] = DROPPED;
  if (shown.length < SHOWN_DOCUMENTS) shown.push({ file: judged.file, record: judged.records[document] });
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
