// A traced step as a picture: a row a rank, a bar an action, solid since measured. A function of (layout, the bar pointed at).
// Bars are pointed at by pointer, or by the arrow keys once the picture has the focus; the words are the caller's.

import { memo, type PointerEvent, useEffect, useRef, useState } from 'react';
import { linearTicks } from '../charts/ticks';
import { useText } from '../i18n/useText';
import { RankSwatch } from './RankSwatch';
import { rankHue } from './rankLook';
import styles from './Timeline.module.css';
import { neighbourBar, type TimelineBar, type TimelineLayout } from './timelineLayout';

interface TimelineProps {
  readonly layout: TimelineLayout;
  /** Spoken instead of the picture. */
  readonly label: string;
  readonly bar: TimelineBar | null;
  readonly onBar: (bar: TimelineBar | null) => void;
  readonly rank: number | null;
  readonly onRank: (rank: number | null) => void;
}

const AXIS = 18;
const WORK = 15;
const LANE = 6;
const PAD = 4;

export function Timeline({ layout, label, bar, onBar, rank, onRank }: TimelineProps) {
  const { t, format } = useText();
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const measure = new ResizeObserver(() => setWidth(Math.max(120, element.clientWidth)));
    measure.observe(element);
    return () => measure.disconnect();
  }, []);
  const rowHeight = PAD + WORK + (layout.lanes - 1) * LANE + PAD;
  const height = AXIS + rowHeight * layout.rows.length;
  const x = (ms: number) => (layout.spanMs === 0 ? 0 : (ms / layout.spanMs) * width);
  const barAt = (event: PointerEvent): TimelineBar | null => {
    const mark = event.target instanceof SVGElement ? event.target.dataset['bar'] : undefined;
    if (mark === undefined) return null;
    const [ofRank, index] = mark.split(':').map(Number);
    return layout.rows.find((row) => row.rank === ofRank)?.bars.find((known) => known.index === index) ?? null;
  };
  const marked = bar === null ? undefined : layout.rows.findIndex((row) => row.rank === bar.rank);
  return (
    <div className={styles.timeline}>
      <ul className={styles.labels} style={{ paddingBlockStart: AXIS }} aria-hidden>
        {layout.rows.map((row) => (
          <li
            key={row.rank}
            style={{ blockSize: rowHeight }}
            data-pointed={rank === row.rank || undefined}
            onPointerEnter={() => onRank(row.rank)}
            onPointerLeave={() => onRank(null)}
          >
            <RankSwatch rank={row.rank} />
            <span className={styles.name}>{t.mesh.rank(format.integer(row.rank))}</span>
            <span className={styles.share}>{format.percent(row.computing)}</span>
          </li>
        ))}
      </ul>
      <div
        ref={holder}
        className={styles.paper}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys walk along the actions
        tabIndex={0}
        aria-label={label}
        onKeyDown={(event) => {
          const next = neighbourBar(layout, bar, event.key);
          if (next === null || !/^(Arrow|Home|End)/.test(event.key)) return;
          event.preventDefault();
          onBar(next);
          onRank(next.rank);
        }}
        onBlur={() => onRank(null)}
        onPointerMove={(event) => {
          const found = barAt(event);
          if (found !== null) onBar(found);
          const box = event.currentTarget.getBoundingClientRect();
          const row = layout.rows[Math.floor((event.clientY - box.top - AXIS) / rowHeight)];
          onRank(row?.rank ?? null);
        }}
        onPointerLeave={() => onRank(null)}
      >
        <svg width={width} height={height} aria-hidden className={styles.sheet}>
          {linearTicks(0, layout.spanMs, Math.max(2, width / 90)).map((ms) => (
            <g key={ms}>
              <line x1={x(ms)} x2={x(ms)} y1={AXIS - 4} y2={height} className={styles.tick} />
              {/* The last label stays on the sheet. */}
              <text
                x={x(ms) > width - 52 ? x(ms) - 3 : x(ms) + 3}
                y={11}
                textAnchor={x(ms) > width - 52 ? 'end' : 'start'}
                className={styles.time}
              >
                {format.duration(ms)}
              </text>
            </g>
          ))}
          {layout.rows.map((row, at) => (
            <g
              key={row.rank}
              transform={`translate(0 ${AXIS + at * rowHeight})`}
              className={rank === null || rank === row.rank ? undefined : styles.other}
            >
              <line x1={0} x2={width} y1={rowHeight - 0.5} y2={rowHeight - 0.5} className={styles.rule} />
              <Bars bars={row.bars} rank={row.rank} width={width} spanMs={layout.spanMs} />
            </g>
          ))}
          {bar === null || marked === undefined || marked < 0 ? null : (
            <rect
              x={x(bar.startMs) - 1}
              y={AXIS + marked * rowHeight + laneTop(bar.lane) - 1}
              width={Math.max(2, x(bar.endMs - bar.startMs)) + 2}
              height={laneHeight(bar.lane) + 2}
              className={styles.marked}
            />
          )}
        </svg>
      </div>
    </div>
  );
}

function laneTop(lane: number): number {
  return lane === 0 ? PAD : PAD + WORK + (lane - 1) * LANE + 1;
}

function laneHeight(lane: number): number {
  return lane === 0 ? WORK : LANE - 1;
}

interface BarsProps {
  readonly bars: readonly TimelineBar[];
  readonly rank: number;
  readonly width: number;
  readonly spanMs: number;
}

/** Drawn anew only where the trace or the width changed, not with every move of the pointer. */
const Bars = memo(function Bars({ bars, rank, width, spanMs }: BarsProps) {
  const x = (ms: number) => (spanMs === 0 ? 0 : (ms / spanMs) * width);
  return (
    <g className={rankHue(rank)}>
      {bars.map(({ index, phase, startMs, waitEndMs, endMs, lane }) => (
        <g key={index}>
          {waitEndMs > startMs ? (
            <rect
              data-bar={`${rank}:${index}`}
              x={x(startMs)}
              y={laneTop(lane)}
              width={x(waitEndMs - startMs)}
              height={laneHeight(lane)}
              className={styles.wait}
            />
          ) : null}
          <rect
            data-bar={`${rank}:${index}`}
            x={x(waitEndMs)}
            y={laneTop(lane)}
            width={Math.max(1, x(endMs - waitEndMs) - 0.5)}
            height={laneHeight(lane)}
            className={styles[phase]}
          />
        </g>
      ))}
    </g>
  );
});
