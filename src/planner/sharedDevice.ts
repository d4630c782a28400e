// A device that several ranks have given work: a kernel of each in turn, as a queue of kernels is served. It knows times and whose work it is,
// and neither plan nor cost.

interface Job<Owner> {
  readonly owner: Owner;
  readonly readyMs: number;
  readonly kernelsMs: readonly number[];
  /** Of those, the first that is still to run. */
  next: number;
}

export class SharedDevice<Owner> {
  /** Those that have work for it, in the order in which they are served. */
  private readonly jobs: Job<Owner>[] = [];
  private running: { readonly job: Job<Owner>; readonly endMs: number } | null = null;
  private nowMs = 0;

  give(owner: Owner, readyMs: number, kernelsMs: readonly number[]): void {
    this.jobs.push({ owner, readyMs, kernelsMs, next: 0 });
  }

  /** The next moment at which a kernel ends, or could begin; Infinity where there is nothing to do. */
  nextMs(): number {
    if (this.running) return this.running.endMs;
    return this.jobs.reduce(
      (least, { readyMs }) => Math.min(least, Math.max(readyMs, this.nowMs)),
      Number.POSITIVE_INFINITY,
    );
  }

  /** Moves on to `ms`, which must be nextMs(). @returns whose work is done then, or null. */
  advance(ms: number): Owner | null {
    this.nowMs = ms;
    let done: Owner | null = null;
    if (this.running) {
      const { job } = this.running;
      this.running = null;
      if (++job.next < job.kernelsMs.length) this.jobs.push(job);
      else done = job.owner;
    }
    const at = this.jobs.findIndex(({ readyMs }) => readyMs <= ms);
    if (at !== -1) {
      const [job] = this.jobs.splice(at, 1);
      this.running = { job, endMs: ms + job.kernelsMs[job.next] };
    }
    return done;
  }
}
