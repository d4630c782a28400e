// The data workers of a run: starts them, deals them pieces, takes their parts one after another, replaces those that die; and has them look for
// held-out runs once all is read. It looks at no document: what a part holds is its owner's business. It starts no thread itself: `launch` does.

import { asLabError, LabError } from '../../core/errors';
import type { WorkerActivity } from '../../core/pipelineRecords';
import type { HeldOutTable } from './decontaminate';
import type { PiecePart } from './partBuilder';
import { type Assignment, type HandedIn, PieceScheduler } from './pieceScheduler';
import { OwnRunChecker, type RunCheck, type RunChecker, type RunCounts } from './runCheck';
import type { FilePlan } from './source/planFiles';

/** A data worker as the crew sees it. */
export interface PieceWorker {
  /** Its parts come through `part`. */
  process(assignment: Assignment): void;
  /** One part more may be sent: a worker sends two, then waits. */
  acknowledge(): void;
  /** What the parts of check() are compared with, from now on. */
  hold(table: HeldOutTable): void;
  /** The part stays whole. @throws LabError where the worker dies meanwhile */
  check(part: RunCheck): Promise<RunCounts>;
  terminate(): void;
}

export interface PieceWorkerEvents {
  part(part: PiecePart): void;
  /** At most once: it died, or could not go on. */
  failed(error: LabError): void;
}

/** Starts a worker, and rejects where it cannot be had. */
export type LaunchPieceWorker = (worker: number, plan: FilePlan, events: PieceWorkerEvents) => Promise<PieceWorker>;

export interface CrewOptions {
  readonly plan: FilePlan;
  /** Names of the files. */
  readonly files: readonly string[];
  readonly workers: number;
  readonly launch: LaunchPieceWorker;
  /** Of a run that was interrupted, by piece: this is not made again. */
  readonly handedIn?: ReadonlyMap<number, HandedIn>;
  /** A part that was not handed in before; the next one comes when this settles. */
  readonly take: (part: PiecePart) => Promise<void>;
}

/** Workers that are started anew in place of dead ones, in one run. */
const MOST_RESTARTS = 4;

/** Checks that a worker has at a time: one to work on, one that waits. */
const CHECKS_AHEAD = 2;

interface Member {
  readonly worker: PieceWorker;
  /** Under way there. */
  checks: number;
  readonly activity: { pieces: number; stolen: number; bytes: number };
}

export class PieceCrew implements RunChecker {
  deaths = 0;
  readonly #members = new Map<number, Member>();
  readonly #activities = new Map<number, WorkerActivity>();
  readonly #scheduler: PieceScheduler;
  readonly #first: number;
  /** Workers so far. */
  #workers: number;
  #restarts = 0;
  #ended = false;
  #settle: { resolve(): void; reject(error: LabError): void } | null = null;
  /** Parts are taken one after another. */
  #queue: Promise<void> = Promise.resolve();
  /** For when no worker is left. */
  readonly #own = new OwnRunChecker();

  constructor(private readonly options: CrewOptions) {
    const { handedIn = new Map<number, HandedIn>() } = options;
    const done = [...handedIn.values()].filter((piece) => piece.done).length;
    this.#first = Math.min(options.workers, options.plan.pieces.length - done);
    this.#workers = this.#first;
    this.#scheduler = new PieceScheduler(options.plan.pieces, [...new Array(this.#first).keys()], handedIn);
  }

