// Runs a scene from its data to its result, on workers and a device of its own: a scene worker for data and judgement, a rank worker that
// trains and answers. labController's helper; it draws nothing and knows no scene.

import type { ReadingResult } from '../core/answerRecords';
import { LabError } from '../core/errors';
import {
  beats,
  type SceneAnswer,
  type SceneEvent,
  type SceneName,
  type SceneQuestion,
  type SceneResult,
  type SceneSize,
  type SceneStage,
  type SceneStageRun,
} from '../core/sceneRecords';
import type { DeviceOptions, RankApi, RankEvent, SceneApi } from '../workers/protocol';

interface Handle<Api> {
  readonly api: Api;
  terminate(): void;
}

export interface SceneRunner {
  /** A newer run ends an older one. @throws LabError, `run.cancelled` after stop() */
  run(scene: SceneName, size: SceneSize, onEvent: (event: SceneEvent) => void): Promise<SceneResult>;
  stop(): void;
}

export function createSceneRunner(
  launchScene: () => Handle<SceneApi>,
  launchRank: (onEvent: (event: RankEvent) => void) => Handle<RankApi>,
  device: DeviceOptions,
): SceneRunner {
  let end: () => void = () => undefined;
  return {
    async run(scene, size, onEvent) {
      end();
      let stopped = false;
      let onRank: (event: RankEvent) => void = () => undefined;
      const judge = launchScene();
      const rank = launchRank((event) => onRank(event));
      const finish = () => {
        judge.terminate();
        rank.terminate();
      };
      end = () => {
        stopped = true;
        finish();
      };
      const tell = (event: SceneEvent) => {
        if (!stopped) onEvent(event);
      };
      const started = performance.now();
      try {
        const opening = rank.api.open(device);
        tell({ type: 'phase', phase: 'data', stage: 0, share: 0 });
        const preparing = judge.api.prepare(scene, size, (share) =>
          tell({ type: 'phase', phase: 'data', stage: 0, share }),
        );
        const [adapter, { data, stages }] = await Promise.all([opening, preparing]);
        tell({ type: 'data', data });
        const runs: SceneStageRun[] = [];
        for (const [index, stage] of stages.entries())
          runs.push(await runStage(rank.api, stage, index, tell, (listener) => (onRank = listener)));
        tell({ type: 'phase', phase: 'judge', stage: stages.length - 1, share: null });
        const judgement = await judge.api.judge(runs);
        return {
          scene,
          size,
          data,
          stages: runs.map(({ answers: _, ...facts }) => facts),
          ...judgement,
          beaten: judgement.scores.every(beats),
          seconds: (performance.now() - started) / 1000,
          adapter,
        };
      } catch (thrown) {
        if (stopped) throw new LabError({ code: 'run.cancelled', message: 'The scene was stopped.' });
        throw thrown;
      } finally {
        finish();
      }
    },
    stop: () => end(),
  };
}

async function runStage(
  rank: RankApi,
  { config, data, questions }: SceneStage,
  stage: number,
  tell: (event: SceneEvent) => void,
  listen: (listener: (event: RankEvent) => void) => void,
): Promise<SceneStageRun> {
  const { steps } = config.train;
  let failure: LabError | null = null;
  let trainSeconds = 0;
  listen((event) => {
    if (event.type === 'failure') failure = new LabError(event.error);
    if (event.type === 'phase' && event.label === 'compile')
      tell({ type: 'phase', phase: 'compile', stage, share: event.progress });
    const last = event.type === 'steps' ? event.rows.at(-1) : undefined;
    if (last === undefined) return;
    trainSeconds = last.elapsedMs / 1000;
    tell({ type: 'step', stage, step: last.step, steps, loss: last.loss });
  });
  tell({ type: 'phase', phase: 'compile', stage, share: null });
  const { parameterCount } = await rank.prepare(config, data, null);
  tell({ type: 'phase', phase: 'train', stage, share: 0 });
  const state = await rank.play();
  if (state !== 'finished')
    throw failure ?? new LabError({ code: 'run.cancelled', message: 'Training stopped before its last step.' });
  const { loss: heldOutLoss } = await rank.evaluate();
  const answers: SceneAnswer[] = [];
  const count = questions.reduce((sum, question) => sum + sizeOf(question), 0);
  let asked = 0;
  const told = (by: number) => {
    asked += by;
    tell({ type: 'phase', phase: 'ask', stage, share: asked / count });
  };
  told(0);
  for (const question of questions) answers.push(await ask(rank, question, told));
  return { parameterCount, steps, trainSeconds, heldOutLoss, answers };
}

function sizeOf(question: SceneQuestion): number {
  switch (question.ask) {
    case 'continue':
    case 'score':
    case 'read':
      return question.requests.length;
  }
}

async function ask(rank: RankApi, question: SceneQuestion, told: (by: number) => void): Promise<SceneAnswer> {
  switch (question.ask) {
    case 'continue': {
      const texts: string[] = [];
      for (const request of question.requests) {
        texts.push((await rank.generate(request)).text);
        told(1);
      }
      return { ask: 'continue', texts };
    }
    case 'score': {
      let [sum, tokens] = [0, 0];
      for (const request of question.requests) {
        const { logProbabilities, textTokens } = await rank.scoreText(request);
        for (const logProbability of logProbabilities.subarray(textTokens)) sum -= logProbability;
        tokens += logProbabilities.length - textTokens;
        told(1);
      }
      return { ask: 'score', loss: sum / tokens };
    }
    case 'read': {
      const results: ReadingResult[] = [];
      for (const request of question.requests) {
        results.push(await rank.read(request));
        told(1);
      }
      return { ask: 'read', results };
    }
  }
}
