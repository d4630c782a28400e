// One run of the pipeline: plans the files, deals their pieces to data workers, judges what comes back in the order of documents, and packs
// it into shards. Workers may die, come back and be slow: the shards are the same. It starts no thread itself: `launch` does.

import { asLabError, LabError, type LabErrorData } from '../../core/errors';
import type { PipelineConfig } from '../../core/pipelineConfig';
import type {
  DocumentRef,
  DocumentText,
  PipelinePhase,
  PipelineProgress,
  PipelineSummary,
  WorkerActivity,
} from '../../core/pipelineRecords';
import { wellFormed } from '../decodeText';
import type { Tokenizer } from '../tokenizer';
import { TokenSpelling } from '../tokenSpelling';
import { CorpusJudge } from './corpusJudge';
import { FileLedger } from './fileLedger';
import { type PartToPack, packShards } from './packShards';
import type { PiecePart } from './partBuilder';
import { type Assignment, PieceScheduler } from './pieceScheduler';
import { PieceProcessor } from './processPiece';
import { readDocument } from './readDocument';
import { isOutOfRoom, type ShardStore } from './shards/shardStore';
import type { ByteSource } from './source/byteSource';
import { type FilePlan, isPlanned, planFiles } from './source/planFiles';
import { mergeTally, newTally, type StageTally, sorted, stageReport } from './tally';
import { type SpilledPart, TokenSpill } from './tokenSpill';

/** A data worker as the run sees it. */
export interface PieceWorker {
  /** Its parts come through `part`. */
  process(assignment: Assignment): void;
  /** One part more may be sent: a worker sends two, then waits. */
  acknowledge(): void;
  terminate(): void;
}

export interface PieceWorkerEvents {
  part(part: PiecePart): void;
  /** At most once: it died, or could not go on. */
  failed(error: LabError): void;
}

export interface PipelineRunOptions {
  readonly sources: readonly ByteSource[];
  readonly config: PipelineConfig;
  readonly tokenizer: Tokenizer;
  readonly workers: number;
  readonly store: ShardStore;
  /** Starts a worker, and rejects where it cannot be had. */
  readonly launch: (worker: number, plan: FilePlan, events: PieceWorkerEvents) => Promise<PieceWorker>;
  readonly onProgress?: (progress: PipelineProgress) => void;
  /** There is no room: the run waits for resume() or cancel(). */
  readonly onStalled?: (error: LabErrorData) => void;
}

/** Workers that are started anew in place of dead ones, in one run. */
const MOST_RESTARTS = 4;
/** Progress is told this often. */
const PROGRESS_MS = 200;
const COMMON_TOKENS = 200;

interface Member {
  readonly worker: PieceWorker;
  activity: { pieces: number; stolen: number; bytes: number };
}

/** A part that waits for an earlier one to be judged. */
interface WaitingPart {
  readonly part: PiecePart;
  readonly spilled: SpilledPart;
}

export class PipelineRun {
  readonly #members = new Map<number, Member>();
  readonly #activities = new Map<number, WorkerActivity>();
  readonly #judge: CorpusJudge;
  readonly #tallies = new Map<string, StageTally>();
  readonly #languages = new Map<string, number>();
  readonly #waiting = new Map<number, WaitingPart[]>();
  readonly #packed: PartToPack[] = [];
  readonly #start = performance.now();
  #plan: FilePlan | null = null;
  #ledger: FileLedger | null = null;
  #scheduler: PieceScheduler | null = null;
  #spill: TokenSpill | null = null;
  #processor: PieceProcessor | null = null;
  #phase: PipelinePhase = 'plan';
  /** The next part to be judged. */
  #piece = 0;
  #bytes = 0;
  #documents = 0;
  #tokens = 0;
  /** Workers so far. */
  #workers = 0;
  #restarts = 0;
  #deaths = 0;
  #told = 0;
  #settle: { resolve(): void; reject(error: LabError): void } | null = null;
  #failure: LabError | null = null;
  #resume: (() => void) | null = null;
  /** While the run is paused: what lets it go on. */
  #pause: { readonly over: Promise<void>; readonly end: () => void; readonly since: number } | null = null;
  #pausedMs = 0;
  /** Parts are taken one after another. */
  #queue: Promise<void> = Promise.resolve();

  constructor(private readonly options: PipelineRunOptions) {
    this.#judge = new CorpusJudge(options.config);
  }

