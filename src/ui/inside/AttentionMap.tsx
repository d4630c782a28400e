// One head's attention, large: a row is what a token takes, a column who takes from it. Pointed into by pointer, touch and arrow keys.

import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef } from 'react';
import type { Inspection } from '../../core/insideRecords';
import { useText } from '../i18n/useText';
import { SvgPaper } from '../pictures/svgPaper';
import { Walked } from '../pictures/Walked';
import { useWidth } from '../shard/useWidth';
import { pointAtToken, useInside } from '../stores/insideStore';
import styles from './AttentionPanel.module.css';
import { attentionCells, drawAttentionMarks, fillAttention, frameAttention } from './drawAttention';
import { cellBitmap, insideLook } from './insideLook';
import { movedBy, shownToken } from './shownToken';
import { usePicture } from './usePicture';

const FILE_WIDTH = 800;

interface AttentionMapProps {
  readonly inspection: Inspection;
  readonly svg: RefObject<(() => string) | null>;
}

export function AttentionMap({ inspection, svg }: AttentionMapProps) {
  const { t, format } = useText();
  const words = t.inside.attention;
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(holder);
  const layer = useInside((state) => state.layer);
  const head = useInside((state) => state.head);
  const token = useInside((state) => state.token);
  const other = useInside((state) => state.other);
  const { texts, attentions, ids } = inspection;
  const T = ids.length;
  const weights = attentions[layer]?.subarray(head * T * T, (head + 1) * T * T) ?? new Float32Array(T * T);
  const frame = frameAttention(T, width);
  const label = words.map(format.integer(layer), format.integer(head), format.integer(T));
  usePicture(canvas, width, frame.height, ({ context, paper, look }) => {
    const { left, top, cell } = frame;
    context.drawImage(cellBitmap(attentionCells(weights, T, look)), left, top, T * cell, T * cell);
    drawAttentionMarks(paper, { texts, weights, look, frame }, token, other);
  });
  useEffect(() => {
    svg.current = () => {
      const look = insideLook(holder.current ?? document.body);
      const sheet = { texts, weights, look, frame: frameAttention(T, FILE_WIDTH) };
      const { height } = sheet.frame;
      const page = { width: FILE_WIDTH, height, title: label, background: look.screen, family: look.family };
      const paper = new SvgPaper(page);
      fillAttention(paper, sheet);
      drawAttentionMarks(paper, sheet, null, null);
      return paper.file();
    };
    return () => {
      svg.current = null;
    };
  }, [svg, texts, weights, T, label]);
  const point = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left - frame.left) / frame.cell);
    const row = Math.floor((event.clientY - box.top - frame.top) / frame.cell);
    if (row >= 0 && row < T) pointAtToken(row, column >= 0 && column < T ? column : row);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = movedBy(event.key, token, T - 1, ['ArrowUp', 'ArrowDown']);
    const column = movedBy(event.key, other, T - 1, ['ArrowLeft', 'ArrowRight']);
    if (event.key === 'Escape') pointAtToken(null);
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') pointAtToken(token ?? 0, column);
    else if (row !== null) pointAtToken(row, other ?? row);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <Walked ref={holder} className={styles.paper} label={label} onKeyDown={onKeyDown}>
        <canvas
          ref={canvas}
          className={styles.canvas}
          style={{ inlineSize: width, blockSize: frame.height }}
          onPointerMove={point}
          onPointerDown={point}
        />
      </Walked>
      <p className={styles.said} data-testid="attention-said" aria-live="polite">
        {token === null
          ? words.point
          : words.takes(
              shownToken(texts[token] ?? ''),
              format.percent(weights[token * T + (other ?? token)] ?? 0, 1),
              shownToken(texts[other ?? token] ?? ''),
            )}
      </p>
      <p className={styles.said}>{words.scale}</p>
    </>
  );
}
