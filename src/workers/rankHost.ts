// The rank worker's host: owns the device and at most one run, and answers RankApi. It wires the engine to events; it computes nothing itself.

import { transfer } from 'comlink';
import { runBench } from '../check/bench';
import { type CheckContext, runConformance } from '../check/conformance';
import { readGoldenCase } from '../check/goldenCase';
import { verifyKernels } from '../check/verify';
import { LabError, toLabErrorData } from '../core/errors';
import type { AdapterFacts, NamedFile, PreparedData, RunEstimate, RunFacts } from '../core/records';
import type { RunConfig } from '../core/runConfig';
import { createTokenizer } from '../data/createTokenizer';
import type { Tokenizer } from '../data/tokenizer';
import { tokenizerToJson } from '../data/tokenizerToJson';
import { estimateMs } from '../gpu/commandStream';
import type { KernelChoices } from '../gpu/kernelChoices';
import { memoryRows, refuseMemory } from '../gpu/rankMemory';
import { generateTokens } from '../infer/generate';
import { readGpt2Folder, writeGpt2Folder } from '../interop/gpt2Folder';
import { parameterCount } from '../model/shapes/gpt2Shapes';
import { Rank } from '../train/rank';
import { planRank, type RankPlan } from '../train/rankPlan';
import { TrainingSession } from '../train/session';
import type { RankWorkerApi } from './launcher';
import type { RankEvent } from './protocol';
import { openEngine } from './rankEngine';

/** Tuning may delay the first step by this much; what is not measured by then keeps its default and is measured next time. */
const TUNING_BUDGET_MS = 700;
const HEARTBEAT_MS = 500;

interface Run {
  readonly config: RunConfig;
  readonly data: PreparedData;
  readonly tokenizer: Tokenizer;
  readonly rank: Rank;
  readonly session: TrainingSession;
}

/** A loaded folder: weights and tokenizer for generation, without training. */
interface Loaded {
  readonly rank: Rank;
  readonly tokenizer: Tokenizer;
}

export class RankHost {
  private port: MessagePort | null = null;
  private engine: Promise<CheckContext> | null = null;
  private run: Run | null = null;
  private loaded: Loaded | null = null;
  private generating = false;

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

  private plan(
    engine: CheckContext,
    config: RunConfig,
    vocabularySize: number,
    choices: KernelChoices = engine.choices,
  ): RankPlan {
    const { train } = config;
    return planRank(
      {
        model: { ...config.model, vocab_size: config.model.vocab_size || vocabularySize },
        microBatchSize: train.batchSize / train.microBatches,
        microBatches: train.microBatches,
        sequenceLength: train.sequenceLength,
        train,
        keepOutputs: false,
      },
      choices,
      engine.cache.catalog,
    );
  }

  private async estimate(config: RunConfig, vocabularySize: number): Promise<RunEstimate> {
    const engine = await this.open('adapter');
    const plan = this.plan(engine, config, vocabularySize, engine.choices.unrecorded());
    const refusal = refuseMemory(plan.memory, engine.gpu.facts.limits);
    const memory = memoryRows(plan.memory);
    const sizes = [
      ...Object.values(plan.memory.arenas).map((elements) => 4 * elements),
      ...plan.memory.slotBytes,
      ...plan.memory.named.map(({ bytes }) => bytes),
    ];
    const time = (calls: readonly { flops: number; bytes: number }[]): number =>
      calls.reduce((sum, call) => sum + estimateMs(engine.rates, call), 0);
    return {
      parameterCount: parameterCount(plan.spec.model),
      memory,
      totalBytes: memory.reduce((sum, row) => sum + row.bytes, 0),
      largestBufferBytes: Math.max(...sizes),
      largestBufferLimit: Math.min(
        engine.gpu.facts.limits['maxBufferSize'],
        engine.gpu.facts.limits['maxStorageBufferBindingSize'],
      ),
      flopsPerStep: plan.flopsPerStep,
      dispatchesPerStep: plan.dispatchesPerStep,
      tokensPerStep: config.train.batchSize * config.train.sequenceLength,
      predictedStepMs: config.train.microBatches * time(plan.train.calls) + time(plan.optimizer.calls),
      refusal: refusal ? refusal.toData() : null,
    };
  }

  private dropRun(): void {
    this.run?.session.destroy();
    this.run = null;
    this.loaded?.rank.destroy();
    this.loaded = null;
  }