  /** @throws LabError `data.invalid` where no file can be read, `run.cancelled`, `worker.dead` */
  async run(): Promise<PipelineSummary> {
    const { sources, config, tokenizer, store } = this.options;
    try {
      const plan = await planFiles(sources, config.source);
      this.#plan = plan;
      this.#ledger = new FileLedger(plan, sources);
      this.#requirePieces(plan);
      this.#spill = new TokenSpill(await this.#withRoom(() => store.openSpill()), tokenizer.vocabularySize > 65_536);
      this.#phase = 'read';
      await this.#read(plan);
      this.#phase = 'pack';
      return await this.#pack(plan);
    } finally {
      for (const { worker } of this.#members.values()) worker.terminate();
      this.#members.clear();
      await this.#spill?.discard().catch(() => undefined);
    }
  }

  /** Ends the run: run() rejects with `run.cancelled`, and no index is written. */
  cancel(): void {
    this.#fail(new LabError({ code: 'run.cancelled', message: 'The preparation of the data was cancelled.' }));
  }

  /** A document again, once it was judged. @throws LabError `data.invalid` */
  readDocument(document: DocumentRef): Promise<DocumentText> {
    const { sources, config, tokenizer } = this.options;
    const [plan, ledger] = [this.#plan, this.#ledger];
    if (plan === null || ledger === null)
      throw new LabError({ code: 'data.invalid', message: 'Nothing was read yet.' });
    this.#processor ??= new PieceProcessor(config, tokenizer);
    return readDocument(document, plan, sources, this.#processor, (piece) => ledger.firstRecord(piece));
  }

  /** Holds everything: workers finish what is in their hands and wait, as they do where the host is slow. */
  pause(): void {
    if (this.#pause !== null || this.#failure !== null || this.#phase === 'done') return;
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#pause = { over, end, since: performance.now() };
    this.#tellProgress(true);
  }

  /** Goes on after pause(). */
  unpause(): void {
    if (this.#pause === null) return;
    this.#pausedMs += performance.now() - this.#pause.since;
    this.#pause.end();
    this.#pause = null;
    this.#tellProgress(true);
  }

  /** Tries again what had no room. */
  resume(): void {
    this.#resume?.();
  }

  /** Ends one worker as a fault would. */
  stopWorker(worker: number): void {
    this.#members.get(worker)?.worker.terminate();
    this.#died(worker, new LabError({ code: 'worker.dead', message: `Data worker ${worker} was stopped by hand.` }));
  }

  #requirePieces({ files, pieces }: FilePlan): void {
    if (pieces.length > 0) return;
    const refusals = files.flatMap((file) => (isPlanned(file) ? [] : [`${file.message} ${file.why ?? ''}`]));
    throw new LabError({
      code: 'data.invalid',
      message: files.length === 0 ? 'No file was given.' : 'There is no file that can be read.',
      ...(refusals.length === 0 ? {} : { why: refusals.slice(0, 5).join(' ') }),
      advice: 'Give text, JSONL, CSV, HTML, Markdown, e-mail or source code, as it is or as gzip.',
    });
  }

  #fail(error: LabError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#settle?.reject(error);
    // Whoever waits, for room or for the end of a pause, looks at the failure first.
    this.#resume?.();
    this.#pause?.end();
  }

  async #read(plan: FilePlan): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    this.#workers = Math.min(this.options.workers, plan.pieces.length);
    const workers = Array.from({ length: this.#workers }, (_, worker) => worker);
    this.#scheduler = new PieceScheduler(plan.pieces, workers);
    const done = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // The first rejection is read below, whenever it comes.
    done.catch(() => undefined);
    for (const worker of workers) void this.#launch(worker, plan);
    await done;
  }

  async #launch(worker: number, plan: FilePlan): Promise<void> {
    this.#note(worker, { state: 'starting' });
    // From now on it has a queue, and its death is one to be heard of.
    this.#scheduler?.join(worker);
    try {
      const launched = await this.options.launch(worker, plan, {
        part: (part) => this.#take(worker, part),
        failed: (error) => this.#died(worker, error),
      });
      if (this.#failure !== null || this.#scheduler?.done === true) {
        launched.terminate();
        return;
      }
      this.#members.set(worker, { worker: launched, activity: { pieces: 0, stolen: 0, bytes: 0 } });
      this.#assignAll();
    } catch (error) {
      this.#died(worker, asLabError(error));
    }
  }

  #assignAll(): void {
    for (const worker of this.#members.keys()) this.#assign(worker);
  }

  #assign(worker: number): void {
    const member = this.#members.get(worker);
    const assignment = this.#scheduler?.next(worker);
    if (member === undefined) return;
    if (assignment === null || assignment === undefined) {
      if (this.#scheduler?.fileOf(worker) === null) this.#note(worker, { state: 'idle', file: null });
      return;
    }
    member.activity.pieces++;
    if (assignment.stolen) member.activity.stolen++;
    const file = this.options.sources[assignment.piece.file].name;
    this.#note(worker, { ...member.activity, state: 'working', file });
    member.worker.process(assignment);
  }

  #died(worker: number, error: LabError): void {
    const known = this.#scheduler?.workers.includes(worker) === true;
    if (!known || this.#failure !== null || this.#scheduler === null || this.#scheduler.done) return;
    this.#members.get(worker)?.worker.terminate();
    this.#members.delete(worker);
    this.#note(worker, { state: 'dead' });
    this.#deaths++;
    // An error that would come again in any worker ends the run.
    if (error.code !== 'worker.dead' && error.code !== 'worker.timeout') {
      this.#fail(error);
      return;
    }
    try {
      this.#scheduler.died(worker);
    } catch (cause) {
      this.#fail(asLabError(cause));
      return;
    }
    if (this.#restarts < MOST_RESTARTS && this.#plan !== null) {
      this.#restarts++;
      // Under a new number: what the old one may still send is not taken for the new one's.
      void this.#launch(this.#workers++, this.#plan);
    } else if (this.#members.size === 0) this.#fail(error);
    this.#assignAll();
  }

  #take(worker: number, part: PiecePart): void {
    this.#queue = this.#queue.then(async () => {
      try {
        await this.#taken(worker, part);
      } catch (error) {
        this.#fail(asLabError(error));
      }
    });
  }

  async #taken(worker: number, part: PiecePart): Promise<void> {
    const scheduler = this.#scheduler;
    await this.#pause?.over;
    if (this.#failure !== null || scheduler === null || this.#spill === null) return;
    if (scheduler.arrived(worker, part.piece, part.part, part.last) === 'ignore') return;
    const spill = this.#spill;
    const spilled = await this.#withRoom(() => spill.add(part));
    const queue = this.#waiting.get(part.piece) ?? [];
    this.#waiting.set(part.piece, queue);
    // Tokens and words are in the spill; what waits to be judged is small.
    queue.push({ part: { ...part, tokens: new Uint16Array(), words: new Uint32Array() }, spilled });
    for (const tally of part.tallies) {
      const own = this.#tallies.get(tally.stage) ?? newTally(tally.stage);
      this.#tallies.set(tally.stage, own);
      mergeTally(own, tally);
    }
    this.#bytes += part.bytes;
    const member = this.#members.get(worker);
    if (member !== undefined) {
      member.activity.bytes += part.bytes;
      this.#note(worker, member.activity);
      member.worker.acknowledge();
    }
    this.#judgeWaiting();
    if (part.last) this.#assignAll();
    if (scheduler.done) this.#settle?.resolve();
    this.#tellProgress(false);
  }

  /** Everything up to the first part that is not there yet. */
  #judgeWaiting(): void {
    const plan = this.#plan;
    const ledger = this.#ledger;
    if (plan === null || ledger === null) return;
    for (;;) {
      const queue = this.#waiting.get(this.#piece);
      const next = queue?.shift();
      if (queue === undefined || next === undefined) return;
      const { part, spilled } = next;
      const { file } = plan.pieces[part.piece];
      const start = performance.now();
      const judged = this.#judge.judge(file, ledger.firstRecord(part.piece), part);
      const near = this.#judge.near ?? this.#judge.exact;
      if (near !== null) near.milliseconds += performance.now() - start;
      ledger.note(part);
      this.#packed.push({ judged, spilled });
      this.#documents += part.rowOf.length;
      this.#tokens += spilled.tokens;
      if (!part.last) continue;
      this.#waiting.delete(this.#piece);
      this.#piece++;
    }
  }

