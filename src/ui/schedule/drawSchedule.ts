// Draws a schedule on any paper: axis, rows with the rank's mark and shares, bars hatched where predicted and solid where measured, what is
// pointed at with arrows from what it needed, and the part that is selected. Drawing only: geometry is scheduleScene's, words are given.

import { linearTicks } from '../charts/ticks';
import { rankPatternName } from '../mesh/rankLook';
import type { Paper } from '../pictures/paper';
import type { RankInk, ScheduleLook } from './scheduleLook';
import {
  type Band,
  bandOf,
  barBox,
  barTime,
  laneBox,
  type PlacedBar,
  rowTop,
  type ScheduleScene,
  xOf,
} from './scheduleScene';
import type { TimeWindow } from './timeWindow';

export interface ScheduleWords {
  readonly rank: (rank: number) => string;
  /** A moment on an axis whose lines are `step` milliseconds apart. */
  readonly time: (milliseconds: number, step: number) => string;
  readonly share: (share: number) => string;
  /** Over the rows' shares. */
  readonly shares: string;
}

export interface ScheduleMarks {
  readonly rank: number | null;
  readonly pointed: PlacedBar | null;
  /** The same action in the other account. */
  readonly twin: PlacedBar | null;
  readonly needs: readonly PlacedBar[];
  readonly selection: TimeWindow | null;
  /** Bars that stand out; null: none more than others. */
  readonly standsOut: ((placed: PlacedBar) => boolean) | null;
}

export interface ScheduleSheet {
  readonly scene: ScheduleScene;
  readonly view: TimeWindow;
  readonly width: number;
  /** Room for the rows' names. */
  readonly gutter: number;
  readonly look: ScheduleLook;
  readonly words: ScheduleWords;
  readonly marks: ScheduleMarks;
}

const TICK_PX = 90;
export const WIDE_GUTTER = 128;
/** Still room for `Rank 15` in bold beside a share. */
export const NARROW_GUTTER = 113;
/** From this width on, a predicted bar has an outline of its own. */
const OUTLINED_FROM = 5;

export function drawSchedule(paper: Paper, sheet: ScheduleSheet): void {
  const { scene, width, gutter, look, marks } = sheet;
  const plot = width - gutter;
  scene.ranks.forEach((rank, row) => {
    if (rank === marks.rank) paper.fill(0, rowTop(scene, row), width, scene.rowHeight, { color: look.raised });
  });
  drawAxis(paper, sheet);
  paper.within(gutter, scene.axisHeight, plot, scene.height - scene.axisHeight, () => {
    if (marks.selection !== null) drawSelection(paper, sheet, marks.selection);
    drawBars(paper, sheet, null);
    if (marks.standsOut !== null) {
      // What does not belong to it steps back behind a veil of the paper's own colour.
      paper.fill(gutter, scene.axisHeight, plot, scene.height, { color: `${look.screen}b0` });
      drawBars(paper, sheet, marks.standsOut);
    }
    drawPointed(paper, sheet);
  });
  scene.ranks.forEach((rank, row) => {
    const y = rowTop(scene, row) + scene.rowHeight - 0.5;
    paper.line([[0, y], [width, y]], { color: look.line }); // biome-ignore format: two points
    drawName(paper, sheet, rank, row);
  });
}

function drawAxis(paper: Paper, { scene, view, width, gutter, look, words }: ScheduleSheet): void {
  const plot = width - gutter;
  const ticks = linearTicks(view.fromMs, view.toMs, Math.max(2, plot / TICK_PX));
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : view.toMs - view.fromMs;
  for (const ms of ticks) {
    const x = xOf(ms, view, gutter, plot);
    paper.line([[x, scene.axisHeight - 5], [x, scene.height]], { color: look.grid }); // biome-ignore format: two points
    // The last label stays on the sheet.
    const turned = x > width - 80;
    paper.text(turned ? x - 3 : x + 3, 12, words.time(ms, step), {
      color: look.ink2,
      size: look.letters,
      anchor: turned ? 'end' : 'start',
    });
  }
  paper.text(gutter - 6, 12, words.shares, { color: look.ink2, size: look.letters, anchor: 'end' });
  for (const { basis, layout, scale } of scene.bands) {
    const x = xOf(layout.spanMs * scale, view, gutter, plot);
    if (x < gutter || x > width + 1) continue;
    const dash = basis === 'predicted' ? [3, 3] : [];
    paper.line([[x - 0.5, scene.axisHeight - 3], [x - 0.5, scene.height]], { color: look.ink2, dash }); // biome-ignore format: two points
  }
}

