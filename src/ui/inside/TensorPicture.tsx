// One rank's look at a tensor: its numbers, histogram and map. A function of the report.

import { type RefObject, useEffect, useRef } from 'react';
import type { TensorReport } from '../../core/insideRecords';
import { useText } from '../i18n/useText';
import { RankSwatch } from '../mesh/RankSwatch';
import { SvgPaper } from '../pictures/svgPaper';
import { useWidth } from '../shard/useWidth';
import { cellScale, drawTensor, fillTensor, frameTensor, type MapKind, tensorCells } from './drawTensor';
import { cellBitmap, insideLook } from './insideLook';
import styles from './TensorsPanel.module.css';
import { usePicture } from './usePicture';

const FILE_WIDTH = 640;

interface TensorPictureProps {
  readonly report: TensorReport;
  readonly kind: MapKind;
  /** Whether the run is a mesh: its ranks are told apart. */
  readonly ranked: boolean;
  /** Set by the first of a tensor's pictures: what is saved. */
  readonly svg: RefObject<(() => string) | null> | null;
}

export function TensorPicture({ report, kind, ranked, svg }: TensorPictureProps) {
  const { t, format } = useText();
  const words = t.inside.tensors;
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(holder);
  const { rank, step, rows, columns, start, minimum, maximum, mean, rms, zeros, nonFinite, name } = report;
  const count = rows * columns;
  // Gradients are small: plain digits of them would be zeros.
  const plain = (value: number) => value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5);
  const number = (value: number) => (plain(value) ? format.significant(value, 3) : format.scientific(value));
  const deepest = cellScale(report, kind);
  const ends = { minimum: number(minimum), maximum: number(maximum) };
  const frame = frameTensor(report, width);
  usePicture(canvas, width, frame.height, ({ context, paper, look }) => {
    context.drawImage(cellBitmap(tensorCells(report, kind, look)), 0, frame.top, frame.side[0], frame.side[1]);
    drawTensor(paper, report, look, frame, ends);
  });
  const { minimum: low, maximum: high } = ends;
  useEffect(() => {
    if (svg === null) return;
    svg.current = () => {
      const look = insideLook(holder.current ?? document.body);
      const sheet = frameTensor(report, FILE_WIDTH);
      const page = {
        width: FILE_WIDTH,
        height: sheet.height,
        title: name,
        background: look.screen,
        family: look.family,
      };
      const paper = new SvgPaper(page);
      fillTensor(paper, report, kind, look, sheet);
      drawTensor(paper, report, look, sheet, { minimum: low, maximum: high });
      return paper.file();
    };
    return () => {
      svg.current = null;
    };
  }, [svg, report, kind, name, low, high]);
  const shape = `${format.integer(rows)} × ${format.integer(columns)}`;
  return (
    <div className={styles.report} data-testid="tensor-report" data-step={step}>
      <p className={styles.where}>
        {ranked ? (
          <>
            <RankSwatch rank={rank} /> {words.rank(format.integer(rank))},{' '}
          </>
        ) : null}
        {start === 0 ? shape : words.part(shape, format.integer(start))}, {words.step(format.integer(step))}
      </p>
      <dl className={styles.numbers}>
        {(
          [
            [words.mean, number(mean)],
            [words.rms, number(rms)],
            [words.minimum, ends.minimum],
            [words.maximum, ends.maximum],
            [words.zeros, format.percent(zeros / count, 1)],
            [words.nonFinite, format.percent(nonFinite / count, 1)],
          ] as const
        ).map(([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div ref={holder} className={styles.paper} role="img" aria-label={words.picture(name)}>
        <canvas ref={canvas} className={styles.canvas} style={{ inlineSize: width, blockSize: frame.height }} />
      </div>
      <p className={styles.where}>
        {words.cells[kind](number(deepest), format.integer(report.map.height), format.integer(report.map.width))}
        {nonFinite > 0 ? ` ${words.broken}` : null}
      </p>
    </div>
  );
}
