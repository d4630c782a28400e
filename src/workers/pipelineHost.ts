// The host that runs the data pipeline: starts data workers, speaks to each over a port of its own, and gives the run its files and its store.
// What is done with documents is decided in data/pipeline.

import { transfer } from 'comlink';
import { LabError } from '../core/errors';
import type { DocumentRef, DocumentText, PipelineSummary, ReadingRun, ShardIndex } from '../core/pipelineRecords';
import type { TokenizerSpec } from '../core/records';
import type { RunManifest, StoredRun } from '../core/storedRun';
import { createTokenizer } from '../data/createTokenizer';
import type { PartJournal } from '../data/pipeline/partJournal';
import type { LaunchPieceWorker } from '../data/pipeline/pieceCrew';
import { PipelineRun } from '../data/pipeline/pipelineRun';
import { preparedFromShards } from '../data/pipeline/preparedFromShards';
import { PieceProcessor } from '../data/pipeline/processPiece';
import { type DocumentPlaces, readDocument } from '../data/pipeline/readDocument';
import { ReadingMap } from '../data/pipeline/shards/readingMap';
import type { ShardStore } from '../data/pipeline/shards/shardStore';
import type { ByteSource } from '../data/pipeline/source/byteSource';
import { fileSource } from './fileSource';
import { aloneIn, forget, KeptRun, lookInto } from './keptRun';
import type { PipelineWorkerApi } from './launcher';
import { openOpfsStore } from './opfsStore';
import type { PieceApi, PieceEvent } from './pieceProtocol';
import { postStore } from './postStore';
import type { PipelineEvent, PipelineFile, PipelineRequest } from './protocol';
import { watchWorker } from './watchedWorker';

const HEARTBEAT_MS = 500;
/** 15 s: a page of 64 MiB is taken apart at a stretch. */
const MISSED_TICKS = 30;

interface Finished {
  readonly index: ShardIndex;
  readonly store: ShardStore;
  readonly tokenizer: TokenizerSpec;
}

export class PipelineHost {
  #port: MessagePort | null = null;
  #run: PipelineRun | null = null;
  /** The last run that was finished. */
  #finished: Finished | null = null;
  /** The documents file of its training part. */
  #documents: Promise<Uint32Array> | null = null;
  #running = false;
  /** A run that came back after a reload. */
  #returned: { readonly manifest: RunManifest; readonly places: DocumentPlaces | null } | null = null;

