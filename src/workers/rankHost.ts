// The rank worker's host: owns the device and at most one run, and answers RankApi. It wires the engine to events; it computes nothing itself.

import { transfer } from 'comlink';
import { runBench } from '../check/bench';
import { type CheckContext, runConformance, singleSubject } from '../check/conformance';
import { readGoldenCase } from '../check/goldenCase';
import { verifyKernels } from '../check/verify';
import type { DeviceCalibration } from '../core/deviceRates';
import { LabError, toLabErrorData } from '../core/errors';
import type { ExportOptions } from '../core/exportOptions';
import type { TrainedRun } from '../core/modelHistory';
import type { AdapterFacts, LoadOptions, NamedFile, PreparedData, RunFacts } from '../core/records';
import type { RunConfig } from '../core/runConfig';
import { createTokenizer } from '../data/createTokenizer';
import type { Tokenizer } from '../data/tokenizer';
import { trainedCount } from '../model/shapes/adapterShapes';
import { loraIssue } from '../model/shapes/loraRules';
import { parameterCount } from '../model/shapes/modelShapes';
import { meshIssues } from '../parallel/meshRules';
import { TrainingSession } from '../train/session';
import { assumedLinks, calibrate } from './calibration';
import { compressFolder } from './compressFolder';
import { continueText, noManners } from './continueText';
import { distillFolder } from './distillFolder';
import { estimateRun } from './estimate';
import { fitData } from './fitData';
import { judgeModel } from './judgeModel';
import { KernelTimes } from './kernelTimes';
import type { RankWorkerApi } from './launcher';
import { LookInside } from './lookInside';
import { benchCollectives, benchMesh } from './meshBench';
import type { MeshRun } from './meshRun';
import { meshSubject } from './meshSubject';
import {
  exportModel,
  keptFor,
  type LoadedModel,
  type LoadedStart,
  RunProgress,
  readFolder,
  readStart,
} from './modelFolder';
import { playFacts } from './playFacts';
import { predictStep } from './prediction';
import { proveStep, timeOneWorker } from './proof';
import type { RankEvent, StartModel } from './protocol';
import { openEngine } from './rankEngine';
import { readTexts, sampleReading } from './readTexts';
import { type BuiltRun, buildRun, resolvedModel } from './run';
import { scoreText } from './scoreText';

const HEARTBEAT_MS = 500;

interface Run extends BuiltRun {
  readonly data: PreparedData;
  readonly tokenizer: Tokenizer;
  readonly session: TrainingSession;
  readonly progress: RunProgress;
  readonly facts: RunFacts;
  /** Null for the seed's random weights. */
  readonly began: LoadedStart | null;
}

export class RankHost {
  private port: MessagePort | null = null;
  private engine: Promise<CheckContext> | null = null;
  /** Of the device, chosen at the first call. */
  private profile: 'adapter' | 'min' = 'adapter';
  private run: Run | null = null;
  private loaded: LoadedModel | null = null;
  private generating = false;
  private readonly inside = new LookInside();
  /** For predictions: assumed until they are measured. */
  private kernels: KernelTimes | null = null;
  private calibration: DeviceCalibration | null = null;

  private emit(event: RankEvent): void {
    this.port?.postMessage(event);
  }

  private async open(profile: 'adapter' | 'min'): Promise<CheckContext> {
    this.engine ??= this.openEngine(profile);
    try {
      return await this.engine;
    } catch (error) {
      this.engine = null;
      throw error;
    }
  }

  private async openEngine(profile: 'adapter' | 'min'): Promise<CheckContext> {
    const engine = await openEngine(profile, (label) => this.emit({ type: 'phase', label, progress: null }));
    engine.gpu.onUncapturedError = (error) => this.fail(error);
    void engine.gpu.lost.then((error) => {
      if (error) {
        this.engine = null;
        this.fail(error);
      }
    });
    return engine;
  }

  private kernelTimes({ rates }: CheckContext): KernelTimes {
    this.kernels ??= new KernelTimes(rates);
    return this.kernels;
  }

  private fail(error: LabError): void {
    if (this.run) {
      this.run.session.interrupt(error);
      return;
    }
    this.emit({ type: 'failure', error: error.toData() });
    this.emit({ type: 'state', state: 'failed' });
  }

  private require<T>(thing: T | null, what: string): T {
    if (thing === null)
      throw new LabError({ code: 'internal', message: `There is no ${what} yet.`, advice: 'Prepare a run first.' });
    return thing;
  }

