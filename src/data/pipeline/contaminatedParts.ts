// Takes the verdict `train` from documents that share runs of words with the held-out ones. It needs the words of all parts once for each share of
// the held-out runs that fits in memory; while it reads them the last time, parts whose verdicts are final are packed. Runs are looked for by
// whoever is given: the data workers have nothing else to do then.

import type { PipelineConfig } from '../../core/pipelineConfig';
import type { DocumentRef } from '../../core/pipelineRecords';
import { DROPPED, HELD_OUT, type JudgedPart, TRAIN } from './corpusJudge';
import { allowedRuns, type HashShare, HeldOutRuns, MOST_RUNS, runsOf } from './decontaminate';
import type { HeldPart, HeldParts } from './heldParts';
import { OwnRunChecker, type RunChecker, type RunCounts } from './runCheck';
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
  /** Looks for runs; the caller's own thread if not said. */
  readonly checker?: RunChecker;
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
  const { parts, held, options, breathe, mostRuns = MOST_RUNS, checker = new OwnRunChecker() } = request;
  let expected = 0;
  for (const { judged } of parts)
    eachOf(judged, HELD_OUT, (_document, _at, words) => {
      expected += runsOf(words, options);
    });
  const shares = Math.max(1, Math.ceil(expected / mostRuns));
  // Of every document, runs that were found: over all shares they are those of the whole set.
  const counts = parts.map(({ judged }) => new Uint32Array(judged.records.length));
  /** The work on a part, given away before its turn comes. */
  const begin = (index: number): Promise<RunCounts> => {
    const { judged, held: part } = parts[index];
    const enough = stillAllowed(judged, counts[index], options);
    const answer = held.words(part).then((words) => checker.check({ words, wordCounts: judged.wordCounts, enough }));
    // Heard when its turn comes; where the run ends before, by nobody.
    answer.catch(() => undefined);
    return answer;
  };
  for (let share = 0; share < shares; share++) {
    checker.hold((await heldOut(request, expected, { index: share, of: shares }, found.tally)).table);
    const answers: Promise<RunCounts>[] = [];
    for (const [index, part] of parts.entries()) {
      while (answers.length < checker.ahead && index + answers.length < parts.length)
        answers.push(begin(index + answers.length));
      const answer = await answers.shift();
      for (const [document, runs] of answer?.found.entries() ?? []) counts[index][document] += runs;
      found.tally.milliseconds += answer?.milliseconds ?? 0;
      if (share === shares - 1) {
        conclude(part.judged, counts[index], options, found);
        yield part;
      }
      await breathe();
    }
  }
}

/** A share of the held-out runs. */
async function heldOut(
  { parts, held, options, breathe }: DecontaminateRequest,
  expected: number,
  share: HashShare,
  tally: StageTally,
): Promise<HeldOutRuns> {
  const runs = HeldOutRuns.empty(options, expected, share);
  for (const { judged, held: part } of parts) {
    if (!judged.verdicts.includes(HELD_OUT)) continue;
    const words = await held.words(part);
    const start = performance.now();
    eachOf(judged, HELD_OUT, (_document, at, count) => runs.add(words.subarray(at, at + count)));
    tally.milliseconds += performance.now() - start;
    await breathe();
  }
  return runs;
}

/** [documents]: runs that may yet be found in each that is trained on; below 0 where there is nothing more to learn. */
function stillAllowed(
  { verdicts, wordCounts }: JudgedPart,
  counts: Uint32Array,
  options: PipelineConfig['decontaminate'],
): Float64Array {
  return Float64Array.from(verdicts, (verdict, document) =>
    verdict === TRAIN ? allowedRuns(wordCounts[document], options) - counts[document] : -1,
  );
}

/** No verdict of this part changes any more. */
function conclude(
  judged: JudgedPart,
  counts: Uint32Array,
  options: PipelineConfig['decontaminate'],
  { tally, shown }: Contamination,
): void {
  for (let document = 0; document < judged.verdicts.length; document++) {
    if (judged.verdicts[document] !== TRAIN) continue;
    tally.documentsIn++;
    if (counts[document] <= allowedRuns(judged.wordCounts[document], options)) {
      tally.documentsOut++;
      continue;
    }
    addCount(tally.dropped, 'shares words with the held-out set');
    judged.verdicts[document] = DROPPED;
    if (shown.length < SHOWN_DOCUMENTS) shown.push({ file: judged.file, record: judged.records[document] });
  }
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
