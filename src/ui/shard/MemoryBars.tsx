// The bars of every rank on one sheet, walked by keyboard. A function of what it is given.

import { type RefObject, useId, useRef } from 'react';
import { linearTicks } from '../charts/ticks';
import { useText } from '../i18n/useText';
import { rankHue } from '../mesh/rankLook';
import { Walked } from '../pictures/Walked';
import { barKinds, type KindBytes, mostBytes, type RankBars, totalBytes } from './memoryBars';
import styles from './RankMemoryPanel.module.css';
import { useWidth } from './useWidth';

interface MemoryBarsProps {
  readonly bars: readonly RankBars[];
  readonly rank: number | null;
  readonly onRank: (rank: number | null) => void;
  readonly label: string;
  readonly svg: RefObject<SVGSVGElement | null>;
}

const AXIS = 18;
const GUTTER = 58;
const PAD = 10;

export function MemoryBars({ bars, rank, onRank, label, svg }: MemoryBarsProps) {
  const { t, format } = useText();
  const id = useId();
  const holder = useRef<HTMLDivElement>(null);
  const width = Math.max(200, useWidth(holder));
  const dense = bars.length > 8;
  const bar = dense ? 7 : 10;
  const row = 2 * bar + (dense ? 5 : 9);
  // Room for what is still to come.
  const most = mostBytes(bars) * (bars.some(({ partial }) => partial) ? 1.06 : 1);
  const x = (bytes: number) => (bytes / most) * (width - GUTTER - PAD);
  const height = AXIS + bars.length * row + 4;
  const walk = (key: string): number | null => {
    const at = bars.findIndex((candidate) => candidate.rank === rank);
    const next = { ArrowDown: at + 1, ArrowUp: Math.max(0, at - 1), Home: 0, End: bars.length - 1 }[key];
    return next === undefined ? null : (bars[Math.min(next, bars.length - 1)]?.rank ?? null);
  };
  return (
    <Walked
      ref={holder}
      className={styles.paper}
      label={label}
      onKeyDown={(event) => {
        const next = walk(event.key);
        if (next === null) return;
        event.preventDefault();
        onRank(next);
      }}
      onBlur={() => onRank(null)}
      onPointerMove={(event) => {
        const down = event.clientY - event.currentTarget.getBoundingClientRect().top - AXIS;
        onRank(bars[Math.floor(down / row)]?.rank ?? null);
      }}
      onPointerLeave={() => onRank(null)}
    >
      <svg ref={svg} width={width} height={height} aria-hidden className={styles.sheet}>
        <defs>
          {barKinds.map((kind) => (
            <pattern key={kind} id={`${id}${kind}`} width="5" height="5" patternUnits="userSpaceOnUse">
              <path
                d="M-1,6L6,-1M-3.5,3.5L3.5,-3.5M1.5,8.5L8.5,1.5"
                className={styles[`${kind}Line`]}
                strokeWidth="1.4"
              />
            </pattern>
          ))}
        </defs>
        {byteTicks(most).map((bytes) => (
          <g key={bytes} transform={`translate(${GUTTER + x(bytes)} 0)`}>
            <line y1={AXIS - 4} y2={height} className={styles.tick} />
            <text
              y={11}
              x={x(bytes) > width - GUTTER - 60 ? -3 : 3}
              textAnchor={x(bytes) > width - GUTTER - 60 ? 'end' : 'start'}
              className={styles.number}
            >
              {format.bytes(bytes)}
            </text>
          </g>
        ))}
        {bars.map((one, at) => (
          <g
            key={one.rank}
            transform={`translate(0 ${AXIS + at * row})`}
            className={rank === null || rank === one.rank ? undefined : styles.other}
          >
            <rect x={6} y={1} width={4} height={2 * bar} className={`${rankHue(one.rank)} ${styles.swatch}`} />
            <text x={14} y={bar + 5} className={rank === one.rank ? styles.nameOn : styles.name}>
              {dense ? format.integer(one.rank) : t.mesh.rank(format.integer(one.rank))}
            </text>
            <g transform={`translate(${GUTTER} 1)`}>
              <Stack bytes={one.predicted} x={x} height={bar} fill={(kind) => `url(#${id}${kind})`} outlined />
              {one.partial ? (
                <text x={x(totalBytes(one.predicted)) + 4} y={bar - 1} className={styles.number}>
                  …
                </text>
              ) : null}
            </g>
            {one.measured === null ? null : (
              <g transform={`translate(${GUTTER} ${bar + 1})`}>
                <Stack bytes={one.measured} x={x} height={bar} fill={null} />
              </g>
            )}
          </g>
        ))}
      </svg>
    </Walked>
  );
}

/** Round numbers of the unit that they are said in. */
function byteTicks(most: number): number[] {
  const unit = 1024 ** Math.max(0, Math.floor(Math.log2(most) / 10));
  return linearTicks(0, most / unit, 3).map((count) => count * unit);
}

interface StackProps {
  readonly bytes: KindBytes;
  readonly x: (bytes: number) => number;
  readonly height: number;
  /** Null: the kind's own colour. */
  readonly fill: ((kind: (typeof barKinds)[number]) => string) | null;
  readonly outlined?: boolean;
}

function Stack({ bytes, x, height, fill, outlined = false }: StackProps) {
  let from = 0;
  return barKinds.map((kind) => {
    const start = from;
    from += bytes[kind];
    if (bytes[kind] === 0) return null;
    return (
      <rect
        key={kind}
        x={x(start) + (outlined ? 0.5 : 0)}
        y={outlined ? 0.5 : 0}
        width={Math.max(0.5, x(bytes[kind]) - (outlined ? 1 : 0.5))}
        height={height - (outlined ? 1 : 0)}
        className={outlined ? `${styles.outlined} ${styles[`${kind}Line`]}` : styles[`${kind}Bar`]}
        {...(fill === null ? {} : { fill: fill(kind) })}
      />
    );
  });
}
