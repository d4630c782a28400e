// Lets a long computation hear a cancellation: it gives the event loop a turn now and then. It measures nothing.

import { LabError } from '../../core/errors';

/** A message or a signal waits about this long at most; a turn costs up to 4 ms in a browser. */
const INTERVAL_MS = 100;

export class Breather {
  #last = performance.now();

  constructor(private readonly signal?: AbortSignal) {}

  /** Cheap enough for every turn of a loop; breathe() where it is true. */
  due(): boolean {
    return performance.now() - this.#last > INTERVAL_MS;
  }

  /** @throws LabError `run.cancelled` */
  async breathe(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#last = performance.now();
    this.throwIfCancelled();
  }

  /** @throws LabError `run.cancelled` */
  throwIfCancelled(): void {
    if (this.signal?.aborted === true) {
      throw new LabError({ code: 'run.cancelled', message: 'The training of the tokenizer was cancelled.' });
    }
  }
}
