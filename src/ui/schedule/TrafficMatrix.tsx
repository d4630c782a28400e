// Who sends whom how much in one step: a square a pair of ranks, left half predicted and right half measured, the fuller the more bytes.
// Walked by arrow keys; a function of (traffic, the cell pointed at).

import { type KeyboardEvent, type RefObject, useState } from 'react';
import { useText } from '../i18n/useText';
import { rankHue } from '../mesh/rankLook';
import { Walked } from '../pictures/Walked';
import { pointAtRank, useMesh } from '../stores/meshStore';
import styles from './TrafficPanel.module.css';
import type { StepTraffic, TrafficCell } from './trafficSums';

interface TrafficMatrixProps {
  readonly traffic: StepTraffic;
  readonly svg: RefObject<SVGSVGElement | null>;
}

const HEAD = 34;
const PAD = 4;

export function TrafficMatrix({ traffic, svg }: TrafficMatrixProps) {
  const { t, format } = useText();
  const words = t.schedule.traffic;
  const pointedRank = useMesh((state) => state.rank);
  const [at, setAt] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const { ranks, cells, mostBytes } = traffic;
  const side = Math.max(18, Math.min(44, Math.floor(340 / ranks)));
  const size = HEAD + ranks * side + PAD;
  const point = (cell: { readonly from: number; readonly to: number }) => {
    setAt(cell);
    pointAtRank(cell.from);
  };
  const bytes = (value: number | null) =>
    value === null ? words.notYet : value === 0 ? words.none : format.bytes(value);
  const cellText = ({ from, to, predicted, measured }: TrafficCell) =>
    words.cell(format.integer(from), format.integer(to), bytes(predicted), bytes(measured));
  const onKeyDown = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const clamp = (value: number) => Math.min(ranks - 1, Math.max(0, value));
    point(
      at === null
        ? { from: 0, to: Math.min(1, ranks - 1) }
        : { from: clamp(at.from + step[1]), to: clamp(at.to + step[0]) },
    );
  };
  const shown = at === null ? undefined : cells[at.from]?.[at.to];
  return (
    <div className={styles.matrix}>
      <Walked
        className={styles.paper}
        label={`${words.caption}. ${words.hint}`}
        onKeyDown={onKeyDown}
        onBlur={() => pointAtRank(null)}
        onPointerLeave={() => pointAtRank(null)}
      >
        <svg ref={svg} viewBox={`0 0 ${size} ${size}`} width={size} height={size} aria-hidden>
          <text x={2} y={HEAD - 5} className={styles.axis}>
            {words.from} ↓
          </text>
          <text x={HEAD + ranks * side} y={11} textAnchor="end" className={styles.axis}>
            {words.to} →
          </text>
          {cells.map((row, from) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a rank is its number
            <g key={from} className={rankHue(from)}>
              <text
                x={HEAD - 6}
                y={HEAD + (from + 0.5) * side + 4}
                textAnchor="end"
                className={pointedRank === from ? styles.bold : styles.label}
              >
                {from}
              </text>
              <text
                x={HEAD + (from + 0.5) * side}
                y={HEAD - 5}
                textAnchor="middle"
                className={at?.to === from ? styles.bold : styles.label}
              >
                {from}
              </text>
              {row.map((cell) => (
                <Cell key={cell.to} cell={cell} side={side} most={mostBytes} onPoint={() => point(cell)} />
              ))}
            </g>
          ))}
          {at === null ? null : (
            <rect
              x={HEAD + at.to * side + 0.5}
              y={HEAD + at.from * side + 0.5}
              width={side - 1}
              height={side - 1}
              className={styles.marked}
            />
          )}
        </svg>
      </Walked>
      <p className={styles.said} aria-live="polite" data-testid="traffic-cell">
        {shown === undefined ? words.hint : cellText(shown)}
      </p>
    </div>
  );
}

const steps: Readonly<Record<string, readonly [across: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  Home: [-99, 0],
  End: [99, 0],
};

interface CellProps {
  readonly cell: TrafficCell;
  readonly side: number;
  readonly most: number;
  readonly onPoint: () => void;
}

/** Filled from below, by the square root: a pair that sends little is still seen beside one that sends much. */
function Cell({ cell: { from, to, predicted, measured }, side, most, onPoint }: CellProps) {
  const x = HEAD + to * side;
  const y = HEAD + from * side;
  const height = (bytes: number | null) =>
    bytes === null || most === 0 ? 0 : bytes === 0 ? 0 : Math.max(2, Math.sqrt(bytes / most) * (side - 4));
  const half = (side - 4) / 2;
  const bar = (bytes: number | null, left: number, look: string | undefined) => (
    <rect x={left} y={y + side - 2 - height(bytes)} width={half - 0.5} height={height(bytes)} className={look} />
  );
  const stripes = Array.from({ length: Math.floor(height(predicted) / 4) }, (_, line) => y + side - 4 - line * 4);
  return (
    <g onPointerEnter={onPoint}>
      <rect
        x={x + 0.5}
        y={y + 0.5}
        width={side - 1}
        height={side - 1}
        className={from === to ? styles.self : styles.cell}
      />
      {bar(predicted, x + 2, styles.predicted)}
      {stripes.map((line) => (
        <line key={line} x1={x + 2} x2={x + 2 + half - 0.5} y1={line} y2={line - 2} className={styles.stripe} />
      ))}
      {bar(measured, x + 2 + half, styles.measured)}
    </g>
  );
}
