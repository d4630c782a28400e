// The only hand that reaches the workers: every verb of the page and of the command line ends here.
// It writes what it learns to the stores and draws nothing.

import { checkRunConfig } from '../core/configCheck';
import { LabError, type LabErrorData, toLabErrorData } from '../core/errors';
import { presets } from '../core/presets';
import type {
  AdapterFacts,
  BenchRow,
  CheckRow,
  GenerateRequest,
  GenerateResult,
  NamedFile,
  RunEstimate,
  RunFacts,
} from '../core/records';
import type { ConfigResult, RunConfig } from '../core/runConfig';
import { launchRank, type RankHandle } from '../workers/launcher';
import type { BenchName, BenchOptions, DeviceOptions, RankEvent, VerifyOptions } from '../workers/protocol';
import type { AutomationController, AutomationTrainOutcome, AutomationTrainRequest } from './automationApi';
import { createDataLoader, missingInput } from './dataLoader';
import { addSample, applyRankEvent, clearCurves, clearCurvesAtNextStep } from './runEvents';
import { metricsLog } from './stores/metricsLog';
import { addNotice, runStore } from './stores/runStore';
import { sameConfig, setConfig, setupStore } from './stores/setupStore';

/** Vocabulary to reckon with before the text has been read. */
const GUESSED_VOCABULARY = 96;

