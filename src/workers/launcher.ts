// Starts workers and gives the page handles on them: typed calls that always settle, the event stream, and the worker's death.
// Used by the page's controller alone. It must not know what a run is.

import { proxy, releaseProxy, transfer, wrap } from 'comlink';
import { LabError } from '../core/errors';
import type { DataApi, RankApi, RankEvent } from './protocol';
import { LifeLine } from './settling';

export interface RankHandle {
  readonly api: RankApi;
  /** Called at most once, with the reason; not after terminate(). */
  onDeath(listener: (error: LabError) => void): void;
  terminate(): void;
}

export interface DataHandle {
  readonly api: DataApi;
  terminate(): void;
}

/** The rank worker's whole surface: the API and the port for its events. */
export type RankWorkerApi = RankApi & { connect(port: MessagePort): Promise<void> };

const WATCH_MS = 500;
/** Watch ticks without a heartbeat until a rank counts as dead: 5 s of a page that is awake, since both clocks stop together. */
const MISSED_TICKS = 10;
/** A data worker that reports no progress for this long is stuck, in a tokenizer's pattern as a rule. */
const DATA_SILENCE_MS = 30_000;

function dead(why: string): LabError {
  return new LabError({
    code: 'worker.dead',
    message: 'The worker stopped.',
    why,
    advice: 'Press restart: the lab starts a new worker and sets up the run again.',
  });
}

function watchErrors(worker: Worker, line: LifeLine): void {
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const where = event.filename ? ` (${event.filename}:${event.lineno})` : '';
    line.end(dead(event.message ? `${event.message}${where}` : 'Its script could not be loaded.'));
  });
  worker.addEventListener('messageerror', () => line.end(dead('A message could not be read.')));
}

export function launchRank(onEvent: (event: RankEvent) => void): RankHandle {
  const worker = new Worker(new URL('./rankWorker.ts', import.meta.url), { type: 'module', name: 'rank 0' });
  const remote = wrap<RankWorkerApi>(worker);
  const line = new LifeLine();
  watchErrors(worker, line);
  const { port1, port2 } = new MessageChannel();
  let missed = 0;
  let alive = false;
  port1.addEventListener('message', (message: MessageEvent<RankEvent>) => {
    missed = 0;
    alive = true;
    if (message.data.type !== 'heartbeat') onEvent(message.data);
  });
  port1.start();
  const watch = setInterval(() => {
    // Before the first sign of life the script may still be on its way over a slow network.
    if (alive && ++missed > MISSED_TICKS)
      line.end(dead(`It gave no sign of life for ${(MISSED_TICKS * WATCH_MS) / 1000} s.`));
  }, WATCH_MS);
  const stop = (): void => {
    clearInterval(watch);
    port1.close();
    remote[releaseProxy]();
    worker.terminate();
  };
  line.onDeath(stop);
  line.guard(() => remote.connect(transfer(port2, [port2]))).catch(() => undefined);
  const call = <T>(work: () => Promise<T>): Promise<T> => line.guard(work);
  const api: RankApi = {
    open: (options) => call(() => remote.open(options)),
    estimate: (config, vocabularySize) => call(() => remote.estimate(config, vocabularySize)),
    prepare: (config, data) => call(() => remote.prepare(config, data)),
    play: () => call(() => remote.play()),
    pause: () => call(() => remote.pause()),
    stepOnce: () => call(() => remote.stepOnce()),
    reset: () => call(() => remote.reset()),
    evaluate: () => call(() => remote.evaluate()),
    generate: (request) => call(() => remote.generate(request)),
    cancelGenerate: () => call(() => remote.cancelGenerate()),
    profile: () => call(() => remote.profile()),
    exportFolder: () => call(() => remote.exportFolder()),
    loadFolder: (files) => call(() => remote.loadFolder(files)),
    verify: (onRow, options) => tellAll(onRow, (tell) => call(() => remote.verify(proxy(tell), options))),
    conformance: (files, onRow) => tellAll(onRow, (tell) => call(() => remote.conformance(files, proxy(tell)))),
    bench: (name, onRow, options) => tellAll(onRow, (tell) => call(() => remote.bench(name, proxy(tell), options))),
    close: () => call(() => remote.close()),
  };
  let terminated = false;
  return {
    api,
    onDeath: (listener) =>
      line.onDeath((error) => {
        if (!terminated) listener(error);
      }),
    terminate() {
      terminated = true;
      line.end(dead('It was ended.'));
    },
  };
}

export function launchData(): DataHandle {
  const worker = new Worker(new URL('./dataWorker.ts', import.meta.url), { type: 'module', name: 'data' });
  const remote = wrap<DataApi>(worker);
  const line = new LifeLine();
  watchErrors(worker, line);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const rewind = (): void => {
    clearTimeout(timer);
    timer = setTimeout(
      () =>
        line.end(
          new LabError({
            code: 'worker.timeout',
            message: `Preparing the text made no progress for ${DATA_SILENCE_MS / 1000} s and was ended.`,
            why: 'A tokenizer.json whose pattern runs for ever is the usual cause; a very large text on a slow machine is another.',
            advice: 'Use another tokenizer, or less text.',
          }),
        ),
      DATA_SILENCE_MS,
    );
  };
  line.onDeath(() => {
    clearTimeout(timer);
    remote[releaseProxy]();
    worker.terminate();
  });
  return {
    api: {
      prepare: (request, onProgress) => {
        rewind();
        const progress = proxy((share: number) => {
          rewind();
          onProgress(share);
        });
        return line.guard(() => remote.prepare(request, progress)).finally(() => clearTimeout(timer));
      },
    },
    terminate: () => line.end(dead('It was ended.')),
  };
}

/**
 * Rows come over a port of their own, which the reply may overtake: those not heard by then are told from the reply, so that a caller has
 * heard every row once, in order, when it gets the result.
 */
async function tellAll<Row>(
  onRow: (row: Row) => void,
  work: (tell: (row: Row) => void) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  let heard = 0;
  let answered = false;
  const rows = await work((row) => {
    if (answered) return;
    heard++;
    onRow(row);
  });
  answered = true;
  for (const row of rows.slice(heard)) onRow(row);
  return rows;
}
