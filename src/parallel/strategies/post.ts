// Messages between the roles of an asynchronous run, some of which share a rank: over the links, or within the rank without a copy.
// When the links end, waits within the rank end too.

import type { LabError } from '../../core/errors';
import type { Endpoint } from '../transport/endpoint';
import { Mailbox } from '../transport/mailbox';
import type { Payload } from '../transport/message';

export class Post {
  private readonly own = new Mailbox();
  private readonly forget: () => void;
  private end: LabError | null = null;

  /** For one turn: messages belong to the endpoint's step as it is now. */
  constructor(private readonly endpoint: Endpoint) {
    this.forget = endpoint.whenEnded((error) => {
      this.end = error;
      this.own.rejectAll(error);
    });
  }

  /** Gives the payload away. @returns bytes that went over a link @throws LabError of the endpoint */
  send(to: number, tag: string, payload: Payload): number {
    if (to !== this.endpoint.rank) return this.endpoint.send(to, tag, payload);
    const wait = this.own.claim(0, tag);
    if (wait) wait.resolve(payload);
    else this.own.hold(0, tag, payload);
    return 0;
  }

  /** The next payload of `tag`; those of one sender and tag come in order. @throws LabError (as a rejection) of the endpoint */
  receive(from: number, tag: string): Promise<Payload> {
    if (from !== this.endpoint.rank) return this.endpoint.receive(from, tag);
    if (this.end) return Promise.reject(this.end);
    const held = this.own.take(0, tag);
    if (held) return Promise.resolve(held);
    return new Promise((resolve, reject) => this.own.wait({ step: 0, tag, resolve, reject }));
  }

  /** The turn is over. */
  close(): void {
    this.forget();
  }
}
