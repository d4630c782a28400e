// While the sharding view is open, what is expected of a step follows the set-up, and the device is measured while it has nothing else to do.
// It watches the stores and calls labController; nothing is drawn here.

import { toLabErrorData } from '../core/errors';
import type { RunConfig } from '../core/runConfig';
import { thisDevice } from '../planner/thisDevice';
import { debounced } from './debounced';
import { labController } from './labController';
import { plannerStore } from './stores/plannerStore';
import { predictionStore } from './stores/predictionStore';
import { isRacing } from './stores/raceStore';
import { runStore } from './stores/runStore';
import { setupStore } from './stores/setupStore';
import { viewStore } from './stores/viewStore';

const PREDICT_MS = 120;
/** A run that is started meanwhile waits for this at most. */
const MEASURE_MS = 400;

export function followPrediction(): void {
  let asked = 0;
  const wanted = (): boolean => viewStore.getState().view === 'shard' && runStore.getState().device === 'open';

  const predict = async (): Promise<void> => {
    if (!wanted()) return;
    const { config } = setupStore.getState();
    const request = ++asked;
    predictionStore.setState({ predicting: true });
    try {
      const predicted = await labController.predict(config);
      if (request === asked) predictionStore.setState({ prediction: { config, ...predicted }, refused: null });
    } catch (error) {
      if (request === asked) predictionStore.setState({ refused: toLabErrorData(error) });
    }
    if (request !== asked) return;
    predictionStore.setState({ predicting: false });
    measureSoon();
  };
  const predictSoon = debounced(PREDICT_MS, () => void predict());

  const measured = new Set<RunConfig>();
  const measure = async (): Promise<void> => {
    const { config } = setupStore.getState();
    const { state } = runStore.getState();
    if (!wanted() || measured.has(config) || isRacing() || (state !== 'ready' && state !== 'finished')) return;
    try {
      const calibration = await labController.calibrate(config, MEASURE_MS);
      predictionStore.setState({ calibration });
      const { adapter } = runStore.getState();
      if (adapter !== null) plannerStore.setState({ thisDevice: thisDevice(adapter, calibration) });
      if (calibration.unmeasured === 0) {
        measured.add(config);
        predictSoon();
      } else measureSoon();
    } catch {
      // The device is gone, which its own event tells; what is not measured stays estimated.
      measured.add(config);
    }
  };
  const measureSoon = debounced(PREDICT_MS, () => void measure());

  setupStore.subscribe((now, before) => {
    if (now.config !== before.config) predictSoon();
  });
  viewStore.subscribe((now, before) => {
    if (now.view !== before.view) predictSoon();
  });
  runStore.subscribe((now, before) => {
    if (now.device !== before.device || now.facts?.vocabularySize !== before.facts?.vocabularySize) predictSoon();
    if (now.state !== before.state) measureSoon();
  });
}
