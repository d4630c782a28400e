// Sets of a stage's activations while a plan is made: which micro-batch has which, and how many are needed at once. Pure.

/** Free sets of activations of one stage; the lowest free one is taken, so that as few as needed exist. */
export class ActivationBanks {
  private readonly taken: boolean[] = [];
  private readonly byMicroBatch = new Map<number, number>();
  /** All below are taken. */
  private lowest = 0;

  get count(): number {
    return Math.max(1, this.taken.length);
  }

  of(microBatch: number): number {
    const known = this.byMicroBatch.get(microBatch);
    if (known !== undefined) return known;
    while (this.taken[this.lowest]) this.lowest++;
    const bank = this.lowest;
    this.taken[bank] = true;
    this.byMicroBatch.set(microBatch, bank);
    return bank;
  }

  free(microBatch: number): void {
    const bank = this.of(microBatch);
    this.taken[bank] = false;
    this.lowest = Math.min(this.lowest, bank);
    this.byMicroBatch.delete(microBatch);
  }
}
