// Chooses kernels by measurement: first the family that the adapter prefers, then the matmul variant of each problem that a run has, within
// a time budget, remembered per adapter. Variants of one family give the same bits, so a late or missing measurement changes speed only.

import { openDB } from 'idb';
import type { GpuDevice } from './device';
import type { KernelChoices, KernelFamilyName } from './kernelChoices';
import { type MatmulProblem, type MatmulVariant, plainMatmul } from './matmul/plan';
import { timeVariants } from './matmul/tune';
import { defaultVariant } from './matmul/variants';
import type { PipelineCache } from './pipelineCache';
import { planSoftmaxForward } from './plans/softmax';
import { type ChoiceRecord, chosenVariant, familyVariants, problemKey } from './recordedChoices';
import { timeDispatches } from './stopwatch';

/** What was measured on one adapter, as stored. */
type TuningRecord = ChoiceRecord & { readonly matmul: Record<string, string> };

/** Counts up when kernels change enough that old measurements mislead. */
const RECORD_VERSION = 3;
/** Of the budget, for one execution of one variant: each is executed several times. */
const LARGEST_SHARE = 0.02;
/**
 * Predicted time below which a product keeps its default. A software adapter takes a third of a second to compile the three variants of one, of
 * which the best saves a small part of so little: thousands of steps would not win it back. A GPU compiles fast, and small products are where
 * its tiles differ most.
 */
const WORTH_TUNING_MS: Readonly<Record<KernelFamilyName, number>> = { blocked: 0.1, tiled: 0 };

/**
 * Rows that teams of threads share over barriers, or that a thread has to itself: a GPU and a software adapter differ by a factor of ten and
 * more in what they prefer (docs/performance.md), and both kernels compile in a tenth of a second, where a tiled product takes seconds.
 */
const FAMILY_PROBE = { rows: 16, columns: 1024 };
/** Large enough for the rate that the family sustains, for estimates. */
const RATE_PROBE: Readonly<Record<KernelFamilyName, number>> = { blocked: 192, tiled: 1024 };

/** Storage may be denied (private mode): then nothing is remembered and nothing else changes. */
async function withStore<T>(fallback: T, work: (db: Awaited<ReturnType<typeof openDB>>) => Promise<T>): Promise<T> {
  try {
    const db = await openDB('shardlab-tuning', 1, { upgrade: (fresh) => void fresh.createObjectStore('adapters') });
    try {
      return await work(db);
    } finally {
      db.close();
    }
  } catch {
    return fallback;
  }
}

function isRecord(value: unknown): value is TuningRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    'family' in value &&
    (value.family === 'tiled' || value.family === 'blocked') &&
    'flopsPerMs' in value &&
    typeof value.flopsPerMs === 'number' &&
    'matmul' in value &&
    typeof value.matmul === 'object'
  );
}

async function fasterFamily(gpu: GpuDevice, cache: PipelineCache): Promise<KernelFamilyName> {
  const elements = FAMILY_PROBE.rows * FAMILY_PROBE.columns;
  const time = (family: KernelFamilyName): Promise<number> =>
    timeDispatches(gpu, cache, 'family probe', planSoftmaxForward(FAMILY_PROBE, family), { x: elements, y: elements });
  const tiled = await time('tiled');
  return tiled < (await time('blocked')) ? 'tiled' : 'blocked';
}

export class MeasuredChoices implements KernelChoices {
  readonly family: KernelFamilyName;
  readonly limits: Readonly<Record<string, number>>;
  readonly features: readonly string[];
  /** Problems that were asked for, in order, with the variant given. */
  private readonly asked = new Map<string, { problem: MatmulProblem; variant: MatmulVariant }>();

  private constructor(
    private readonly gpu: GpuDevice,
    private readonly cache: PipelineCache,
    private readonly storageKey: string,
    private readonly record: TuningRecord,
  ) {
    this.family = record.family;
    this.limits = gpu.facts.limits;
    this.features = gpu.facts.features;
  }

