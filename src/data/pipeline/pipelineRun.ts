// One run of the pipeline: plans the files, has a crew of data workers take their pieces apart, judges what comes back in the order of
// documents, and packs it into shards. Workers may die, come back and be slow: the shards are the same.

import { asLabError, LabError, type LabErrorData } from '../../core/errors';
import type { PipelineConfig } from '../../core/pipelineConfig';
import type {
  DocumentRef,
  DocumentText,
  PipelinePhase,
  PipelineProgress,
  PipelineSummary,
} from '../../core/pipelineRecords';
import type { Tokenizer } from '../tokenizer';
import type { PartToPack } from './contaminatedParts';
import { CorpusJudge } from './corpusJudge';
import { FileLedger } from './fileLedger';
import { HeldParts } from './heldParts';
import { type Packed, packShards } from './packShards';
import type { PiecePart } from './partBuilder';
import type { PartJournal } from './partJournal';
import { PausableClock } from './pausableClock';
import { type LaunchPieceWorker, PieceCrew } from './pieceCrew';
import type { HandedIn } from './pieceScheduler';
import { PieceProcessor } from './processPiece';
import { type DocumentPlaces, readDocument } from './readDocument';
import type { RunChecker } from './runCheck';
import { requireFilters, requirePieces } from './runChecks';
import { isOutOfRoom, type ShardStore } from './shards/shardStore';
import type { ByteSource } from './source/byteSource';
import { type FilePlan, isPlanned, planFiles } from './source/planFiles';
import { StageTallies } from './stageTallies';
import { sorted } from './tally';
import { tokenFrequencies } from './tokenFrequencies';

export interface PipelineRunOptions {
  readonly sources: readonly ByteSource[];
  readonly config: PipelineConfig;
  readonly tokenizer: Tokenizer;
  readonly workers: number;
  readonly store: ShardStore;
  /** Bytes of tokens and words that are held in memory; what is more waits in the store. */
  readonly heldBytes?: number;
  readonly launch: LaunchPieceWorker;
  /** Of a run that can go on after it was interrupted: its parts are taken first, and all that come are written there. */
  readonly journal?: PartJournal;
  readonly onProgress?: (progress: PipelineProgress) => void;
  /** There is no room: the run waits for resume() or cancel(). */
  readonly onStalled?: (error: LabErrorData) => void;
}

const HELD_BYTES = 192 * 1024 * 1024;
/** Progress is told this often. */
const PROGRESS_MS = 200;
/** A message waits about this long while shards are packed; a turn costs up to 4 ms in a browser. */
const BREATH_MS = 100;

/** A part that waits for an earlier one to be judged. */
interface WaitingPart extends Pick<PartToPack, 'held'> {
  readonly part: PiecePart;
}

/** What there is once files are planned. */
interface Planned {
  readonly plan: FilePlan;
  readonly ledger: FileLedger;
  readonly tallies: StageTallies;
}

export class PipelineRun {
  readonly #judge: CorpusJudge;
  readonly #waiting = new Map<number, WaitingPart[]>();
  readonly #parts: PartToPack[] = [];
  readonly #held: HeldParts;
  readonly #clock = new PausableClock();
  #planned: Planned | null = null;
  #crew: PieceCrew | null = null;
  #processor: PieceProcessor | null = null;
  #phase: PipelinePhase = 'plan';
  /** The next piece to be judged. */
  #piece = 0;
  #bytes = 0;
  /** Of these, bytes whose parts were there from an interrupted run. */
  #recovered = 0;
  #documents = 0;
  #tokens = 0;
  #told = 0;
  #failure: LabError | null = null;
  /** Who waits for room: several files may be written at a time. */
  readonly #stalled = new Set<() => void>();

  constructor(private readonly options: PipelineRunOptions) {
    this.#judge = new CorpusJudge(options.config);
    this.#held = new HeldParts(() => options.store.openSpill(), options.heldBytes ?? HELD_BYTES);
  }

