// A canvas as paper. Hatches are made once a colour; nothing else is kept between pictures.

import type { Ink, Lettering, Paper, Stroke } from './paper';

const HATCH = 5;

export class CanvasPaper implements Paper {
  private readonly hatches = new Map<string, CanvasPattern | string>();

  constructor(
    private readonly ctx: CanvasRenderingContext2D,
    private readonly family: string,
    /** Canvas pixels a CSS pixel. */
    private readonly scale: number,
  ) {}

  fill(x: number, y: number, width: number, height: number, { color, hatched }: Ink): void {
    this.ctx.fillStyle = hatched === true ? this.hatch(color) : color;
    this.ctx.fillRect(x, y, width, height);
  }

  frame(x: number, y: number, width: number, height: number, stroke: Stroke): void {
    this.pen(stroke);
    this.ctx.strokeRect(x, y, width, height);
  }

  line(points: readonly (readonly [x: number, y: number])[], stroke: Stroke): void {
    this.pen(stroke);
    this.ctx.beginPath();
    for (const [x, y] of points) this.ctx.lineTo(x, y);
    this.ctx.stroke();
  }

  text(x: number, y: number, text: string, { color, size, bold, anchor }: Lettering): void {
    this.ctx.font = `${bold === true ? 'bold ' : ''}${size}px ${this.family}`;
    this.ctx.textAlign = anchor === 'middle' ? 'center' : (anchor ?? 'start');
    this.ctx.fillStyle = color;
    this.ctx.fillText(text, x, y);
  }

  within(x: number, y: number, width: number, height: number, draw: () => void): void {
    this.ctx.save();
    this.ctx.beginPath();
    this.ctx.rect(x, y, width, height);
    this.ctx.clip();
    draw();
    this.ctx.restore();
  }

  private pen({ color, width, dash }: Stroke): void {
    this.ctx.strokeStyle = color;
    this.ctx.lineWidth = width ?? 1;
    this.ctx.setLineDash(dash === undefined ? [] : [...dash]);
  }

  private hatch(color: string): CanvasPattern | string {
    const known = this.hatches.get(color);
    if (known !== undefined) return known;
    const side = Math.max(2, Math.round(HATCH * this.scale));
    const tile = new OffscreenCanvas(side, side);
    const ctx = tile.getContext('2d');
    if (ctx === null) return color;
    ctx.strokeStyle = color;
    ctx.lineWidth = 1.5 * this.scale;
    // The corners' lines meet their neighbours'.
    for (const shift of [-side, 0, side]) {
      ctx.beginPath();
      ctx.moveTo(shift - 1, side + 1);
      ctx.lineTo(shift + side + 1, -1);
      ctx.stroke();
    }
    const pattern = this.ctx.createPattern(tile, 'repeat');
    pattern?.setTransform(new DOMMatrix().scale(1 / this.scale));
    const made = pattern ?? color;
    this.hatches.set(color, made);
    return made;
  }
}
