// Where the tiles of the model are drawn: rows are the kinds of tensor in order of the model, columns its layers, with embedding and head aside.
// A tile shows its copies as small tiles of their own, with gaps; what is divided is one tile, without. Pure: lengths are CSS pixels.

import type { MappedTensor, TensorMap, TensorSlice } from '../../planner/tensorMap';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Tile extends Box {
  readonly tensor: MappedTensor;
  /** Place in the grid, for arrow keys: columns from embedding to head, rows from the top. */
  readonly column: number;
  readonly row: number;
}

/** A rectangle of one rank. */
export interface TilePiece extends Box {
  /** The same tensor and rank on another mesh has the same key. */
  readonly key: string;
  readonly tile: number;
  readonly rank: number;
}

export interface TileRow {
  readonly name: string;
  readonly y: number;
  readonly height: number;
}

export interface TileColumn {
  readonly layer: number;
  readonly x: number;
  readonly width: number;
}

/** A run of layers on one pipeline rank. */
export interface StageMark {
  readonly stage: number;
  /** The first of the ranks that hold it. */
  readonly rank: number;
  readonly x: number;
  readonly width: number;
}

export interface TileScene {
  readonly width: number;
  readonly height: number;
  readonly gutter: number;
  readonly map: TensorMap;
  readonly tiles: readonly Tile[];
  readonly pieces: readonly TilePiece[];
  readonly rows: readonly TileRow[];
  readonly columns: readonly TileColumn[];
  readonly stages: readonly StageMark[];
}

const HEAD = 36;
const PAD = 10;
const ROW_GAP = 4;
const STAGE_GAP = 7;
const WIDE = 520;
const WIDEST_COLUMN = 150;
const NARROWEST_COLUMN = 5;
/** Of the room, at most, for embedding and for head. */
const ASIDE = 0.13;
const embeddings = new Set(['wte.weight', 'wpe.weight', 'embed_tokens.weight']);
/** Rows of few values a token or a channel. */
const THIN = 10;
const THICK = 25;

export function layoutTiles(map: TensorMap, width: number): TileScene {
  const gutter = width < WIDE ? 62 : 124;
  const { tensors, layout } = map;
  const layers = layout.stages.reduce((count, { endLayer }) => Math.max(count, endLayer), 0);
  const inLayers = tensors.filter(({ layer }) => layer === 0);
  const before = tensors.filter(({ layer, row }) => layer === null && embeddings.has(row));
  const after = tensors.filter(({ layer, row }) => layer === null && !embeddings.has(row));

  const rows: TileRow[] = [];
  let y = HEAD;
  for (const { row, shape } of inLayers) {
    const height = isThin(row, shape) ? THIN : THICK;
    rows.push({ name: row, y, height });
    y += height + ROW_GAP;
  }
  const bottom = y - ROW_GAP;

  const asides = (before.length > 0 ? 1 : 0) + (after.length > 0 ? 1 : 0);
  const gaps = (layout.stages.length - 1 + asides) * STAGE_GAP;
  const columnGap = layers > 16 ? 1 : 3;
  const room = width - gutter - PAD - gaps - layers * columnGap;
  const asideWidth = Math.max(24, Math.min(room * ASIDE, (1.3 * room) / layers));
  const columnWidth = Math.min(WIDEST_COLUMN, Math.max(NARROWEST_COLUMN, (room - asides * asideWidth) / layers));

  const tiles: Tile[] = [];
  let x = gutter;
  let column = 0;
  const stand = (aside: readonly MappedTensor[]): void => {
    if (aside.length === 0) return;
    const boxes = stackTiles(aside, { x, y: HEAD, width: asideWidth, height: bottom - HEAD });
    for (const [row, box] of boxes.entries()) tiles.push({ ...box, tensor: aside[row], column, row });
    x += asideWidth + STAGE_GAP;
    column++;
  };

  stand(before);
  const columns: TileColumn[] = [];
  const stages: StageMark[] = [];
  const byLayer = new Map<number, MappedTensor[]>();
  for (const tensor of tensors) {
    if (tensor.layer === null) continue;
    const known = byLayer.get(tensor.layer);
    if (known) known.push(tensor);
    else byLayer.set(tensor.layer, [tensor]);
  }
  for (const { stage, firstLayer, endLayer } of layout.stages) {
    const start = x;
    for (let layer = firstLayer; layer < endLayer; layer++) {
      columns.push({ layer, x, width: columnWidth });
      byLayer.get(layer)?.forEach((tensor, row) => {
        const { y: top, height } = rows[row];
        tiles.push({ tensor, column, row, x, y: top, width: columnWidth, height });
      });
      x += columnWidth + columnGap;
      column++;
    }
    const rank = layout.schedule.rankOfStage(stage) * map.mesh.dp * map.mesh.tp;
    stages.push({ stage, rank, x: start, width: x - columnGap - start });
    x += STAGE_GAP - columnGap;
  }
  stand(after);
  const most = tensors.reduce((held, { slices }) => slices.reduce((a, slice) => Math.max(a, slice.held), held), 1);
  const pieces = tiles.flatMap((tile, index) => piecesOf(tile, index, most));
  return {
    width: Math.max(width, x + PAD - STAGE_GAP),
    height: bottom + PAD,
    gutter,
    map,
    tiles,
    pieces,
    rows,
    columns,
    stages,
  };
}

function isThin(row: string, shape: readonly number[]): boolean {
  return shape.length === 1 || row.endsWith('.stats') || row.endsWith('.lse');
}

