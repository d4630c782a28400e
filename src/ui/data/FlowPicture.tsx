// The flow of documents from stage to stage: a band as wide as they are many, and what leaves it. A function of its rows.

import { type RefObject, useId, useRef, useState } from 'react';
import { useText } from '../i18n/useText';
import { Walked } from '../pictures/Walked';
import { useWidth } from '../shard/useWidth';
import styles from './FlowPicture.module.css';
import type { FlowRow, FlowStage } from './flowRows';

interface FlowPictureProps {
  readonly rows: readonly FlowRow[];
  readonly stage: FlowStage;
  readonly onStage: (stage: FlowStage) => void;
  readonly svg: RefObject<SVGSVGElement | null>;
}

const NAME = 124;
const NUMBERS = 312;
const WIDE = 620;

export function FlowPicture({ rows, stage, onStage, svg }: FlowPictureProps) {
  const { t, format } = useText();
  const words = t.dataView.flow;
  const id = useId();
  const holder = useRef<HTMLDivElement>(null);
  const width = Math.max(260, useWidth(holder));
  const wide = width >= WIDE;
  const row = wide ? 40 : 64;
  // Between rows of text the bands stand apart.
  const band = wide ? 40 : 30;
  const bandWidth = width - NAME - (wide ? NUMBERS : 14);
  const most = Math.max(1, ...rows.map(({ documentsIn }) => documentsIn));
  const across = (documents: number) => (documents / most) * bandWidth;
  const height = rows.length * row + 4;
  const say = (of: FlowRow) =>
    words.said(t.dataView.stage[of.stage], format.integer(of.documentsIn), format.integer(of.documentsOut));
  const said = rows.find((candidate) => candidate.stage === stage);
  // Said as it is walked, not as its numbers grow.
  const [walked, setWalked] = useState('');
  return (
    <>
      <Walked
        ref={holder}
        className={styles.paper}
        label={words.label(said === undefined ? '' : say(said))}
        onKeyDown={(event) => {
          const at = rows.findIndex((candidate) => candidate.stage === stage);
          const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
          const found = next === undefined ? undefined : rows[Math.max(0, Math.min(next, rows.length - 1))];
          if (found === undefined) return;
          event.preventDefault();
          onStage(found.stage);
          setWalked(say(found));
        }}
        onPointerDown={(event) => {
          const down = event.clientY - event.currentTarget.getBoundingClientRect().top;
          const found = rows[Math.floor(down / row)];
          if (found !== undefined) onStage(found.stage);
        }}
      >
        <svg ref={svg} width={width} height={height} aria-hidden className={styles.sheet}>
          <defs>
            <pattern id={id} width="5" height="5" patternUnits="userSpaceOnUse">
              <path d="M-1,6L6,-1M-3.5,3.5L3.5,-3.5M1.5,8.5L8.5,1.5" className={styles.dropLine} />
            </pattern>
          </defs>
          {rows.map((one, at) => {
            const [from, to] = [across(one.documentsIn), across(one.documentsOut)];
            const textX = wide ? width - 10 : 12;
            const anchor = wide ? 'end' : 'start';
            return (
              <g key={one.stage} transform={`translate(0 ${at * row})`}>
                {one.stage === stage ? <rect width={width} height={row} className={styles.chosen} /> : null}
                <text x={12} y={22} className={one.stage === stage ? styles.nameOn : styles.name}>
                  {t.dataView.stage[one.stage]}
                </text>
                <g transform={`translate(${NAME} 0)`}>
                  <path d={`M0,0H${from}V${band * 0.3}L${to},${band * 0.75}V${band}H0Z`} className={styles.band} />
                  {from - to < 0.5 ? null : (
                    <path
                      d={`M${from},${band * 0.3}V${band * 0.75}H${to}Z`}
                      fill={`url(#${id})`}
                      className={styles.drop}
                    />
                  )}
                </g>
                <text x={textX} y={wide ? 17 : 44} textAnchor={anchor} className={styles.number}>
                  {one.documentsIn === 0
                    ? ''
                    : words.documents(
                        format.integer(one.documentsIn),
                        format.integer(one.documentsOut),
                        one.dropped === 0 ? null : format.integer(one.dropped),
                      )}
                </text>
                <text x={textX} y={wide ? 32 : 58} textAnchor={anchor} className={styles.small}>
                  {amounts(one)}
                </text>
              </g>
            );
          })}
        </svg>
      </Walked>
      <p className="visually-hidden" role="status">
        {walked}
      </p>
    </>
  );

  function amounts({ stage: of, charactersIn, charactersOut, rate }: FlowRow): string {
    const parts: string[] = of === 'decontaminate' && rate !== null ? [words.trainingPart] : [];
    if (charactersIn !== null && charactersOut !== null && charactersIn > 0)
      parts.push(words.characters(format.compact(charactersIn), format.compact(charactersOut)));
    if (rate !== null)
      parts.push(charactersIn === null ? words.documentRate(format.compact(rate)) : words.rate(format.compact(rate)));
    return parts.join(' · ');
  }
}
