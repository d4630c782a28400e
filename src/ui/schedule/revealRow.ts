// Brings the row of a walked slice into sight where a schedule of many ranks is taller than the window. It moves the page and draws nothing.

import { rowTop, type ScheduleScene } from './scheduleScene';

/** @param mark an element of the chart without a look of its own, which is laid over the row: its scroll margins keep clear of what sticks to the window */
export function revealRow(mark: HTMLElement | null, scene: ScheduleScene, rank: number): void {
  const row = scene.ranks.indexOf(rank);
  if (mark === null || row < 0) return;
  mark.style.insetBlockStart = `${rowTop(scene, row)}px`;
  mark.style.blockSize = `${scene.rowHeight}px`;
  mark.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}
