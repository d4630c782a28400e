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