  get activities(): readonly WorkerActivity[] {
    return [...this.#activities.values()];
  }

  /** Settles when all pieces are handed in, or with what ended the work. The workers stay for check(), until end(). */
  work(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
      if (this.#scheduler.done) resolve();
      for (let worker = 0; worker < this.#first; worker++) void this.#launch(worker);
    });
  }

  /** No worker outlives it. */
  end(): void {
    this.#ended = true;
    for (const { worker } of this.#members.values()) worker.terminate();
    this.#members.clear();
  }

  get ahead(): number {
    return Math.max(1, CHECKS_AHEAD * this.#members.size);
  }

  hold(table: HeldOutTable): void {
    this.#own.hold(table);
    for (const { worker } of this.#members.values()) worker.hold(table);
  }

  /** By the worker that has least to do; where it dies by another, and without one here. */
  async check(part: RunCheck): Promise<RunCounts> {
    for (;;) {
      const free = [...this.#members].sort(([, a], [, b]) => a.checks - b.checks).at(0);
      if (free === undefined) return this.#own.check(part);
      const [number, member] = free;
      if (member.checks++ === 0) this.#note(number, { state: 'comparing', file: null });
      try {
        return await member.worker.check(part);
      } catch (error) {
        this.#died(number, asLabError(error));
      } finally {
        if (--member.checks === 0 && this.#members.has(number)) this.#note(number, { state: 'idle' });
      }
    }
  }

  /** Ends the work: work() rejects with this. */
  fail(error: LabError): void {
    this.#ended = true;
    this.#settle?.reject(error);
  }

  /** Ends one worker as a fault would. */
  stopWorker(worker: number): void {
    this.#died(worker, new LabError({ code: 'worker.dead', message: `Data worker ${worker} was stopped by hand.` }));
  }

  async #launch(worker: number): Promise<void> {
    this.#note(worker, { state: 'starting' });
    // From now on it has a queue, and its death is one to be heard of.
    this.#scheduler.join(worker);
    try {
      const launched = await this.options.launch(worker, this.options.plan, {
        part: (part) => this.#receive(worker, part),
        failed: (error) => this.#died(worker, error),
      });
      if (this.#ended || this.#scheduler.done) {
        launched.terminate();
        return;
      }
      this.#members.set(worker, { worker: launched, checks: 0, activity: { pieces: 0, stolen: 0, bytes: 0 } });
      this.#assignAll();
    } catch (error) {
      this.#died(worker, asLabError(error));
    }
  }

  #assignAll(): void {
    for (const [worker, member] of this.#members) this.#assign(worker, member);
  }

  #assign(worker: number, { worker: hands, activity }: Member): void {
    const assignment = this.#scheduler.next(worker);
    if (assignment === null) {
      if (this.#scheduler.fileOf(worker) === null) this.#note(worker, { state: 'idle', file: null });
      return;
    }
    activity.pieces++;
    if (assignment.stolen) activity.stolen++;
    this.#note(worker, { ...activity, state: 'working', file: this.options.files[assignment.piece.file] });
    hands.process(assignment);
  }

  #died(worker: number, error: LabError): void {
    if (this.#ended || !this.#scheduler.workers.includes(worker)) return;
    // With all pieces handed in, one that is missing already has left nothing behind.
    if (this.#scheduler.done && !this.#members.has(worker)) return;
    this.#members.get(worker)?.worker.terminate();
    this.#members.delete(worker);
    this.#note(worker, { state: 'dead' });
    this.deaths++;
    if (this.#scheduler.done) return;
    // An error that would come again in any worker ends the run.
    if (error.code !== 'worker.dead' && error.code !== 'worker.timeout') {
      this.fail(error);
      return;
    }
    try {
      this.#scheduler.died(worker);
    } catch (cause) {
      this.fail(asLabError(cause));
      return;
    }
    if (this.#restarts < MOST_RESTARTS) {
      this.#restarts++;
      // Under a new number: what the old one may still send is not taken for the new one's.
      void this.#launch(this.#workers++);
    } else if (this.#members.size === 0) this.fail(error);
    this.#assignAll();
  }

  #receive(worker: number, part: PiecePart): void {
    this.#queue = this.#queue.then(async () => {
      try {
        await this.#take(worker, part);
      } catch (error) {
        this.fail(asLabError(error));
      }
    });
  }

  async #take(worker: number, part: PiecePart): Promise<void> {
    const scheduler = this.#scheduler;
    if (this.#ended || scheduler.arrived(worker, part.piece, part.part, part.last) === 'ignore') return;
    // Whoever is done with a piece begins the next one while this part is looked at.
    if (part.last) this.#assignAll();
    await this.options.take(part);
    const member = this.#members.get(worker);
    if (member !== undefined) {
      member.activity.bytes += part.bytes;
      this.#note(worker, member.activity);
      member.worker.acknowledge();
    }
    if (scheduler.done) this.#settle?.resolve();
  }

  #note(worker: number, change: Partial<WorkerActivity>): void {
    const before = this.#activities.get(worker) ?? {
      ...{ worker, state: 'starting', file: null, pieces: 0, stolen: 0, bytes: 0 },
    };
    this.#activities.set(worker, { ...before, ...change, worker });
  }
}
