// Step time against memory: a ring for each plan that was predicted, a stair along those that none beats in both, and the plan as it is set.
// A picture of the table beside it, which has the same by keyboard; a ring takes its plan over.

import { useEffect, useRef, useState } from 'react';
import { memoryLimitBytes } from '../../planner/clusterMemory';
import type { ClusterPlan, Prediction } from '../../planner/clusterPlan';
import type { SearchResult } from '../../planner/search';
import { choiceKey, choiceOf, sameChoice } from '../../planner/searchSpace';
import { linearTicks } from '../charts/ticks';
import { useText } from '../i18n/useText';
import { adoptChoice } from '../stores/plannerStore';
import { choiceText } from './planText';
import styles from './Search.module.css';

const HEIGHT = 250;
const EDGE = { left: 62, right: 16, top: 14, bottom: 28 };
const GIB = 2 ** 30;

interface ParetoPlotProps {
  readonly result: SearchResult;
  readonly base: ClusterPlan;
  /** The plan as it is set, where it could be predicted. */
  readonly own: Prediction | null;
  readonly plan: ClusterPlan;
}

export function ParetoPlot({ result, base, own, plan }: ParetoPlotProps) {
  const texts = useText();
  const { t, format } = texts;
  const words = t.planner.search;
  const [paper, width] = useWidth();
  const { candidates, front, best } = result;
  const limit = memoryLimitBytes(base.hardware);
  const fastest = candidates[0].stepMs;
  const inSight = own !== null && own.stepMs < 2 * fastest && own.stepMs > 0.5 * fastest ? own : null;
  const times = [...candidates.map(({ stepMs }) => stepMs), ...(inSight === null ? [] : [inSight.stepMs])];
  const low = Math.min(...times) * 0.97;
  const high = Math.max(...times, fastest * 1.1) * 1.02;
  const most = Math.max(limit, ...candidates.map(({ peakBytes }) => peakBytes), inSight?.peakBytes ?? 0) * 1.06;
  const inner = { width: width - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };
  const x = (ms: number) => EDGE.left + ((ms - low) / (high - low)) * inner.width;
  const y = (bytes: number) => EDGE.top + (1 - bytes / most) * inner.height;
  const unit = high > 2000 ? 1000 : 1;
  const xTicks = linearTicks(low / unit, high / unit, inner.width / 90).map((tick) => tick * unit);
  const yTicks = linearTicks(0, most / GIB, inner.height / 44).map((tick) => tick * GIB);
  const members = front.map((index) => candidates[index]);
  const stair = members.map(({ stepMs, peakBytes }, index) =>
    index === 0 ? `M${x(stepMs)},${y(peakBytes)}` : `H${x(stepMs)}V${y(peakBytes)}`,
  );
  return (
    <>
      <svg
        ref={paper}
        className={styles.plot}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        height={HEIGHT}
        role="img"
        aria-label={`${words.plot}, ${t.planner.predicted}. ${words.plotSummary(format.integer(candidates.length), format.integer(front.length))}`}
      >
        {xTicks.map((tick) => (
          <g key={tick}>
            <line className={styles.grid} x1={x(tick)} x2={x(tick)} y1={EDGE.top} y2={HEIGHT - EDGE.bottom} />
            <text className={styles.axis} x={x(tick)} y={HEIGHT - 10} textAnchor="middle">
              {format.duration(tick)}
            </text>
          </g>
        ))}
        {yTicks.map((tick) => (
          <g key={tick}>
            <line className={styles.grid} x1={EDGE.left} x2={width - EDGE.right} y1={y(tick)} y2={y(tick)} />
            <text className={styles.axis} x={EDGE.left - 6} y={y(tick) + 4} textAnchor="end">
              {tick === 0 ? '0' : format.bytes(tick)}
            </text>
          </g>
        ))}
        <line className={styles.limit} x1={EDGE.left} x2={width - EDGE.right} y1={y(limit)} y2={y(limit)} />
        <text className={styles.axis} x={width - EDGE.right} y={y(limit) - 5} textAnchor="end">
          {t.planner.memory.limit(format.bytes(limit))}
        </text>
        <path className={styles.stair} d={stair.join('')} />
        {candidates.map((row, index) => {
          const mine = sameChoice(row.choice, choiceOf(plan));
          const look = mine ? styles.mine : front.includes(index) ? styles.onFront : '';
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: the table's buttons do the same by keyboard
            <circle
              key={choiceKey(row.choice)}
              className={`${styles.dot} ${look}`}
              cx={x(row.stepMs)}
              cy={y(row.peakBytes)}
              r={index === best ? 7 : 4.5}
              onClick={() => adoptChoice(row.choice)}
            >
              <title>{choiceText(row.choice, texts)}</title>
            </circle>
          );
        })}
        {inSight === null ? null : (
          <g className={styles.cross}>
            <line
              x1={x(inSight.stepMs) - 9}
              x2={x(inSight.stepMs) + 9}
              y1={y(inSight.peakBytes)}
              y2={y(inSight.peakBytes)}
            />
            <line
              x1={x(inSight.stepMs)}
              x2={x(inSight.stepMs)}
              y1={y(inSight.peakBytes) - 9}
              y2={y(inSight.peakBytes) + 9}
            />
          </g>
        )}
      </svg>
      <ul className={styles.key}>
        <Mark name={words.bestName}>
          <circle className={styles.onFront} fill="none" cx={9} cy={8} r={6.5} />
        </Mark>
        <Mark name={words.frontName}>
          <circle className={styles.onFront} fill="none" cx={9} cy={8} r={4.5} />
        </Mark>
        <Mark name={words.otherName}>
          <circle className={styles.dot} cx={9} cy={8} r={4.5} />
        </Mark>
        <Mark name={words.ownName}>
          <path className={styles.cross} d="M1,8H17M9,0V16" />
        </Mark>
      </ul>
    </>
  );
}

function Mark({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <li>
      <svg width={18} height={16} aria-hidden>
        {children}
      </svg>
      {name}
    </li>
  );
}

/** As wide as there is room, so that text keeps its size. */
function useWidth(): [paper: React.RefObject<SVGSVGElement | null>, width: number] {
  const paper = useRef<SVGSVGElement>(null);
  const [width, setWidth] = useState(720);
  useEffect(() => {
    const element = paper.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined && entry.contentRect.width > 0) setWidth(Math.round(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [paper, width];
}