function drawBars(paper: Paper, sheet: ScheduleSheet, only: ((placed: PlacedBar) => boolean) | null): void {
  const { scene, view, width, gutter, look, marks } = sheet;
  const plot = width - gutter;
  const predicted = scene.bands.find(({ basis }) => basis === 'predicted');
  for (const band of scene.bands) {
    band.layout.rows.forEach(({ rank, bars }, row) => {
      const inks = look.ofRank(rank);
      const outlined: OutlinedBar[] = [];
      /** By lane: where the last bar ended, so that bars thinner than a pixel are drawn once. */
      const drawnTo: number[] = [];
      for (const bar of bars) {
        const { fromMs, toMs } = barTime(band, bar);
        if (toMs < view.fromMs || fromMs > view.toMs) continue;
        if (only !== null && !only({ bar, basis: band.basis })) continue;
        const box = laneBox(scene, band, row, bar.lane);
        // Whole pixels: sharp edges, and many times quicker than smoothed ones.
        const at = (ms: number) => Math.round(Math.min(width, Math.max(gutter - 2, xOf(ms, view, gutter, plot))));
        const [from, work, to] = [at(fromMs), at(bar.waitEndMs * band.scale), at(toMs)];
        const end = Math.max(to, work + 1);
        if (end <= (drawnTo[bar.lane] ?? Number.NEGATIVE_INFINITY)) continue;
        drawnTo[bar.lane] = end;
        if (work > from) paper.fill(from, box.y, work - from, box.height, { color: inks.phases.wait });
        const color = inks.phases[bar.phase];
        const length = end - work > 3 ? end - work - 1 : end - work;
        paper.fill(work, box.y, length, box.height, { color });
        if (band === predicted && length >= OUTLINED_FROM) outlined.push({ x: work, length, ...box, color });
      }
      if (band !== predicted) return;
      // One sheet of lines in the paper's colour over the whole band hatches all its bars at once.
      const color = rank === marks.rank ? look.raised : look.screen;
      const { y } = laneBox(scene, band, row, 0);
      paper.fill(gutter, y, plot, band.height, { color, hatched: true });
      for (const bar of outlined) outline(paper, bar);
    });
  }
}

interface OutlinedBar {
  readonly x: number;
  readonly y: number;
  readonly length: number;
  readonly height: number;
  readonly color: string;
}

function outline(paper: Paper, { x, y, length, height, color }: OutlinedBar): void {
  paper.fill(x, y, length, 1, { color });
  paper.fill(x, y + height - 1, length, 1, { color });
  paper.fill(x, y, 1, height, { color });
  paper.fill(x + length - 1, y, 1, height, { color });
}

function drawSelection(paper: Paper, { scene, view, width, gutter, look }: ScheduleSheet, selection: TimeWindow): void {
  const plot = width - gutter;
  const from = xOf(selection.fromMs, view, gutter, plot);
  const to = xOf(selection.toMs, view, gutter, plot);
  paper.fill(from, scene.axisHeight, to - from, scene.height, { color: `${look.accent}22` });
  for (const x of [from, to])
    paper.line([[x, scene.axisHeight], [x, scene.height]], { color: look.accent }); // biome-ignore format: two points
}