class LabController implements AutomationController {
  readonly presets = [...presets, ...presets.slice(0, 1).map(({ config }) => ({ id: 'default', config }))];
  readonly #options: DeviceOptions = {
    limits: new URLSearchParams(location.search).get('limits') === 'min' ? 'min' : 'adapter',
  };
  readonly #data = createDataLoader();
  #rank: RankHandle | null = null;
  #opened: Promise<AdapterFacts> | null = null;
  #checkRank: RankHandle | null = null;
  /** Outdated preparations compare this and stop. */
  #generation = 0;
  #tap: ((event: RankEvent) => void) | null = null;

  parseConfig(value: unknown): ConfigResult {
    return checkRunConfig(value);
  }

  /** Opens the device, once; fails with what the page then explains. */
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
      const adapter = await this.#api().open(this.#options);
      runStore.setState({ device: 'open', adapter });
      return adapter;
    } catch (thrown) {
      this.#drop();
      runStore.setState({
        device: 'absent',
        deviceError: toLabErrorData(thrown),
        state: 'empty',
        phase: 'idle',
        playWhenReady: false,
      });
      throw thrown;
    }
  }

  #api(): RankHandle['api'] {
    if (this.#rank !== null) return this.#rank.api;
    const handle = launchRank((event) => {
      if (this.#rank !== handle) return;
      this.#tap?.(event);
      applyRankEvent(event);
    });
    handle.onDeath((error) => {
      if (this.#rank !== handle) return;
      this.#drop();
      const event: RankEvent = { type: 'failure', error: error.toData() };
      this.#tap?.(event);
      applyRankEvent(event);
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

  /** Makes the run of the present set-up ready; a newer call makes an older one stop quietly. */
  async prepare(): Promise<RunFacts | null> {
    const generation = ++this.#generation;
    const current = () => generation === this.#generation;
    const source = setupStore.getState();
    if (missingInput(source) !== null) {
      this.#data.cancel();
      runStore.setState({ state: 'empty', phase: 'idle', facts: null, data: null, playWhenReady: false, memory: [] });
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
      const { title, vocabularySize, trainTokens, validationTokens, bytesPerToken } = data;
      runStore.setState({
        data: {
          title,
          vocabularySize,
          trainTokens: trainTokens.length,
          validationTokens: validationTokens.length,
          bytesPerToken,
        },
      });
      for (const notice of data.notices) addNotice(notice);
      await opening;
      if (!current()) return null;
      const facts = await this.#api().prepare(source.config, data);
      if (!current()) return null;
      clearCurvesAtNextStep();
      runStore.setState({
        state: 'ready',
        phase: 'idle',
        phaseProgress: null,
        facts,
        memory: facts.memory,
        step: 0,
        profile: null,
      });
      if (runStore.getState().playWhenReady) void this.play();
      return facts;
    } catch (thrown) {
      if (!current()) return null;
      if (runStore.getState().device !== 'absent') this.#fail(thrown);
      throw thrown;
    }
  }

  #fail(thrown: unknown): void {
    const failure = toLabErrorData(thrown);
    if (failure.code === 'run.cancelled') return;
    // The rank may have told the same failure through its events.
    if (runStore.getState().failure?.message === failure.message) return;
    runStore.setState({ failure, state: 'failed', phase: 'idle', phaseProgress: null, playWhenReady: false });
  }

  /** Prepares without a rejection: the failure is in the store, where the page shows it. */
  prepareQuietly(): void {
    this.prepare().catch(() => undefined);
  }

  async play(): Promise<void> {
    const { state } = runStore.getState();
    if (state === 'preparing') {
      runStore.setState({ playWhenReady: true });
      return;
    }
    if (state !== 'ready' && state !== 'paused') return;
    runStore.setState({ playWhenReady: false, state: 'running', pausing: false });
    await this.#settle(() => this.#api().play());
  }

  async pause(): Promise<void> {
    if (runStore.getState().playWhenReady) {
      runStore.setState({ playWhenReady: false });
      return;
    }
    if (runStore.getState().state !== 'running') return;
    runStore.setState({ pausing: true });
    await this.#settle(() => this.#api().pause());
  }

  async toggle(): Promise<void> {
    const { state, playWhenReady } = runStore.getState();
    await (state === 'running' || playWhenReady ? this.pause() : this.play());
  }

  async stepOnce(): Promise<void> {
    const { state } = runStore.getState();
    if (state !== 'ready' && state !== 'paused') return;
    await this.#settle(() => this.#api().stepOnce());
  }

  /** Back to step 0; with settings that changed meanwhile, or after a failure, a new run is prepared. */
  async reset(): Promise<void> {
    const { state, facts, failure } = runStore.getState();
    runStore.setState({ playWhenReady: false });
    if (state === 'preparing' || state === 'empty') return;
    if (facts === null || failure !== null || !sameConfig(facts.config, setupStore.getState().config)) {
      await this.#stopForNewRun();
      clearCurves();
      this.prepareQuietly();
      return;
    }
    if (state === 'running') await this.pause();
    const rank = this.#rank;
    await this.#settle(() => this.#api().reset());
    if (rank === this.#rank && runStore.getState().failure === null) clearCurves();
  }

  async #stopForNewRun(): Promise<void> {
    if (runStore.getState().state === 'running') await this.pause();
    if (runStore.getState().device === 'lost') this.#drop();
  }

  /** Calls a verb of the rank that ends in a run state. */
  async #settle(call: () => Promise<RunStateName>): Promise<void> {
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
    this.#drop();
    this.#data.cancel();
    runStore.setState({
      failure: null,
      device: 'unopened',
      facts: null,
      pausing: false,
      profiling: false,
      asking: false,
      exporting: false,
    });
    this.prepareQuietly();
  }

  /** Settings changed: a run that has not begun follows them at once. */
  followSetup(): void {
    const { step, state, device } = runStore.getState();
    if (device === 'absent' || state === 'running' || (step > 0 && state !== 'empty')) return;
    this.prepareQuietly();
  }

  estimate(config: RunConfig): Promise<RunEstimate> {
    const { data, facts } = runStore.getState();
    const sameText =
      facts !== null &&
      facts.config.data.corpus === config.data.corpus &&
      facts.config.data.tokenizer === config.data.tokenizer;
    const known = sameText
      ? facts.vocabularySize
      : config.data.tokenizer === 'byte'
        ? 256
        : (data?.vocabularySize ?? GUESSED_VOCABULARY);
    return this.#api().estimate(config, config.model.vocab_size || known);
  }

  async profile(): Promise<void> {
    runStore.setState({ profiling: true });
    try {
      runStore.setState({ profile: await this.#api().profile() });
    } catch (thrown) {
      this.#notice(thrown);
    } finally {
      runStore.setState({ profiling: false });
    }
  }

  async ask(prompt: string): Promise<void> {
    const { step, asking } = runStore.getState();
    if (asking) return;
    const { sampleTokens, sampleTemperature, seed } = setupStore.getState().config.train;
    runStore.setState({ asking: true });
    try {
      const result = await this.#api().generate({
        prompt,
        maxTokens: sampleTokens,
        temperature: sampleTemperature,
        seed: (seed + metricsLog.version) >>> 0,
      });
      addSample({ step, prompt, text: result.text, done: true }, true);
    } catch (thrown) {
      this.#notice(thrown);
    } finally {
      runStore.setState({ asking: false });
    }
  }

  async exportFolder(): Promise<readonly NamedFile[] | null> {
    runStore.setState({ exporting: true });
    try {
      return await this.#api().exportFolder();
    } catch (thrown) {
      this.#notice(thrown);
      return null;
    } finally {
      runStore.setState({ exporting: false });
    }
  }

  #notice(thrown: unknown): void {
    const error: LabErrorData = toLabErrorData(thrown);
    if (error.code !== 'run.cancelled' && runStore.getState().failure === null) addNotice(error);
  }

  /** Checks kernels on a device of its own, so that stopping is ending its worker. */
  async checkKernels(options: VerifyOptions): Promise<void> {
    await this.pause();
    this.#checkRank?.terminate();
    const handle = launchRank(() => undefined);
    this.#checkRank = handle;
    const current = () => this.#checkRank === handle;
    runStore.setState({ checkRows: [], checkState: 'running', checkError: null });
    try {
      await handle.api.open(this.#options);
      const onRow = (row: CheckRow) => {
        if (current()) runStore.setState(({ checkRows }) => ({ checkRows: [...checkRows, row] }));
      };
      const rows = await handle.api.verify(onRow, options);
      if (current()) runStore.setState({ checkRows: rows, checkState: 'done' });
    } catch (thrown) {
      if (current()) runStore.setState({ checkState: 'stopped', checkError: toLabErrorData(thrown) });
    } finally {
      handle.terminate();
    }
  }

  stopCheck(): void {
    const handle = this.#checkRank;
    this.#checkRank = null;
    handle?.terminate();
    runStore.setState({ checkState: 'stopped' });
  }

  // The command line's verbs: each rejects with a LabError, and the exit code follows.

  async verify(options: VerifyOptions, onRow: (row: CheckRow) => void): Promise<readonly CheckRow[]> {
    await this.adapter();
    return this.#api().verify(onRow, options);
  }

  async conformance(files: readonly NamedFile[], onRow: (row: CheckRow) => void): Promise<readonly CheckRow[]> {
    await this.adapter();
    return this.#api().conformance(files, onRow);
  }

  async bench(name: BenchName, options: BenchOptions, onRow: (row: BenchRow) => void): Promise<readonly BenchRow[]> {
    await this.adapter();
    return this.#api().bench(name, onRow, options);
  }

  async generate(files: readonly NamedFile[], request: GenerateRequest): Promise<GenerateResult> {
    await this.adapter();
    await this.#api().loadFolder(files);
    return this.#api().generate(request);
  }

  async train(request: AutomationTrainRequest, onEvent: (event: RankEvent) => void): Promise<AutomationTrainOutcome> {
    const { content = null, tokenizerJson } = request;
    const userTokenizer =
      tokenizerJson === undefined ? null : { name: 'tokenizer.json', bytes: new TextEncoder().encode(tokenizerJson) };
    setupStore.setState({ userText: content, userTokenizer });
    setConfig(request.config);
    this.#tap = onEvent;
    try {
      const adapter = await this.adapter();
      const facts = await this.prepare();
      if (facts === null) throw new LabError({ code: 'data.invalid', message: 'There is no text to train on.' });
      const state = await this.#api().play();
      runStore.setState({ state });
      const evaluation = await this.#api().evaluate();
      const files = request.exportFolder ? await this.#api().exportFolder() : [];
      return { adapter, facts, state, evaluation, files };
    } finally {
      this.#tap = null;
    }
  }
}

type RunStateName = ReturnType<typeof runStore.getState>['state'];

export const labController = new LabController();
