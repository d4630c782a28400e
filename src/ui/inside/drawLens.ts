// The logit lens as a file: layers from the output down, a column a token.

import type { Inspection } from '../../core/insideRecords';
import { lensRow } from '../../core/inspectionRows';
import { SvgPaper } from '../pictures/svgPaper';
import { cssColor, insideLook } from './insideLook';
import { shownToken } from './shownToken';

const LETTERS = 11;
const CELL = 74;
const LINE = 20;
const GUTTER = 118;

/** Under letters the tint stays as pale as on the page. */
const DEEPEST = 0.45;

export function lensSvg(
  inspection: Inspection,
  near: HTMLElement,
  title: string,
  nameOf: (layer: number) => string,
): string {
  const { texts, layers } = inspection;
  const look = insideLook(near);
  const width = GUTTER + texts.length * CELL + 8;
  const height = (layers + 2) * LINE + 12;
  const paper = new SvgPaper({ width, height, title, background: look.screen, family: look.family });
  const lettering = { size: LETTERS, anchor: 'middle' } as const;
  for (const [position, text] of texts.entries())
    paper.text(GUTTER + (position + 0.5) * CELL, 15, shownToken(text), { ...lettering, color: look.ink2 });
  for (let layer = layers; layer >= 0; layer--) {
    const y = (layers - layer + 1) * LINE + 4;
    paper.text(4, y + 14, nameOf(layer), { size: LETTERS, color: look.ink2 });
    for (let position = 0; position < texts.length; position++) {
      const best = lensRow(inspection, layer, position)?.top[0];
      if (best === undefined) continue;
      const x = GUTTER + position * CELL;
      // ofShare takes the root itself: the depth is that of the page's tint.
      paper.fill(x, y, CELL - 1, LINE - 1, { color: cssColor(look.ofShare(best.probability * DEEPEST ** 2)) });
      paper.text(x + CELL / 2, y + 14, shownToken(best.text), { ...lettering, color: look.ink });
    }
  }
  return paper.file();
}
