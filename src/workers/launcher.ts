// Starts workers and gives the page handles on them: typed calls that always settle, the event stream, and the worker's death.
// Used by the page's controller alone. It must not know what a run is.

import { proxy } from 'comlink';
import { LabError } from '../core/errors';
import { hubOrigins, parseHubBase } from '../interop/hub/hubAddress';
import hubWorkerUrl from './hubWorker?worker&url';
import type { DataApi, HubApi, PipelineApi, PipelineEvent, PlannerApi, RankApi, RankEvent } from './protocol';
import { tellAll, tellRows, tellText, untilAnswered, whileHeard } from './toldCalls';
import { lineTo, watchWorker, workerDied } from './watchedWorker';

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

export interface PlannerHandle {
  readonly api: PlannerApi;
  /** Whether its calls can only be refused. */
  readonly dead: boolean;
  terminate(): void;
}

export interface PipelineHandle {
  readonly api: PipelineApi;
  terminate(): void;
}

/** The rank worker's whole surface: the API and the port for its events. */
export type RankWorkerApi = RankApi & { connect(port: MessagePort): Promise<void> };

/** The same for the pipeline's. */
export type PipelineWorkerApi = PipelineApi & { connect(port: MessagePort): Promise<void> };

/** 5 s of a page that is awake. */
const MISSED_TICKS = 10;
/** A data worker that reports no progress for this long is stuck, in a tokenizer's pattern as a rule. */
const DATA_SILENCE_MS = 30_000;
/** 20 s: a shard of hundreds of MB is written and hashed at a stretch. */
const PIPELINE_MISSED_TICKS = 40;
/** A search predicts a plan in milliseconds. */
const SEARCH_SILENCE_MS = 30_000;

export function launchRank(onEvent: (event: RankEvent) => void): RankHandle {
  const worker = new Worker(new URL('./rankWorker.ts', import.meta.url), { type: 'module', name: 'host' });
  const watched = watchWorker<RankWorkerApi, RankEvent>(
    worker,
    (event) => {
      if (event.type !== 'heartbeat') onEvent(event);
    },
    workerDied,
    MISSED_TICKS,
  );
  const { remote } = watched;
  const call = <T>(work: () => Promise<T>): Promise<T> => watched.guard(work);
  const api: RankApi = {
    open: (options) => call(() => remote.open(options)),
    estimate: (config, vocabularySize) => call(() => remote.estimate(config, vocabularySize)),
    predict: (config, vocabularySize) => call(() => remote.predict(config, vocabularySize)),
    calibrate: (config, vocabularySize, budgetMs) => call(() => remote.calibrate(config, vocabularySize, budgetMs)),
    prepare: (config, data, start) => call(() => remote.prepare(config, data, start)),
    play: () => call(() => remote.play()),
    pause: () => call(() => remote.pause()),
    stepOnce: () => call(() => remote.stepOnce()),
    reset: () => call(() => remote.reset()),
    evaluate: () => call(() => remote.evaluate()),
    generate: (request, onText) =>
      onText === undefined
        ? call(() => remote.generate(request))
        : tellText(onText, (tell) => call(() => remote.generate(request, proxy(tell)))),
    cancelGenerate: () => call(() => remote.cancelGenerate()),
    inspect: (request) => call(() => remote.inspect(request)),
    read: (request) => call(async () => remote.read(request)),
    tensors: () => call(() => remote.tensors()),
    watch: (request) => call(() => remote.watch(request)),
    profile: () => call(() => remote.profile()),
    exportFolder: (options) => call(() => remote.exportFolder(options)),
    history: () => call(async () => remote.history()),
    loadFolder: (files, options) => call(() => remote.loadFolder(files, options)),
    playFacts: () => call(() => remote.playFacts()),
    scoreText: (request) => call(() => remote.scoreText(request)),
    nextLogits: (ids, position) => call(() => remote.nextLogits(ids, position)),
    compress: (files, heldOut, onRow, options) =>
      tellRows(
        onRow,
        (tell) => call(() => remote.compress(files, heldOut, proxy(tell), options)),
        ({ rows }) => rows,
      ),
    distill: (files, config, data, onRow, onProgress, options) =>
      tellRows(
        onRow,
        (tell) =>
          untilAnswered(onProgress, (progress) =>
            call(() => remote.distill(files, config, data, proxy(tell), proxy(progress), options)),
          ),
        ({ rows }) => rows,
      ),
    verify: (onRow, options) => tellAll(onRow, (tell) => call(() => remote.verify(proxy(tell), options))),
    conformance: (files, onRow, options) =>
      tellAll(onRow, (tell) => call(() => remote.conformance(files, proxy(tell), options))),
    prove: () => call(() => remote.prove()),
    measureOneWorker: () => call(() => remote.measureOneWorker()),
    stopRank: (rank) => call(() => remote.stopRank(rank)),
    bench: (name, onRow, options) => tellAll(onRow, (tell) => call(() => remote.bench(name, proxy(tell), options))),
    close: () => call(() => remote.close()),
  };
  return { api, onDeath: (listener) => watched.onDeath(listener), terminate: () => watched.terminate() };
}

