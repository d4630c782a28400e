// How many decoding steps are asked for at once: as many as fit in the time in which a text still appears without a stutter, so that the round
// trip of a read-back is small beside them. It only counts and times.

/** A group's steps take about so long: a map's round trip is small beside it, and text still appears without a stutter. */
const GROUP_MS = 16;
export const MOST_STEPS = 16;

export class StepPace {
  /** Of the next group. */
  steps = 1;
  /** When the group before came, where the next one was on its way by then. */
  private cameAt: number | null = null;

  /** The first token is not kept waiting for others. */
  start(): void {
    this.steps = 1;
  }

  /** A group of `steps` came; `more` where another was on its way by then. */
  came(steps: number, more: boolean): void {
    const now = performance.now();
    if (this.cameAt !== null) {
      const stepMs = Math.max(0.01, (now - this.cameAt) / steps);
      // Doubling at most: one short wait says little.
      this.steps = Math.max(1, Math.min(MOST_STEPS, 2 * this.steps, Math.round(GROUP_MS / stepMs)));
    }
    // Without another on its way the device will have waited before the next one comes.
    this.cameAt = more ? now : null;
  }

  /** Nothing is on its way any more. */
  rest(): void {
    this.cameAt = null;
  }
}
