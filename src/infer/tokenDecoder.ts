// What continues a fixed number of texts side by side, wherever it computes: the whole model on one device, or stages of it on the workers of a
// pipeline. Types, and the queue of steps that both hand their tokens out of.

import type { ModelConfig } from '../core/modelConfig';
import type { PipelineTraffic, Speculation } from '../core/records';
import { NO_TOKEN, type Sampling } from '../gpu/plans/sampleToken';
import { StepPace } from './stepPace';

export interface TokenDecoder {
  readonly model: ModelConfig;
  /** How tokens are drawn from now on, and what each text has said already. */
  start(sampling: Sampling, said: readonly Uint32Array[]): void;
  /** Puts contexts (each of at least one token and no more than the model's positions) into the cache, save their last tokens: these the next step reads. */
  fill(contexts: readonly Uint32Array[]): void;
  /** Whether another step may be submitted now; without room the cache has to be filled anew first. */
  readonly room: boolean;
  /** Whether tokens of submitted steps are still to be taken. */
  readonly pending: boolean;
  readonly mayRunAhead: boolean;
  /**
   * Submits a group of steps, each one more token of each text, and returns how many: at most `most`, and what there is room for.
   * @param draw number of the first step's draw, which its random numbers are a function of
   */
  submit(draw: number, most: number): number;
  /** The tokens [B] of the oldest step that was not taken; NO_TOKEN where logits were not numbers. */
  take(): Promise<Uint32Array>;
  /** Waits for what is on its way and drops it. */
  drain(): Promise<void>;
  /** What went from worker to worker since `start`; null on one device. */
  readonly traffic: PipelineTraffic | null;
  /** What came of a draft's proposals since `start`; left out where there is no draft. */
  readonly speculation?: Speculation;
  destroy(): void;
}

/** Tokens of the longest. */
export function longestOf(contexts: readonly Uint32Array[]): number {
  return Math.max(...contexts.map(({ length }) => length));
}

interface Group {
  readonly steps: number;
  /** [steps, B] */
  readonly tokens: Promise<Uint32Array>;
  taken: number;
}

/** Groups of steps on their way, oldest first, how long the next one should be, and how many steps the cache has room for. */
export class StepGroups {
  private readonly pace = new StepPace();
  private readonly groups: Group[] = [];
  /** Steps since the cache was filled, and how many it has room for. */
  private steps = 0;
  private capacity = 0;

  constructor(
    private readonly texts: number,
    private readonly ahead: number,
  ) {}

  start(): void {
    this.pace.start();
  }

  get pending(): boolean {
    return this.groups.length > 0;
  }

  get mayRunAhead(): boolean {
    return this.groups.length < this.ahead;
  }

  /** The cache was filled from `contexts` of a model of so many positions. */
  filled(positions: number, contexts: readonly Uint32Array[]): void {
    this.steps = 0;
    this.capacity = positions - longestOf(contexts) + 1;
  }

  get room(): boolean {
    return this.steps < this.capacity;
  }

  /** The next group: where it begins, counted from the filling, and its steps, at most `most`. */
  next(most: number): { readonly position: number; readonly steps: number } {
    const steps = Math.min(this.pace.steps, most, this.capacity - this.steps);
    const position = this.steps;
    this.steps += steps;
    return { position, steps };
  }

  /** @param tokens [steps, B] when they have come */
  add(steps: number, tokens: Promise<Uint32Array>): void {
    const come = tokens.then((values) => {
      this.pace.came(steps, this.groups.length > 1);
      return values;
    });
    // Whoever takes it hears of a failure; a step that nobody takes any more fails for nobody.
    come.catch(() => undefined);
    this.groups.push({ steps, tokens: come, taken: 0 });
  }

  async take(): Promise<Uint32Array> {
    const [group] = this.groups;
    if (group === undefined) return new Uint32Array(this.texts).fill(NO_TOKEN);
    const tokens = await group.tokens;
    const first = this.texts * group.taken++;
    if (group.taken === group.steps) this.groups.shift();
    return tokens.subarray(first, first + this.texts);
  }

  async drain(): Promise<void> {
    await Promise.allSettled(this.groups.splice(0).map(({ tokens }) => tokens));
    this.pace.rest();
  }
}
