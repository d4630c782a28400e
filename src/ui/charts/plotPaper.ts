// The paper that curves are drawn on: axes, graticule, and baselines with their labels. Drawing only.

import type uPlot from 'uplot';
import { fineTicks, linearTicks, logTicks } from './ticks';

export interface Baseline {
  readonly label: string;
  readonly value: number;
  readonly dash: readonly number[];
}

interface AxisFormats {
  readonly x: (value: number) => string;
  readonly y: (value: number) => string;
}

const X_TICK_PX = 80;
const Y_TICK_PX = 32;

export function axisOptions(
  style: CSSStyleDeclaration,
  color: (property: string) => string,
  log: boolean,
  formats: AxisFormats,
): uPlot.Axis[] {
  const shared = {
    stroke: color('--ink-2'),
    font: axisFont(style),
    grid: { stroke: color('--grid'), width: 1 },
    ticks: { stroke: color('--line-strong'), width: 1, size: 4 },
  };
  return [
    {
      ...shared,
      size: 26,
      gap: 4,
      splits: (plot, _axis, min, max) =>
        linearTicks(min, max, plot.bbox.width / devicePixelRatio / X_TICK_PX).filter(Number.isInteger),
      values: (_, splits) => splits.map(formats.x),
    },
    {
      ...shared,
      size: 52,
      gap: 5,
      splits: (plot, _axis, min, max) => yTicks(plot, min, max, log),
      values: (_, splits) => splits.map((value) => (value === null ? '' : formats.y(value))),
      // uPlot leaves out log splits by itself; ours are few already.
      filter: (_, splits) => [...splits],
    },
  ];
}

/** Room right of the paper for `label` below its right edge: half of it stands out. In CSS pixels. */
export function rightMargin({ ctx }: uPlot, style: CSSStyleDeclaration, label: string): number {
  ctx.save();
  ctx.font = axisFont(style);
  const { width } = ctx.measureText(label);
  ctx.restore();
  return Math.max(12, Math.ceil(width / 2) + 3);
}

function yTicks(plot: uPlot, min: number, max: number, log: boolean): number[] {
  return log ? logTicks(min, max) : linearTicks(min, max, plot.bbox.height / devicePixelRatio / Y_TICK_PX);
}

/** Fine lines between the ruled ones, as on chart paper. */
export function drawFineGrid(plot: uPlot, stroke: string, log: boolean): void {
  const { ctx, bbox } = plot;
  const { min: xMin, max: xMax } = plot.scales['x'] ?? {};
  const { min: yMin, max: yMax } = plot.scales['y'] ?? {};
  if (xMin == null || xMax == null || yMin == null || yMax == null) return;
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  const half = (ctx.lineWidth % 2) / 2;
  for (const x of fineTicks(linearTicks(xMin, xMax, bbox.width / devicePixelRatio / X_TICK_PX), xMin, xMax)) {
    const at = Math.round(plot.valToPos(x, 'x', true)) + half;
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
  }
  if (!log) {
    for (const y of fineTicks(yTicks(plot, yMin, yMax, false), yMin, yMax)) {
      const at = Math.round(plot.valToPos(y, 'y', true)) + half;
      ctx.moveTo(bbox.left, at);
      ctx.lineTo(bbox.left + bbox.width, at);
    }
  }
  ctx.stroke();
  ctx.restore();
}

/** Horizontal reference lines, each named on the line. */
export function drawBaselines(plot: uPlot, baselines: readonly Baseline[], color: (property: string) => string): void {
  const { ctx, bbox } = plot;
  const { min, max } = plot.scales['y'] ?? {};
  ctx.save();
  ctx.strokeStyle = color('--line-strong');
  ctx.strokeRect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.strokeStyle = color('--ink-3');
  ctx.lineWidth = devicePixelRatio;
  ctx.font = `${axisFontPx() * devicePixelRatio}px ${getComputedStyle(plot.root).getPropertyValue('--sans') || 'sans-serif'}`;
  ctx.textBaseline = 'bottom';
  ctx.textAlign = 'right';
  let lastLabelAt = Number.NEGATIVE_INFINITY;
  for (const { label, value, dash } of [...baselines].sort((a, b) => b.value - a.value)) {
    if (min == null || max == null || value < min || value > max) continue;
    const y = Math.round(plot.valToPos(value, 'y', true)) + 0.5;
    ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    if (y - lastLabelAt < 13 * devicePixelRatio) continue;
    lastLabelAt = y;
    const right = bbox.left + bbox.width - 6 * devicePixelRatio;
    const { width } = ctx.measureText(label);
    ctx.fillStyle = color('--screen');
    ctx.globalAlpha = 0.8;
    ctx.fillRect(
      right - width - 3 * devicePixelRatio,
      y - 14 * devicePixelRatio,
      width + 6 * devicePixelRatio,
      13 * devicePixelRatio,
    );
    ctx.globalAlpha = 1;
    ctx.fillStyle = color('--ink-2');
    ctx.fillText(label, right, y - 1.5 * devicePixelRatio);
  }
  ctx.restore();
}

/** The curves and, where they are near, the baselines; never an empty range. */
export function yRange(
  min: number | null,
  max: number | null,
  baselines: readonly Baseline[],
  log: boolean,
): [number, number] {
  const marks = baselines.map(({ value }) => value);
  let low = min ?? (marks.length === 0 ? 0 : Math.min(...marks));
  let high = max ?? (marks.length === 0 ? 1 : Math.max(...marks));
  // A baseline up to a curve's height away is worth its room.
  const reach = Math.max(high - low, 0.5);
  for (const mark of marks) {
    if (mark < low && low - mark < reach) low = mark;
    if (mark > high && mark - high < reach) high = mark;
  }
  if (high - low < 1e-9 * Math.max(1, Math.abs(high))) {
    const room = Math.abs(high) * 0.1 || 1;
    low -= room;
    high += room;
  }
  if (log && low > 0) return [low / 1.05, high * 1.05];
  const margin = (high - low) * 0.06;
  return [low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin];
}

function axisFont(style: CSSStyleDeclaration): string {
  return `${axisFontPx()}px ${style.getPropertyValue('--sans') || 'sans-serif'}`;
}

/** Canvas text follows the page's own size, which grows on very large screens. */
function axisFontPx(): number {
  return Math.round(0.85 * Number.parseFloat(getComputedStyle(document.documentElement).fontSize));
}
