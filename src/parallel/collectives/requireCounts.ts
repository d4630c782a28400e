// The check that parts fit their whole, before anything is sent.

import { LabError } from '../../core/errors';
import type { Group } from './group';

/** @throws LabError `internal`. `own`: values this rank brings, where it brings its own part only. */
export function requireCounts(group: Group, counts: readonly number[], whole: number, own?: number): void {
  const { ranks, index, axis } = group;
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (counts.length === ranks.length && total === whole && (own === undefined || own === counts[index])) return;
  throw new LabError({
    code: 'internal',
    message: `The parts of a collective over ${axis} do not fit on rank ${ranks[index]}.`,
    why: `${counts.length} counts (${counts.join(', ')}) for ${ranks.length} ranks and ${whole} values${own === undefined ? '' : `, ${own} of them its own`}.`,
  });
}
