// Draws the tiles of a model on paper: a canvas of the page or a file. It measures nothing and knows no store.

import { rankPatternName } from '../mesh/rankLook';
import type { Ink, Paper } from '../pictures/paper';
import type { ScheduleLook } from '../schedule/scheduleLook';
import type { TileScene } from './tileLayout';
import type { MovingPiece } from './tileMorph';

export interface TileMarks {
  /** Place in `tiles`, or null. */
  readonly tile: number | null;
  readonly rank: number | null;
  /** Names of the tensors that the action pointed at carries or computes with. */
  readonly touched: ReadonlySet<string>;
}

export interface TileSheet {
  readonly scene: TileScene;
  readonly pieces: readonly MovingPiece[];
  readonly look: ScheduleLook;
  readonly marks: TileMarks;
  readonly words: {
    readonly layer: (layer: number) => string;
    readonly stage: (stage: number) => string;
    readonly embedding: string;
    readonly head: string;
  };
}

/** Below this a piece has no room for its texture. */
const SMALLEST_TEXTURE = 2.5;
const LETTERS = 10.5;

export function drawTiles(paper: Paper, { scene, pieces, look, marks, words }: TileSheet): void {
  const inks = new Map<number, { readonly full: Ink; readonly plain: Ink; readonly pale: Ink }>();
  const inkOf = (rank: number) => {
    const known = inks.get(rank);
    if (known !== undefined) return known;
    const { ink, pale } = look.ofRank(rank);
    const pattern = rankPatternName(rank);
    const full: Ink = pattern === 'plain' ? { color: ink } : { color: ink, texture: { pattern, pale } };
    const made = { full, plain: { color: ink }, pale: { color: pale } };
    inks.set(rank, made);
    return made;
  };
  for (const { x, y, width, height } of scene.tiles) paper.fill(x, y, width, height, { color: look.grid });
  for (const { x, y, width, height, rank, presence } of pieces) {
    const ink = inkOf(rank);
    const other = (marks.rank !== null && marks.rank !== rank) || presence < 0.5;
    const small = Math.min(width, height) < SMALLEST_TEXTURE;
    paper.fill(x, y, width, height, other ? ink.pale : small ? ink.plain : ink.full);
    // Neighbours of one copy are told apart by a hair line.
    if (!small && width > 5 && height > 5) paper.frame(x, y, width, height, { color: look.screen, width: 0.5 });
  }
  drawLabels(paper, scene, look, marks, words);
  for (const { tensor, x, y, width, height } of scene.tiles)
    if (marks.touched.has(tensor.name))
      paper.frame(x - 0.5, y - 0.5, width + 1, height + 1, { color: look.ink, width: 1 });
  const marked = marks.tile === null ? undefined : scene.tiles[marks.tile];
  if (marked !== undefined) {
    const { x, y, width, height } = marked;
    paper.frame(x - 1.5, y - 1.5, width + 3, height + 3, { color: look.ink, width: 2 });
  }
}

function drawLabels(
  paper: Paper,
  scene: TileScene,
  look: ScheduleLook,
  marks: TileMarks,
  words: TileSheet['words'],
): void {
  const { rows, columns, stages, gutter, tiles } = scene;
  const marked = marks.tile === null ? undefined : tiles[marks.tile];
  const narrow = gutter < 100;
  for (const { name, y, height } of rows) {
    const bold = marked?.tensor.row === name && marked.tensor.layer !== null;
    const text = narrow ? shortName(name) : name;
    if (text === '' || (narrow && height < LETTERS)) continue;
    paper.text(gutter - 8, y + height / 2 + 3.5, text, {
      color: bold ? look.ink : look.ink2,
      size: LETTERS,
      bold,
      anchor: 'end',
    });
  }
  for (const { layer, x, width } of columns) {
    if (width < 13 && layer % Math.ceil(16 / width) !== 0) continue;
    const bold = marked?.tensor.layer === layer;
    paper.text(x + width / 2, 31, words.layer(layer), {
      color: bold ? look.ink : look.ink2,
      size: LETTERS,
      bold,
      anchor: 'middle',
    });
  }
  for (const { stage, rank, x, width } of stages) {
    paper.fill(x, 3, width, 3, { color: look.ofRank(rank).ink });
    if (width > 46) paper.text(x, 17, words.stage(stage), { color: look.ink2, size: LETTERS });
  }
  const ends = tiles.filter(({ tensor, row }) => tensor.layer === null && row === 0);
  for (const { x, width, tensor } of ends) {
    const before = columns.length === 0 || x < columns[0].x;
    if (tensor.slices.length === 0) continue;
    paper.text(x + width / 2, 31, before ? words.embedding : words.head, {
      color: look.ink2,
      size: LETTERS,
      anchor: 'middle',
    });
  }
}

/** `attn.c_attn.weight` is `c_attn` where there is little room. */
function shortName(name: string): string {
  const parts = name.split('.');
  const last = parts.at(-1);
  return last === 'weight' || last === 'bias' || last === 'y' || last === 'pre' ? (parts.at(-2) ?? name) : name;
}
