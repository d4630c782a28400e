// Takes answers by the kind that was asked for. A scene asks its questions in an order that it knows.

import { LabError } from '../core/errors';
import type { SceneAnswer, SceneStageRun } from '../core/sceneRecords';

/** @throws LabError `internal` where another kind of answer, or none, is there */
export function answerTo<Ask extends SceneAnswer['ask']>(
  run: SceneStageRun | undefined,
  index: number,
  ask: Ask,
): Extract<SceneAnswer, { ask: Ask }> {
  const answer = run?.answers[index];
  const isAsked = (given: SceneAnswer): given is Extract<SceneAnswer, { ask: Ask }> => given.ask === ask;
  if (answer !== undefined && isAsked(answer)) return answer;
  throw new LabError({
    code: 'internal',
    message: `Question ${index} has no answer of the kind '${ask}'.`,
    why: `It has ${answer === undefined ? 'none' : `one of the kind '${answer.ask}'`}.`,
  });
}
