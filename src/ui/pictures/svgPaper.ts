// SVG as paper: writes the text of a file that stands alone. Pure: no document is needed, and colours are the caller's, in sRGB.

import type { Ink, Lettering, Paper, Stroke, Texture } from './paper';

interface SvgPage {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly background: string;
  /** Font families, as CSS names them. */
  readonly family: string;
}

const HATCH = 5;

export class SvgPaper implements Paper {
  private readonly body: string[] = [];
  private readonly definitions: string[] = [];
  private readonly hatches = new Map<string, string>();
  private clips = 0;

  constructor(private readonly page: SvgPage) {}

  fill(x: number, y: number, width: number, height: number, { color, hatched, texture }: Ink): void {
    const url = texture !== undefined ? this.textured(color, texture) : hatched === true ? this.hatch(color) : null;
    const ink = url === null ? color : `url(#${url})`;
    this.put('rect', { ...box(x, y, width, height), fill: ink });
  }

  frame(x: number, y: number, width: number, height: number, stroke: Stroke): void {
    this.put('rect', { ...box(x, y, width, height), fill: 'none', ...pen(stroke) });
  }

  line(points: readonly (readonly [x: number, y: number])[], stroke: Stroke): void {
    const corners = points.map(([x, y]) => `${short(x)},${short(y)}`).join(' ');
    this.put('polyline', { points: corners, fill: 'none', ...pen(stroke) });
  }

  text(x: number, y: number, text: string, { color, size, bold, anchor }: Lettering): void {
    const look = { 'font-size': short(size), 'text-anchor': anchor, 'font-weight': bold === true ? 'bold' : undefined };
    const attributes = attributesText({ x: short(x), y: short(y), fill: color, ...look });
    this.body.push(`<text${attributes}>${escapeXml(text)}</text>`);
  }

  within(x: number, y: number, width: number, height: number, draw: () => void): void {
    const id = `clip${this.clips++}`;
    this.definitions.push(`<clipPath id="${id}"><rect${attributesText(box(x, y, width, height))}/></clipPath>`);
    this.body.push(`<g clip-path="url(#${id})">`);
    draw();
    this.body.push('</g>');
  }

  /** The whole file. */
  file(): string {
    const { width, height, title, background, family } = this.page;
    const size = { width: short(width), height: short(height), viewBox: `0 0 ${short(width)} ${short(height)}` };
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<svg${attributesText({ xmlns: 'http://www.w3.org/2000/svg', ...size, 'font-family': family })}>`,
      `<title>${escapeXml(title)}</title>`,
      ...(this.definitions.length === 0 ? [] : ['<defs>', ...this.definitions, '</defs>']),
      `<rect${attributesText({ ...box(0, 0, width, height), fill: background })}/>`,
      ...this.body,
      '</svg>',
      '',
    ].join('\n');
  }

  private put(name: string, attributes: Readonly<Record<string, string | undefined>>): void {
    this.body.push(`<${name}${attributesText(attributes)}/>`);
  }

  private textured(color: string, { pattern, pale }: Texture): string {
    const key = `${pattern} ${color} ${pale}`;
    const known = this.hatches.get(key);
    if (known !== undefined) return known;
    const id = `texture${this.hatches.size}`;
    this.hatches.set(key, id);
    const marks = {
      bars: `<rect${attributesText({ width: '3', height: '6', fill: color })}/>`,
      dots: `<circle${attributesText({ cx: '3', cy: '3', r: '2', fill: color })}/>`,
      diagonal: `<path${attributesText({ d: 'M-6,12L12,-6M-12,12L6,-6M0,12L18,-6', stroke: color, 'stroke-width': '2.1' })}/>`,
    };
    const paper = `<rect${attributesText({ width: '6', height: '6', fill: pale })}/>`;
    this.definitions.push(
      `<pattern id="${id}" width="6" height="6" patternUnits="userSpaceOnUse">${paper}${marks[pattern]}</pattern>`,
    );
    return id;
  }

  private hatch(color: string): string {
    const known = this.hatches.get(color);
    if (known !== undefined) return known;
    const id = `hatch${this.hatches.size}`;
    this.hatches.set(color, id);
    const lines = [-HATCH, 0, HATCH].map((shift) => `M${shift - 1},${HATCH + 1}L${shift + HATCH + 1},-1`).join('');
    this.definitions.push(
      `<pattern id="${id}" width="${HATCH}" height="${HATCH}" patternUnits="userSpaceOnUse"><path d="${lines}"${attributesText({ stroke: color, 'stroke-width': '1.5' })}/></pattern>`,
    );
    return id;
  }
}

export function escapeXml(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // XML 1.0 has no way to write these, nor half a character.
      .replace(/\p{Surrogate}/gu, '')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
  );
}

function attributesText(attributes: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escapeXml(value)}"`))
    .join('');
}

function box(x: number, y: number, width: number, height: number): Readonly<Record<string, string>> {
  return { x: short(x), y: short(y), width: short(Math.max(0, width)), height: short(Math.max(0, height)) };
}

function pen({ color, width = 1, dash }: Stroke): Readonly<Record<string, string | undefined>> {
  const dashes = dash === undefined || dash.length === 0 ? undefined : dash.join(' ');
  return { stroke: color, 'stroke-width': short(width), 'stroke-dasharray': dashes };
}

function short(length: number): string {
  return String(Math.round(length * 100) / 100);
}
