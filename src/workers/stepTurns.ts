// How a mesh is given its training steps, by strategy: one turn a step for all ranks; turns that replicas take alone, with meetings between;
// or leave for so many asynchronous updates. It knows calls and counts, no tensors.

import type { LabError } from '../core/errors';
import type { NonFiniteRank } from '../core/nonFiniteRanks';
import type { Coordinates } from '../parallel/mesh';
import type { PlanMode } from '../parallel/planModes';
import { CLOCK_RANK } from '../parallel/strategies/serviceOwners';
import type { AsyncUpdate } from '../train/asyncRank';
import type { StepMetrics } from '../train/stepMetrics';
import type { RunnerRow } from '../train/stepRunner';
import type { MeshTurn } from './meshProtocol';
import type { MeshWorkers } from './meshWorkers';

/** Steps that are under way at once: the ranks begin the next while this one's loss is on its way. */
const DEPTH = 2;

export interface StepTurnsContext {
  readonly workers: MeshWorkers;
  /** A turn on the training text. */
  readonly turn: (mode: PlanMode, step: number, rate: number) => MeshTurn;
  readonly turnNumber: () => number;
  readonly onRow: (row: RunnerRow) => void;
}

export interface StepTurns {
  /** Ranks may hold different weights now: see PlanMode `assemble`. */
  readonly apart: boolean;
  /** As StepRunner has it. */
  queue(step: number, rate: number): Promise<void>;
  drain(): Promise<void>;
  /** The run begins again; nothing is under way. */
  begin(): void;
  /** A rank applied updates by itself. */
  took(rows: readonly AsyncUpdate[]): void;
  /** The mesh has failed: who waits for steps waits no longer. */
  fail(error: LabError): void;
}

/** Ranks take each step at the same time. */
abstract class CommonTurns implements StepTurns {
  apart = false;
  private readonly pending: Promise<void>[] = [];

  constructor(protected readonly context: StepTurnsContext) {}

  protected abstract turnsOf(step: number, rate: number): MeshTurn[];
  protected abstract combined(ranks: readonly StepMetrics[]): StepMetrics;

  async queue(step: number, rate: number): Promise<void> {
    const turns = this.turnsOf(step, rate);
    const work = this.context.workers
      .all((api) => api.run(turns))
      .then((results) => {
        const metrics = this.combined(results.map(([first]) => first));
        this.context.onRow({ step: step + 1, learningRate: rate, ...metrics });
      });
    work.catch(() => undefined);
    this.pending.push(work);
    while (this.pending.length >= DEPTH) await this.pending.shift();
  }

  async drain(): Promise<void> {
    while (this.pending.length > 0) await this.pending.shift();
  }

  begin(): void {
    this.apart = false;
  }

  took(): void {}
  fail(): void {}
}

/** Every rank reports the same totals. */
export class SyncTurns extends CommonTurns {
  protected turnsOf(step: number, rate: number): MeshTurn[] {
    return [this.context.turn('train', step + 1, rate)];
  }

  protected combined([first]: readonly StepMetrics[]): StepMetrics {
    return first;
  }
}

/** Replicas step alone and meet after every `localSteps` steps, and after the last of the run. */
export class LocalTurns extends CommonTurns {
  /**
   * @param places of the ranks
   * @param weights of the replicas: their shares of the batch's tokens
   */
  constructor(
    context: StepTurnsContext,
    private readonly places: readonly Coordinates[],
    private readonly weights: readonly number[],
    private readonly localSteps: number,
    private readonly steps: number,
  ) {
    super(context);
  }

  protected turnsOf(step: number, rate: number): MeshTurn[] {
    const done = step + 1;
    const local = this.context.turn('local', done, rate);
    this.apart = done % this.localSteps !== 0 && done !== this.steps;
    return this.apart ? [local] : [local, { ...this.context.turn('meet', done, rate), trace: local.trace }];
  }

  /** Means over replicas, weighted by tokens: of the loss what the global batch has; of the norms a mean of norms. */
  protected combined(ranks: readonly StepMetrics[]): StepMetrics {
    const totals = { loss: 0, gradientNorm: 0, nonFinite: 0 };
    const nonFiniteRanks: NonFiniteRank[] = [];
    this.places.forEach(({ dp, pp, tp }, rank) => {
      if (pp > 0 || tp > 0) return;
      totals.loss += this.weights[dp] * ranks[rank].loss;
      totals.gradientNorm += this.weights[dp] * ranks[rank].gradientNorm;
      totals.nonFinite += ranks[rank].nonFinite;
      // Each replica knows of its own ranks alone.
      nonFiniteRanks.push(...(ranks[rank].nonFiniteRanks ?? []));
    });
    return nonFiniteRanks.length > 0 ? { ...totals, nonFiniteRanks } : totals;
  }
}

interface Waiter {
  readonly applied: number;
  readonly resolve: () => void;
  readonly reject: (error: LabError) => void;
}

/** Ranks apply updates as gradients come, as many as they are allowed. */
export class AsyncTurns implements StepTurns {
  private allowed = 0;
  private applied = 0;
  private running: Promise<void> | null = null;
  private failure: LabError | null = null;
  private waiters: Waiter[] = [];

  /**
   * @param tokensOf a gradient of each rank
   * @param ahead updates that may be allowed and not yet applied: enough that no worker waits for leave
   */
  constructor(
    private readonly context: StepTurnsContext,
    private readonly tokensOf: readonly number[],
    private readonly ahead: number,
  ) {}

  get apart(): boolean {
    return this.allowed > 0;
  }

  async queue(step: number): Promise<void> {
    this.allowed = step + 1;
    if (this.running) await this.context.workers.one(CLOCK_RANK, (api) => api.allow(this.allowed));
    else this.start();
    await this.until(this.allowed - this.ahead);
  }

  /** Where leave came after the ranks had come to rest, they are set going again. */
  private start(): void {
    const turn = this.context.turnNumber();
    const updates = this.allowed;
    const running = this.context.workers
      .all((api) => api.serve({ turn, updates }))
      .then((applied) => {
        this.running = null;
        if (this.allowed > applied[CLOCK_RANK]) this.start();
      });
    running.catch(() => undefined);
    this.running = running;
  }

  private until(applied: number): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.applied >= applied) return Promise.resolve();
    return new Promise((resolve, reject) => this.waiters.push({ applied, resolve, reject }));
  }

  async drain(): Promise<void> {
    while (this.running) await this.running;
    await this.until(this.allowed);
  }

  begin(): void {
    this.allowed = 0;
    this.applied = 0;
  }

  took(rows: readonly AsyncUpdate[]): void {
    for (const row of rows) {
      this.applied = row.step;
      this.context.onRow({ ...row, tokens: this.tokensOf[row.rank] });
    }
    const ready = this.waiters.filter(({ applied }) => applied <= this.applied);
    this.waiters = this.waiters.filter(({ applied }) => applied > this.applied);
    for (const { resolve } of ready) resolve();
  }

  fail(error: LabError): void {
    this.failure = error;
    const waiters = this.waiters;
    this.waiters = [];
    for (const { reject } of waiters) reject(error);
  }
}