  /** @throws LabError `config.invalid` for a run on one rank */
  private requireMesh(what: string): Run & { readonly mesh: MeshRun } {
    const run = this.require(this.run, 'run');
    const { mesh } = run;
    if (mesh) return { ...run, mesh };
    throw new LabError({
      code: 'config.invalid',
      message: `${what}: this run is one worker.`,
      advice: 'Set dp, pp or tp above 1 for a run over several ranks.',
    });
  }

  private dropRun(): void {
    this.inside.clear();
    this.run?.session.destroy();
    this.run?.reader.destroy();
    this.run = null;
    this.loaded?.reader.destroy();
    this.loaded?.drafts.destroy();
    this.loaded = null;
  }

  private async prepare(config: RunConfig, data: PreparedData, start: StartModel | null): Promise<RunFacts> {
    await this.run?.session.pause();
    this.dropRun();
    this.emit({ type: 'state', state: 'preparing' });
    try {
      return await this.build(config, data, start);
    } catch (error) {
      this.emit({ type: 'state', state: 'empty' });
      throw error;
    } finally {
      this.emit({ type: 'phase', label: 'idle', progress: null });
    }
  }

  private async build(asked: RunConfig, prepared: PreparedData, start: StartModel | null): Promise<RunFacts> {
    const engine = await this.open(this.profile);
    const tokenizer = createTokenizer(prepared.tokenizer);
    const { config, data } = fitData(asked, prepared, tokenizer);
    const vocabulary = config.model.vocab_size || data.vocabularySize;
    if (vocabulary < data.vocabularySize) {
      throw new LabError({
        code: 'config.invalid',
        message: 'The vocabulary is too small for this text.',
        why: `model.vocab_size is ${vocabulary}; the tokenizer has ${data.vocabularySize} tokens.`,
        advice: 'Set model.vocab_size to 0: it then follows the tokenizer.',
      });
    }
    const { train, parallel, lora } = config;
    const model = resolvedModel(config, data.vocabularySize);
    const issue = meshIssues(config, vocabulary)[0] ?? loraIssue({ model, train, parallel, lora });
    if (issue) {
      throw new LabError({
        code: 'config.invalid',
        message: `${issue.path} cannot be ${issue.got}.`,
        why: `It takes ${issue.expected}.`,
        advice: 'Change that setting, or one that the rule names.',
      });
    }
    const began = start && readStart(start, model);
    const built = await buildRun(
      {
        engine,
        limits: this.profile,
        emit: (event) => this.emit(event),
        onFailure: (error) => this.fail(error),
      },
      config,
      data,
      began?.weights ?? null,
    );
    built.runner.onTensor = (report) => this.emit({ type: 'tensor', report });
    built.runner.onTensorFailure = (error) => this.emit({ type: 'notice', notice: toLabErrorData(error) });
    const progress = new RunProgress();
    const session = new TrainingSession(built.runner, config, data, tokenizer, {
      state: (state) => this.emit({ type: 'state', state }),
      phase: (label) => this.emit({ type: 'phase', label, progress: null }),
      steps: (rows) => {
        progress.take(rows);
        this.emit({ type: 'steps', rows });
      },
      evaluation: (row) => {
        progress.evaluation = row;
        this.emit({ type: 'evaluation', row });
      },
      sample: (row) => this.emit({ type: 'sample', row }),
      failure: (error) => this.emit({ type: 'failure', error: error.toData() }),
      continueText: async (prompt, onToken, goOn) => {
        const { train } = config;
        await continueText(
          built.reader,
          tokenizer,
          { prompt, maxTokens: train.sampleTokens, temperature: train.sampleTemperature, seed: train.seed },
          noManners,
          { goOn, onToken },
        );
      },
      readText: (text) => sampleReading(built.reader, tokenizer, text),
      judge: () => {
        const { evalBatches: batches, batchSize, sequenceLength } = config.train;
        return judgeModel(built.reader, tokenizer, data, { batches, batchSize, sequenceLength });
      },
    });
    const { memory } = built;
    const { sequences } = data;
    this.emit({ type: 'memory', rows: memory, liveBuffers: built.liveBuffers });
    const facts: RunFacts = {
      config: asked,
      parameterCount: parameterCount(built.reader.model),
      trainedCount: trainedCount(built.reader.model, lora),
      vocabularySize: built.reader.model.vocab_size,
      trainTokens: data.trainTokens.length,
      validationTokens: data.validationTokens.length,
      bytesPerToken: data.bytesPerToken,
      uniformEntropy:
        sequences === undefined || sequences.task === 'masked-lm'
          ? Math.log(data.vocabularySize)
          : sequences.uniformEntropy,
      unigramEntropy: data.unigramEntropy,
      bigramEntropy: data.bigramEntropy,
      memory,
      totalBytes: memory.reduce((sum, row) => sum + row.bytes, 0),
      dispatchesPerStep: built.dispatchesPerStep,
      flopsPerStep: built.flopsPerStep,
      tuning: engine.choices.describe(),
    };
    this.run = { ...built, data, tokenizer, session, progress, facts, began };
    this.emit({ type: 'facts', facts });
    this.emit({ type: 'state', state: 'ready' });
    return facts;
  }

