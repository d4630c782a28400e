// Draws one head's attention on paper, a canvas of the page or a file: the map with its tokens at the side. It measures nothing and knows no store.

import type { Paper } from '../pictures/paper';
import { type Cells, cssColor, type InsideLook } from './insideLook';
import { shownToken } from './shownToken';

export interface AttentionSheet {
  readonly texts: readonly string[];
  /** [T, T]: row by row, what each token takes. */
  readonly weights: Float32Array;
  readonly look: InsideLook;
  readonly frame: AttentionFrame;
}

/** CSS pixels. */
export interface AttentionFrame {
  readonly left: number;
  readonly top: number;
  readonly cell: number;
  readonly width: number;
  readonly height: number;
}

const LETTERS = 10.5;
const LEFT = 92;
const LARGEST_CELL = 26;
const SMALLEST_LETTERS = 9;
const LEGEND = 30;

export function frameAttention(tokens: number, width: number): AttentionFrame {
  const left = Math.min(LEFT, Math.round(width * 0.26));
  const cell = Math.min(LARGEST_CELL, (width - left - 2) / tokens);
  return { left, top: 4, cell, width, height: Math.ceil(4 + cell * tokens + LEGEND) };
}

export function attentionCells(weights: Float32Array, tokens: number, look: InsideLook): Cells {
  return { rows: tokens, columns: tokens, colorOf: (row, column) => look.ofShare(weights[row * tokens + column]) };
}

/** Every cell by itself: for files. */
export function fillAttention(
  paper: Paper,
  { texts, weights, look, frame: { left, top, cell } }: AttentionSheet,
): void {
  const { rows, columns, colorOf } = attentionCells(weights, texts.length, look);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if (weights[row * columns + column] > 0)
        paper.fill(left + column * cell, top + row * cell, cell, cell, { color: cssColor(colorOf(row, column)) });
}

/** All but the cells: frame, names, marks and the scale. */
export function drawAttentionMarks(
  paper: Paper,
  { texts, look, frame: { left, top, cell } }: AttentionSheet,
  token: number | null,
  other: number | null,
): void {
  const side = texts.length * cell;
  paper.frame(left - 0.5, top - 0.5, side + 1, side + 1, { color: look.line });
  const every = Math.max(1, Math.ceil(SMALLEST_LETTERS / cell));
  for (const [row, text] of texts.entries()) {
    const pointed = row === token;
    if (!pointed && (row % every !== 0 || (token !== null && every > 1 && Math.abs(row - token) < every))) continue;
    paper.text(left - 6, top + (row + 0.5) * cell + 3.5, shownToken(text), {
      color: pointed ? look.ink : look.ink2,
      size: LETTERS,
      bold: pointed,
      anchor: 'end',
    });
  }
  if (token !== null) {
    const mark = { color: look.accent, width: 1.5 };
    paper.frame(left, top + token * cell, side, cell, mark);
    paper.frame(left + token * cell, top, cell, side, { ...mark, dash: [3, 2] });
    if (other !== null)
      paper.frame(left + other * cell - 1, top + token * cell - 1, cell + 2, cell + 2, { color: look.ink, width: 2 });
  }
  drawScale(paper, look, left, top + side + 10, Math.min(160, side));
}

function drawScale(paper: Paper, look: InsideLook, x: number, y: number, width: number): void {
  const parts = 32;
  for (let part = 0; part < parts; part++)
    paper.fill(x + (part * width) / parts, y, width / parts + 0.5, 8, {
      // Even steps of the colour: the share goes by the square.
      color: cssColor(look.ofShare(((part + 0.5) / parts) ** 2)),
    });
  paper.frame(x, y, width, 8, { color: look.line });
  for (const share of [0, 0.25, 1])
    paper.text(x + Math.sqrt(share) * width, y + 18, String(share), {
      color: look.ink2,
      size: LETTERS,
      anchor: share === 0 ? 'start' : share === 1 ? 'end' : 'middle',
    });
}
