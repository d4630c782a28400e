// A worker with a life line: its calls settle when it dies, its events arrive while it lives, and silence counts as death.
// It knows no API beyond `connect`.

import { type Remote, releaseProxy, transfer, wrap } from 'comlink';
import { LabError } from '../core/errors';
import { LifeLine } from './settling';

const WATCH_MS = 500;

export interface WatchedWorker<Api> {
  readonly remote: Remote<Api>;
  /** `work`, or the worker's death, whichever comes first. */
  guard<T>(work: () => Promise<T>): Promise<T>;
  /** Called at most once, with the reason; not after terminate(). */
  onDeath(listener: (error: LabError) => void): void;
  terminate(): void;
}

/** The error of a worker's death, for the page. */
export function workerDied(why: string): LabError {
  return new LabError({
    code: 'worker.dead',
    message: 'The worker stopped.',
    why,
    advice: 'Press restart: the lab starts a new worker and sets up the run again.',
  });
}

/**
 * A worker's API and its life line, which a script that fails or a message that cannot be read ends. The worker ends with its line.
 * @param dead makes the error of a death from its reason
 */
export function lineTo<Api>(
  worker: Worker,
  dead: (why: string) => LabError,
): { readonly remote: Remote<Api>; readonly line: LifeLine } {
  const remote = wrap<Api>(worker);
  const line = new LifeLine();
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const where = event.filename ? ` (${event.filename}:${event.lineno})` : '';
    line.end(dead(event.message ? `${event.message}${where}` : 'Its script could not be loaded.'));
  });
  worker.addEventListener('messageerror', () => line.end(dead('A message could not be read.')));
  line.onDeath(() => {
    remote[releaseProxy]();
    worker.terminate();
  });
  return { remote, line };
}

/**
 * @param dead makes the error of a death from its reason
 * @param missedTicks watch ticks of 0.5 s without an event until the worker counts as dead; both clocks stop together while the page sleeps
 */
export function watchWorker<
  Api extends { connect(port: MessagePort): Promise<void> },
  Event extends { readonly type: string },
>(
  worker: Worker,
  onEvent: (event: Event) => void,
  dead: (why: string) => LabError,
  missedTicks: number,
): WatchedWorker<Api> {
  const { remote, line } = lineTo<Api>(worker, dead);
  const { port1, port2 } = new MessageChannel();
  let missed = 0;
  let alive = false;
  port1.addEventListener('message', (message: MessageEvent<Event>) => {
    missed = 0;
    alive = true;
    onEvent(message.data);
  });
  port1.start();
  let lastTick = performance.now();
  const watch = setInterval(() => {
    const late = performance.now() - lastTick > 2 * WATCH_MS;
    lastTick = performance.now();
    // A machine that keeps the page waiting keeps the worker waiting too. And before the first sign of life the script may still be on its way
    // over a slow network.
    if (alive && !late && ++missed > missedTicks)
      line.end(dead(`It gave no sign of life for ${(missedTicks * WATCH_MS) / 1000} s.`));
  }, WATCH_MS);
  line.onDeath(() => {
    clearInterval(watch);
    port1.close();
  });
  line.guard(async () => remote.connect(transfer(port2, [port2]))).catch(() => undefined);
  let terminated = false;
  return {
    remote,
    guard: (work) => line.guard(work),
    onDeath: (listener) =>
      line.onDeath((error) => {
        if (!terminated) listener(error);
      }),
    terminate() {
      terminated = true;
      line.end(new LabError({ code: 'worker.dead', message: 'The worker was ended.' }));
    },
  };
}