  private async prepare(config: RunConfig, data: PreparedData): Promise<RunFacts> {
    await this.run?.session.pause();
    this.dropRun();
    this.emit({ type: 'state', state: 'preparing' });
    try {
      return await this.build(config, data);
    } catch (error) {
      this.emit({ type: 'state', state: 'empty' });
      throw error;
    } finally {
      this.emit({ type: 'phase', label: 'idle', progress: null });
    }
  }

  private async build(config: RunConfig, data: PreparedData): Promise<RunFacts> {
    const engine = await this.open('adapter');
    const vocabulary = config.model.vocab_size || data.vocabularySize;
    if (vocabulary < data.vocabularySize) {
      throw new LabError({
        code: 'config.invalid',
        message: 'The vocabulary is too small for this text.',
        why: `model.vocab_size is ${vocabulary}; the tokenizer has ${data.vocabularySize} tokens.`,
        advice: 'Set model.vocab_size to 0: it then follows the tokenizer.',
      });
    }
    const tokenizer = createTokenizer(data.tokenizer);
    engine.choices.startRun();
    let plan = this.plan(engine, config, data.vocabularySize);
    const refusal = refuseMemory(plan.memory, engine.gpu.facts.limits);
    if (refusal) throw refusal;
    this.emit({ type: 'phase', label: 'tune', progress: 0 });
    const changed = await engine.choices.tune(TUNING_BUDGET_MS, (done, total) =>
      this.emit({ type: 'phase', label: 'tune', progress: done / total }),
    );
    if (changed) plan = this.plan(engine, config, data.vocabularySize);
    const rank = await Rank.build(engine.gpu, engine.cache, plan, engine.rates, (done, total) =>
      this.emit({ type: 'phase', label: 'compile', progress: total === 0 ? 1 : done / total }),
    );
    this.emit({ type: 'phase', label: 'initialize', progress: null });
    const session = new TrainingSession(engine.gpu.device, rank, config, data, tokenizer, {
      state: (state) => this.emit({ type: 'state', state }),
      phase: (label) => this.emit({ type: 'phase', label, progress: null }),
      steps: (rows) => this.emit({ type: 'steps', rows }),
      evaluation: (row) => this.emit({ type: 'evaluation', row }),
      sample: (row) => this.emit({ type: 'sample', row }),
      failure: (error) => this.emit({ type: 'failure', error: error.toData() }),
      continueText: async (prompt, onToken, goOn) => {
        const { train } = config;
        await this.continueTokens(
          rank,
          tokenizer,
          { prompt, maxTokens: train.sampleTokens, temperature: train.sampleTemperature, seed: train.seed },
          onToken,
          goOn,
        );
      },
    });
    this.run = { config, data, tokenizer, rank, session };
    const memory = rank.memoryRows;
    this.emit({ type: 'memory', rows: memory, liveBuffers: rank.memory.liveBuffers });
    const facts: RunFacts = {
      config,
      parameterCount: parameterCount(plan.spec.model),
      vocabularySize: plan.spec.model.vocab_size,
      trainTokens: data.trainTokens.length,
      validationTokens: data.validationTokens.length,
      bytesPerToken: data.bytesPerToken,
      uniformEntropy: Math.log(data.vocabularySize),
      unigramEntropy: data.unigramEntropy,
      bigramEntropy: data.bigramEntropy,
      memory,
      totalBytes: memory.reduce((sum, row) => sum + row.bytes, 0),
      dispatchesPerStep: plan.dispatchesPerStep,
      flopsPerStep: plan.flopsPerStep,
      tuning: engine.choices.describe(),
    };
    this.emit({ type: 'facts', facts });
    this.emit({ type: 'state', state: 'ready' });
    return facts;
  }

  private continueTokens(
    rank: Rank,
    tokenizer: Tokenizer,
    request: {
      readonly prompt: string;
      readonly maxTokens: number;
      readonly temperature: number;
      readonly seed: number;
    },
    onToken: (token: number) => void,
    goOn: () => boolean,
  ): Promise<number[]> {
    const encoded = tokenizer.encode(request.prompt);
    return generateTokens({
      // A prompt none of whose characters are known still gets a sample.
      prompt: encoded.length > 0 ? encoded : Uint32Array.of(0),
      maxTokens: request.maxTokens,
      temperature: request.temperature,
      seed: request.seed,
      contextLength: rank.plan.spec.model.n_positions,
      vocabularySize: rank.plan.spec.model.vocab_size,
      nextLogits: (tokens, out) => rank.nextLogits(tokens, out),
      goOn,
      onToken,
    });
  }

