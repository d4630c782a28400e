// Steps down, rows of the global batch across, each row a sequence with its documents; ranks by their hue. A function of its readings.

import { type RefObject, useRef } from 'react';
import type { StepReading } from '../../core/pipelineRecords';
import { useText } from '../i18n/useText';
import { rankHue } from '../mesh/rankLook';
import { Walked } from '../pictures/Walked';
import { useWidth } from '../shard/useWidth';
import styles from './ShardMap.module.css';

export interface MapPlace {
  /** Counted from the first step shown. */
  readonly line: number;
  readonly row: number;
}

interface ShardMapPictureProps {
  readonly steps: readonly (readonly StepReading[])[];
  readonly first: number;
  readonly sequenceLength: number;
  readonly place: MapPlace;
  /** Of the document that is highlighted wherever it is read. */
  readonly document: number | null;
  readonly onPlace: (place: MapPlace) => void;
  readonly label: string;
  readonly svg: RefObject<SVGSVGElement | null>;
}

const HEAD = 22;
const NAME = 62;
const LINE = 22;
const GAP = 2;

export function ShardMapPicture(props: ShardMapPictureProps) {
  const { steps, first, sequenceLength, place, document, onPlace, label, svg } = props;
  const { t, format } = useText();
  const holder = useRef<HTMLDivElement>(null);
  const rows = steps[0]?.length ?? 1;
  const width = Math.max(260, useWidth(holder));
  const cell = (width - NAME - 8) / rows;
  const height = HEAD + steps.length * LINE + 6;
  const ranks = [...new Set(steps[0]?.map(({ rank }) => rank) ?? [])];
  const move = (line: number, row: number) =>
    onPlace({ line: Math.max(0, Math.min(line, steps.length - 1)), row: Math.max(0, Math.min(row, rows - 1)) });
  return (
    <Walked
      ref={holder}
      className={styles.paper}
      label={label}
      onKeyDown={(event) => {
        const { line, row } = place;
        const next = {
          ArrowDown: [line + 1, row],
          ArrowUp: [line - 1, row],
          ArrowRight: [line, row + 1],
          ArrowLeft: [line, row - 1],
          Home: [line, 0],
          End: [line, rows - 1],
        }[event.key];
        if (next === undefined) return;
        event.preventDefault();
        move(next[0], next[1]);
      }}
      onPointerDown={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        move(Math.floor((event.clientY - box.top - HEAD) / LINE), Math.floor((event.clientX - box.left - NAME) / cell));
      }}
    >
      <svg ref={svg} width={width} height={height} aria-hidden className={styles.sheet}>
        {ranks.map((rank) => (
          <text
            key={rank}
            x={NAME + (steps[0]?.findIndex((reading) => reading.rank === rank) ?? 0) * cell + 2}
            y={15}
            className={styles.name}
          >
            {ranks.length > 8 ? format.integer(rank) : t.mesh.rank(format.integer(rank))}
          </text>
        ))}
        {steps.map((readings, line) => (
          <g key={readings[0]?.step} transform={`translate(0 ${HEAD + line * LINE})`}>
            <text x={NAME - 8} y={15} textAnchor="end" className={styles.name}>
              {format.integer(first + line + 1)}
            </text>
            {readings.map((reading) => (
              <g
                key={reading.row}
                transform={`translate(${NAME + reading.row * cell} 0)`}
                className={rankHue(reading.rank)}
              >
                {reading.documents.map(({ index, from, to }) => (
                  <rect
                    key={index}
                    x={(from / sequenceLength) * (cell - GAP)}
                    y={3}
                    width={Math.max(0.4, ((to - from) / sequenceLength) * (cell - GAP) - (cell > 30 ? 0.8 : 0))}
                    height={LINE - 5}
                    className={index === document ? styles.pointed : index % 2 === 0 ? styles.even : styles.odd}
                  />
                ))}
                {line === place.line && reading.row === place.row ? (
                  <rect x={-1} y={1.5} width={cell} height={LINE - 2} className={styles.place} />
                ) : null}
              </g>
            ))}
          </g>
        ))}
      </svg>
    </Walked>
  );
}
