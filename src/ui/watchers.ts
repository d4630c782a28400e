// What happens by itself: the run follows the settings, estimates follow typing, the title follows the run, and leaving
// while training asks. Each watches the stores and calls labController; nothing is drawn here.

import { presets } from '../core/presets';
import { meshSize } from '../parallel/mesh';
import { debounced } from './debounced';
import { currentTexts, textStore } from './i18n/useText';
import { labController } from './labController';
import { playController } from './labControllerPlay';
import { followPrediction } from './predictionWatcher';
import { rememberStepTime } from './presetTimes';
import { metricsLog } from './stores/metricsLog';
import { playStore } from './stores/playStore';
import { isRacing } from './stores/raceStore';
import { runStore } from './stores/runStore';
import { presetConfig, sameConfig, setupStore } from './stores/setupStore';
import { viewStore } from './stores/viewStore';

const FOLLOW_MS = 500;
const ESTIMATE_MS = 220;

export function startWatching(): void {
  followSettings();
  estimateAsTyped();
  followPrediction();
  estimatePresets();
  rememberTimes();
  takeRunToPlay();
  keepTitle();
  askBeforeLeaving();
}

function followSettings(): void {
  const follow = debounced(FOLLOW_MS, () => labController.followSetup());
  setupStore.subscribe((now, before) => {
    const same =
      now.config === before.config &&
      now.userText === before.userText &&
      now.userTokenizer === before.userTokenizer &&
      now.shards === before.shards &&
      now.startingModel === before.startingModel;
    if (!same) follow();
  });
}

function estimateAsTyped(): void {
  let asked = 0;
  const estimate = () => {
    if (runStore.getState().device !== 'open') return;
    const request = ++asked;
    runStore.setState({ estimating: true });
    labController
      .estimate(setupStore.getState().config)
      .then((value) => {
        if (request === asked) runStore.setState({ estimate: value });
      })
      .catch(() => {
        // The device was lost meanwhile: its own event tells, and an old estimate would mislead.
        if (request === asked) runStore.setState({ estimate: null });
      })
      .finally(() => {
        if (request === asked) runStore.setState({ estimating: false });
      });
  };
  const soon = debounced(ESTIMATE_MS, estimate);
  setupStore.subscribe((now, before) => {
    if (now.config !== before.config) soon();
  });
  runStore.subscribe((now, before) => {
    if (now.device !== before.device || now.data?.vocabularySize !== before.data?.vocabularySize) soon();
  });
}

/** Once the first run is ready and nothing else is going on, how long each preset would take. */
function estimatePresets(): void {
  let started = false;
  runStore.subscribe(({ state }) => {
    if (started || state !== 'ready') return;
    started = true;
    void estimateEach();
  });
}

async function estimateEach(): Promise<void> {
  for (const { id, config } of presets) {
    if (meshSize(config.parallel) > 1) continue;
    if (!['ready', 'paused', 'finished'].includes(runStore.getState().state)) await idle();
    try {
      const estimate = await labController.estimate(config);
      runStore.setState(({ presetEstimates }) => ({ presetEstimates: { ...presetEstimates, [id]: estimate } }));
    } catch {
      return;
    }
  }
}

function idle(): Promise<void> {
  return new Promise((resolve) => {
    const stop = runStore.subscribe(({ state }) => {
      if (!['ready', 'paused', 'finished'].includes(state)) return;
      stop();
      resolve();
    });
  });
}

function rememberTimes(): void {
  runStore.subscribe((now, before) => {
    if (now.state === before.state || (now.state !== 'paused' && now.state !== 'finished')) return;
    const { presetId, config } = setupStore.getState();
    const stepMs = metricsLog.recentStepMs();
    if (now.adapter === null || stepMs === null || now.facts === null) return;
    if (sameConfig(now.facts.config, presetConfig(presetId)) && sameConfig(config, now.facts.config)) {
      rememberStepTime(presetId, now.adapter, now.step, stepMs);
    }
  });
}

/** Whoever opens the Play view without a model gets the page's run, once. */
function takeRunToPlay(): void {
  let taken = false;
  const take = () => {
    const { facts, failure, state: run, exporting } = runStore.getState();
    const { model, state } = playStore.getState();
    const ready = facts !== null && failure === null && run !== 'preparing' && !exporting;
    if (taken || viewStore.getState().view !== 'play' || model !== null || state !== 'idle' || !ready) return;
    taken = true;
    void playController.takeRun();
  };
  runStore.subscribe(take);
  viewStore.subscribe(take);
}

/** Percent first, so that it can be read on a narrow tab. */
function keepTitle(): void {
  const update = () => {
    const { t, format } = currentTexts();
    const { state, step, facts } = runStore.getState();
    const total = facts?.config.train.steps ?? 0;
    if (state === 'running' && total > 0) {
      document.title = `${format.percent(step / total)} · ${t.transport.states.running} · ${t.appName}`;
    } else if (state === 'preparing' || state === 'paused' || state === 'finished' || state === 'failed') {
      document.title = `${t.transport.states[state]} · ${t.appName}`;
    } else {
      document.title = `${t.appName}: ${t.tagline}`;
    }
  };
  runStore.subscribe(update);
  textStore.subscribe(update);
  update();
}

function askBeforeLeaving(): void {
  window.addEventListener('beforeunload', (event) => {
    if (runStore.getState().state === 'running' || isRacing()) event.preventDefault();
  });
}
