// The command line's verbs over labController: the same product path, without a screen.
// Each rejects with a LabError; the exit status follows from that.

import { checkRunConfig } from '../core/configCheck';
import { LabError, type LabErrorData } from '../core/errors';
import { ADAPTER_FOLDER, type ExportOptions } from '../core/exportOptions';
import type { StepTrace } from '../core/meshRecords';
import type { NamedFile, RunState } from '../core/records';
import type { RunConfig } from '../core/runConfig';
import { meshSize } from '../parallel/mesh';
import { comparePrediction, medianShares } from '../planner/comparison';
import type { RankEvent } from '../workers/protocol';
import type { AutomationController } from './automationApi';
import { labController } from './labController';
import { askReader } from './labControllerAnswers';
import { openFolder } from './labControllerImport';
import { pipelineController } from './labControllerPipeline';
import { sceneRunner } from './labControllerScenes';
import { meshStore } from './stores/meshStore';
import { runStore } from './stores/runStore';
import { setConfig, setupStore } from './stores/setupStore';

/** What `lab train --out` writes beside the model. */
const RUN_FILE = 'run.json';
/** One share of the time that measuring kernels takes; all of them are measured. */
const CALIBRATION_MS = 2_000;

export const commandLine: AutomationController = {
  adapter: () => labController.adapter(),

  async verify(options, onRow) {
    await labController.adapter();
    return labController.rank.verify(onRow, options);
  },

  async conformance(files, options, onRow) {
    await labController.adapter();
    return labController.rank.conformance(files, onRow, options);
  },

  async bench(name, options, onRow) {
    await labController.adapter();
    return labController.rank.bench(name, onRow, options);
  },

  scene: (scene, size, onEvent) => sceneRunner.run(scene, size, onEvent),

  async data(request, onProgress) {
    let stalled: LabErrorData | null = null;
    try {
      return await pipelineController.run(request, {
        progress: onProgress,
        // Nobody is there to make room.
        stalled: (error) => {
          stalled = error;
          void pipelineController.cancel();
        },
      });
    } catch (error) {
      throw stalled === null ? error : new LabError(stalled);
    }
  },

  async generate(files, request, options, onText) {
    await labController.adapter();
    await labController.rank.loadFolder(files, options);
    const result = await labController.rank.generate(request, onText);
    const { draft, ...alone } = request;
    const compared = draft !== undefined && result.speculation !== undefined;
    return { result, plain: compared ? await labController.rank.generate(alone) : null };
  },

  async inspect(files, request) {
    await labController.adapter();
    await labController.rank.loadFolder(files);
    return labController.rank.inspect(request);
  },

  async read(files, request) {
    await labController.adapter();
    await labController.rank.loadFolder(files);
    const result = await askReader(request);
    if (result === null) throw new LabError({ code: 'internal', message: 'Another question is being answered.' });
    return result;
  },

  async compress(files, text, options, onRow) {
    await labController.adapter();
    const heldOut =
      text === undefined ? { tokens: await ownHeldOut(files) } : { text: new TextDecoder().decode(text.bytes) };
    return labController.rank.compress(
      files.filter(({ name }) => name !== RUN_FILE),
      heldOut,
      onRow,
      options,
    );
  },

  async distill(files, config, text, options, onRow, onProgress) {
    await labController.adapter();
    const tokenizer = files.find(({ name }) => name === 'tokenizer.json');
    if (tokenizer === undefined)
      throw new LabError({
        code: 'tokenizer.invalid',
        message: 'The folder has no tokenizer.json.',
        why: 'The student reads the tokens that its teacher knows.',
        advice: 'Add the tokenizer that the teacher was trained with.',
      });
    const own: RunConfig = { ...config, data: { ...config.data, tokenizer: 'json' } };
    const data = await labController.dataOf(own, text ?? null, tokenizer);
    const model = files.filter(({ name }) => name !== RUN_FILE);
    return labController.rank.distill(model, own, data, onRow, onProgress, options);
  },

  async open(name, files) {
    const model = { name, ...(await openFolder(files.filter((file) => file.name !== RUN_FILE))) };
    const { quantized, nonFinite } = model.summary;
    if (quantized !== null)
      throw new LabError({
        code: 'model.unsupported',
        message: `${name} holds weights in ${quantized}: they are rounded, and are not trained.`,
        advice: 'Begin with the folder that it was made of.',
      });
    if (nonFinite > 0)
      throw new LabError({
        code: 'model.mismatch',
        message: `${name} has ${nonFinite} weights that are no finite numbers.`,
        advice: 'Begin with a model that came through its training.',
      });
    return model;
  },

  async train({ config, content, tokenizerJson, start, exported }, onEvent) {
    setupStore.setState({
      startingModel: start ?? null,
      userText: content ?? null,
      userTokenizer:
        tokenizerJson === undefined ? null : { name: 'tokenizer.json', bytes: new TextEncoder().encode(tokenizerJson) },
    });
    setConfig(config);
    const adapter = await labController.adapter();
    return listening(onEvent, async (play) => {
      const facts = await prepared();
      const state = await play();
      const evaluation = await labController.rank.evaluate();
      const files = exported === null ? [] : await exportedFiles(config, exported);
      return { adapter, facts, state, evaluation, files };
    });
  },

  async predict(config, onEvent) {
    if (meshSize(config.parallel) === 1)
      throw new LabError({
        code: 'config.invalid',
        message: 'There is nothing to compare with: one worker leaves no trace of its actions.',
        advice: 'Give a mesh of at least two ranks, such as --mesh pp=2.',
      });
    setConfig(config);
    const adapter = await labController.adapter();
    return listening(onEvent, async (play) => {
      await prepared();
      while ((await labController.calibrate(config, CALIBRATION_MS)).unmeasured > 0);
      const predicted = await labController.predict(config);
      const traces: StepTrace[] = [];
      const stop = meshStore.subscribe(({ trace }, before) => {
        if (trace !== null && trace !== before.trace) traces.push(trace);
      });
      await play().finally(stop);
      const { plan, facts } = meshStore.getState();
      if (plan === null || facts === null)
        throw new LabError({ code: 'internal', message: 'The run over several ranks left no plan.' });
      // The first step also waits for what is done once.
      const steady = traces.length > 1 ? traces.slice(1) : traces;
      return {
        adapter,
        checks: comparePrediction(predicted, { plan, ranks: facts.ranks, traces: steady }),
        stepMs: {
          predicted: spanMs(predicted.trace),
          measured: steady.map(spanMs).sort((a, b) => a - b)[Math.floor(steady.length / 2)] ?? Number.NaN,
        },
        shares: { predicted: medianShares(predicted.plan, [predicted.trace]), measured: medianShares(plan, steady) },
        tracedSteps: steady.length,
      };
    });
  },
};