  /** @throws LabError `data.invalid` where no file can be read, `run.cancelled`, `worker.dead` */
  async run(): Promise<PipelineSummary> {
    const { sources, config, workers, launch } = this.options;
    try {
      requireFilters(sources, config);
      const plan = await planFiles(sources, config.source);
      requirePieces(plan);
      const ledger = new FileLedger(plan, sources);
      const tallies = new StageTallies(config, this.#judge, (piece, row) => ledger.documentAt(piece, row));
      this.#planned = { plan, ledger, tallies };
      this.#throwIfFailed();
      this.#phase = 'read';
      const files = sources.map(({ name }) => name);
      const handedIn = await this.#recover();
      const take = (part: PiecePart) => this.#take(part, this.options.journal);
      this.#crew = new PieceCrew({ plan, files, workers, launch, handedIn, take });
      await this.#crew.work();
      this.#phase = 'pack';
      return this.#summary(this.#planned, await this.#pack(tallies, files, this.#crew));
    } finally {
      this.#crew?.end();
      await this.#held.discard().catch(() => undefined);
    }
  }

  /** Ends the run: run() rejects with `run.cancelled`, and no index is written. */
  cancel(): void {
    this.#failure ??= new LabError({ code: 'run.cancelled', message: 'The preparation of the data was cancelled.' });
    this.#crew?.fail(this.#failure);
    // Whoever waits, for room or for the end of a pause, looks at the failure first.
    this.resume();
    this.#clock.unpause();
  }

  /** Where documents are, once all are judged; null before files were planned. */
  get places(): DocumentPlaces | null {
    if (this.#planned === null) return null;
    const { plan, ledger } = this.#planned;
    return { plan, firstRecords: plan.pieces.map(({ index }) => ledger.firstRecord(index)) };
  }

  /** A document again, once it was judged. @throws LabError `data.invalid` */
  readDocument(document: DocumentRef): Promise<DocumentText> {
    const { sources, config, tokenizer } = this.options;
    if (this.#planned === null) throw new LabError({ code: 'data.invalid', message: 'Nothing was read yet.' });
    const { plan, ledger } = this.#planned;
    this.#processor ??= new PieceProcessor(config, tokenizer);
    const firstRecords = plan.pieces.map(({ index }) => ledger.firstRecord(index));
    return readDocument(document, { plan, firstRecords }, sources, this.#processor);
  }

  /** Holds everything: workers finish what is in their hands and wait, as they do where the host is slow. */
  pause(): void {
    if (this.#clock.paused || this.#failure !== null || this.#phase === 'done') return;
    this.#clock.pause();
    this.#tellProgress(true);
  }

  /** Goes on after pause(). */
  unpause(): void {
    if (!this.#clock.paused) return;
    this.#clock.unpause();
    this.#tellProgress(true);
  }

  /** Tries again what had no room. */
  resume(): void {
    const stalled = [...this.#stalled];
    this.#stalled.clear();
    for (const goOn of stalled) goOn();
  }

  /** Ends one worker as a fault would. */
  stopWorker(worker: number): void {
    this.#crew?.stopWorker(worker);
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** Takes what an interrupted run has left. */
  async #recover(): Promise<ReadonlyMap<number, HandedIn>> {
    const handedIn = new Map<number, HandedIn>();
    const { journal } = this.options;
    if (journal === undefined) return handedIn;
    for await (const part of journal.recovered()) {
      await this.#take(part);
      this.#throwIfFailed();
      this.#recovered += part.bytes;
      handedIn.set(part.piece, { parts: part.part + 1, done: part.last });
    }
    return handedIn;
  }

  /** @param journal where it is written down, unless it comes from there */
  async #take(part: PiecePart, journal?: PartJournal): Promise<void> {
    const planned = this.#planned;
    await this.#clock.running();
    if (planned === null || this.#failure !== null) return;
    await journal?.append(part);
    const held = await this.#withRoom(() => this.#held.add(part));
    this.#tokens += part.tokens.length;
    const queue = this.#waiting.get(part.piece) ?? [];
    this.#waiting.set(part.piece, queue);
    // Tokens and words are held elsewhere; what waits to be judged is small.
    queue.push({ part: { ...part, tokens: new Uint16Array(), words: new Uint32Array() }, held });
    planned.tallies.add(part.tallies);
    this.#bytes += part.bytes;
    this.#judgeWaiting(planned);
    this.#tellProgress(false);
  }

  /** Everything up to the first part that is not there yet. */
  #judgeWaiting({ plan, ledger, tallies }: Planned): void {
    for (;;) {
      const queue = this.#waiting.get(this.#piece);
      const next = queue?.shift();
      if (queue === undefined || next === undefined) return;
      const { part, held } = next;
      const { file } = plan.pieces[part.piece];
      const start = performance.now();
      const judged = this.#judge.judge(file, ledger.firstRecord(part.piece), part);
      tallies.judged(performance.now() - start);
      ledger.note(part);
      this.#parts.push({ judged, held });
      this.#documents += part.rowOf.length;
      if (!part.last) continue;
      this.#waiting.delete(this.#piece);
      this.#piece++;
    }
  }

  /** Does it as soon as there is room; a run that is cancelled meanwhile does not. */
  async #withRoom<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      this.#throwIfFailed();
      try {
        return await work();
      } catch (error) {
        if (!isOutOfRoom(error)) throw error;
        if ((await this.options.journal?.release()) === true) continue;
        await new Promise<void>((resolve) => {
          this.#stalled.add(resolve);
          this.options.onStalled?.(asLabError(error).toData());
        });
      }
    }
  }

  async #pack(tallies: StageTallies, files: readonly string[], checker: RunChecker): Promise<Packed> {
    const { config, tokenizer, store } = this.options;
    const { vocabularySize } = tokenizer;
    const { documentEnd: end } = config.tokenize;
    const documentEnd = end === '' ? [] : [...tokenizer.encode(end)];
    let breathed = performance.now();
    const packed = await packShards(
      { parts: this.#parts, held: this.#held, config, vocabularySize, documentEnd, files, checker },
      {
        write: (name, bytes) => this.#withRoom(() => store.write(name, bytes)),
        onProgress: () => this.#tellProgress(false),
        breathe: async () => {
          if (performance.now() - breathed < BREATH_MS) return;
          await new Promise((resolve) => setTimeout(resolve, 0));
          await this.#clock.running();
          breathed = performance.now();
          this.#throwIfFailed();
        },
      },
    );
    tallies.set(packed.tallies);
    return packed;
  }

  #summary({ plan, ledger, tallies }: Planned, packed: Packed): PipelineSummary {
    this.#phase = 'done';
    this.#tellProgress(true);
    return {
      index: packed.index,
      files: ledger.reports(),
      stages: tallies.reports(),
      clusters: this.#judge.clusters,
      clustersInAll: this.#judge.clustersInAll,
      languages: sorted(tallies.countsOf('language')),
      lengths: this.#judge.lengths,
      contaminated: packed.contaminated,
      ...tokenFrequencies(packed.tokenCounts, this.options.tokenizer),
      seconds: this.#clock.seconds,
      recoveredBytes: this.#recovered,
      workers: this.options.workers,
      deaths: this.#crew?.deaths ?? 0,
      notices: plan.files.flatMap((file) => (isPlanned(file) && file.notice !== null ? [file.notice] : [])),
    };
  }

  #tellProgress(now: boolean): void {
    const at = performance.now();
    if (!now && at - this.#told < PROGRESS_MS) return;
    this.#told = at;
    this.options.onProgress?.({
      phase: this.#phase,
      bytes: this.#bytes,
      recoveredBytes: this.#recovered,
      totalBytes: this.#planned?.plan.totalBytes ?? 0,
      documents: this.#documents,
      tokens: this.#tokens,
      seconds: this.#clock.seconds,
      paused: this.#clock.paused,
      stages: this.#planned?.tallies.reports() ?? [],
      workers: this.#crew?.activities ?? [],
    });
  }
}