  private async exportFolder(): Promise<readonly NamedFile[]> {
    const { rank, tokenizer, session } = this.require(this.run, 'run');
    await session.pause();
    const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    for (const [name, data] of await rank.readArena('parameters')) {
      tensors.set(name, { shape: rank.plan.layout.entries.get(name)?.shape ?? [data.length], data });
    }
    const files = writeGpt2Folder(rank.plan.spec.model, tensors, tokenizerToJson(tokenizer.spec));
    return transfer(
      files,
      [...new Set(files.map(({ bytes }) => bytes.buffer))].filter((buffer) => buffer instanceof ArrayBuffer),
    );
  }

  private async loadFolder(files: readonly NamedFile[]): Promise<null> {
    const engine = await this.open('adapter');
    const folder = readGpt2Folder(files);
    if (folder.tokenizerJson === null) {
      throw new LabError({
        code: 'tokenizer.invalid',
        message: 'The folder has no tokenizer.json.',
        advice: 'Add the tokenizer.json that the model was trained with.',
      });
    }
    const tokenizer = createTokenizer({ kind: 'json', json: folder.tokenizerJson });
    await this.run?.session.pause();
    this.dropRun();
    const plan = planRank(
      {
        model: folder.config,
        microBatchSize: 1,
        microBatches: 1,
        sequenceLength: folder.config.n_positions,
        train: null,
        keepOutputs: false,
      },
      engine.choices,
      engine.cache.catalog,
    );
    const rank = await Rank.build(engine.gpu, engine.cache, plan, engine.rates, (done, total) =>
      this.emit({ type: 'phase', label: 'compile', progress: done / total }),
    );
    rank.writeParameters(new Map([...folder.tensors].map(([name, { data }]) => [name, data])));
    this.loaded = { rank, tokenizer };
    this.emit({ type: 'phase', label: 'idle', progress: null });
    return null;
  }

  readonly api: RankWorkerApi = {
    connect: async (port) => {
      this.port = port;
      setInterval(() => this.emit({ type: 'heartbeat', atMs: performance.now() }), HEARTBEAT_MS);
    },
    open: async ({ limits }): Promise<AdapterFacts> => (await this.open(limits)).gpu.facts,
    estimate: (config, vocabularySize) => this.estimate(config, vocabularySize),
    prepare: (config, data) => this.prepare(config, data),
    play: () => this.require(this.run, 'run').session.play(),
    pause: () => this.require(this.run, 'run').session.pause(),
    stepOnce: () => this.require(this.run, 'run').session.stepOnce(),
    reset: () => this.require(this.run, 'run').session.reset(),
    evaluate: async () => {
      const { session } = this.require(this.run, 'run');
      await session.pause();
      return session.evaluate();
    },
    generate: async (request) => {
      const { rank, tokenizer } = this.loaded ?? this.require(this.run, 'run or model');
      await this.run?.session.pause();
      const start = performance.now();
      this.generating = true;
      const tokens = await this.continueTokens(
        rank,
        tokenizer,
        request,
        () => undefined,
        () => this.generating,
      );
      this.generating = false;
      return {
        text: tokenizer.decode(tokens),
        promptTokens: tokenizer.encode(request.prompt).length,
        tokens,
        milliseconds: performance.now() - start,
      };
    },
    cancelGenerate: async () => {
      this.generating = false;
    },
    profile: async () => {
      const { session } = this.require(this.run, 'run');
      const { gpu } = await this.open('adapter');
      if (!gpu.has('timestamp-query'))
        return { rows: [], totalMicroseconds: 0, available: false, reason: 'This adapter has no timestamp queries.' };
      return session.profile();
    },
    exportFolder: () => this.exportFolder(),
    loadFolder: (files) => this.loadFolder(files),
    verify: async (onRow, options) => {
      const { gpu } = await this.open('adapter');
      const { rows, leftOut } = await verifyKernels(gpu, options, onRow);
      for (const text of leftOut)
        this.emit({ type: 'notice', notice: { code: 'gpu.unavailable', message: `Left out: ${text}` } });
      return rows;
    },
    conformance: async (files, onRow) => runConformance(await this.open('adapter'), readGoldenCase(files), onRow),
    bench: async (name, onRow, options) => runBench(await this.open('adapter'), name, onRow, options),
    close: async () => {
      this.dropRun();
      const engine = await this.engine?.catch((error: unknown) => void toLabErrorData(error));
      engine?.gpu.destroy();
      this.engine = null;
    },
  };
}
