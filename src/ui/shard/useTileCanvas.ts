// Keeps a canvas showing the tiles: still where nothing changed, moving for a moment where the mesh did. Its frames are the browser's; React
// draws none of them.

import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import { CanvasPaper } from '../pictures/canvasPaper';
import { readLook, type ScheduleLook } from '../schedule/scheduleLook';
import { useView } from '../stores/viewStore';
import { drawTiles, type TileMarks, type TileSheet } from './drawTiles';
import type { TileScene } from './tileLayout';
import { type MovingPiece, morph, stillPieces } from './tileMorph';

const MORPH_MS = 280;

export function useTileCanvas(
  canvas: RefObject<HTMLCanvasElement | null>,
  scene: TileScene,
  marks: TileMarks,
  words: TileSheet['words'],
): void {
  const theme = useView((state) => state.theme);
  const state = useRef<{
    shown: readonly MovingPiece[];
    scene: TileScene | null;
    way: ((time: number) => MovingPiece[]) | null;
    since: number;
    frame: number;
    look: ScheduleLook | null;
    paper: CanvasPaper | null;
  }>({ shown: [], scene: null, way: null, since: 0, frame: 0, look: null, paper: null });

  const draw = () => {
    const now = state.current;
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || context === null || context === undefined || scene.width === 0) return;
    now.look ??= readLook(element.parentElement ?? element);
    const scale = devicePixelRatio;
    const [across, down] = [Math.round(scene.width * scale), Math.round(scene.height * scale)];
    if (element.width !== across || element.height !== down) {
      Object.assign(element, { width: across, height: down });
      now.paper = null;
    }
    now.paper ??= new CanvasPaper(context, now.look.family, scale);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, scene.width, scene.height);
    drawTiles(now.paper, { scene, pieces: now.shown, look: now.look, marks, words });
  };
  const drawLatest = useRef(draw);
  drawLatest.current = draw;

  useLayoutEffect(() => {
    const now = state.current;
    const before = now.scene;
    if (before === scene) return;
    now.scene = scene;
    const still =
      before === null ||
      before.map.layer !== scene.map.layer ||
      before.width !== scene.width ||
      matchMedia('(prefers-reduced-motion: reduce)').matches;
    cancelAnimationFrame(now.frame);
    if (still) {
      now.way = null;
      now.shown = stillPieces(scene.pieces);
      return;
    }
    // From wherever the last move had come to.
    now.way = morph(now.shown, scene.pieces);
    now.since = performance.now();
    const step = () => {
      const time = Math.min(1, (performance.now() - now.since) / MORPH_MS);
      now.shown = now.way?.(time) ?? stillPieces(scene.pieces);
      drawLatest.current();
      if (time < 1) now.frame = requestAnimationFrame(step);
      else now.way = null;
    };
    now.frame = requestAnimationFrame(step);
  }, [scene]);
  useLayoutEffect(() => {
    if (state.current.way === null) drawLatest.current();
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    const again = () => {
      state.current.look = null;
      state.current.paper = null;
      drawLatest.current();
    };
    // The theme is on the page a moment after the store has it.
    const frame = requestAnimationFrame(again);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', again);
    return () => {
      cancelAnimationFrame(frame);
      scheme.removeEventListener('change', again);
    };
  }, [theme]);
  useEffect(() => () => cancelAnimationFrame(state.current.frame), []);
}