function drawPointed(paper: Paper, sheet: ScheduleSheet): void {
  const { scene, view, width, gutter, look, marks } = sheet;
  const plot = width - gutter;
  const mark = ({ bar, basis }: PlacedBar, color: string, weight: number) => {
    const band = bandOf(scene, basis);
    if (band === undefined) return null;
    const box = barBox(scene, band, bar, view, gutter, plot);
    paper.frame(box.x - 1, box.y - 1, box.width + 2, box.height + 2, { color, width: weight });
    return box;
  };
  if (marks.pointed === null) return;
  if (marks.twin !== null) mark(marks.twin, look.ink2, 1);
  const target = mark(marks.pointed, look.ink, 2);
  const band = bandOf(scene, marks.pointed.basis);
  if (target === null || band === undefined) return;
  for (const need of marks.needs) {
    const source = mark(need, look.accent, 1.5);
    if (source === null) continue;
    drawArrow(paper, look.accent, endOf(source, need, band, sheet), [
      Math.min(target.x + target.width, xOf(marks.pointed.bar.waitEndMs * band.scale, view, gutter, plot)),
      target.y + target.height / 2,
    ]);
  }
}

type Point = readonly [x: number, y: number];

function endOf(
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  need: PlacedBar,
  band: Band,
  { view, width, gutter }: ScheduleSheet,
): Point {
  return [xOf(need.bar.endMs * band.scale, view, gutter, width - gutter), box.y + box.height / 2];
}

/** Out, down and in: right angles stay readable over many bars. */
function drawArrow(paper: Paper, color: string, [fromX, fromY]: Point, [toX, toY]: Point): void {
  const elbow = toX - fromX > 12 ? (fromX + toX) / 2 : Math.max(fromX, toX) + 6;
  const path: readonly Point[] = [
    [fromX, fromY],
    [elbow, fromY],
    [elbow, toY],
    [toX, toY],
  ];
  const way = elbow > toX ? 1 : -1;
  const head: readonly Point[] = [
    [toX + 5 * way, toY - 3.5],
    [toX, toY],
    [toX + 5 * way, toY + 3.5],
  ];
  paper.line(path, { color, width: 1.5 });
  paper.line(head, { color, width: 1.5 });
}

function drawName(paper: Paper, { scene, gutter, look, words, marks }: ScheduleSheet, rank: number, row: number): void {
  const top = rowTop(scene, row);
  const middle = top + scene.rowHeight / 2;
  const inks = look.ofRank(rank);
  const left = gutter < WIDE_GUTTER ? 6 : 10;
  drawSwatch(paper, rank, inks, left, middle - 6, 12);
  const lettering = { color: look.ink, size: look.letters + 1, bold: marks.rank === rank };
  paper.text(left + 18, middle + look.letters * 0.36, words.rank(rank), lettering);
  for (const band of scene.bands) {
    const share = band.shares.ranks[row]?.compute ?? 0;
    const height = scene.bands.length === 1 ? scene.rowHeight - 2 * band.top : Math.max(band.height, look.letters);
    paper.text(gutter - 6, top + band.top + height / 2 + look.letters * 0.36, words.share(share), {
      color: look.ink2,
      size: look.letters,
      anchor: 'end',
    });
  }
}

/** The mark by which a rank is known: its hue, in its pattern. */
function drawSwatch(paper: Paper, rank: number, { ink, pale }: RankInk, x: number, y: number, side: number): void {
  const pattern = rankPatternName(rank);
  paper.fill(x, y, side, side, { color: pattern === 'plain' ? ink : pale });
  if (pattern === 'diagonal') paper.fill(x, y, side, side, { color: ink, hatched: true });
  if (pattern === 'bars') for (let at = 0; at < side; at += 6) paper.fill(x + at, y, 3, side, { color: ink });
  if (pattern === 'dots')
    for (let at = 0; at < side; at += 6)
      for (let down = 0; down < side; down += 6) paper.fill(x + at + 1.5, y + down + 1.5, 3, 3, { color: ink });
}
