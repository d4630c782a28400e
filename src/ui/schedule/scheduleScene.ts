// Where the bars of one or two accounts of a step lie on paper: a row a rank, in it the prediction above the measurement, on one axis.
// Pure geometry in CSS pixels and milliseconds of the axis; drawSchedule.ts draws it.

import type { TraceEvent } from '../../core/meshRecords';
import type { StepPlan } from '../../parallel/stepPlan';
import { type StepShares, stepShares } from '../../parallel/stepShares';
import { layoutTrace, type TraceBar, type TraceLayout } from '../../parallel/traceLayout';
import type { TimeWindow } from './timeWindow';

export const bases = ['predicted', 'measured'] as const;
export type Basis = (typeof bases)[number];

/** One account of the step. */
export interface Band {
  readonly basis: Basis;
  readonly layout: TraceLayout;
  readonly shares: StepShares;
  /** Milliseconds of the axis for one of its own. */
  readonly scale: number;
  readonly top: number;
  readonly height: number;
}

export interface ScheduleScene {
  readonly ranks: readonly number[];
  readonly bands: readonly Band[];
  /** Of the axis. */
  readonly spanMs: number;
  readonly axisHeight: number;
  readonly rowHeight: number;
  readonly workHeight: number;
  readonly laneHeight: number;
  readonly height: number;
}

/** A bar in the account it is of. */
export interface PlacedBar {
  readonly bar: TraceBar;
  readonly basis: Basis;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const AXIS = 20;
const PAD = 5;
const BAND_GAP = 3;
/** Exchanges on more lanes than these share the last one: a picture of a step is not taller than a page. */
const MAX_LANES = 4;
/** From so many bands on, bars are lower. */
const MANY_BANDS = 18;

export interface SceneInput {
  readonly plan: StepPlan;
  readonly predicted: readonly TraceEvent[] | null;
  readonly measured: readonly TraceEvent[] | null;
  readonly ranks: readonly number[];
  /** The prediction drawn as long as the measurement, to compare their shapes. */
  readonly fitted: boolean;
}

export function makeScene({ plan, predicted, measured, ranks, fitted }: SceneInput): ScheduleScene {
  const accounts = [
    { basis: 'predicted', events: predicted },
    { basis: 'measured', events: measured },
  ] as const;
  const drawn = accounts.flatMap(({ basis, events }) =>
    events === null || events.length === 0
      ? []
      : [{ basis, layout: layoutTrace(plan, events, ranks), shares: stepShares(plan, events, ranks) }],
  );
  const dense = drawn.length * ranks.length > MANY_BANDS;
  const workHeight = dense ? 9 : 14;
  const laneHeight = dense ? 3 : 5;
  const longest = drawn.reduce((most, { layout }) => Math.max(most, layout.spanMs), 0);
  const measuredSpan = drawn.find(({ basis }) => basis === 'measured')?.layout.spanMs ?? longest;
  let top = PAD;
  const bands = drawn.map(({ basis, layout, shares }): Band => {
    const height = workHeight + Math.min(MAX_LANES, layout.lanes - 1) * (laneHeight + 1);
    const scale = fitted && layout.spanMs > 0 ? measuredSpan / layout.spanMs : 1;
    const band = { basis, layout, shares, scale, top, height };
    top += height + BAND_GAP;
    return band;
  });
  const rowHeight = Math.max(24, top - BAND_GAP + PAD);
  const spanMs = bands.reduce((most, { layout, scale }) => Math.max(most, layout.spanMs * scale), 0);
  const height = AXIS + rowHeight * ranks.length;
  return { ranks, bands, spanMs, axisHeight: AXIS, rowHeight, workHeight, laneHeight, height };
}

export function rowTop(scene: ScheduleScene, row: number): number {
  return scene.axisHeight + row * scene.rowHeight;
}

export function xOf(ms: number, { fromMs, toMs }: TimeWindow, left: number, width: number): number {
  return left + ((ms - fromMs) / (toMs - fromMs)) * width;
}

/** The bar's time on the axis. */
export function barTime({ scale }: Band, { startMs, endMs }: TraceBar): TimeWindow {
  return { fromMs: startMs * scale, toMs: endMs * scale };
}

export function laneBox(scene: ScheduleScene, band: Band, row: number, lane: number): Pick<Box, 'y' | 'height'> {
  const y = rowTop(scene, row) + band.top;
  if (lane === 0) return { y, height: scene.workHeight };
  const below = Math.min(MAX_LANES, lane) - 1;
  return { y: y + scene.workHeight + 1 + below * (scene.laneHeight + 1), height: scene.laneHeight };
}

export function barBox(
  scene: ScheduleScene,
  band: Band,
  bar: TraceBar,
  view: TimeWindow,
  left: number,
  width: number,
): Box {
  const { fromMs, toMs } = barTime(band, bar);
  const x = xOf(fromMs, view, left, width);
  const row = scene.ranks.indexOf(bar.rank);
  return { x, width: Math.max(1, xOf(toMs, view, left, width) - x), ...laneBox(scene, band, row, bar.lane) };
}

export function bandOf(scene: ScheduleScene, basis: Basis): Band | undefined {
  return scene.bands.find((band) => band.basis === basis);
}

/** The same action in the account that is asked for, or in whichever has it. */
export function findBar(scene: ScheduleScene, rank: number, index: number, basis: Basis): PlacedBar | null {
  const row = scene.ranks.indexOf(rank);
  for (const band of scene.bands.toSorted((a) => (a.basis === basis ? -1 : 1))) {
    const bar = band.layout.rows[row]?.bars.find((candidate) => candidate.index === index);
    if (bar !== undefined) return { bar, basis: band.basis };
  }
  return null;
}

/** What lies at a point of the paper. A bar is hit within two pixels of it. */
export function hit(
  scene: ScheduleScene,
  view: TimeWindow,
  at: { readonly x: number; readonly y: number },
  left: number,
  width: number,
): { readonly rank: number | null; readonly placed: PlacedBar | null } {
  const row = Math.floor((at.y - scene.axisHeight) / scene.rowHeight);
  const rank = at.y < scene.axisHeight ? undefined : scene.ranks[row];
  if (rank === undefined) return { rank: null, placed: null };
  const slack = ((view.toMs - view.fromMs) / width) * 2;
  const ms = view.fromMs + ((at.x - left) / width) * (view.toMs - view.fromMs);
  let best: PlacedBar | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const band of scene.bands) {
    for (const bar of band.layout.rows[row]?.bars ?? []) {
      const { y, height } = laneBox(scene, band, row, bar.lane);
      if (at.y < y - 1 || at.y > y + height + 1) continue;
      const { fromMs, toMs } = barTime(band, bar);
      const outside = Math.max(fromMs - ms, ms - toMs, 0);
      // Of two on one place, the nearer, then the shorter: long ones can be reached beside it.
      const distance = outside * 1e3 + (toMs - fromMs);
      if (outside > slack || distance >= bestDistance) continue;
      best = { bar, basis: band.basis };
      bestDistance = distance;
    }
  }
  return { rank, placed: best };
}
