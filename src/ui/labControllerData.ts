// labController's hand on the Data view: gathers files, runs the pipeline over them, and hands its shards to a training run.
// What it learns is in dataStore; it looks into no file.

import { checkRunConfig } from '../core/configCheck';
import { toLabErrorData } from '../core/errors';
import type { DocumentRef } from '../core/pipelineRecords';
import { type TaskName, taskNames } from '../core/runConfig';
import type { StoredRun } from '../core/storedRun';
import type { PipelineFile } from '../workers/protocol';
import { labController } from './labController';
import { pipelineController } from './labControllerPipeline';
import { fetchPackaged, type PackagedText, packagedTexts } from './packagedTexts';
import {
  DATA_FOLDER,
  type DataInputs,
  type DataResult,
  type DataState,
  dataStore,
  fillFiles,
  isBusy,
  setFiles,
} from './stores/dataStore';
import { type PreparedShards, setupStore } from './stores/setupStore';

const TASK_EXAMPLES = 20_000;
const TASK_SEED = 1;

export type DataPreset = PackagedText | 'primer' | `task-${TaskName}`;

/** The tokenizer.json that the pipeline's set-up asks for; null where it takes bytes, or where there is none. */
export function wantedTokenizer({ config }: Pick<DataState, 'config'>): string | null {
  const { userTokenizer } = setupStore.getState();
  if (config.tokenize.tokenizer === 'byte' || userTokenizer === null) return null;
  return new TextDecoder().decode(userTokenizer.bytes);
}

export const dataController = {
  /** @param paths each file with its folders */
  add(files: readonly File[], paths: readonly string[] = files.map(({ name }) => name)): void {
    const added = files.map((blob, i): PipelineFile => ({ name: paths[i], size: blob.size, content: { blob } }));
    addFiles(added);
  },

  /** @throws LabError `data.invalid` where the text is not installed */
  async addPreset(preset: DataPreset): Promise<void> {
    if (preset === 'primer') {
      addFiles([{ name: 'primer.txt', size: 0, content: { corpus: 'primer' } }]);
      return;
    }
    const task = taskNames.find((name) => preset === `task-${name}`);
    if (task !== undefined) {
      const content = { task: { task, seed: TASK_SEED, examples: TASK_EXAMPLES } };
      addFiles([{ name: `${preset}.txt`, size: 0, content }]);
      return;
    }
    const packaged = packagedTexts.find((name) => name === preset);
    if (packaged !== undefined) addFiles([await fetchPackaged(packaged)]);
  },

  remove(file: PipelineFile): void {
    if (!isBusy(dataStore.getState())) setFiles(dataStore.getState().files.filter((each) => each !== file));
  },

  clear(): void {
    if (!isBusy(dataStore.getState())) setFiles([]);
  },

  /** Runs the pipeline; its end, whatever it is, is in the store. */
  async start(): Promise<void> {
    const { files, config, workers } = dataStore.getState();
    await runPipeline({ files, config, workers, tokenizerJson: wantedTokenizer({ config }) });
  },

  /** Goes on with the interrupted run that is in the store, on its files. */
  async goOn({ manifest }: StoredRun, files: readonly PipelineFile[]): Promise<void> {
    const { config, workers, tokenizerJson } = manifest;
    dataStore.setState({ files, config, workers });
    await runPipeline({ files, config, workers, tokenizerJson, goesOn: true });
  },

  /** What is in the browser's own storage. */
  async look(): Promise<StoredRun | null> {
    const stored = await pipelineController.stored(DATA_FOLDER);
    dataStore.setState({ stored });
    return stored;
  },

  /** Removes what is there, and the result that came from it. */
  async forget(): Promise<void> {
    if (isBusy(dataStore.getState())) return;
    try {
      await pipelineController.forget(DATA_FOLDER);
      setupStore.setState({ shards: null });
      dataStore.setState({ stored: null, result: null, progress: null, state: 'idle', error: null });
    } catch (thrown) {
      dataStore.setState({ error: toLabErrorData(thrown) });
    }
  },

  async cancel(): Promise<void> {
    await quietly(pipelineController.cancel());
  },

  async pause(paused: boolean): Promise<void> {
    await quietly(pipelineController.pause(paused));
  },

  /** Tries again what had no room. */
  async resume(): Promise<void> {
    dataStore.setState({ state: 'running', error: null });
    await quietly(pipelineController.resume());
  },

  /** Ends one data worker as a fault would: the others take over what it had. */
  async stopWorker(worker: number): Promise<void> {
    await quietly(pipelineController.stopWorker(worker));
  },

  readDocument: (document: DocumentRef, { files }: DataInputs) => pipelineController.readDocument(document, files),
  readingsOfStep: pipelineController.readingsOfStep,
  readingsOfDocument: pipelineController.readingsOfDocument,

  /** A training run on the shards: the model and its training stay as they are, but for a vocabulary that is too small. */
  async train(): Promise<void> {
    const { result } = dataStore.getState();
    if (result === null) return;
    const { index } = result.summary;
    const { tokenizer } = result.config.tokenize;
    const { config } = setupStore.getState();
    setupStore.setState({ shards: preparedShards(result) });
    const small = config.model.vocab_size > 0 && config.model.vocab_size < index.vocabularySize;
    const wanted = {
      ...config,
      ...(small ? { model: { ...config.model, vocab_size: 0 } } : {}),
      data: { ...config.data, corpus: 'shards', tokenizer },
    };
    await labController.begin(checkRunConfig(wanted, config).config, 'train');
  },
};