  private async exportFolder(options: ExportOptions): Promise<readonly NamedFile[]> {
    const files = this.loaded
      ? await exportModel(this.loaded, options)
      : await this.exportRun(this.require(this.run, 'run or model'), options);
    return transfer(
      files,
      [...new Set(files.map(({ bytes }) => bytes.buffer))].filter((buffer) => buffer instanceof ArrayBuffer),
    );
  }

  private async exportRun(run: Run, options: ExportOptions): Promise<readonly NamedFile[]> {
    const { reader, tokenizer, session, began, mesh } = run;
    await session.pause();
    return exportModel(
      {
        reader,
        tokenizer,
        history: await this.historyOf(run),
        ...(began === null ? {} : { kept: keptFor(began, tokenizer) }),
        ...(mesh === null ? {} : { held: () => mesh.held() }),
      },
      options,
    );
  }

  private async historyOf({ facts, data, progress, began }: Run): Promise<TrainedRun> {
    const { step, loss, evaluation } = progress;
    const adapter = (await this.open(this.profile)).gpu.facts;
    return { kind: 'trained', facts, title: data.title, step, loss, evaluation, adapter, began: began?.name ?? null };
  }

  private async loadFolder(files: readonly NamedFile[], options: LoadOptions = {}): Promise<null> {
    const engine = await this.open(this.profile);
    const folder = readFolder(files);
    await this.run?.session.pause();
    this.dropRun();
    this.loaded = await folder.build({ engine, limits: this.profile }, options, (progress) =>
      this.emit({ type: 'phase', label: 'compile', progress }),
    );
    this.emit({ type: 'phase', label: 'idle', progress: null });
    return null;
  }

