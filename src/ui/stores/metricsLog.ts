// The curves of a run in typed arrays: appended at any rate, announced once a frame. Bounded: a very long run keeps
// every second row once it is full. It draws nothing and knows no React.

import type { NonFiniteRank } from '../../core/nonFiniteRanks';
import type { EvaluationRow, StepRow } from '../../core/records';

const CAPACITY = 1 << 17;
/** Of steps that were not finite, the last so many are kept. */
const MAX_NON_FINITE = 1000;
/** Steps over which speed is averaged: rows read back together carry almost the same time. */
const SPEED_WINDOW = 20;

export const metricNames = [
  'step',
  'loss',
  'gradientNorm',
  'learningRate',
  'tokens',
  'elapsedMs',
  'nonFinite',
  'tokensPerSecond',
] as const;
export type MetricName = (typeof metricNames)[number];

/** A step with NaN or infinity in its loss or gradients; its ranks where it was taken over a mesh. */
export interface NonFiniteStep {
  readonly step: number;
  /** Whether its update was left out, as it is where gradients were not finite. */
  readonly skipped: boolean;
  readonly ranks: readonly NonFiniteRank[];
}

export class MetricsLog {
  readonly columns: Readonly<Record<MetricName, Float64Array>>;
  evaluations: readonly EvaluationRow[] = [];
  nonFiniteSteps: readonly NonFiniteStep[] = [];
  /** Rows in use. */
  length = 0;
  /** Every how many steps a row is kept. */
  stride = 1;
  /** Grows with every change. */
  version = 0;
  #listeners = new Set<() => void>();
  #scheduled = false;

  constructor(private readonly capacity = CAPACITY) {
    const column = () => new Float64Array(capacity);
    this.columns = {
      step: column(),
      loss: column(),
      gradientNorm: column(),
      learningRate: column(),
      tokens: column(),
      elapsedMs: column(),
      nonFinite: column(),
      tokensPerSecond: column(),
    };
  }

  append(rows: readonly StepRow[]): void {
    for (const row of rows) {
      // Kept beside the rows, which may be thinned out.
      if (row.nonFinite > 0 || !Number.isFinite(row.loss)) {
        const { step, nonFinite, nonFiniteRanks: ranks = [] } = row;
        this.nonFiniteSteps = [
          ...this.nonFiniteSteps.slice(1 - MAX_NON_FINITE),
          { step, skipped: nonFinite > 0, ranks },
        ];
      }
      if (this.length === this.capacity) this.#thin();
      if (this.stride > 1 && row.step % this.stride !== 0) continue;
      const at = this.length;
      const { columns } = this;
      columns.step[at] = row.step;
      columns.loss[at] = row.loss;
      columns.gradientNorm[at] = row.gradientNorm;
      columns.learningRate[at] = row.learningRate;
      columns.tokens[at] = row.tokens;
      columns.elapsedMs[at] = row.elapsedMs;
      columns.nonFinite[at] = row.nonFinite;
      this.length++;
      columns.tokensPerSecond[at] = this.#speedAt(at);
    }
    this.#changed();
  }

  addEvaluation(row: EvaluationRow): void {
    this.evaluations = [...this.evaluations.filter((known) => known.step < row.step), row];
    this.#changed();
  }

  clear(): void {
    this.length = 0;
    this.stride = 1;
    this.evaluations = [];
    this.nonFiniteSteps = [];
    this.#changed();
  }

  /** The value of the last row, or null where there is none. */
  last(name: MetricName): number | null {
    return this.length === 0 ? null : (this.columns[name][this.length - 1] ?? null);
  }

  /** Milliseconds a step over the recent rows, or null where too few were timed. */
  recentStepMs(): number | null {
    const end = this.length - 1;
    const start = Math.max(0, end - SPEED_WINDOW);
    if (end < 1) return null;
    const { elapsedMs, step } = this.columns;
    const time = (elapsedMs[end] ?? 0) - (elapsedMs[start] ?? 0);
    const steps = (step[end] ?? 0) - (step[start] ?? 0);
    return steps > 0 && time > 0 ? time / steps : null;
  }

  /** Called at most once a frame, after any number of changes. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #speedAt(at: number): number {
    const start = Math.max(0, at - SPEED_WINDOW);
    const { elapsedMs, tokens, step } = this.columns;
    const time = (elapsedMs[at] ?? 0) - (start === at ? 0 : (elapsedMs[start] ?? 0));
    const steps = start === at ? (step[at] ?? 0) : (step[at] ?? 0) - (step[start] ?? 0);
    return time > 0 ? (steps * (tokens[at] ?? 0) * 1000) / time : Number.NaN;
  }

  #thin(): void {
    this.stride *= 2;
    let kept = 0;
    for (let row = 0; row < this.length; row++) {
      if ((this.columns.step[row] ?? 0) % this.stride !== 0) continue;
      for (const name of metricNames) {
        const column = this.columns[name];
        column[kept] = column[row] ?? 0;
      }
      kept++;
    }
    this.length = kept;
  }

  #changed(): void {
    this.version++;
    if (this.#scheduled) return;
    this.#scheduled = true;
    const announce = () => {
      if (!this.#scheduled) return;
      this.#scheduled = false;
      for (const listener of this.#listeners) listener();
    };
    requestAnimationFrame(announce);
    // A hidden tab draws no frames, and its title still has to move.
    if (document.visibilityState === 'hidden') setTimeout(announce, 500);
  }
}

export const metricsLog = new MetricsLog();
