// Amounts as bars, one a row, walked by keyboard. A function of what it is given; the one picture of the view's histograms.

import { type RefObject, useRef, useState } from 'react';
import { Walked } from '../pictures/Walked';
import { useWidth } from '../shard/useWidth';
import styles from './BarPicture.module.css';

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** The value as people read it. */
  readonly shown: string;
}

interface BarPictureProps {
  readonly bars: readonly Bar[];
  readonly label: string;
  readonly svg: RefObject<SVGSVGElement | null>;
  /** Width for names, in pixels. */
  readonly names?: number;
  /** Lengths by the logarithm, for amounts of very different sizes. */
  readonly logarithmic?: boolean;
}

const ROW = 19;
const VALUE = 78;

export function BarPicture({ bars, label, svg, names = 96, logarithmic = false }: BarPictureProps) {
  const holder = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const width = Math.max(200, useWidth(holder));
  const scale = (value: number) => (logarithmic ? Math.log10(1 + value) : value);
  const most = Math.max(1e-9, ...bars.map(({ value }) => scale(value)));
  const room = width - names - VALUE;
  const pointed = at === null ? undefined : bars.at(at);
  return (
    <>
      <Walked
        ref={holder}
        className={styles.paper}
        label={label}
        onKeyDown={(event) => {
          const from = at ?? -1;
          const next = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: bars.length - 1 }[event.key];
          if (next === undefined) return;
          event.preventDefault();
          setAt(Math.max(0, Math.min(next, bars.length - 1)));
        }}
        onBlur={() => setAt(null)}
        onPointerMove={(event) => {
          const row = Math.floor((event.clientY - event.currentTarget.getBoundingClientRect().top - 4) / ROW);
          setAt(row >= 0 && row < bars.length ? row : null);
        }}
        onPointerLeave={() => setAt(null)}
      >
        <svg ref={svg} width={width} height={bars.length * ROW + 8} aria-hidden className={styles.sheet}>
          {bars.map(({ name, value, shown }, row) => (
            <g key={name} transform={`translate(0 ${4 + row * ROW})`}>
              {row === at ? <rect width={width} height={ROW} className={styles.pointed} /> : null}
              <text x={names - 8} y={14} textAnchor="end" className={styles.name}>
                {name}
              </text>
              <rect
                x={names}
                y={3}
                width={value === 0 ? 0 : Math.max(1, (scale(value) / most) * room)}
                height={ROW - 6}
                className={styles.bar}
              />
              <text x={names + (scale(value) / most) * room + 6} y={14} className={styles.value}>
                {shown}
              </text>
            </g>
          ))}
        </svg>
      </Walked>
      <p className={styles.said} role="status">
        {pointed === undefined ? '' : `${pointed.name}: ${pointed.shown}`}
      </p>
    </>
  );
}
