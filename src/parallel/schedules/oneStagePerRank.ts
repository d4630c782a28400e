// The rule of the schedules that hold one stage on each rank: gpipe and 1f1b. It makes no slots.

import type { ScheduleName } from '../../core/runConfig';
import type { ScheduleIssue, ScheduleSizes } from './schedule';

export function oneStagePerRank(name: ScheduleName, { stagesPerRank }: ScheduleSizes): ScheduleIssue | null {
  if (stagesPerRank === 1) return null;
  return {
    field: 'stagesPerRank',
    got: stagesPerRank,
    expected:
      '1, or another schedule: interleaved-1f1b, looped-bfs and interleaved-zero-bubble take any number, zbv takes 2',
    why: `In ${name} a rank holds one stage, not ${stagesPerRank}: it has no order in which several would take turns.`,
  };
}
