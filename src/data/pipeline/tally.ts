// Counts and samples of one stage, gathered by workers over parts and put together in the order of documents. Pure.

import type { StageReport } from '../../core/pipelineRecords';
import { wellFormed } from '../decodeText';
import { mixed } from './hashes';

/** Samples of a stage that are kept: so many of what it changed, and so many of what it left out. */
const SAMPLES = 6;
const CONTEXT_BEFORE = 80;
const EXCERPT = 320;

interface TallySample extends Place {
  /** The samples with the lowest keys are kept: any document is as likely as any other, and the choice is the same every time. */
  readonly key: number;
  readonly before: string;
  readonly after: string | null;
  readonly reason?: string;
  readonly withheld?: boolean;
}

/** Of a document, before it is known how many records its file has before this piece. */
export interface Place {
  readonly piece: number;
  /** In its piece. */
  readonly row: number;
  /** What of its text a sample must not show: the text before the stage, or after it too. */
  readonly withhold?: 'before' | 'both';
}

/** Plain data, so that it goes from worker to worker. */
export interface StageTally {
  readonly stage: string;
  documentsIn: number;
  documentsOut: number;
  charactersIn: number;
  charactersOut: number;
  changed: number;
  milliseconds: number;
  readonly dropped: Map<string, number>;
  readonly counts: Map<string, number>;
  samples: readonly TallySample[];
}

export function newTally(stage: string): StageTally {
  const zero = { documentsIn: 0, documentsOut: 0, charactersIn: 0, charactersOut: 0, changed: 0, milliseconds: 0 };
  return { stage, ...zero, dropped: new Map(), counts: new Map(), samples: [] };
}

export function addCount(counts: Map<string, number>, what: string, by = 1): void {
  counts.set(what, (counts.get(what) ?? 0) + by);
}

/** Notes what became of one document. */
export function tallyOutcome(
  tally: StageTally,
  place: Place,
  before: string,
  outcome: string | { readonly dropped: string },
): void {
  tally.documentsIn++;
  tally.charactersIn += before.length;
  if (typeof outcome === 'string') {
    tally.documentsOut++;
    tally.charactersOut += outcome.length;
    if (outcome === before) return;
    tally.changed++;
    keepSample(tally, place, false, () => withheld(excerpts(before, outcome), place));
  } else {
    addCount(tally.dropped, outcome.dropped);
    keepSample(tally, place, true, () =>
      withheld({ before: excerpt(before, 0), after: null, reason: outcome.dropped }, place),
    );
  }
}

type SampleText = Pick<TallySample, 'before' | 'after' | 'reason' | 'withheld'>;

function withheld(sample: SampleText, { withhold }: Place): SampleText {
  if (withhold === undefined) return sample;
  return {
    ...sample,
    before: '',
    ...(withhold === 'both' && sample.after !== null ? { after: '' } : {}),
    withheld: true,
  };
}

function keepSample(tally: StageTally, { piece, row }: Place, dropped: boolean, make: () => SampleText): void {
  const key = mixed(Math.imul(piece, 0x9e3779b1) ^ row);
  let lower = 0;
  for (const sample of tally.samples) if ((sample.after === null) === dropped && sample.key <= key) lower++;
  if (lower >= SAMPLES) return;
  tally.samples = lowest([...tally.samples, { key, piece, row, ...make() }]);
}

function lowest(samples: readonly TallySample[]): readonly TallySample[] {
  const byKey = [...samples].sort((a, b) => a.key - b.key || a.piece - b.piece || a.row - b.row);
  const changed = byKey.filter(({ after }) => after !== null);
  return [...changed.slice(0, SAMPLES), ...byKey.filter(({ after }) => after === null).slice(0, SAMPLES)];
}

/** Around the first difference of the two. */
function excerpts(before: string, after: string): { readonly before: string; readonly after: string } {
  let first = 0;
  while (first < before.length && before.charCodeAt(first) === after.charCodeAt(first)) first++;
  const start = Math.max(0, first - CONTEXT_BEFORE);
  return { before: excerpt(before, start), after: excerpt(after, start) };
}

function excerpt(text: string, start: number): string {
  const end = Math.min(text.length, start + EXCERPT);
  return `${start > 0 ? '…' : ''}${wellFormed(text.slice(start, end))}${end < text.length ? '…' : ''}`;
}

/** Adds what `other` counted; the result does not depend on the order of calls. */
export function mergeTally(into: StageTally, other: StageTally): void {
  into.documentsIn += other.documentsIn;
  into.documentsOut += other.documentsOut;
  into.charactersIn += other.charactersIn;
  into.charactersOut += other.charactersOut;
  into.changed += other.changed;
  into.milliseconds += other.milliseconds;
  for (const [reason, count] of other.dropped) addCount(into.dropped, reason, count);
  for (const [what, count] of other.counts) addCount(into.counts, what, count);
  if (other.samples.length > 0) into.samples = lowest([...into.samples, ...other.samples]);
}

/** @param documentAt the document that a row of a piece is */
export function stageReport(
  tally: StageTally,
  documentAt: (piece: number, row: number) => { readonly file: number; readonly record: number },
): StageReport {
  const { stage, documentsIn, documentsOut, charactersIn, charactersOut, changed, milliseconds } = tally;
  return {
    ...{ stage, documentsIn, documentsOut, charactersIn, charactersOut, changed, milliseconds },
    dropped: sorted(tally.dropped),
    counts: sorted(tally.counts),
    samples: tally.samples.map(({ piece, row, before, after, reason, withheld: kept }) => ({
      document: documentAt(piece, row),
      before,
      after,
      ...(reason === undefined ? {} : { reason }),
      ...(kept === undefined ? {} : { withheld: kept }),
    })),
  };
}

/** Names in alphabetical order: which worker counted first must not show. */
export function sorted(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
