// Draws what a rank saw of a tensor on paper: a histogram above, the tensor itself below as at most 128 x 128 cells.

import type { TensorReport } from '../../core/insideRecords';
import type { Paper } from '../pictures/paper';
import { type Cells, cssColor, type InsideLook } from './insideLook';

export const mapKinds = ['greatest', 'mean'] as const;
export type MapKind = (typeof mapKinds)[number];

/** CSS pixels. */
export interface TensorFrame {
  readonly width: number;
  readonly height: number;
  /** Of the map. */
  readonly top: number;
  readonly side: readonly [width: number, height: number];
}

export interface TensorWords {
  readonly minimum: string;
  readonly maximum: string;
}

const HISTOGRAM = 64;
const LABELS = 16;
const LETTERS = 10.5;
const HIGHEST = 220;

export function frameTensor({ map }: TensorReport, width: number): TensorFrame {
  const cell = Math.max(1, Math.min(12, width / map.width));
  const across = Math.min(width, cell * map.width);
  // A vector is one row: it is drawn high enough to be seen.
  const down = map.height === 1 ? 14 : Math.min(HIGHEST, cell * map.height);
  const top = HISTOGRAM + LABELS + 6;
  return { width, height: Math.ceil(top + down + 1), top, side: [across, down] };
}

/** The value of the deepest colour. */
export function cellScale({ map }: TensorReport, kind: MapKind): number {
  // -1 stands for a cell that has no magnitude.
  return map[kind].reduce((most, value, cell) => (map.greatest[cell] < 0 ? most : Math.max(most, Math.abs(value))), 0);
}

export function tensorCells(report: TensorReport, kind: MapKind, look: InsideLook): Cells {
  const { height: rows, width: columns, greatest, mean } = report.map;
  const scale = cellScale(report, kind) || 1;
  return {
    rows,
    columns,
    colorOf: (row, column) => {
      const cell = row * columns + column;
      if (greatest[cell] < 0) return look.broken;
      return kind === 'greatest' ? look.ofShare(greatest[cell] / scale) : look.ofSigned(mean[cell] / scale);
    },
  };
}

/** Every cell by itself: for files. */
export function fillTensor(
  paper: Paper,
  report: TensorReport,
  kind: MapKind,
  look: InsideLook,
  frame: TensorFrame,
): void {
  const { rows, columns, colorOf } = tensorCells(report, kind, look);
  const [width, height] = [frame.side[0] / columns, frame.side[1] / rows];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      paper.fill(column * width, frame.top + row * height, width, height, { color: cssColor(colorOf(row, column)) });
}

/** All but the cells of the map. */
export function drawTensor(
  paper: Paper,
  report: TensorReport,
  look: InsideLook,
  frame: TensorFrame,
  words: TensorWords,
): void {
  const { bins, minimum, maximum } = report;
  const most = bins.reduce((a, b) => Math.max(a, b), 1);
  const step = frame.width / bins.length;
  const color = cssColor(look.ofShare(1));
  for (const [bin, count] of bins.entries()) {
    const high = count === 0 ? 0 : Math.max(1, (HISTOGRAM * count) / most);
    paper.fill(bin * step, HISTOGRAM - high, Math.max(0.5, step - 0.5), high, { color });
  }
  paper.line(
    [
      [0, HISTOGRAM + 0.5],
      [frame.width, HISTOGRAM + 0.5],
    ],
    { color: look.line },
  );
  if (minimum < 0 && maximum > 0) {
    const zero = (-minimum / (maximum - minimum)) * frame.width;
    paper.line(
      [
        [zero, 0],
        [zero, HISTOGRAM],
      ],
      { color: look.ink2, dash: [2, 2] },
    );
  }
  const lettering = { color: look.ink2, size: LETTERS };
  paper.text(0, HISTOGRAM + 13, words.minimum, lettering);
  paper.text(frame.width, HISTOGRAM + 13, words.maximum, { ...lettering, anchor: 'end' });
  paper.frame(0.5, frame.top - 0.5, frame.side[0] - 1, frame.side[1] + 1, { color: look.line });
}
