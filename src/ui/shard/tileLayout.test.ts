// The picture of the tiles: what it shows as area is what the map says, nothing lies outside its tile, and keys reach every tile.

import { expect, test } from 'vitest';
import { defaultModel, defaultRunConfig, type ParallelConfig } from '../../core/runConfig';
import { mapTensors, type TensorLayer, tensorLayers } from '../../planner/tensorMap';
import { layoutTiles, neighbourTile, tileAt } from './tileLayout';
import { morph, stillPieces } from './tileMorph';

function scene(parallel: Partial<ParallelConfig>, layer: TensorLayer = 'parameters', width = 780, layers = 4) {
  const settings = {
    model: { ...defaultModel, vocab_size: 96, n_layer: layers },
    train: { ...defaultRunConfig.train, batchSize: 16, microBatches: 4 },
    parallel: { ...defaultRunConfig.parallel, ...parallel },
    lora: defaultRunConfig.lora,
  };
  return layoutTiles(mapTensors(settings, layer), width);
}

const meshes: readonly Partial<ParallelConfig>[] = [
  {},
  { dp: 4 },
  { dp: 4, zero: 3 },
  { tp: 4 },
  { pp: 4 },
  { dp: 2, pp: 2, tp: 4, zero: 1 },
];

test.each(meshes)('pieces lie in their tile, and share it as ranks share the tensor: %o', (mesh) => {
  for (const layer of tensorLayers) {
    for (const width of [330, 780]) {
      const { tiles, pieces } = scene(mesh, layer, width);
      for (const { tile, x, y, width: across, height } of pieces) {
        const frame = tiles[tile];
        expect(x).toBeGreaterThanOrEqual(frame.x - 1e-6);
        expect(y).toBeGreaterThanOrEqual(frame.y - 1e-6);
        expect(x + across).toBeLessThanOrEqual(frame.x + frame.width + 1e-6);
        expect(y + height).toBeLessThanOrEqual(frame.y + frame.height + 1e-6);
        expect(across * height).toBeGreaterThan(0);
      }
      tiles.forEach((tile, index) => {
        const { slices } = tile.tensor;
        const mine = pieces.filter((piece) => piece.tile === index);
        const area = mine.reduce((sum, piece) => sum + piece.width * piece.height, 0);
        const held = slices.reduce((sum, slice) => sum + slice.bytes, 0);
        for (const { rank, bytes } of slices) {
          const own = mine
            .filter((piece) => piece.rank === rank)
            .reduce((sum, piece) => sum + piece.width * piece.height, 0);
          expect(own / area).toBeCloseTo(bytes / held, 6);
        }
      });
    }
  }
});

test('arrow keys reach every tile and stay within', () => {
  const picture = scene({ dp: 2, pp: 2 });
  const seen = new Set<number>();
  const queue = [0];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'])
      queue.push(neighbourTile(picture, next, key) ?? 0);
  }
  expect(seen.size).toBe(picture.tiles.length);
  expect(neighbourTile(picture, 3, 'x')).toBeNull();
  const { x, y } = picture.tiles[5];
  expect(tileAt(picture, x + 1, y + 1)).toBe(5);
});

test('a morph begins with what was drawn and ends with what shall be', () => {
  const from = stillPieces(scene({ dp: 2 }).pieces);
  const to = scene({ pp: 2 }).pieces;
  const way = morph(from, to);
  expect(
    way(0)
      .filter(({ presence }) => presence === 1)
      .map(({ key, x }) => [key, x])
      .sort(),
  ).toEqual(from.map(({ key, x }) => [key, x]).sort());
  expect(way(1)).toEqual(stillPieces(to));
});
