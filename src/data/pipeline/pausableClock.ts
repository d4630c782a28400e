// The time that a run has worked, and the promise that its work waits for while it is paused. It stops nothing by itself.

export class PausableClock {
  readonly #start = performance.now();
  #pausedMs = 0;
  #pause: { readonly over: Promise<void>; readonly end: () => void; readonly since: number } | null = null;

  get paused(): boolean {
    return this.#pause !== null;
  }

  /** Since the start, pauses left out. */
  get seconds(): number {
    const now = performance.now();
    const paused = this.#pausedMs + (this.#pause === null ? 0 : now - this.#pause.since);
    return (now - this.#start - paused) / 1_000;
  }

  pause(): void {
    if (this.#pause !== null) return;
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#pause = { over, end, since: performance.now() };
  }

  unpause(): void {
    if (this.#pause === null) return;
    this.#pausedMs += performance.now() - this.#pause.since;
    this.#pause.end();
    this.#pause = null;
  }

  /** Settles when the run is not paused. */
  async running(): Promise<void> {
    await this.#pause?.over;
  }
}
