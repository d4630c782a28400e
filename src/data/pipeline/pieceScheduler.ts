// Who works on which piece. Every worker has a queue; one whose queue is empty takes the earliest piece of the fullest other queue; pieces
// of a worker that died go to the others. One hand deals, so a piece is never worked on twice at a time. Pure: it knows no thread and no clock.

import { LabError } from '../../core/errors';
import type { Piece } from './source/planFiles';

/** Workers that may die over one piece before it counts as the cause. */
const MOST_DEATHS = 3;

export interface Assignment {
  readonly piece: Piece;
  /** Taken from another worker's queue. */
  readonly stolen: boolean;
  /** Parts that were handed in before its last worker died. */
  readonly skipParts: number;
}

/** `take`: new; `ignore`: from a worker that no longer has the piece. */
export type Arrival = 'take' | 'ignore';

/** Of a piece. */
export interface HandedIn {
  readonly parts: number;
  readonly done: boolean;
}

interface PieceState {
  owner: number | null;
  parts: number;
  done: boolean;
  deaths: number;
}

export class PieceScheduler {
  readonly #queues = new Map<number, Piece[]>();
  readonly #states: PieceState[];
  readonly #running = new Map<number, Piece>();
  /** Pieces without a worker, while there is none at all. */
  #orphans: Piece[] = [];
  #open: number;

  /** @param handedIn what was handed in before the work began, by piece */
  constructor(
    pieces: readonly Piece[],
    workers: readonly number[],
    handedIn: ReadonlyMap<number, HandedIn> = new Map(),
  ) {
    this.#states = pieces.map(({ index }) => ({
      owner: null,
      ...(handedIn.get(index) ?? { parts: 0, done: false }),
      deaths: 0,
    }));
    const open = pieces.filter(({ index }) => !this.#states[index].done);
    this.#open = open.length;
    for (const worker of workers) this.#queues.set(worker, []);
    // In turns: the pieces under way are near each other, and what has to wait for an earlier one is little.
    for (const [i, piece] of open.entries()) this.#queues.get(workers[i % workers.length])?.push(piece);
  }

  /** All pieces are handed in. */
  get done(): boolean {
    return this.#open === 0;
  }

  get workers(): readonly number[] {
    return [...this.#queues.keys()];
  }

  /** A worker in place of one that died. */
  join(worker: number): void {
    if (!this.#queues.has(worker)) this.#queues.set(worker, []);
    this.#dealOrphans();
  }

  /** The next piece of a worker that has none; null where nothing is left to begin. */
  next(worker: number): Assignment | null {
    const own = this.#queues.get(worker);
    if (own === undefined || this.#running.has(worker)) return null;
    const fullest = [...this.#queues.values()].reduce(
      (best, queue) => (bytesOf(queue) > bytesOf(best) ? queue : best),
      own,
    );
    const queue = own.length > 0 ? own : fullest;
    const piece = queue.shift();
    if (piece === undefined) return null;
    const state = this.#states[piece.index];
    state.owner = worker;
    this.#running.set(worker, piece);
    return { piece, stolen: queue !== own, skipParts: state.parts };
  }

  /** @throws LabError `internal` for a part that is not the next one */
  arrived(worker: number, piece: number, part: number, last: boolean): Arrival {
    const state = this.#states[piece];
    if (state.owner !== worker) return 'ignore';
    if (part !== state.parts) {
      throw new LabError({
        code: 'internal',
        message: `Part ${part} of piece ${piece} came where ${state.parts} was next.`,
      });
    }
    state.parts++;
    if (!last) return 'take';
    state.done = true;
    state.owner = null;
    this.#running.delete(worker);
    this.#open--;
    return 'take';
  }

  /**
   * Its piece is the first that others take, its queue is dealt out.
   * @throws LabError `worker.dead` where too many died over the same piece
   */
  died(worker: number): void {
    const queue = this.#queues.get(worker) ?? [];
    this.#queues.delete(worker);
    const piece = this.#running.get(worker);
    this.#running.delete(worker);
    if (piece !== undefined) {
      const state = this.#states[piece.index];
      state.owner = null;
      if (++state.deaths >= MOST_DEATHS) {
        throw new LabError({
          code: 'worker.dead',
          message: `${state.deaths} workers died over the same part of a file.`,
          why: `File ${piece.file + 1}, bytes ${piece.start} to ${piece.end}.`,
          advice:
            'Leave that file out, or cut the place out of it; a pattern of a tokenizer.json that never ends is another cause.',
        });
      }
      queue.unshift(piece);
    }
    this.#orphans.push(...queue);
    this.#dealOrphans();
  }

  #dealOrphans(): void {
    const queues = [...this.#queues.values()];
    if (queues.length === 0) return;
    for (const piece of this.#orphans) {
      const emptiest = queues.reduce((best, queue) => (bytesOf(queue) < bytesOf(best) ? queue : best));
      emptiest.push(piece);
      emptiest.sort((a, b) => a.index - b.index);
    }
    this.#orphans = [];
  }

  /** The file that a worker has in hand; null for none. */
  fileOf(worker: number): number | null {
    return this.#running.get(worker)?.file ?? null;
  }
}

function bytesOf(queue: readonly Piece[]): number {
  return queue.reduce((sum, { start, end }) => sum + end - start, 0);
}
