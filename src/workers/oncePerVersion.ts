// Work that is worth repeating only when something has changed: done once for each version of it, whoever asks and however often.

export class OncePerVersion {
  private last: { readonly version: number; readonly done: Promise<void> } | null = null;

  /** @param version of what the work is done with; another one makes what was done stale */
  constructor(
    private readonly version: () => number,
    private readonly work: () => Promise<void>,
  ) {}

  /** Resolves when the work is done for the version of this moment. What failed is tried again. */
  ready(): Promise<void> {
    const version = this.version();
    if (this.last?.version === version) return this.last.done;
    const before = this.last?.done.catch(() => undefined);
    // One after the other: an older version must not overwrite a newer one.
    const done = before === undefined ? this.work() : before.then(() => this.work());
    const own = { version, done };
    this.last = own;
    done.catch(() => {
      if (this.last === own) this.last = null;
    });
    return done;
  }
}
