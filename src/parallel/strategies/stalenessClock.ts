// Who may take weights and whose gradient is applied next under bounded staleness: one total order of pulls and pushes. Pure; it sends
// nothing and holds no tensor.

/**
 * An entry of the order. `version` counts applied updates: a pull sees exactly the first `version` of them; a push makes version `update`,
 * from weights that were `staleness` versions older than those it is applied to.
 */
export type ClockEntry =
  | { readonly kind: 'pull'; readonly worker: number; readonly version: number }
  | { readonly kind: 'push'; readonly worker: number; readonly update: number; readonly staleness: number }
  /** Every update that was allowed is in the order, and nobody computes. */
  | { readonly kind: 'rest' };

/**
 * The service of Ho et al. 2013 ("More effective distributed ML via a stale synchronous parallel parameter server"), with the bound on each
 * update instead of on clocks: version applied to - version pulled <= maxStaleness, always. It holds back a pull for which there would be
 * no order that keeps the bound, and a push that would leave none for those who still compute; the oldest may always push, so somebody
 * always can.
 */
export class StalenessClock {
  private version = 0;
  private allowed = 0;
  private pulled = 0;
  /** The version that each worker under way computes from. */
  private readonly from = new Map<number, number>();
  /** In order of arrival. */
  private readonly pushes = new Set<number>();
  private readonly pulls = new Set<number>();
  private readonly updates = new Map<number, number>();
  private atRest = true;

  constructor(
    private readonly workers: readonly number[],
    private readonly maxStaleness: number,
  ) {}

  /** Updates so far. */
  get applied(): number {
    return this.version;
  }

  /** A turn begins: its order ends with one `rest`. */
  begin(): void {
    this.atRest = false;
  }

  /** At most `total` updates since the run began. */
  allow(total: number): void {
    this.allowed = Math.max(this.allowed, total);
  }

  wantPull(worker: number): void {
    this.pulls.add(worker);
  }

  /** @throws RangeError for a worker that has pulled nothing */
  wantPush(worker: number): void {
    if (!this.from.has(worker)) throw new RangeError(`Rank ${worker} pushed without a pull`);
    this.pushes.add(worker);
  }

  /** The next entry that may be, or null until somebody wants more or more is allowed. */
  next(): ClockEntry | null {
    if (this.atRest) return null;
    return this.nextPush() ?? this.nextPull() ?? this.nextRest();
  }

  private nextPush(): ClockEntry | null {
    for (const worker of this.pushes) {
      const from = this.from.get(worker) ?? 0;
      if (!this.orderExists(this.version + 1, worker)) continue;
      const staleness = this.version - from;
      this.pushes.delete(worker);
      this.from.delete(worker);
      this.version++;
      this.updates.set(worker, (this.updates.get(worker) ?? 0) + 1);
      return { kind: 'push', worker, update: this.version, staleness };
    }
    return null;
  }

  /** Whether those under way but `without` can all push, oldest first, when the version is `version`. */
  private orderExists(version: number, without: number): boolean {
    const rest = [...this.from].filter(([worker]) => worker !== without).map(([, from]) => from);
    return rest.sort((a, b) => a - b).every((from, place) => version + place - from <= this.maxStaleness);
  }

  /** Whoever has done least goes first, so that nobody starves where few may be under way. */
  private nextPull(): ClockEntry | null {
    if (this.pulled >= this.allowed || this.from.size > this.maxStaleness) return null;
    const done = (worker: number): number => this.updates.get(worker) ?? 0;
    const [worker] = [...this.pulls]
      .filter((candidate) => !this.from.has(candidate))
      .sort((a, b) => done(a) - done(b) || a - b);
    if (worker === undefined) return null;
    this.pulls.delete(worker);
    this.from.set(worker, this.version);
    this.pulled++;
    return { kind: 'pull', worker, version: this.version };
  }

  private nextRest(): ClockEntry | null {
    if (this.from.size > 0 || this.pulled < this.allowed || this.pulls.size < this.workers.length) return null;
    this.pulls.clear();
    this.atRest = true;
    return { kind: 'rest' };
  }
}