  readonly api: RankWorkerApi = {
    connect: async (port) => {
      this.port = port;
      setInterval(() => this.emit({ type: 'heartbeat', atMs: performance.now() }), HEARTBEAT_MS);
    },
    open: async ({ limits }): Promise<AdapterFacts> => {
      this.profile = limits;
      return (await this.open(limits)).gpu.facts;
    },
    estimate: async (config, vocabularySize) => estimateRun(await this.open(this.profile), config, vocabularySize),
    predict: async (config, vocabularySize) => {
      const engine = await this.open(this.profile);
      return predictStep(
        engine,
        config,
        vocabularySize,
        this.kernelTimes(engine),
        this.calibration?.links ?? assumedLinks,
      );
    },
    calibrate: async (config, vocabularySize, budgetMs) => {
      const engine = await this.open(this.profile);
      const kernels = this.kernelTimes(engine);
      const { calibration, unmeasured } = await calibrate(
        engine,
        config,
        vocabularySize,
        kernels,
        this.calibration,
        budgetMs,
      );
      this.calibration = calibration;
      return { ...calibration, measured: kernels.count, unmeasured };
    },
    prepare: (config, data, start) => this.prepare(config, data, start),
    play: () => this.require(this.run, 'run').session.play(),
    pause: () => this.require(this.run, 'run').session.pause(),
    stepOnce: () => this.require(this.run, 'run').session.stepOnce(),
    reset: () => {
      const { session, progress } = this.require(this.run, 'run');
      progress.clear();
      return session.reset();
    },
    evaluate: async () => {
      const { session } = this.require(this.run, 'run');
      await session.pause();
      return session.evaluate();
    },
    generate: async (request, onText) => {
      const { reader, tokenizer } = this.loaded ?? this.require(this.run, 'run or model');
      await this.run?.session.pause();
      const start = performance.now();
      this.generating = true;
      try {
        const continued = await continueText(reader, tokenizer, request, this.loaded ?? noManners, {
          goOn: () => this.generating,
          ...(onText === undefined ? {} : { onText }),
        });
        const changes = [...(this.loaded?.changes ?? []), ...continued.changes];
        return { ...continued, changes, milliseconds: performance.now() - start };
      } finally {
        this.generating = false;
      }
    },
    cancelGenerate: async () => {
      this.generating = false;
    },
    inspect: async (request) => {
      const { reader, tokenizer } = this.loaded ?? this.require(this.run, 'run or model');
      await this.run?.session.pause();
      const step = this.loaded ? null : (this.run?.progress.step ?? 0);
      return this.inside.inspect(await this.open(this.profile), reader, tokenizer, step, request);
    },
    read: async (request) => {
      const { reader, tokenizer } = this.loaded ?? this.require(this.run, 'run or model');
      await this.run?.session.pause();
      return readTexts(reader, tokenizer, request);
    },
    tensors: () => this.require(this.run, 'run').runner.tensors(),
    watch: async (request) => {
      const { runner } = this.require(this.run, 'run');
      const { choices } = await this.open(this.profile);
      await runner.watch(request, choices.unrecorded());
    },
    profile: async () => {
      const { session } = this.require(this.run, 'run');
      const { gpu } = await this.open(this.profile);
      if (!gpu.has('timestamp-query'))
        return { rows: [], totalMicroseconds: 0, available: false, reason: 'This adapter has no timestamp queries.' };
      return session.profile();
    },
    exportFolder: (options) => this.exportFolder(options),
    history: async () => (this.loaded ? this.loaded.history : this.historyOf(this.require(this.run, 'run or model'))),
    loadFolder: (files, options) => this.loadFolder(files, options),
    playFacts: async () => {
      const { reader, tokenizer } = this.loaded ?? this.require(this.run, 'run or model');
      return playFacts(reader, tokenizer, this.loaded?.defaults ?? null);
    },
    scoreText: async (request) => {
      const { reader, tokenizer } = this.loaded ?? this.require(this.run, 'run or model');
      await this.run?.session.pause();
      return scoreText(reader, tokenizer, request);
    },
    nextLogits: async (ids, position) => {
      const { reader } = this.loaded ?? this.require(this.run, 'run or model');
      await this.run?.session.pause();
      // A copy: what is kept stays here.
      const row = (await (await reader.logits()).before(ids, position)).slice();
      return transfer(row, [row.buffer]);
    },
    compress: async (files, heldOut, onRow, options) => {
      const engine = await this.open(this.profile);
      await this.run?.session.pause();
      return compressFolder(engine, files, heldOut, options, onRow);
    },
    distill: async (files, config, data, onRow, onProgress, options) => {
      const engine = await this.open(this.profile);
      await this.run?.session.pause();
      return distillFolder(engine, files, config, data, options, onRow, onProgress);
    },
    verify: async (onRow, options) => {
      const { gpu } = await this.open(this.profile);
      const { rows, leftOut } = await verifyKernels(gpu, options, onRow);
      for (const text of leftOut)
        this.emit({ type: 'notice', notice: { code: 'gpu.unavailable', message: `Left out: ${text}` } });
      return rows;
    },
    conformance: async (files, onRow, options) => {
      const engine = await this.open(this.profile);
      const read = readGoldenCase(files);
      const golden = options.seed === undefined ? read : { ...read, train: { ...read.train, seed: options.seed } };
      const subject =
        options.parallel === undefined
          ? await singleSubject(engine, golden)
          : await meshSubject(engine, this.profile, golden, options);
      return runConformance(golden, onRow, subject);
    },
    prove: async () => {
      const { session, data, mesh } = this.requireMesh('There is nothing to prove');
      const engine = await this.open(this.profile);
      return session.stepBy((step) => proveStep(engine, mesh, data, step));
    },
    measureOneWorker: async () => {
      const { session, data, mesh } = this.requireMesh('There is nothing to compare with');
      await session.pause();
      const throughput = await mesh.compareWith(
        await timeOneWorker(await this.open(this.profile), mesh.request.spec, data),
      );
      this.emit({ type: 'throughput', throughput });
      return throughput;
    },
    stopRank: async (rank) => this.requireMesh('There is no rank to stop').mesh.stopRank(rank),
    bench: async (name, onRow, options) => {
      if (name === 'collectives') return benchCollectives(onRow);
      const engine = await this.open(this.profile);
      if (name === 'train' && options.parallel) return benchMesh(engine, this.profile, options, onRow);
      return runBench(engine, name, onRow, options);
    },
    close: async () => {
      this.dropRun();
      const engine = await this.engine?.catch((error: unknown) => void toLabErrorData(error));
      engine?.gpu.destroy();
      this.engine = null;
    },
  };
}
