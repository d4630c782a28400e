// The deadlines of open waits. It must not know what is waited for.

/** A timer that fires this much late means that the page slept, not that a peer is dead: the wait gets its time again. */
const SLEPT_MS = 1_000;

export class Deadlines {
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();

  constructor(
    readonly ms: number,
    private readonly now: () => number,
  ) {}

  /** Calls `expired` after the deadline unless the returned function is called before. */
  start(expired: () => void): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const arm = (): void => {
      const startMs = this.now();
      timer = setTimeout(() => {
        this.timers.delete(timer);
        if (this.now() - startMs > this.ms + SLEPT_MS) arm();
        else expired();
      }, this.ms);
      this.timers.add(timer);
    };
    arm();
    return () => {
      clearTimeout(timer);
      this.timers.delete(timer);
    };
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}
