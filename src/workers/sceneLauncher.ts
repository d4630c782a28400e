// Starts a scene worker for the page. Used by the page's controller alone.

import { proxy } from 'comlink';
import { LabError } from '../core/errors';
import type { SceneApi } from './protocol';
import { whileHeard } from './toldCalls';
import { lineTo, workerDied } from './watchedWorker';

export interface SceneHandle {
  readonly api: SceneApi;
  terminate(): void;
}

/** A scene's texts are small: training a tokenizer on them takes seconds. */
const SILENCE_MS = 60_000;

export function launchScene(): SceneHandle {
  const worker = new Worker(new URL('./sceneWorker.ts', import.meta.url), { type: 'module', name: 'scene' });
  const { remote, line } = lineTo<SceneApi>(worker, workerDied);
  return {
    api: {
      prepare: (name, size, onProgress) =>
        whileHeard(line, SILENCE_MS, stuckScene, onProgress, (progress: typeof onProgress) =>
          remote.prepare(name, size, proxy(progress)),
        ),
      judge: (runs) => line.guard(() => remote.judge(runs)),
    },
    terminate: () => line.end(new LabError({ code: 'run.cancelled', message: 'The scene was ended.' })),
  };
}

function stuckScene(): LabError {
  return new LabError({
    code: 'worker.timeout',
    message: `The data of the scene made no progress for ${SILENCE_MS / 1000} s and was ended.`,
    advice: 'Try again when less else is running.',
  });
}
