// A slower link than the page has: what comes in is handed on after the latency and the time its bytes take, one message after
// the other, as on one wire. Sleeps on timers, never spins. It must not know what a message says.

export interface LinkSpeed {
  readonly latencyMs: number;
  /** 10^6 bytes a second; 0: as fast as the page is. */
  readonly megabytesPerSecond: number;
}

/** Timers count whole milliseconds: what is due within half of one goes out now rather than late. */
const TIMER_SLACK_MS = 0.5;

export class EmulatedLink<T> {
  private readonly queue: { readonly dueMs: number; readonly message: T }[] = [];
  private freeMs = Number.NEGATIVE_INFINITY;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly speed: LinkSpeed,
    private readonly now: () => number,
    private readonly deliver: (message: T) => void,
  ) {}

  /** `sentMs` on the clock of `now`; a sender whose clock runs ahead counts as sending now. */
  accept(message: T, bytes: number, sentMs: number): void {
    const { latencyMs, megabytesPerSecond } = this.speed;
    const startMs = Math.max(Math.min(sentMs, this.now()), this.freeMs);
    this.freeMs = startMs + (megabytesPerSecond > 0 ? bytes / (megabytesPerSecond * 1_000) : 0);
    this.queue.push({ dueMs: this.freeMs + latencyMs, message });
    if (this.timer === undefined) this.flush();
  }

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.queue.length = 0;
  }

  private readonly flush = (): void => {
    this.timer = undefined;
    for (;;) {
      const head = this.queue[0];
      if (head === undefined) return;
      const leftMs = head.dueMs - this.now();
      if (leftMs > TIMER_SLACK_MS) {
        this.timer = setTimeout(this.flush, leftMs);
        return;
      }
      this.queue.shift();
      this.deliver(head.message);
    }
  };
}
