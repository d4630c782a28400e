// The trace of asynchronous training: ranks are at no common step, so gradients of one number, and the updates that as many make, are shown
// together. It gathers one rank's events of a round and hands them on at once; it measures nothing.

import type { TraceEvent } from '../core/meshRecords';

/** One round in so many is traced. */
const EVERY = 8;

export class RoundTrace {
  private events: TraceEvent[] = [];

  /** @param emit told of a round once, when the rank is well past it */
  constructor(
    private readonly workers: number,
    private readonly emit: (round: number, events: readonly TraceEvent[]) => void,
  ) {}

  /** `event.step` counts this rank's gradients, or the run's updates where the event is one, which its staleness tells. */
  take(event: TraceEvent): void {
    const round = event.staleness === undefined ? event.step : Math.ceil(event.step / this.workers);
    const gathering = this.events.at(0)?.step;
    // An owner may still apply a round's last updates while its own next gradient is under way.
    if (gathering !== undefined && round > gathering + 1) this.flush();
    if (round % EVERY === 1 && (this.events.at(0)?.step ?? round) === round)
      this.events.push({ ...event, step: round });
  }

  flush(): void {
    const { events } = this;
    this.events = [];
    if (events.length > 0) this.emit(events[0].step, events);
  }
}
