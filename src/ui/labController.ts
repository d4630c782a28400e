// The only hand that reaches the workers: opens the device, prepares runs and carries out every verb of the page.
// It writes what it learns to the stores and draws nothing. The command line's verbs stand on it, in commandLine.ts.

import { LabError, toLabErrorData } from '../core/errors';
import type { ExportOptions } from '../core/exportOptions';
import { modelSizes } from '../core/modelConfig';
import type { ModelHistory } from '../core/modelHistory';
import type { AdapterFacts, NamedFile, PreparedData, RunEstimate, RunFacts, RunState } from '../core/records';
import type { RunConfig } from '../core/runConfig';
import { readingLine, sampleRequest } from '../core/sampleReadings';
import { launchData, launchPlanner, launchRank, type RankHandle } from '../workers/launcher';
import type { CalibrationFacts, DeviceOptions, PredictedStep, RankEvent, StartModel } from '../workers/protocol';
import { createDataLoader, type DataSource, missingInput } from './dataLoader';
import { createKernelCheck } from './kernelCheck';
import { pipelineController } from './labControllerPipeline';
import { createPlanSearches } from './planSearch';
import type { ContenderId } from './race/contenders';
import { createRaceLoop } from './raceLoop';
import { addSample, applyRankEvent, clearCurves, clearCurvesAtNextStep } from './runEvents';
import { clearMesh, meshStore } from './stores/meshStore';
import { metricsLog } from './stores/metricsLog';
import { isRacing, lineUp, raceStore } from './stores/raceStore';
import { addNotice, runStore } from './stores/runStore';
import { fitsStartingModel, type SetupState, sameConfig, sameRun, setConfig, setupStore } from './stores/setupStore';
import { type ViewName, viewStore } from './stores/viewStore';

/** Vocabulary to reckon with before the text has been read. */
const GUESSED_VOCABULARY = 96;
/** Length of the sample that shows the untrained model's noise. */
const NOISE_TOKENS = 60;

type Verb = 'profiling' | 'asking' | 'exporting' | 'proving' | 'measuring';

export interface CopiedModel {
  readonly files: readonly NamedFile[];
  readonly history: ModelHistory | null;
}