  /** Finds the adapter's family: from memory, or by timing one kernel in both. */
  static async measure(gpu: GpuDevice, cache: PipelineCache, forced?: KernelFamilyName): Promise<MeasuredChoices> {
    const { vendor, architecture, device, description, profile, userAgent } = gpu.facts;
    const key = [RECORD_VERSION, vendor, architecture, device, description, profile, userAgent].join('|');
    const stored = await withStore<unknown>(undefined, (db) => db.get('adapters', key));
    if (isRecord(stored) && (forced === undefined || forced === stored.family))
      return new MeasuredChoices(gpu, cache, key, stored);
    const family = forced ?? (await fasterFamily(gpu, cache));
    const size = RATE_PROBE[family];
    const probe = plainMatmul(size, size, size);
    const [{ microseconds }] = await timeVariants(gpu, cache, probe, [defaultVariant(probe, family, gpu.facts)]);
    const record: TuningRecord = { family, flopsPerMs: (1000 * 2 * size ** 3) / microseconds, matmul: {} };
    const choices = new MeasuredChoices(gpu, cache, key, record);
    await choices.save();
    return choices;
  }

  private async save(): Promise<void> {
    await withStore(undefined, async (db) => void (await db.put('adapters', this.record, this.storageKey)));
  }

  /** All choices made so far, for the ranks of a mesh: each makes the same ones (recordedChoices.ts). */
  snapshot(): ChoiceRecord {
    return { family: this.family, flopsPerMs: this.record.flopsPerMs, matmul: { ...this.record.matmul } };
  }

  /** What the probe reached, for estimates of time. */
  get flopsPerMs(): number {
    return this.record.flopsPerMs;
  }

  /** Forgets what earlier runs asked for: only the coming run's problems are worth its tuning time and stand in its record. */
  startRun(): void {
    this.asked.clear();
  }

  /** The same choices for a plan that will not run, such as an estimate: asking leaves no wish to be measured. */
  unrecorded(): KernelChoices {
    return {
      family: this.family,
      limits: this.limits,
      features: this.features,
      matmul: (problem) => this.choose(problem),
      describe: () => [],
    };
  }

  matmul(problem: MatmulProblem): MatmulVariant {
    const variant = this.choose(problem);
    this.asked.set(problemKey(problem), { problem, variant });
    return variant;
  }

  private choose(problem: MatmulProblem): MatmulVariant {
    return chosenVariant(this.record, this.gpu.facts, problem);
  }

  private candidates(problem: MatmulProblem): MatmulVariant[] {
    return familyVariants(this.family, this.gpu.facts, problem);
  }

  /** Measures problems asked for and not yet measured, the costliest first, until the budget is spent. True where a choice changed. */
  async tune(budgetMs: number, onProgress: (done: number, total: number) => void): Promise<boolean> {
    const open = [...this.asked].filter(([key]) => this.record.matmul[key] === undefined);
    open.sort(([, a], [, b]) => b.problem.m * b.problem.n * b.problem.k - a.problem.m * a.problem.n * a.problem.k);
    const started = performance.now();
    let changed = false;
    let done = 0;
    for (const [key, { problem, variant }] of open) {
      if (performance.now() - started > budgetMs) break;
      // A product that fills the budget by itself would hold up the run for many times the budget.
      const predictedMs = (2 * problem.m * problem.n * problem.k) / this.flopsPerMs;
      if (predictedMs > budgetMs * LARGEST_SHARE || predictedMs < WORTH_TUNING_MS[this.family]) continue;
      onProgress(done++, open.length);
      const candidates = this.candidates(problem);
      let best = variant.id;
      if (candidates.length > 1) {
        const times = await timeVariants(this.gpu, this.cache, problem, candidates);
        best = times.reduce((a, b) => (b.microseconds < a.microseconds ? b : a)).variant.id;
      }
      this.record.matmul[key] = best;
      changed ||= best !== variant.id;
    }
    if (done > 0) await this.save();
    return changed;
  }

  describe(): readonly string[] {
    return [`family ${this.family}`, ...[...this.asked].map(([key, { variant }]) => `matmul ${key}: ${variant.id}`)];
  }
}
