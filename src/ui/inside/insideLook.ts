// The colours of the Inside view's pictures, read from the theme: one hue for shares, two for values of either sign. Both are told apart by
// lightness too, and by everyone.

import { themeColor } from '../charts/themeColor';
import { concreteColor } from '../pictures/concreteColor';
import { readLook, type ScheduleLook } from '../schedule/scheduleLook';

type Rgb = readonly [red: number, green: number, blue: number];

export interface InsideLook extends ScheduleLook {
  /** Of 0 to 1. */
  readonly ofShare: (share: number) => Rgb;
  /** Of -1 to 1. */
  readonly ofSigned: (value: number) => Rgb;
  /** A cell with a value that is not finite. */
  readonly broken: Rgb;
}

function parse(hex: string): Rgb {
  const part = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16) || 0;
  return [part(1), part(3), part(5)];
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const at = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * share);
  return [at(0), at(1), at(2)];
}

export function cssColor([red, green, blue]: Rgb): string {
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

export function insideLook(near: HTMLElement): InsideLook {
  const color = (property: string) => parse(concreteColor(themeColor(near, property)));
  const [paper, cold, warm] = [color('--screen'), color('--pen-validation'), color('--pen-train')];
  return {
    ...readLook(near),
    ofShare: (share) => mix(paper, cold, Math.sqrt(Math.max(0, Math.min(1, share)))),
    ofSigned: (value) => mix(paper, value < 0 ? cold : warm, Math.sqrt(Math.min(1, Math.abs(value)))),
    broken: color('--memory-8'),
  };
}

export interface Cells {
  readonly rows: number;
  readonly columns: number;
  readonly colorOf: (row: number, column: number) => Rgb;
}

/** A pixel a cell, to be laid down without smoothing: thousands of cells are one image. */
export function cellBitmap({ rows, columns, colorOf }: Cells): OffscreenCanvas {
  const bitmap = new OffscreenCanvas(columns, rows);
  const context = bitmap.getContext('2d');
  if (context === null) return bitmap;
  const image = context.createImageData(columns, rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      image.data.set([...colorOf(row, column), 255], 4 * (row * columns + column));
  context.putImageData(image, 0, 0);
  return bitmap;
}