export class LabController {
  readonly deviceOptions: DeviceOptions = {
    limits: new URLSearchParams(location.search).get('limits') === 'min' ? 'min' : 'adapter',
  };
  readonly #data = createDataLoader(launchData, pipelineController.prepared);
  readonly #check = createKernelCheck(launchRank, this.deviceOptions);
  /** Searches of plans for clusters, on a worker of their own: they touch neither device nor run. */
  readonly plans = createPlanSearches(launchPlanner);
  readonly #race = createRaceLoop({
    prepare: (config) => this.#prepareContender(config),
    play: () => this.rank.play(),
    pause: () => this.rank.pause(),
    evaluate: () => this.rank.evaluate(),
    replace: () => this.#drop(),
  });
  #rank: RankHandle | null = null;
  #opened: Promise<AdapterFacts> | null = null;
  /** Outdated preparations compare this and stop. */
  #generation = 0;
  /** What was last prepared, or is being prepared. */
  #source: SetupState | null = null;
  /** Whether training goes on after a verb that had to interrupt it. */
  #resume = false;
  /** Curves of a run that was lost stay until the next one has something to show. */
  #keepCurves = false;
  #noise: Promise<void> | null = null;
  /** Settles when the rank has built, or failed to build, what it was last asked for. */
  #building: Promise<void> = Promise.resolve();
  /** Also gets every event of the rank; the command line's ear. */
  listener: ((event: RankEvent) => void) | null = null;

  /** The rank's calls, on a worker that is started where there is none. */
  get rank(): RankHandle['api'] {
    if (this.#rank !== null) return this.#rank.api;
    const receive = (event: RankEvent) => {
      if (this.#rank !== handle) return;
      if (this.#race.active) {
        this.#race.take(event);
        return;
      }
      this.listener?.(event);
      applyRankEvent(event);
    };
    const handle: RankHandle = launchRank(receive);
    handle.onDeath((error) => {
      receive({ type: 'failure', error: error.toData() });
      if (this.#rank !== handle) return;
      this.#drop();
      runStore.setState({ device: 'lost' });
    });
    this.#rank = handle;
    return handle.api;
  }

  #drop(): void {
    const handle = this.#rank;
    this.#rank = null;
    this.#opened = null;
    handle?.terminate();
  }

  /** Opens the device, once; rejects with what the page then explains. */
  adapter(): Promise<AdapterFacts> {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  async #open(): Promise<AdapterFacts> {
    runStore.setState({ device: 'opening', phase: 'device', phaseProgress: null, deviceError: null });
    try {
      if (!('gpu' in navigator)) {
        throw new LabError({ code: 'gpu.unavailable', message: 'This browser does not offer WebGPU to this page.' });
      }
      const adapter = await this.rank.open(this.deviceOptions);
      runStore.setState({ device: 'open', adapter });
      return adapter;
    } catch (thrown) {
      this.#drop();
      const deviceError = toLabErrorData(thrown);
      const absent = deviceError.code.startsWith('gpu.');
      runStore.setState({
        device: absent ? 'absent' : 'lost',
        deviceError,
        state: 'empty',
        phase: 'idle',
        playWhenReady: false,
      });
      throw thrown;
    }
  }

  /** Makes the run of the present set-up ready; a newer call makes an older one stop quietly, with null. */
  async prepare(): Promise<RunFacts | null> {
    const generation = ++this.#generation;
    const current = () => generation === this.#generation;
    const source = setupStore.getState();
    this.#source = source;
    if (missingInput(source) !== null) {
      this.#data.cancel();
      runStore.setState({
        state: 'empty',
        phase: 'idle',
        facts: null,
        data: null,
        failure: null,
        playWhenReady: false,
        memory: [],
      });
      this.adapter().catch(() => undefined);
      return null;
    }
    runStore.setState({ state: 'preparing', failure: null, pausing: false });
    const opening = this.adapter();
    opening.catch(() => undefined);
    try {
      const data = await this.#data.load(source, (progress) => {
        if (current()) runStore.setState({ phase: 'tokenize', phaseProgress: progress });
      });
      if (!current()) return null;
      const { title, vocabularySize, bytesPerToken, trainTokens, validationTokens, notices } = data;
      const [train, validation] = [trainTokens.length, validationTokens.length];
      runStore.setState({
        data: { title, vocabularySize, trainTokens: train, validationTokens: validation, bytesPerToken },
      });
      for (const notice of notices) addNotice(notice);
      await opening;
      if (!current()) return null;
      // One at a time: the rank is at rest when it changes its run.
      await this.#endNoise();
      await this.#building;
      if (!current()) return null;
      clearMesh();
      const building = this.rank.prepare(source.config, data, startOf(source));
      this.#building = building.then(ignore, ignore);
      const facts = await building;
      if (!current()) return null;
      if (this.#keepCurves) clearCurvesAtNextStep();
      else clearCurves();
      this.#keepCurves = false;
      runStore.setState({ state: 'ready', phase: 'idle', phaseProgress: null, facts, memory: facts.memory, step: 0 });
      if (runStore.getState().playWhenReady) void this.play();
      return facts;
    } catch (thrown) {
      if (!current()) return null;
      if (runStore.getState().device !== 'absent') this.#fail(thrown);
      throw thrown;
    }
  }

  /** Prepares for a person: failures are in the store, where the page shows them, and the noise is shown first. */
  prepareQuietly(): void {
    if (isRacing()) return;
    this.prepare().then(
      (facts) => {
        if (facts !== null) this.#writeNoise();
      },
      () => undefined,
    );
  }

  #fail(thrown: unknown): void {
    const failure = toLabErrorData(thrown);
    // The rank may have told the same failure through its events.
    if (failure.code === 'run.cancelled' || runStore.getState().failure?.message === failure.message) return;
    runStore.setState({ failure, state: 'failed', phase: 'idle', phaseProgress: null, playWhenReady: false });
  }

  async play(): Promise<void> {
    const { state } = runStore.getState();
    if (isRacing()) return;
    if (state === 'preparing') {
      runStore.setState({ playWhenReady: true });
      return;
    }
    if (state !== 'ready' && state !== 'paused') return;
    runStore.setState({ playWhenReady: false, state: 'running', pausing: false });
    await this.#endNoise();
    await this.#settle(() => this.rank.play());
  }

  async pause(): Promise<void> {
    this.#resume = false;
    if (runStore.getState().playWhenReady) {
      runStore.setState({ playWhenReady: false });
      return;
    }
    if (runStore.getState().state !== 'running') return;
    runStore.setState({ pausing: true });
    await this.#settle(() => this.rank.pause());
  }

  async toggle(): Promise<void> {
    const { state, playWhenReady } = runStore.getState();
    await (state === 'running' || playWhenReady ? this.pause() : this.play());
  }

  async stepOnce(): Promise<void> {
    const { state } = runStore.getState();
    if (state !== 'ready' && state !== 'paused') return;
    await this.#endNoise();
    await this.#settle(() => this.rank.stepOnce());
  }

  /** Back to step 0; with settings that changed meanwhile, or after a failure, a new run is prepared. */
  async reset(): Promise<void> {
    const { state, facts, failure } = runStore.getState();
    runStore.setState({ playWhenReady: false });
    if (state === 'preparing' || state === 'empty') return;
    if (state === 'running') await this.pause();
    await this.#endNoise();
    const setup = setupStore.getState();
    const sameStart = this.#source?.startingModel === setup.startingModel;
    if (facts === null || failure !== null || !sameStart || !sameConfig(facts.config, setup.config)) {
      if (runStore.getState().device === 'lost') this.#drop();
      clearCurves();
      this.prepareQuietly();
      return;
    }
    await this.#settle(() => this.rank.reset());
    if (runStore.getState().failure !== null) return;
    clearCurves();
    this.#writeNoise();
  }

  /** Calls a verb of the rank that ends in a run state. */
  async #settle(call: () => Promise<RunState>): Promise<void> {
    try {
      const state = await call();
      runStore.setState({ state, pausing: false });
    } catch (thrown) {
      runStore.setState({ pausing: false });
      this.#fail(thrown);
    }
  }

  /** A new worker and device for the same set-up; curves and samples stay until the new run's first step. */
  restart(): void {
    if (isRacing()) {
      this.stopRace();
      this.#drop();
      return;
    }
    this.#drop();
    this.#data.cancel();
    this.#keepCurves = metricsLog.length > 0;
    const idle = {
      pausing: false,
      profiling: false,
      asking: false,
      exporting: false,
      proving: false,
      measuring: false,
    };
    runStore.setState({ failure: null, device: 'unopened', facts: null, ...idle });
    this.prepareQuietly();
  }

  /** Settings changed: a run that has not begun follows them at once. */
  followSetup(): void {
    const { step, state, device } = runStore.getState();
    if (state === 'preparing' && this.#source !== null && sameRun(this.#source, setupStore.getState())) return;
    if (device === 'absent' || device === 'lost' || state === 'running' || (step > 0 && state !== 'empty')) return;
    this.prepareQuietly();
  }

  estimate(config: RunConfig): Promise<RunEstimate> {
    return this.rank.estimate(config, this.#vocabularySize(config));
  }

  predict(config: RunConfig): Promise<PredictedStep> {
    return this.rank.predict(config, this.#vocabularySize(config));
  }

  /** Measures for about `budgetMs` what predictions go by; to be asked again while something is unmeasured. */
  calibrate(config: RunConfig, budgetMs: number): Promise<CalibrationFacts> {
    return this.rank.calibrate(config, this.#vocabularySize(config), budgetMs);
  }

  #vocabularySize(config: RunConfig): number {
    const { data, facts } = runStore.getState();
    const { corpus, tokenizer } = config.data;
    const sameText = facts?.config.data.corpus === corpus && facts.config.data.tokenizer === tokenizer;
    const read = sameText ? facts.vocabularySize : (data?.vocabularySize ?? GUESSED_VOCABULARY);
    const known = tokenizer === 'byte' ? 256 : read;
    return config.model.vocab_size || known;
  }

  async profile(): Promise<void> {
    const profile = await this.aside('profiling', () => this.rank.profile());
    if (profile !== null) runStore.setState({ profile });
  }

  /** The held-out tokens that a run of this configuration is judged by; its texts must be the lab's own. */
  async heldOut(config: RunConfig, userTokenizer: DataSource['userTokenizer']): Promise<Uint32Array> {
    return (await this.dataOf(config, null, userTokenizer)).validationTokens;
  }

  /** A configuration's text in tokens, without a run. */
  dataOf(
    config: RunConfig,
    userText: DataSource['userText'],
    userTokenizer: DataSource['userTokenizer'],
  ): Promise<PreparedData> {
    return this.#data.load({ config, userText, userTokenizer, encoding: null, shards: null }, () => undefined);
  }

  exportFolder(options: ExportOptions): Promise<readonly NamedFile[] | null> {
    return this.aside('exporting', () => this.rank.exportFolder(options));
  }

  /** The run's model as it is, to go on with elsewhere. */
  copyRun(): Promise<CopiedModel | null> {
    return this.aside('exporting', async () => ({
      files: await this.rank.exportFolder({}),
      history: await this.rank.history(),
    }));
  }

  /** A step of the mesh beside the same step on one worker. */
  async prove(): Promise<void> {
    const proof = await this.aside('proving', () => this.rank.prove());
    if (proof !== null) meshStore.setState({ proof });
  }

  async measureOneWorker(): Promise<void> {
    const throughput = await this.aside('measuring', () => this.rank.measureOneWorker());
    if (throughput !== null) meshStore.setState({ throughput });
  }

  /** Ends one rank's worker as a fault would. What follows is told by the run's own events. */
  stopRank(rank: number): void {
    this.rank.stopRank(rank).catch((thrown: unknown) => {
      if (runStore.getState().failure === null) addNotice(toLabErrorData(thrown));
    });
  }

  /** Verbs for which the rank pauses: training goes on afterwards unless the person paused it meanwhile. */
  async aside<Result>(verb: Verb, work: () => Promise<Result>): Promise<Result | null> {
    if (runStore.getState()[verb] || isRacing()) return null;
    // A pause that is under way was meant.
    const { state: run, pausing } = runStore.getState();
    this.#resume ||= run === 'running' && !pausing;
    runStore.setState({ [verb]: true });
    try {
      await this.#endNoise();
      return await work();
    } catch (thrown) {
      const error = toLabErrorData(thrown);
      if (error.code !== 'run.cancelled' && runStore.getState().failure === null) addNotice(error);
      return null;
    } finally {
      runStore.setState({ [verb]: false });
      const { profiling, asking, exporting, proving, measuring, state } = runStore.getState();
      if (this.#resume && !profiling && !asking && !exporting && !proving && !measuring) {
        this.#resume = false;
        if (state === 'paused') void this.play();
      }
    }
  }

  /** What the untrained model writes, or answers: the beginning of every story. Given up as soon as anything else is wanted. */
  #writeNoise(): void {
    const {
      samplePrompt: prompt,
      sampleTemperature: temperature,
      sampleEvery,
      seed,
    } = setupStore.getState().config.train;
    const generation = this.#generation;
    const { state, facts } = runStore.getState();
    if (sampleEvery === 0 || state !== 'ready' || facts === null || this.#noise !== null) return;
    const { task } = modelSizes(facts.config.model);
    const request = sampleRequest(task, prompt);
    if (request === null && task !== 'causal-lm') return;
    const said = request
      ? this.rank.read(request).then(readingLine)
      : this.rank.generate({ prompt, maxTokens: NOISE_TOKENS, temperature, seed }).then(({ text }) => text);
    this.#noise = said
      .then((text) => {
        if (generation === this.#generation && runStore.getState().step === 0)
          addSample({ step: 0, prompt, text, done: true }, false);
      })
      .catch(() => undefined)
      .finally(() => {
        this.#noise = null;
      });
  }

  async #endNoise(): Promise<void> {
    if (this.#noise === null) return;
    this.rank.cancelGenerate().catch(() => undefined);
    await this.#noise;
  }

  /** Every kernel on a device of its own; training pauses meanwhile. */
  async checkKernels(only: string): Promise<void> {
    await this.pause();
    await this.#check.start(only === '' ? {} : { only });
  }

  stopCheck(): void {
    this.#check.stop();
  }

  /** Contenders one after the other on the rank of the page; then the person's own run is prepared again. */
  async startRace(ids: readonly ContenderId[], steps: number): Promise<void> {
    const { state } = runStore.getState();
    if (isRacing() || ids.length === 0 || state === 'preparing' || state === 'empty') return;
    lineUp(ids, setupStore.getState().config, steps);
    try {
      await this.pause();
      await this.#endNoise();
      await this.#building;
      this.#generation++;
      clearMesh();
      // Nothing may be asked of the rank as if it still held the person's run.
      runStore.setState({ state: 'preparing', facts: null, failure: null, phase: 'idle', phaseProgress: null });
      await this.#race.run();
    } finally {
      raceStore.setState({ state: 'idle' });
      this.#keepCurves = metricsLog.length > 0;
      this.prepareQuietly();
    }
  }

  /** A set-up that another view made: takes the place of the present one, which undo brings back, and starts as soon as it is ready. */
  async begin(config: RunConfig, view: ViewName): Promise<void> {
    if (isRacing()) return;
    await this.pause();
    setConfig(config);
    viewStore.setState({ view, scope: 'page' });
    clearCurves();
    this.prepareQuietly();
    runStore.setState({ playWhenReady: true });
  }

  stopRace(): void {
    if (!isRacing()) return;
    raceStore.setState({ state: 'stopping' });
    this.#race.stop();
  }

  async #prepareContender(config: RunConfig): Promise<void> {
    await this.adapter();
    const data = await this.#data.load({ ...setupStore.getState(), config }, (phaseProgress) =>
      raceStore.setState({ phase: 'tokenize', phaseProgress }),
    );
    const building = this.rank.prepare(config, data, null);
    this.#building = building.then(ignore, ignore);
    await building;
  }
}

function ignore(): void {}

/** What the run begins with in place of random weights. */
function startOf({ config, startingModel }: SetupState): StartModel | null {
  if (startingModel === null || !fitsStartingModel(config, startingModel)) return null;
  const { name, files } = startingModel;
  return { name, files };
}

export const labController = new LabController();
