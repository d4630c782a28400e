// labController's hand on models that are brought in: reads a folder in a worker of its own, downloads from the hub that the person allowed,
// and puts what was found right into the set-up, or into the Play view where that is shown. One at a time; a newer one ends an older.

import { checkRunConfig } from '../core/configCheck';
import { toLabErrorData } from '../core/errors';
import { modelSizes } from '../core/modelConfig';
import type { NamedFile } from '../core/records';
import { importModel, judgeTokenizer } from '../workers/importLauncher';
import { type HubHandle, launchHub } from '../workers/launcher';
import type { ImportedModel } from '../workers/protocol';
import { playController } from './labControllerPlay';
import { importStore } from './stores/importStore';
import { type StartingModel, setConfig, setupStore } from './stores/setupStore';
import { viewStore } from './stores/viewStore';

let current: AbortController | null = null;
/** Whoever's view asked for the model gets it: the set-up of a run, or the Play view. */
let deliver: (model: StartingModel) => void = use;
let hub: HubHandle | null = null;

/** Runs one import; its end, whatever it is, is in the store. */
async function underWay(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  current?.abort();
  const own = new AbortController();
  current = own;
  deliver = viewStore.getState().view === 'play' ? play : use;
  importStore.setState({ error: null, doubtful: null, download: null });
  try {
    await work(own.signal);
  } catch (thrown) {
    const error = toLabErrorData(thrown);
    if (current === own && error.code !== 'run.cancelled') importStore.setState({ error });
  } finally {
    if (current === own) {
      current = null;
      importStore.setState({ stage: null, download: null });
    }
  }
}

async function read(name: string, files: readonly (File | NamedFile)[], signal: AbortSignal): Promise<void> {
  const imported = await importModel(files, (stage) => importStore.setState({ stage, download: null }), signal);
  const model: StartingModel = { name, ...imported };
  if (model.summary.nonFinite > 0) importStore.setState({ doubtful: model });
  else deliver(model);
}

function play(model: StartingModel): void {
  void playController.open(model);
}

/** The set-up of a run that begins with this model; rounded weights are not trained but played with. */
function use(model: StartingModel): void {
  if (model.summary.quantized !== null) {
    viewStore.setState({ view: 'play' });
    play(model);
    return;
  }
  const { config } = setupStore.getState();
  const { tokenizerJson } = model;
  const sequenceLength = Math.min(config.train.sequenceLength, modelSizes(model.config).positions);
  const wanted = {
    ...config,
    model: model.config,
    data: tokenizerJson === null ? config.data : { ...config.data, tokenizer: 'json' },
    train: { ...config.train, sequenceLength },
  };
  setupStore.setState({
    startingModel: model,
    ...(tokenizerJson === null
      ? {}
      : { userTokenizer: { name: 'tokenizer.json', bytes: new TextEncoder().encode(tokenizerJson) } }),
  });
  setConfig(checkRunConfig(wanted, config).config);
}

/** A folder that nobody is shown: what to do with it is the caller's. @throws LabError of what is wrong with it */
export function openFolder(files: readonly NamedFile[]): Promise<ImportedModel> {
  return importModel(files, () => undefined, new AbortController().signal);
}

export const importController = {
  /** Files of one folder, as they were chosen or dropped. */
  take: (name: string, files: readonly File[]): Promise<void> => underWay((signal) => read(name, files, signal)),

  /** A model with weights that are not finite, all the same. */
  acceptDoubtful(): void {
    const { doubtful } = importStore.getState();
    importStore.setState({ doubtful: null });
    if (doubtful !== null) deliver(doubtful);
  },

  /** The settings that the loaded folder came with. */
  restore(): void {
    const { startingModel } = setupStore.getState();
    if (startingModel !== null) use(startingModel);
  },

  /** Random weights again. */
  remove(): void {
    setupStore.setState({ startingModel: null });
    importStore.setState({ error: null, doubtful: null });
  },

  cancel(): void {
    current?.abort();
  },

  /** Lets a worker of its own talk to this hub; until then, and after `turnOffHub`, nothing of the page talks to anybody. */
  turnOnHub(address: string): void {
    importController.turnOffHub();
    try {
      hub = launchHub(address);
      importStore.setState({ hub: { base: address.trim().replace(/\/+$/, ''), origins: hub.origins }, error: null });
    } catch (thrown) {
      importStore.setState({ error: toLabErrorData(thrown) });
    }
  },

  turnOffHub(): void {
    hub?.terminate();
    hub = null;
    importStore.setState({ hub: null });
  },

  download: (model: string): Promise<void> =>
    underWay(async (signal) => {
      const used = hub;
      const { hub: allowed } = importStore.getState();
      if (used === null || allowed === null) return;
      importStore.setState({ stage: 'listing' });
      const stop = () => void used.api.cancel().catch(() => undefined);
      signal.addEventListener('abort', stop);
      try {
        const files = await used.api.download(allowed.base, model, (download) => {
          if (!signal.aborted) importStore.setState({ stage: 'downloading', download });
        });
        signal.throwIfAborted();
        await read(model.trim(), files, signal);
      } finally {
        signal.removeEventListener('abort', stop);
      }
    }),

  /** Removes the large files that earlier downloads left; true when it is done. */
  async forgetDownloads(): Promise<boolean> {
    try {
      await hub?.api.forget();
      return hub !== null;
    } catch (thrown) {
      importStore.setState({ error: toLabErrorData(thrown) });
      return false;
    }
  },

  /** @throws LabError `tokenizer.invalid`, also where a pattern does not come to an end */
  judgeTokenizer,
};