/** What the set-up of a run says of shards. */
export function preparedShards({ summary: { index }, config }: Pick<DataResult, 'summary' | 'config'>): PreparedShards {
  const { train, validation } = index.splits;
  const title = index.files.length === 1 ? index.files[0] : String(index.files.length);
  const { tokenizer } = config.tokenize;
  return { title, tokens: train.tokens + validation.tokens, tokenizer, sequenceLength: index.sequenceLength };
}

interface RunInputs extends DataInputs {
  readonly workers: number;
  readonly goesOn?: boolean;
}

async function runPipeline({ files, config, workers, tokenizerJson, goesOn = false }: RunInputs): Promise<void> {
  const { state } = dataStore.getState();
  if (isBusy({ state }) || files.length === 0) return;
  // The shards of before are overwritten.
  setupStore.setState({ shards: null });
  dataStore.setState({
    ...{ state: 'running', progress: null, error: null, result: null, stored: null },
    pair: { cluster: 0, member: 0 },
  });
  const target = { folder: DATA_FOLDER };
  try {
    const summary = await pipelineController.run(
      { files, config, workers, target, goesOn, ...(tokenizerJson === null ? {} : { tokenizerJson }) },
      {
        progress: (progress) => dataStore.setState({ progress }),
        stalled: (error) => dataStore.setState({ state: 'stalled', error }),
      },
    );
    const result = { files, config, tokenizerJson, summary, folder: DATA_FOLDER };
    dataStore.setState({ state: 'done', error: null, result });
  } catch (thrown) {
    const error = toLabErrorData(thrown);
    const cancelled = error.code === 'run.cancelled';
    dataStore.setState({ state: cancelled ? 'idle' : 'failed', error: cancelled ? null : error });
    // What it has done so far can be gone on with.
    await dataController.look().catch(() => undefined);
  }
}

/** A file of a name that is there takes its place: one that is no longer open, or that has changed since, can be given again. */
function addFiles(files: readonly PipelineFile[]): void {
  const state = dataStore.getState();
  if (isBusy(state)) return;
  const given = new Map(files.map((file) => [file.name, file]));
  const same = ({ name, size }: PipelineFile) => given.get(name)?.size === size;
  if (state.files.some(same))
    fillFiles(state.files.map((file) => (same(file) ? (given.get(file.name) ?? file) : file)));
  const present = dataStore.getState().files;
  const replaced = present.map((file) => given.get(file.name) ?? file);
  const names = new Set(present.map(({ name }) => name));
  const added = files.filter(({ name }) => !names.has(name));
  if (added.length > 0 || replaced.some((file, i) => file !== present[i])) setFiles([...replaced, ...added]);
}

/** The run itself tells what goes wrong. */
async function quietly(call: Promise<void>): Promise<void> {
  await call.catch(() => undefined);
}