/** The whole model, and beside it what of it was trained where that is an adapter. */
async function exportedFiles(config: RunConfig, options: ExportOptions): Promise<NamedFile[]> {
  const { rank } = labController;
  const files = [...(await rank.exportFolder(options))];
  if (config.lora.r === 0) return files;
  const dtype = options.dtype === undefined ? {} : { dtype: options.dtype };
  for (const file of await rank.exportFolder({ ...dtype, form: 'adapter' }))
    files.push({ ...file, name: `${ADAPTER_FOLDER}/${file.name}` });
  return files;
}

/** The held-out tokens of the run that the folder comes from. @throws LabError `data.invalid` where nothing says which */
async function ownHeldOut(files: readonly NamedFile[]): Promise<Uint32Array> {
  const run = files.find(({ name }) => name === RUN_FILE);
  const written: unknown = run === undefined ? null : JSON.parse(new TextDecoder().decode(run.bytes));
  const config = typeof written === 'object' && written !== null && 'config' in written ? written.config : null;
  const checked = config === null ? null : checkRunConfig(config);
  if (checked === null || checked.config.data.corpus === 'text')
    throw new LabError({
      code: 'data.invalid',
      message: 'There is no held-out text to judge the model by.',
      why: checked === null ? `The folder has no ${RUN_FILE} of a run.` : 'It was trained on a text that is not kept.',
      advice: 'Name a text that it was not trained on with --data FILE.',
    });
  const tokenizer = files.find(({ name }) => name === 'tokenizer.json');
  return labController.heldOut(checked.config, tokenizer ?? null);
}

function spanMs({ events }: StepTrace): number {
  return Math.max(...events.map(({ endMs }) => endMs)) - Math.min(...events.map(({ startMs }) => startMs));
}

async function prepared() {
  const facts = await labController.prepare();
  if (facts === null) throw new LabError({ code: 'data.invalid', message: 'There is no text to train on.' });
  return facts;
}

/** Hands every event of the rank on while `work` goes on; what `work` gets plays to the last step, or rejects with why it did not. */
async function listening<T>(
  onEvent: (event: RankEvent) => void,
  work: (play: () => Promise<RunState>) => Promise<T>,
): Promise<T> {
  let failure: LabErrorData | null = null;
  labController.listener = (event) => {
    if (event.type === 'failure') failure = event.error;
    onEvent(event);
  };
  try {
    return await work(async () => {
      const state = await labController.rank.play();
      runStore.setState({ state });
      if (state === 'failed') throw new LabError(failure ?? { code: 'internal', message: 'The run stopped.' });
      return state;
    });
  } finally {
    labController.listener = null;
  }
}
