// What every scene is: data, models to train, questions, and a judgement of the answers beside baselines. One file a scene; types only here.

import type { PreparedScene, SceneJudgement, SceneSize, SceneStageRun } from '../core/sceneRecords';
import type { FetchFile } from '../data/corpus';

export interface Scene {
  /** @throws LabError `data.invalid` where its texts are not there */
  prepare(size: SceneSize, fetchFile: FetchFile, onProgress: (share: number) => void): Promise<ReadyScene>;
}

export interface ReadyScene extends PreparedScene {
  /** @param runs one for each stage */
  judge(runs: readonly SceneStageRun[]): SceneJudgement;
}