  /** Does it as soon as there is room; a run that is cancelled meanwhile does not. */
  async #withRoom<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      try {
        return await work();
      } catch (error) {
        if (!isOutOfRoom(error)) throw error;
        await new Promise<void>((resolve) => {
          this.#resume = resolve;
          this.options.onStalled?.(asLabError(error).toData());
        });
        this.#resume = null;
      }
    }
  }

  async #pack(plan: FilePlan): Promise<PipelineSummary> {
    const { config, tokenizer, store, sources } = this.options;
    const { documentEnd } = config.tokenize;
    if (this.#spill === null || this.#ledger === null)
      throw new LabError({ code: 'internal', message: 'Nothing was read.' });
    for (const { worker } of this.#members.values()) worker.terminate();
    const packed = await packShards(
      {
        parts: this.#packed,
        spill: this.#spill,
        config,
        vocabularySize: tokenizer.vocabularySize,
        documentEnd: documentEnd === '' ? [] : [...tokenizer.encode(documentEnd)],
        files: sources.map(({ name }) => name),
      },
      {
        write: (name, bytes) => this.#withRoom(() => store.write(name, bytes)),
        onProgress: () => this.#tellProgress(false),
        breathe: async () => {
          await new Promise((resolve) => setTimeout(resolve, 0));
          await this.#pause?.over;
          if (this.#failure !== null) throw this.#failure;
        },
      },
    );
    for (const tally of packed.tallies) this.#tallies.set(tally.stage, tally);
    for (const [language, count] of this.#tallies.get('language')?.counts ?? []) this.#languages.set(language, count);
    this.#phase = 'done';
    this.#tellProgress(true);
    const common = [...packed.tokenCounts.entries()]
      .filter(([, count]) => count > 0)
      .sort(([a, n], [b, m]) => m - n || a - b);
    const spelling = new TokenSpelling(tokenizer);
    return {
      index: packed.index,
      files: this.#ledger.reports(),
      stages: this.#stages(),
      clusters: this.#judge.clusters,
      clustersInAll: this.#judge.clustersInAll,
      languages: sorted(this.#languages),
      lengths: this.#judge.lengths,
      contaminated: packed.contaminated,
      commonTokens: common
        .slice(0, COMMON_TOKENS)
        .map(([id, count]) => ({ id, count, text: wellFormed(spelling.of(id).text) })),
      tokenRanks: rankSteps(common.length).map((rank) => ({ rank, count: common[rank - 1][1] })),
      tokensSeen: common.length,
      seconds: this.#seconds(),
      workers: this.options.workers,
      deaths: this.#deaths,
      notices: plan.files.flatMap((file) => (isPlanned(file) && file.notice !== null ? [file.notice] : [])),
    };
  }

  #note(worker: number, change: Partial<WorkerActivity>): void {
    const before = this.#activities.get(worker) ?? {
      ...{ worker, state: 'starting', file: null, pieces: 0, stolen: 0, bytes: 0 },
    };
    this.#activities.set(worker, { ...before, ...change, worker });
  }

  #tellProgress(now: boolean): void {
    const at = performance.now();
    if (!now && at - this.#told < PROGRESS_MS) return;
    this.#told = at;
    this.options.onProgress?.({
      phase: this.#phase,
      bytes: this.#bytes,
      totalBytes: this.#plan?.totalBytes ?? 0,
      documents: this.#documents,
      tokens: this.#tokens,
      seconds: this.#seconds(),
      paused: this.#pause !== null,
      stages: this.#stages(),
      workers: [...this.#activities.values()],
    });
  }

  /** Since the start, pauses left out. */
  #seconds(): number {
    const now = performance.now();
    const paused = this.#pausedMs + (this.#pause === null ? 0 : now - this.#pause.since);
    return (now - this.#start - paused) / 1_000;
  }

  /** In the order in which they run. */
  #stages(): PipelineProgress['stages'] {
    const { stages } = this.options.config;
    const { exact, near, split } = this.#judge;
    const hash = this.#tallies.get('hash');
    const corpus = new Map<string, StageTally>(
      [exact, near, split].flatMap((tally) => (tally === null ? [] : [[tally.stage, tally]])),
    );
    const names = ['decode', ...stages.filter((name) => name !== 'decontaminate'), 'split', 'tokenize'];
    if (stages.includes('decontaminate')) names.push('decontaminate');
    names.push('pack');
    return names.flatMap((name) => {
      const tally = corpus.get(name) ?? this.#tallies.get(name);
      if (tally === undefined) return [];
      const report = stageReport(tally, (piece, row) => this.#documentAt(piece, row));
      // Workers hash for the stages that compare: it is their time.
      const hashed = name === (near ?? exact ?? split).stage ? (hash?.milliseconds ?? 0) : 0;
      return [{ ...report, milliseconds: report.milliseconds + hashed }];
    });
  }

  #documentAt(piece: number, row: number): { readonly file: number; readonly record: number } {
    return { file: this.#plan?.pieces[piece]?.file ?? 0, record: (this.#ledger?.firstRecord(piece) ?? 0) + row };
  }
}

/** 1, 2, 3, 4, 5, 6, 8, 10, 13, ... and the last: about ten to each factor of ten. */
function rankSteps(count: number): readonly number[] {
  const ranks = new Set<number>();
  for (let rank = 1; rank < count; rank *= 10 ** 0.1) ranks.add(Math.round(rank));
  if (count > 0) ranks.add(count);
  return [...ranks].filter((rank) => rank <= count);
}
