// A scene's data and judgement, away from the page: reads and tokenizes its texts, keeps what the judgement needs, and compares answers with
// baselines. It trains nothing.

import { LabError } from '../core/errors';
import type { ReadyScene } from '../scenes/scene';
import { scenes } from '../scenes/scenes';
import type { SceneApi } from './protocol';

/** One scene at a time. */
export function createSceneHost(fetchFile: (path: string) => Promise<Response>): SceneApi {
  let ready: ReadyScene | null = null;
  return {
    async prepare(name, size, onProgress) {
      ready = await scenes[name].prepare(size, fetchFile, onProgress);
      const { data, stages } = ready;
      return { data, stages };
    },
    async judge(runs) {
      if (ready === null) throw new LabError({ code: 'internal', message: 'There is no scene to judge yet.' });
      return ready.judge(runs);
    },
  };
}
