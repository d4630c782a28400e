// Every head of every layer as a small map: rows are layers, columns heads. One is chosen for the large map, and the token that is pointed at is
// marked in all of them.

import { type KeyboardEvent, type PointerEvent, useMemo, useRef } from 'react';
import type { Inspection } from '../../core/insideRecords';
import { useText } from '../i18n/useText';
import { Walked } from '../pictures/Walked';
import { useWidth } from '../shard/useWidth';
import { insideStore, pointAtToken, useInside } from '../stores/insideStore';
import styles from './AttentionPanel.module.css';
import { attentionCells } from './drawAttention';
import { cellBitmap, type InsideLook } from './insideLook';
import { movedBy } from './shownToken';
import { usePicture } from './usePicture';

const GUTTER = 26;
const TOP = 18;
const GAP = 3;
const LETTERS = 10.5;

export function AttentionGrid({ inspection }: { readonly inspection: Inspection }) {
  const { t, format } = useText();
  const words = t.inside.attention;
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const available = useWidth(holder);
  const layer = useInside((state) => state.layer);
  const head = useInside((state) => state.head);
  const token = useInside((state) => state.token);
  const { layers, heads, attentions, ids } = inspection;
  const T = ids.length;
  const cell = Math.max(14, Math.min(72, (available - GUTTER) / heads));
  const [width, height] = [GUTTER + heads * cell, TOP + layers * cell];
  // Remade for another text or theme, not for every move of the pointer.
  const bitmaps = useRef<{ of: Inspection; look: InsideLook; maps: readonly (readonly OffscreenCanvas[])[] } | null>(
    null,
  );
  const label = useMemo(
    () => words.grid(format.integer(layers), format.integer(heads)),
    [words, format, layers, heads],
  );
  usePicture(canvas, available === 0 ? 0 : width, height, ({ context, paper, look }) => {
    if (bitmaps.current?.of !== inspection || bitmaps.current.look !== look)
      bitmaps.current = {
        of: inspection,
        look,
        maps: attentions.map((values) =>
          Array.from({ length: heads }, (_, h) =>
            cellBitmap(attentionCells(values.subarray(h * T * T, (h + 1) * T * T), T, look)),
          ),
        ),
      };
    const side = cell - GAP;
    for (let h = 0; h < heads; h++)
      if (cell >= 18 || h % 2 === 0)
        paper.text(GUTTER + (h + 0.5) * cell, 12, words.head(String(h)), {
          color: h === head ? look.ink : look.ink2,
          size: LETTERS,
          bold: h === head,
          anchor: 'middle',
        });
    for (const [l, maps] of bitmaps.current.maps.entries()) {
      const y = TOP + l * cell;
      const lettering = { color: l === layer ? look.ink : look.ink2, size: LETTERS, bold: l === layer };
      paper.text(0, y + cell / 2 + 3.5, words.layer(String(l)), lettering);
      for (const [h, bitmap] of maps.entries()) {
        const x = GUTTER + h * cell;
        context.drawImage(bitmap, x, y, side, side);
        paper.frame(x + 0.5, y + 0.5, side - 1, side - 1, { color: look.line });
        if (token !== null) {
          const part = side / T;
          const mark = { color: look.accent, width: 1 };
          paper.frame(x, y + token * part, side, Math.max(1.5, part), mark);
          paper.frame(x + token * part, y, Math.max(1.5, part), side, mark);
        }
      }
    }
    paper.frame(GUTTER + head * cell - 1, TOP + layer * cell - 1, side + 2, side + 2, { color: look.ink, width: 2 });
  });
  const at = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = (event.clientX - box.left - GUTTER) / cell;
    const y = (event.clientY - box.top - TOP) / cell;
    const [h, l] = [Math.floor(x), Math.floor(y)];
    if (h < 0 || l < 0 || h >= heads || l >= layers) return null;
    return { layer: l, head: h, token: Math.min(T - 1, Math.floor((y - l) * T)) };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const nextHead = movedBy(event.key, head, heads - 1, ['ArrowLeft', 'ArrowRight']);
    const nextLayer = event.key.startsWith('Arrow')
      ? movedBy(event.key, layer, layers - 1, ['ArrowUp', 'ArrowDown'])
      : null;
    if (nextHead !== null) insideStore.setState({ head: nextHead });
    else if (nextLayer !== null) insideStore.setState({ layer: nextLayer });
    else return;
    event.preventDefault();
  };
  return (
    <Walked ref={holder} className={styles.paper} label={label} onKeyDown={onKeyDown}>
      <canvas
        ref={canvas}
        className={styles.canvas}
        style={{ inlineSize: width, blockSize: height }}
        onPointerMove={(event) => {
          const place = at(event);
          if (place !== null) pointAtToken(place.token);
        }}
        onPointerDown={(event) => {
          const place = at(event);
          if (place !== null) insideStore.setState({ layer: place.layer, head: place.head });
        }}
      />
    </Walked>
  );
}