/** One below the other: thin ones as in the rows, the others by the square root of their size, so that small ones are seen. */
function stackTiles(tensors: readonly MappedTensor[], { x, y, width, height }: Box): Box[] {
  const thin = tensors.map(({ row, shape }) => isThin(row, shape));
  const weights = tensors.map(({ shape }, i) => (thin[i] ? 0 : Math.sqrt(shape.reduce((a, b) => a * b, 1))));
  const total = weights.reduce((a, b) => a + b, 0);
  const room = height - (tensors.length - 1) * ROW_GAP - thin.filter(Boolean).length * THIN;
  let top = y;
  return tensors.map((_, i) => {
    const tall = thin[i] ? THIN : (room * weights[i]) / total;
    const box = { x, y: top, width, height: tall };
    top += tall + ROW_GAP;
    return box;
  });
}

/** What each rank holds of a tile, as rectangles. */
function piecesOf(tile: Tile, index: number, mostHeld: number): TilePiece[] {
  const { tensor } = tile;
  const grid = copyGrid(tensor.copies, tile);
  return tensor.slices.flatMap((slice) => {
    const frame = copyBox(tile, grid, slice.copy);
    const level = slice.held / mostHeld;
    // Fewer micro-batches under way fill less of the tile, from its foot.
    const filled = { ...frame, y: frame.y + frame.height * (1 - level), height: frame.height * level };
    return sliceBoxes(tensor.shape, slice, filled).map((box, part) => ({
      ...box,
      key: `${tensor.name} ${slice.rank} ${part}`,
      tile: index,
      rank: slice.rank,
    }));
  });
}

interface CopyGrid {
  readonly across: number;
  readonly down: number;
  readonly gap: number;
}

/** As square as the copies can be. */
function copyGrid(copies: number, { width, height }: Box): CopyGrid {
  const gap = copies > 1 && Math.min(width, height) / Math.sqrt(copies) > 5 ? 1.5 : 1;
  if (copies === 1) return { across: 1, down: 1, gap: 0 };
  let best: CopyGrid = { across: copies, down: 1, gap };
  let bestSide = 0;
  for (let across = 1; across <= copies; across++) {
    const down = Math.ceil(copies / across);
    const side = Math.min((width - (across - 1) * gap) / across, ((height - (down - 1) * gap) / down) * 1.6);
    if (side > bestSide + 1e-9) {
      bestSide = side;
      best = { across, down, gap };
    }
  }
  return best;
}

function copyBox(tile: Box, { across, down, gap }: CopyGrid, copy: number): Box {
  const width = (tile.width - (across - 1) * gap) / across;
  const height = (tile.height - (down - 1) * gap) / down;
  return {
    x: tile.x + (copy % across) * (width + gap),
    y: tile.y + Math.floor(copy / across) * (height + gap),
    width,
    height,
  };
}

/** The last dim runs across and the first one down; a vector runs across. Parts of a flat range are bands of rows. */
function sliceBoxes(shape: readonly number[], { cuts, flat }: TensorSlice, frame: Box): Box[] {
  const spansOf = (dim: number) => cuts.find((cut) => cut.dim === dim)?.spans ?? [{ start: 0, length: shape[dim] }];
  if (shape.length === 1) {
    let local = 0;
    return spansOf(0).flatMap(({ start, length }) => {
      const from = Math.max(0, flat.start - local);
      const to = Math.min(length, flat.end - local);
      local += length;
      if (to <= from) return [];
      const unit = frame.width / shape[0];
      return [{ ...frame, x: frame.x + (start + from) * unit, width: (to - from) * unit }];
    });
  }
  const across = frame.width / shape[1];
  const down = frame.height / shape[0];
  const [first, last] = [flat.start / flat.of, flat.end / flat.of];
  return spansOf(0).flatMap((rows) =>
    spansOf(1).map((columns) => ({
      x: frame.x + columns.start * across,
      y: frame.y + (rows.start + first * rows.length) * down,
      width: columns.length * across,
      height: (last - first) * rows.length * down,
    })),
  );
}

/** The tile under a point, by its place in `tiles`. */
export function tileAt({ tiles }: TileScene, x: number, y: number): number | null {
  const found = tiles.findIndex(
    (tile) => x >= tile.x - 1 && x <= tile.x + tile.width + 1 && y >= tile.y - 2 && y <= tile.y + tile.height + 2,
  );
  return found === -1 ? null : found;
}

/** The rank whose piece of a tile is under a point. */
export function rankAt({ pieces }: TileScene, tile: number, x: number, y: number): number | null {
  const found = pieces.find(
    (piece) =>
      piece.tile === tile && x >= piece.x && x <= piece.x + piece.width && y >= piece.y && y <= piece.y + piece.height,
  );
  return found?.rank ?? null;
}

/** Where an arrow key leads from a tile; null for other keys. From nothing, any of them leads to the first. */
export function neighbourTile({ tiles }: TileScene, from: number | null, key: string): number | null {
  if (!/^(Arrow(Left|Right|Up|Down)|Home|End)$/.test(key) || tiles.length === 0) return null;
  if (from === null || key === 'Home') return 0;
  if (key === 'End') return tiles.length - 1;
  const at = tiles[from];
  if (key === 'ArrowUp' || key === 'ArrowDown') {
    const next = from + (key === 'ArrowDown' ? 1 : -1);
    return tiles[next]?.column === at.column ? next : from;
  }
  const column = at.column + (key === 'ArrowRight' ? 1 : -1);
  // Beside it: the tile of the next column at the same height.
  const middle = at.y + at.height / 2;
  let best: number | null = null;
  tiles.forEach((tile, index) => {
    if (tile.column !== column) return;
    const distance = (candidate: Tile) => Math.abs(candidate.y + candidate.height / 2 - middle);
    if (best === null || distance(tile) < distance(tiles[best])) best = index;
  });
  return best ?? from;
}
