// A chart as a picture by itself: what is on its canvas, with a title and legend above, on the theme's own paper. Saving is PictureTools'.

import type uPlot from 'uplot';
import { themeColor } from './themeColor';

export interface LegendEntry {
  readonly text: string;
  /** A custom property of the theme. */
  readonly color: string;
  readonly dash: readonly number[];
}

export function chartCanvas(plot: uPlot, title: string, legend: readonly LegendEntry[]): HTMLCanvasElement | null {
  const source = plot.ctx.canvas;
  const scale = devicePixelRatio;
  const head = 34 * scale;
  const canvas = document.createElement('canvas');
  canvas.width = source.width;
  canvas.height = source.height + head;
  const ctx = canvas.getContext('2d');
  if (ctx === null) return null;
  const style = getComputedStyle(plot.root);
  ctx.fillStyle = getComputedStyle(plot.root.parentElement ?? plot.root).backgroundColor;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.drawImage(source, 0, head);
  const sans = style.getPropertyValue('--sans') || 'sans-serif';
  ctx.textBaseline = 'middle';
  ctx.fillStyle = style.color;
  ctx.font = `bold ${13 * scale}px ${sans}`;
  let x = 12 * scale;
  const y = head / 2;
  ctx.fillText(title, x, y);
  x += ctx.measureText(title).width + 24 * scale;
  ctx.font = `${12 * scale}px ${sans}`;
  for (const { text, color, dash } of legend) {
    ctx.strokeStyle = themeColor(plot.root, color);
    ctx.lineWidth = 2 * scale;
    ctx.setLineDash(dash.map((length) => length * scale));
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x + 18 * scale, y);
    ctx.stroke();
    x += 24 * scale;
    ctx.fillText(text, x, y);
    x += ctx.measureText(text).width + 18 * scale;
  }
  return canvas;
}
