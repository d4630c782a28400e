// The tiles as a picture that is pointed into: by pointer, touch and arrow keys. A function of the map and of what is pointed at.

import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useMemo, useRef } from 'react';
import type { TensorMap } from '../../planner/tensorMap';
import { useText } from '../i18n/useText';
import { SvgPaper } from '../pictures/svgPaper';
import { Walked } from '../pictures/Walked';
import { readLook } from '../schedule/scheduleLook';
import { drawTiles, type TileSheet } from './drawTiles';
import styles from './TilesPanel.module.css';
import { layoutTiles, neighbourTile, rankAt, tileAt } from './tileLayout';
import { stillPieces } from './tileMorph';
import { useTileCanvas } from './useTileCanvas';
import { useWidth } from './useWidth';

interface TilePictureProps {
  readonly map: TensorMap;
  readonly label: string;
  readonly tensor: string | null;
  readonly rank: number | null;
  readonly touched: ReadonlySet<string>;
  readonly onPoint: (tensor: string | null, rank: number | null) => void;
  /** The tile is to be looked up in the pictures of time. */
  readonly onFollow: () => void;
  readonly svg: RefObject<(() => string) | null>;
}

const NARROWEST = 260;
const FILE_WIDTH = 960;

export function TilePicture({ map, label, tensor, rank, touched, onPoint, onFollow, svg }: TilePictureProps) {
  const { t, format } = useText();
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(holder);
  const scene = useMemo(() => layoutTiles(map, Math.max(NARROWEST, width)), [map, width]);
  const words = useMemo((): TileSheet['words'] => {
    const { layer, stage, embedding, head } = t.shard.tiles;
    return {
      layer: (index) => layer(format.integer(index)),
      stage: (index) => stage(format.integer(index)),
      embedding,
      head,
    };
  }, [t, format]);
  const found = tensor === null ? -1 : scene.tiles.findIndex((tile) => tile.tensor.name === tensor);
  const at = found === -1 ? null : found;
  useTileCanvas(canvas, scene, { tile: at, rank, touched }, words);

  useEffect(() => {
    svg.current = () => {
      const look = readLook(holder.current ?? document.body);
      const sheet = layoutTiles(map, FILE_WIDTH);
      const paper = new SvgPaper({
        width: sheet.width,
        height: sheet.height,
        title: label,
        background: look.screen,
        family: look.family,
      });
      drawTiles(paper, {
        scene: sheet,
        pieces: stillPieces(sheet.pieces),
        look,
        marks: { tile: null, rank: null, touched: new Set() },
        words,
      });
      return paper.file();
    };
    return () => {
      svg.current = null;
    };
  }, [svg, map, label, words]);

  const point = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const over = tileAt(scene, x, y);
    if (over === null) return;
    onPoint(scene.tiles[over].tensor.name, rankAt(scene, over, x, y));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' && at !== null) onFollow();
    else if (event.key === 'Escape' && at !== null) onPoint(null, null);
    else {
      const next = neighbourTile(scene, at, event.key);
      if (next === null) return;
      onPoint(scene.tiles[next].tensor.name, null);
    }
    event.preventDefault();
  };
  return (
    <Walked ref={holder} className={styles.paper} label={label} onKeyDown={onKeyDown}>
      <canvas
        ref={canvas}
        className={styles.canvas}
        style={{ inlineSize: scene.width, blockSize: scene.height }}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={(event) => {
          if (event.pointerType === 'mouse' && tensor !== null) onPoint(tensor, null);
        }}
        onClick={onFollow}
      />
    </Walked>
  );
}
