// labController's hand on compression of the model that is played with: finds held-out text, has the model rounded and pruned and measured on
// it, and hands the folders on. It draws nothing; what it learns is in compressStore.

import { toLabErrorData } from '../core/errors';
import type { CompressionOptions, NamedFile } from '../core/records';
import { launchData } from '../workers/launcher';
import { createDataLoader, type DataSource } from './dataLoader';
import { pipelineController } from './labControllerPipeline';
import { playController } from './labControllerPlay';
import { type CompressTrial, compressStore } from './stores/compressStore';
import { type PlayModel, playStore } from './stores/playStore';
import { newId, runStore } from './stores/runStore';
import { setupStore } from './stores/setupStore';

/** Folders are kept whole: no more than these. */
const MAX_TRIALS = 6;

const data = createDataLoader(launchData, pipelineController.prepared);

/** The text whose held-out part judges: the run's own, or the page's text in the tokens of a model that was brought. */
function sourceFor(model: PlayModel): DataSource {
  const setup = setupStore.getState();
  const { userText, userTokenizer, encoding, shards } = setup;
  if (model.origin.kind === 'run')
    return { config: runStore.getState().facts?.config ?? setup.config, userText, userTokenizer, encoding, shards };
  const { config } = setup;
  // Shards are tokens already, of another tokenizer; and a text has to be there.
  const own = config.data.corpus === 'shards' || (config.data.corpus === 'text' && userText === null);
  const corpus = own ? 'primer' : config.data.corpus;
  const tokenizer =
    model.tokenizerJson === null
      ? null
      : { name: 'tokenizer.json', bytes: new TextEncoder().encode(model.tokenizerJson) };
  return {
    config: { ...config, data: { ...config.data, corpus, tokenizer: 'json' } },
    userText,
    userTokenizer: tokenizer,
    encoding,
    shards: null,
  };
}

export const compressController = {
  async compress(options: CompressionOptions): Promise<void> {
    const { model: shown } = playStore.getState();
    if (shown === null || compressStore.getState().state !== 'idle') return;
    const model = shown.origin.kind === 'compressed' ? shown.origin.of : shown;
    compressStore.setState({ state: 'text', rows: [], error: null });
    try {
      const { validationTokens, title } = await data.load(sourceFor(model), () => undefined);
      compressStore.setState({ state: 'measuring', text: title });
      const { rows, files } = await playController.compress(model.files, { tokens: validationTokens }, options, (row) =>
        compressStore.setState((state) => ({ rows: [...state.rows, row] })),
      );
      const trial = { id: newId(), model, rows, files };
      compressStore.setState(({ trials }) => ({ trials: [...trials, trial].slice(-MAX_TRIALS) }));
    } catch (thrown) {
      const error = toLabErrorData(thrown);
      if (error.code !== 'run.cancelled') compressStore.setState({ error });
    } finally {
      compressStore.setState({ state: 'idle', rows: [] });
    }
  },

  /** The compressed model takes the place of the one that is played with. */
  play({ model, rows, files }: CompressTrial): Promise<void> {
    const variant = rows.at(-1)?.variant ?? '';
    return playController.openCompressed({
      model,
      name: `${model.name}, ${variant}`,
      files: files.map(copied),
      precision: variant,
    });
  },
};

/** The worker gets bytes of its own. */
function copied({ name, bytes }: NamedFile): NamedFile {
  return { name, bytes: bytes.slice() };
}