  #emit(event: PipelineEvent): void {
    this.#port?.postMessage(event);
  }

  async #prepare(request: PipelineRequest): Promise<PipelineSummary> {
    const { target, files } = request;
    const sources = files.map(fileSource);
    if ('url' in target) return this.#work(request, sources, postStore(target.url));
    return aloneIn(target.folder, async () => {
      const kept =
        request.goesOn === true
          ? await KeptRun.goOn(target.folder, request, sources)
          : await KeptRun.begin(target.folder, request, sources);
      try {
        const summary = await this.#work(request, sources, kept.store, kept.journal);
        await kept.finish(summary, this.#run?.places ?? null);
        return summary;
      } finally {
        await kept.close();
      }
    });
  }

  async #work(
    request: PipelineRequest,
    sources: readonly ByteSource[],
    store: ShardStore,
    journal?: PartJournal,
  ): Promise<PipelineSummary> {
    const { config, workers } = request;
    const spec = tokenizerOf(request);
    this.#finished = null;
    this.#returned = null;
    this.#run = new PipelineRun({
      sources,
      config,
      tokenizer: createTokenizer(spec),
      workers,
      ...(request.heldBytes === undefined ? {} : { heldBytes: request.heldBytes }),
      ...(journal === undefined ? {} : { journal }),
      store,
      launch: launchPieceWorker(request, spec),
      onProgress: (progress) => this.#emit({ type: 'progress', progress }),
      onStalled: (error) => this.#emit({ type: 'stalled', error }),
    });
    const summary = await this.#run.run();
    this.#finished = { index: summary.index, store, tokenizer: spec };
    this.#documents = null;
    return summary;
  }

  /** A finished run becomes the last one, unless one was run since. */
  async #look(folder: string): Promise<StoredRun | null> {
    const found = await lookInto(folder);
    if (found?.run.state !== 'finished' || this.#run !== null) return found?.run ?? null;
    const { manifest, summary } = found.run;
    const store = await openOpfsStore(folder);
    this.#finished = { index: summary.index, store, tokenizer: tokenizerOf(manifest) };
    this.#documents = null;
    this.#returned = { manifest, places: found.places };
    return found.run;
  }

  async #forget(folder: string): Promise<void> {
    await forget(folder);
    this.#finished = null;
    this.#documents = null;
    this.#returned = null;
    this.#run = null;
  }

  /** Of a run that came back: its files are read anew. */
  async #readReturned(document: DocumentRef, files: readonly PipelineFile[]): Promise<DocumentText> {
    const { manifest, places } = this.#returned ?? { manifest: null, places: null };
    if (manifest === null || places === null)
      throw new LabError({ code: 'data.invalid', message: 'Nothing was read yet.' });
    const sources = files.map(fileSource);
    if (manifest.files.some(({ name, size }, i) => sources.at(i)?.name !== name || sources[i].size !== size))
      throw new LabError({
        code: 'data.invalid',
        message: 'The files are no longer those that were read.',
        advice: 'Add the files of the run again, in their order, or prepare the data anew.',
      });
    // Says what to do where this one has to be given again.
    await sources.at(document.file)?.read(0, 1);
    const processor = new PieceProcessor(manifest.config, createTokenizer(tokenizerOf(manifest)));
    return readDocument(document, places, sources, processor);
  }

  async #readingMap({ sequenceLength }: ReadingRun): Promise<ReadingMap> {
    const { index, store } = this.#requireFinished();
    const { train } = index.splits;
    this.#documents ??= store
      .read(train.documentsFile.name, 0, train.documentsFile.bytes)
      .then(({ buffer }) => new Uint32Array(buffer));
    return new ReadingMap(train.tokens, sequenceLength ?? index.sequenceLength, await this.#documents);
  }

  #requireFinished(): Finished {
    if (this.#finished === null) throw new LabError({ code: 'data.invalid', message: 'There are no shards yet.' });
    return this.#finished;
  }

  #require(): PipelineRun {
    if (this.#run === null) throw new LabError({ code: 'internal', message: 'No data was prepared yet.' });
    return this.#run;
  }

  readonly api: PipelineWorkerApi = {
    connect: async (port) => {
      this.#port = port;
      setInterval(() => this.#emit({ type: 'heartbeat' }), HEARTBEAT_MS);
    },
    run: async (request) => {
      if (this.#running) throw new LabError({ code: 'internal', message: 'Data is being prepared already.' });
      this.#running = true;
      try {
        return await this.#prepare(request);
      } finally {
        this.#running = false;
      }
    },
    cancel: async () => this.#run?.cancel(),
    pause: async (paused) => (paused ? this.#run?.pause() : this.#run?.unpause()),
    resume: async () => this.#run?.resume(),
    stopWorker: async (worker) => this.#require().stopWorker(worker),
    stored: (folder) => this.#look(folder),
    forget: (folder) => this.#forget(folder),
    readDocument: async (document, files) =>
      this.#run === null ? this.#readReturned(document, files) : this.#run.readDocument(document),
    prepared: async () => {
      const { index, store, tokenizer } = this.#requireFinished();
      const data = await preparedFromShards(index, store, createTokenizer(tokenizer));
      const { trainTokens, validationTokens, trainDocuments, validationDocuments } = data;
      const arrays = [trainTokens, validationTokens, trainDocuments, validationDocuments];
      return transfer(
        data,
        arrays.flatMap((array) => (array ? [array.buffer] : [])),
      );
    },
    readingsOfStep: async (step, run) => (await this.#readingMap(run)).readingsOfStep(step, run),
    readingsOfDocument: async (index, epoch, run) =>
      (await this.#readingMap(run)).readingsOfDocument(index, epoch, run),
  };
}

function tokenizerOf({
  config,
  tokenizerJson,
}: Pick<PipelineRequest, 'config'> & { readonly tokenizerJson?: string | null }): TokenizerSpec {
  if (config.tokenize.tokenizer === 'byte') return { kind: 'byte' };
  if (typeof tokenizerJson === 'string') return { kind: 'json', json: tokenizerJson };
  throw new LabError({
    code: 'tokenizer.invalid',
    message: 'No tokenizer.json was given.',
    advice: 'Give one, train one, or set tokenize.tokenizer to byte.',
  });
}

function launchPieceWorker({ files, config }: PipelineRequest, tokenizer: TokenizerSpec): LaunchPieceWorker {
  return async (index, plan, events) => {
    const watched = watchWorker<PieceApi, PieceEvent>(
      new Worker(new URL('./pieceWorker.ts', import.meta.url), { type: 'module', name: `data ${index}` }),
      (event) => {
        if (event.type === 'part') events.part(event.part);
        else if (event.type === 'failure') events.failed(new LabError(event.error));
      },
      (why) =>
        new LabError({
          code: 'worker.dead',
          message: `Data worker ${index} stopped.`,
          why,
          advice: 'Start again; a tokenizer.json whose pattern never ends is a usual cause.',
        }),
      MISSED_TICKS,
    );
    watched.onDeath((error) => events.failed(error));
    const { remote } = watched;
    // A call that fails with the worker is told of by its death.
    const tell = (call: () => Promise<void>) => void watched.guard(call).catch(() => undefined);
    try {
      await watched.guard(() => remote.setUp({ files, plan, config, tokenizer }));
    } catch (error) {
      watched.terminate();
      throw error;
    }
    return {
      process: (assignment) => tell(() => remote.process(assignment)),
      acknowledge: () => tell(() => remote.acknowledge()),
      hold: (table) => tell(() => remote.hold(table)),
      check({ words, ...part }) {
        // A copy to give away: the part may be wanted again, by another worker too.
        const copy = words.slice();
        return watched.guard(() => remote.check(transfer({ words: copy, ...part }, [copy.buffer])));
      },
      terminate: () => watched.terminate(),
    };
  };
}
