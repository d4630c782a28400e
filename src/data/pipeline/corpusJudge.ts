// Decides what becomes of each document where documents are compared: exact duplicates, near duplicates, the split. It hears of documents
// in their order, whoever made them and whenever, so that its decisions depend on the documents and the configuration alone. Pure.

import type { PipelineConfig } from '../../core/pipelineConfig';
import type { DocumentRef, DuplicateCluster, Histogram, SplitName } from '../../core/pipelineRecords';
import { KeyTable, mixed } from './hashes';
import { NearIndex } from './nearIndex';
import type { PiecePart } from './partBuilder';
import { addCount, newTally, type StageTally } from './tally';

/** Clusters, and members of each, that are kept for people to look at; all are counted. */
const SHOWN_CLUSTERS = 500;
const SHOWN_MEMBERS = 50;
/** Buckets of lengths: to 2^5 characters, to 2^6, ... */
const FIRST_BUCKET = 5;
const BUCKETS = 18;

/** What became of a document. */
export const verdicts = ['train', 'validation', 'dropped'] as const;
export const TRAIN = 0;
export const HELD_OUT = 1;
export const DROPPED = 2;

/** A part of a piece, judged: what packing needs to know of it. */
export interface JudgedPart {
  readonly file: number;
  /** [documents]: record in the file. */
  readonly records: Uint32Array;
  /** [documents]: index in `verdicts`; decontamination changes some. */
  readonly verdicts: Uint8Array;
  readonly tokenCounts: Uint32Array;
  readonly wordCounts: Uint32Array;
}

/** What the judge looks at; texts and tokens are elsewhere. */
export type PartFacts = Pick<
  PiecePart,
  'rowOf' | 'characters' | 'hashes' | 'tokenCounts' | 'wordCounts' | 'signatures' | 'bands'
>;

export class CorpusJudge {
  readonly exact: StageTally | null;
  readonly near: StageTally | null;
  readonly split: StageTally = newTally('split');
  readonly #texts = new KeyTable();
  readonly #index: NearIndex | null;
  /** Of the judged documents: file and record. */
  #files = new Uint32Array(1_024);
  #records = new Uint32Array(1_024);
  #documents = 0;
  readonly #clusters = new Map<number, { members: { document: DocumentRef; similarity: number }[] }>();
  readonly #clusterRoots = new Set<number>();
  readonly #lengths = new Array<number>(BUCKETS).fill(0);

  /** Documents that a person left out, as `file:record`. */
  readonly #leftOut: ReadonlySet<string>;

  constructor(private readonly config: Pick<PipelineConfig, 'stages' | 'leaveOut' | 'nearDedup' | 'split'>) {
    this.#leftOut = new Set(config.leaveOut.map(([file, record]) => `${file}:${record}`));
    this.exact = config.stages.includes('exact-dedup') ? newTally('exact-dedup') : null;
    this.near = config.stages.includes('near-dedup') ? newTally('near-dedup') : null;
    this.#index = this.near === null ? null : new NearIndex(config.nearDedup);
  }

  /** Bytes of what documents are compared with. */
  get bytes(): number {
    return this.#texts.bytes + (this.#index?.bytes ?? 0) + this.#files.byteLength + this.#records.byteLength;
  }

  /** @param firstRecord records of the file before this piece */
  judge(file: number, firstRecord: number, part: PartFacts): JudgedPart {
    const count = part.rowOf.length;
    const records = new Uint32Array(count);
    const result = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      records[i] = firstRecord + part.rowOf[i];
      result[i] = this.#judgeOne(file, records[i], part, i);
    }
    return { file, records, verdicts: result, tokenCounts: part.tokenCounts, wordCounts: part.wordCounts };
  }

  #judgeOne(file: number, record: number, part: PartFacts, i: number): number {
    const document = this.#remember(file, record);
    const characters = part.characters[i];
    const [high, low] = [part.hashes[2 * i], part.hashes[2 * i + 1]];
    // It is compared with nothing, so that another of its kind is kept.
    if (this.#leftOut.size > 0 && this.#leftOut.has(`${file}:${record}`)) {
      enter(this.exact ?? this.near ?? this.split, characters, 'left out by hand');
      return DROPPED;
    }
    if (this.exact !== null) {
      const first = this.#texts.claim(high, low, document);
      enter(this.exact, characters, first === null ? null : 'repeats a document');
      if (first !== null) {
        this.#join(first, document, 1);
        return DROPPED;
      }
    }
    if (this.#index !== null && this.near !== null) {
      const { bands, rows } = this.config.nearDedup;
      const own = part.bands.subarray(i * bands, (i + 1) * bands);
      const positions = bands * rows;
      const match =
        own[0] === 0
          ? null
          : this.#index.matchOrAdd(document, part.signatures.subarray(i * positions, (i + 1) * positions), own);
      enter(this.near, characters, match === null ? null : 'nearly repeats a document');
      if (match !== null) {
        this.#join(match.document, document, match.similarity);
        return DROPPED;
      }
    }
    const split = this.#splitOf(high, low);
    enter(this.split, characters, null);
    addCount(this.split.counts, split);
    const bucket = Math.ceil(Math.log2(Math.max(1, characters))) - FIRST_BUCKET;
    this.#lengths[Math.min(BUCKETS - 1, Math.max(0, bucket))]++;
    return split === 'train' ? TRAIN : HELD_OUT;
  }

  /** By the hash of the text, so that a document stays on its side whatever comes before it. */
  #splitOf(high: number, low: number): SplitName {
    const { validationFraction, seed } = this.config.split;
    return mixed(mixed(high ^ seed) + low) < validationFraction * 2 ** 32 ? 'validation' : 'train';
  }

  #remember(file: number, record: number): number {
    if (this.#documents === this.#files.length) {
      for (const grow of [0, 1]) {
        const old = grow === 0 ? this.#files : this.#records;
        const made = new Uint32Array(old.length * 2);
        made.set(old);
        if (grow === 0) this.#files = made;
        else this.#records = made;
      }
    }
    this.#files[this.#documents] = file;
    this.#records[this.#documents] = record;
    return this.#documents++;
  }

  #join(kept: number, document: number, similarity: number): void {
    this.#clusterRoots.add(kept);
    let cluster = this.#clusters.get(kept);
    if (cluster === undefined) {
      if (this.#clusters.size >= SHOWN_CLUSTERS) return;
      cluster = { members: [] };
      this.#clusters.set(kept, cluster);
    }
    if (cluster.members.length < SHOWN_MEMBERS) cluster.members.push({ document: this.#ref(document), similarity });
  }

  #ref(document: number): DocumentRef {
    return { file: this.#files[document], record: this.#records[document] };
  }

  get clustersInAll(): number {
    return this.#clusterRoots.size;
  }

  /** The first ones, by the place of the document that is kept. */
  get clusters(): readonly DuplicateCluster[] {
    return [...this.#clusters]
      .sort(([a], [b]) => a - b)
      .map(([kept, { members }]) => ({ kept: this.#ref(kept), members }));
  }

  get lengths(): Histogram {
    return { upTo: this.#lengths.map((_, bucket) => 2 ** (bucket + FIRST_BUCKET)), counts: [...this.#lengths] };
  }
}

function enter(tally: StageTally, characters: number, dropped: string | null): void {
  tally.documentsIn++;
  tally.charactersIn += characters;
  if (dropped !== null) {
    addCount(tally.dropped, dropped);
    return;
  }
  tally.documentsOut++;
  tally.charactersOut += characters;
}
