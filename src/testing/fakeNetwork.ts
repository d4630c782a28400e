// Links for tests of the transport: messages of one link stay in order, links are served in a random order that a seed fixes,
// and a test may drop, repeat or change what passes. Buffers are transferred as real ports do.

import { threefry2x32 } from '../core/rng';
import type { LinkPort } from '../parallel/transport/endpoint';

/** What to deliver instead of `message`: nothing, itself, twice, another. `source` and `destination` are ranks. */
export type Tamper = (message: unknown, source: number, destination: number) => unknown[];

interface Link {
  readonly queue: unknown[];
  readonly to: FakePort;
}

class FakePort implements LinkPort {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onmessageerror: ((event: MessageEvent) => void) | null = null;

  constructor(private readonly carry: (message: unknown) => void) {}

  postMessage(message: unknown, transfer: ArrayBuffer[]): void {
    this.carry(structuredClone(message, { transfer }));
  }

  close(): void {
    this.onmessage = null;
  }
}

export class FakeNetwork {
  private readonly links: Link[] = [];
  private draws = 0;
  private pumping = false;

  constructor(
    private readonly seed: number,
    private readonly tamper: Tamper = (message) => [message],
  ) {}

  /** ports[a].get(b) is rank a's end of its link to rank b. */
  connect(ranks: number): Map<number, LinkPort>[] {
    const ports = Array.from({ length: ranks }, () => new Map<number, LinkPort>());
    for (let a = 0; a < ranks; a++) {
      for (let b = a + 1; b < ranks; b++) {
        const atA: FakePort = new FakePort((message) => this.enqueue(there, this.tamper(message, a, b)));
        const atB: FakePort = new FakePort((message) => this.enqueue(back, this.tamper(message, b, a)));
        const there: Link = { queue: [], to: atB };
        const back: Link = { queue: [], to: atA };
        this.links.push(there, back);
        ports[a].set(b, atA);
        ports[b].set(a, atB);
      }
    }
    return ports;
  }

  private enqueue(link: Link, messages: unknown[]): void {
    link.queue.push(...messages);
    if (this.pumping || messages.length === 0) return;
    this.pumping = true;
    setImmediate(this.pump);
  }

  private readonly pump = (): void => {
    const busy = this.links.filter(({ queue }) => queue.length > 0);
    if (busy.length > 0) {
      const [word] = threefry2x32(this.seed, 0, this.draws++, 0);
      const link = busy[word % busy.length];
      const data = link.queue.shift();
      link.to.onmessage?.(new MessageEvent('message', { data }));
    }
    this.pumping = busy.length > 0;
    if (this.pumping) setImmediate(this.pump);
  };
}
