// A plan in a line, as tables and pictures name it. Words that are the same in every language: axes, schedules and numbers.

import type { MeshShape } from '../../parallel/mesh';
import type { PlanChoice } from '../../planner/searchSpace';
import type { Texts } from '../i18n/useText';

/** `dp 64 × tp 8`: axes of one rank left out. */
export function meshText(mesh: MeshShape): string {
  const axes = (['dp', 'pp', 'tp'] as const).filter((axis) => mesh[axis] > 1);
  return axes.length === 0 ? 'dp 1' : axes.map((axis) => `${axis} ${mesh[axis]}`).join(' × ');
}

export function choiceText(choice: PlanChoice, { t, format }: Texts): string {
  const { mesh, zero, schedule, stagesPerRank, microBatchRows, recomputation } = choice;
  const words = t.planner.neighbours;
  return [
    meshText(mesh),
    ...(mesh.pp > 1 ? [stagesPerRank > 1 ? `${schedule} × ${stagesPerRank}` : schedule] : []),
    ...(mesh.dp > 1 ? [words.zero(String(zero))] : []),
    words.rows(format.integer(microBatchRows)),
    words.recompute[recomputation],
  ].join(', ');
}

/** Time of a step: to three digits where a duration would be rounded to whole seconds. */
export function stepText(milliseconds: number, { t, format }: Texts): string {
  return milliseconds >= 1_000 && milliseconds < 100_000
    ? t.planner.seconds(format.fixed(milliseconds / 1_000, milliseconds < 10_000 ? 2 : 1))
    : format.duration(milliseconds);
}

/** The plan but for its mesh. */
export function restText(choice: PlanChoice, texts: Texts): string {
  return choiceText(choice, texts).slice(meshText(choice.mesh).length + 2);
}
