// The messages of one peer that nobody took yet, and the waits for messages that did not come yet, matched by (step, tag).
// Equal (step, tag) match in order. It must not know about ports, deadlines or what a mismatch leads to.

import type { LabError } from '../../core/errors';
import type { Payload } from './message';

export interface Wait {
  readonly step: number;
  readonly tag: string;
  readonly resolve: (payload: Payload) => void;
  readonly reject: (error: LabError) => void;
}

interface Held {
  readonly step: number;
  readonly payload: Payload;
}

export class Mailbox {
  private readonly held = new Map<string, Held[]>();
  private readonly waits = new Map<string, Wait[]>();

  /** The first held message of (step, tag), or undefined. */
  take(step: number, tag: string): Payload | undefined {
    return removeFirst(this.held, tag, (entry) => entry.step === step)?.payload;
  }

  /** The first wait for (step, tag), removed from the waits. */
  claim(step: number, tag: string): Wait | undefined {
    return removeFirst(this.waits, tag, (wait) => wait.step === step);
  }

  hold(step: number, tag: string, payload: Payload): void {
    append(this.held, tag, { step, payload });
  }

  wait(wait: Wait): void {
    append(this.waits, wait.tag, wait);
  }

  /** The step of the first wait for `tag`. */
  stepAwaited(tag: string): number | undefined {
    return this.waits.get(tag)?.[0].step;
  }

  /** The step of the first held message under `tag`. */
  stepHeld(tag: string): number | undefined {
    return this.held.get(tag)?.[0].step;
  }

  /** A held message of a step before `step`: it was sent and nobody will take it. */
  olderThan(step: number): { readonly step: number; readonly tag: string } | undefined {
    for (const [tag, entries] of this.held)
      for (const entry of entries) if (entry.step < step) return { step: entry.step, tag };
    return undefined;
  }

  /** `tag (step s), ...` of what is held, for a message that says what came instead. */
  heldText(): string {
    const texts = [...this.held].flatMap(([tag, entries]) => entries.map(({ step }) => `${tag} (step ${step})`));
    return texts.length > 4 ? `${texts.slice(0, 4).join(', ')} and ${texts.length - 4} more` : texts.join(', ');
  }

  rejectAll(error: LabError): void {
    const open = [...this.waits.values()].flat();
    this.waits.clear();
    this.held.clear();
    for (const wait of open) wait.reject(error);
  }

  get waiting(): number {
    return this.waits.size;
  }
}

function append<T>(lists: Map<string, T[]>, tag: string, entry: T): void {
  const list = lists.get(tag);
  if (list) list.push(entry);
  else lists.set(tag, [entry]);
}

function removeFirst<T>(lists: Map<string, T[]>, tag: string, wanted: (entry: T) => boolean): T | undefined {
  const list = lists.get(tag);
  const at = list?.findIndex(wanted) ?? -1;
  if (!list || at < 0) return undefined;
  const [entry] = list.splice(at, 1);
  if (list.length === 0) lists.delete(tag);
  return entry;
}