export function launchData(): DataHandle {
  const worker = new Worker(new URL('./dataWorker.ts', import.meta.url), { type: 'module', name: 'data' });
  const { remote, line } = lineTo<DataApi>(worker, workerDied);
  return {
    api: {
      prepare: (request, onProgress) =>
        whileHeard(line, DATA_SILENCE_MS, stuckData, onProgress, (progress: (share: number) => void) =>
          remote.prepare(request, proxy(progress)),
        ),
    },
    terminate: () => line.end(workerDied('It was ended.')),
  };
}

function stuckData(): LabError {
  return new LabError({
    code: 'worker.timeout',
    message: `Preparing the text made no progress for ${DATA_SILENCE_MS / 1000} s and was ended.`,
    why: 'A tokenizer.json whose pattern runs for ever is the usual cause; a very large text on a slow machine is another.',
    advice: 'Use another tokenizer, or less text.',
  });
}

export function launchPlanner(): PlannerHandle {
  const worker = new Worker(new URL('./plannerWorker.ts', import.meta.url), { type: 'module', name: 'planner' });
  const { remote, line } = lineTo<PlannerApi>(worker, workerDied);
  return {
    api: {
      search: (request, onProgress) =>
        whileHeard(line, SEARCH_SILENCE_MS, stuckSearch, onProgress, (progress: typeof onProgress) =>
          remote.search(request, proxy(progress)),
        ),
      neighbours: (plan) => line.guard(() => remote.neighbours(plan)),
      cancel: () => line.guard(() => remote.cancel()),
    },
    get dead() {
      return line.dead !== null;
    },
    terminate: () => line.end(workerDied('It was ended.')),
  };
}

export interface HubHandle {
  readonly api: HubApi;
  /** The hosts that it may talk to. */
  readonly origins: readonly string[];
  terminate(): void;
}

/**
 * A worker that may download from this hub, and from nobody else.
 * @param hub its base address
 * @throws LabError `hub.address`
 */
export function launchHub(hub: string): HubHandle {
  const origins = hubOrigins(parseHubBase(hub));
  const address = new URL(hubWorkerUrl, location.href);
  // Whoever serves the worker's script reads the hosts here and writes them into its content security policy.
  address.searchParams.set('hub', origins.join(' '));
  const worker = new Worker(address, { type: 'module', name: 'hub' });
  const { remote, line } = lineTo<HubApi>(worker, workerDied);
  return {
    api: {
      download: (base, model, onProgress) =>
        untilAnswered(onProgress, (tell) => line.guard(() => remote.download(base, model, proxy(tell)))),
      cancel: () => line.guard(() => remote.cancel()),
      forget: () => line.guard(() => remote.forget()),
    },
    origins,
    terminate: () => line.end(new LabError({ code: 'run.cancelled', message: 'The hub was turned off.' })),
  };
}

export function launchPipeline(onEvent: (event: PipelineEvent) => void): PipelineHandle {
  const worker = new Worker(new URL('./pipelineWorker.ts', import.meta.url), { type: 'module', name: 'pipeline' });
  const watched = watchWorker<PipelineWorkerApi, PipelineEvent>(worker, onEvent, workerDied, PIPELINE_MISSED_TICKS);
  const { remote } = watched;
  return {
    api: {
      run: (request) => watched.guard(() => remote.run(request)),
      cancel: () => watched.guard(() => remote.cancel()),
      pause: (paused) => watched.guard(() => remote.pause(paused)),
      resume: () => watched.guard(() => remote.resume()),
      stopWorker: (index) => watched.guard(() => remote.stopWorker(index)),
      stored: (folder) => watched.guard(async () => remote.stored(folder)),
      forget: (folder) => watched.guard(() => remote.forget(folder)),
      readDocument: (document, files) => watched.guard(() => remote.readDocument(document, files)),
      prepared: () => watched.guard(() => remote.prepared()),
      readingsOfStep: (step, run) => watched.guard(() => remote.readingsOfStep(step, run)),
      readingsOfDocument: (index, epoch, run) => watched.guard(() => remote.readingsOfDocument(index, epoch, run)),
    },
    terminate: () => watched.terminate(),
  };
}

function stuckSearch(): LabError {
  return new LabError({
    code: 'worker.timeout',
    message: `The search made no progress for ${SEARCH_SILENCE_MS / 1000} s and was ended.`,
    advice: 'Start it again, with fewer ranks or a smaller global batch.',
  });
}
