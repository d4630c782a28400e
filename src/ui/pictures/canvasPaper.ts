// A canvas as paper. Hatches are made once a colour; nothing else is kept between pictures.

import type { Ink, Lettering, Paper, Stroke, Texture } from './paper';

const HATCH = 5;
const TEXTURE = 6;
const STRIP_FROM = 100;
const MAX_STRIPS = 8;

export class CanvasPaper implements Paper {
  private readonly hatches = new Map<string, CanvasPattern | string>();
  private readonly strips = new Map<string, OffscreenCanvas>();

  constructor(
    private readonly ctx: CanvasRenderingContext2D,
    private readonly family: string,
    /** Canvas pixels a CSS pixel. */
    readonly scale: number,
  ) {}

  fill(x: number, y: number, width: number, height: number, { color, hatched, texture }: Ink): void {
    if (hatched === true && width >= STRIP_FROM) {
      this.ctx.drawImage(this.strip(color, width, height), x, y, width, height);
      return;
    }
    this.ctx.fillStyle =
      texture !== undefined ? this.textured(color, texture) : hatched === true ? this.hatch(color) : color;
    this.ctx.fillRect(x, y, width, height);
  }

  /** A broad hatch as an image: laying it down again is many times quicker than a pattern. */
  private strip(color: string, width: number, height: number): OffscreenCanvas {
    const key = `${color} ${width} ${height}`;
    const known = this.strips.get(key);
    if (known !== undefined) return known;
    const strip = new OffscreenCanvas(
      Math.max(1, Math.round(width * this.scale)),
      Math.max(1, Math.round(height * this.scale)),
    );
    const ctx = strip.getContext('2d', { willReadFrequently: true });
    if (ctx !== null) {
      ctx.scale(this.scale, this.scale);
      ctx.fillStyle = this.hatch(color);
      ctx.fillRect(0, 0, width, height);
    }
    // Sizes change with the window's width, not while a picture is moved.
    if (this.strips.size >= MAX_STRIPS) this.strips.clear();
    this.strips.set(key, strip);
    return strip;
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

  private textured(color: string, { pattern, pale }: Texture): CanvasPattern | string {
    const key = `${pattern} ${color} ${pale}`;
    const known = this.hatches.get(key);
    if (known !== undefined) return known;
    const side = Math.round(TEXTURE * this.scale);
    const tile = new OffscreenCanvas(side, side);
    const ctx = tile.getContext('2d');
    if (ctx === null) return color;
    ctx.fillStyle = pale;
    ctx.fillRect(0, 0, side, side);
    ctx.fillStyle = color;
    ctx.strokeStyle = color;
    ctx.beginPath();
    if (pattern === 'bars') ctx.rect(0, 0, side / 2, side);
    else if (pattern === 'dots') ctx.arc(side / 2, side / 2, side / 3, 0, 2 * Math.PI);
    ctx.fill();
    if (pattern === 'diagonal') {
      ctx.lineWidth = side * Math.SQRT1_2 * 0.5;
      for (const shift of [-side, 0, side]) {
        ctx.moveTo(shift - side, 2 * side);
        ctx.lineTo(shift + 2 * side, -side);
      }
      ctx.stroke();
    }
    const made = ctx.createPattern(tile, 'repeat') ?? color;
    if (made instanceof CanvasPattern) made.setTransform(new DOMMatrix().scale(TEXTURE / side));
    this.hatches.set(key, made);
    return made;
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
