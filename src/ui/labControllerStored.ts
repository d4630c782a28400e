// labController's hand on what the Data view's last run left in the browser's own storage: brings a finished one back, goes on with an interrupted
// one, or begins it again. What it learns is in dataStore; it looks into no shard.

import { toLabErrorData } from '../core/errors';
import type { PipelineProgress, PipelineSummary } from '../core/pipelineRecords';
import type { StoredFile, StoredRun } from '../core/storedRun';
import type { PipelineFile } from '../workers/protocol';
import { dataController, preparedShards } from './labControllerData';
import { fetchPackaged, packagedTexts } from './packagedTexts';
import { DATA_FOLDER, dataStore, isAbsent, isBusy } from './stores/dataStore';
import { addNotice } from './stores/runStore';
import { setupStore } from './stores/setupStore';

let asked = false;

export const storedController = {
  /** Once a page: a finished run comes back as the result, an interrupted one is listed. Nothing of what the person did since is touched. */
  async restore(): Promise<void> {
    if (asked) return;
    asked = true;
    try {
      if (!isUntouched()) return;
      const stored = await dataController.look();
      if (stored?.state !== 'finished' || !isUntouched()) return;
      const { manifest, summary } = stored;
      const { config, tokenizerJson, workers } = manifest;
      const files = await filesOf(stored);
      if (!isUntouched()) return;
      const result = { files, config, tokenizerJson, summary, folder: DATA_FOLDER };
      dataStore.setState({ state: 'done', files, config, workers, progress: progressOf(summary), result });
      giveTokenizer(tokenizerJson);
      if (setupStore.getState().config.data.corpus === 'shards' && stored.broken.length === 0)
        setupStore.setState({ shards: preparedShards(result) });
    } catch (thrown) {
      addNotice(toLabErrorData(thrown));
    }
  },

  /** From the parts that are whole; files that the page cannot open by itself have to be there. */
  async goOn(): Promise<void> {
    const { stored } = dataStore.getState();
    if (stored?.state !== 'interrupted' || stored.obstacle !== null) return;
    giveTokenizer(stored.manifest.tokenizerJson);
    await dataController.goOn(stored, await filesOf(stored));
  },

  /** The set-up becomes that of the stored run, and it starts where its files are there. */
  async again(): Promise<void> {
    const { stored } = dataStore.getState();
    if (stored === null) return;
    const { config, workers, tokenizerJson } = stored.manifest;
    const files = await filesOf(stored);
    giveTokenizer(tokenizerJson);
    dataStore.setState({ files, config, workers });
    if (!files.some(isAbsent)) await dataController.start();
  },
};

/** Files of the person that have to be given again before the run can go on. */
export function wantedFiles({ manifest }: StoredRun, files: readonly PipelineFile[]): readonly string[] {
  return manifest.files
    .filter((file) => file.origin === 'file' && given(file, files) === undefined)
    .map(({ name }) => name);
}

function given({ name, size }: StoredFile, files: readonly PipelineFile[]): PipelineFile | undefined {
  return files.find((file) => file.name === name && file.size === size && !isAbsent(file));
}

/** In the order of the run. */
function filesOf({ manifest }: StoredRun): Promise<readonly PipelineFile[]> {
  const { files } = dataStore.getState();
  return Promise.all(manifest.files.map(async (file) => given(file, files) ?? (await opened(file))));
}

async function opened({ name, size, origin, filteredOnly }: StoredFile): Promise<PipelineFile> {
  if (origin !== 'file' && !('preset' in origin)) return { name, size, content: origin };
  const preset = origin === 'file' ? undefined : packagedTexts.find((text) => text === origin.preset);
  // A text that was installed then and is not now is as absent as a file.
  const fetched = preset === undefined ? null : await fetchPackaged(preset).catch(() => null);
  const absent = {
    name,
    size,
    content: { absent: true as const },
    ...(filteredOnly === undefined ? {} : { filteredOnly }),
  };
  return fetched ?? absent;
}

/** The person has neither added nor prepared anything on this page. */
function isUntouched(): boolean {
  const state = dataStore.getState();
  return !isBusy(state) && state.result === null && state.files.length === 0;
}

/** The one of the run, where the page has none. */
function giveTokenizer(json: string | null): void {
  if (json === null || setupStore.getState().userTokenizer !== null) return;
  setupStore.setState({ userTokenizer: { name: 'tokenizer.json', bytes: new TextEncoder().encode(json) } });
}

/** As it stood at the end. */
function progressOf({ files, stages, seconds, recoveredBytes }: PipelineSummary): PipelineProgress {
  const bytes = files.reduce((sum, file) => sum + (file.refusal === null ? file.bytes : 0), 0);
  return {
    ...{ phase: 'done', bytes, recoveredBytes, totalBytes: bytes, seconds, paused: false, stages, workers: [] },
    documents: files.reduce((sum, { documents }) => sum + documents, 0),
    tokens: stages.find(({ stage }) => stage === 'tokenize')?.counts['tokens'] ?? 0,
  };
}
