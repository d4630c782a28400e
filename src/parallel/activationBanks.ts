// Sets of a stage's activations while a plan is made: which micro-batch has which, and how many are needed at once. Pure.

/** Free sets of activations of one stage; the lowest free one is taken, so that as few as needed exist. */
export class ActivationBanks {
  private readonly taken: boolean[] = [];
  private readonly byMicroBatch = new Map<number, number>();

  get count(): number {
    return Math.max(1, this.taken.length);
  }

  of(microBatch: number): number {
    const known = this.byMicroBatch.get(microBatch);
    if (known !== undefined) return known;
    let bank = this.taken.indexOf(false);
    if (bank === -1) bank = this.taken.length;
    this.taken[bank] = true;
    this.byMicroBatch.set(microBatch, bank);
    return bank;
  }

  free(microBatch: number): void {
    this.taken[this.of(microBatch)] = false;
    this.byMicroBatch.delete(microBatch);
  }
}
