// labController's hand on scenes: runs one on workers and a device of its own, so that the page's run stays as it is, and writes how it goes
// to sceneStore. The command line runs them without the store.

import { toLabErrorData } from '../core/errors';
import type { SceneEvent, SceneName, SceneSize } from '../core/sceneRecords';
import { launchRank } from '../workers/launcher';
import { launchScene } from '../workers/sceneLauncher';
import { labController } from './labController';
import { createSceneRunner } from './sceneRunner';
import { type RunningScene, sceneStore } from './stores/sceneStore';

export const sceneRunner = createSceneRunner(launchScene, launchRank, labController.deviceOptions);

/** The run that the store shows; an older one's end is nobody's business. */
let newest = 0;

export const sceneController = {
  async start(scene: SceneName, size: SceneSize): Promise<void> {
    const own = ++newest;
    const begun: RunningScene = { scene, size, phase: 'data', share: 0, data: null, step: 0, steps: 0, loss: null };
    sceneStore.setState({ chosen: scene, running: begun, error: null });
    // Two runs on one device would both be slow.
    await labController.pause();
    try {
      const result = await sceneRunner.run(scene, size, (event) => {
        if (own === newest) take(event);
      });
      sceneStore.setState(({ results }) => ({ results: { ...results, [scene]: result } }));
    } catch (thrown) {
      const error = toLabErrorData(thrown);
      if (own === newest && error.code !== 'run.cancelled') sceneStore.setState({ error: { scene, error } });
    } finally {
      if (own === newest) sceneStore.setState({ running: null });
    }
  },
  stop(): void {
    newest++;
    sceneRunner.stop();
    sceneStore.setState({ running: null });
  },
};

function take(event: SceneEvent): void {
  const { running } = sceneStore.getState();
  if (running === null) return;
  switch (event.type) {
    case 'data':
      sceneStore.setState({ running: { ...running, data: event.data } });
      return;
    case 'phase':
      sceneStore.setState({ running: { ...running, phase: event.phase, share: event.share } });
      return;
    case 'step': {
      const { step, steps, loss } = event;
      sceneStore.setState({ running: { ...running, step, steps, loss, share: step / steps } });
      return;
    }
  }
}
