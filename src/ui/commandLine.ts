// The command line's verbs over labController: the same product path, without a screen.
// Each rejects with a LabError; the exit status follows from that.

import { LabError, type LabErrorData } from '../core/errors';
import type { AutomationController } from './automationApi';
import { labController } from './labController';
import { runStore } from './stores/runStore';
import { setConfig, setupStore } from './stores/setupStore';

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

  async generate(files, request) {
    await labController.adapter();
    await labController.rank.loadFolder(files);
    return labController.rank.generate(request);
  },

  async train({ config, content, tokenizerJson, exportFolder }, onEvent) {
    setupStore.setState({
      userText: content ?? null,
      userTokenizer:
        tokenizerJson === undefined ? null : { name: 'tokenizer.json', bytes: new TextEncoder().encode(tokenizerJson) },
    });
    setConfig(config);
    let failure: LabErrorData | null = null;
    labController.listener = (event) => {
      if (event.type === 'failure') failure = event.error;
      onEvent(event);
    };
    try {
      const adapter = await labController.adapter();
      const facts = await labController.prepare();
      if (facts === null) throw new LabError({ code: 'data.invalid', message: 'There is no text to train on.' });
      const state = await labController.rank.play();
      runStore.setState({ state });
      if (state === 'failed') throw new LabError(failure ?? { code: 'internal', message: 'The run stopped.' });
      const evaluation = await labController.rank.evaluate();
      const files = exportFolder ? await labController.rank.exportFolder() : [];
      return { adapter, facts, state, evaluation, files };
    } finally {
      labController.listener = null;
    }
  },
};
