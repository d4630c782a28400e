// What every rank holds at one moment of a step: a place for each set of activations, filled while it is in use, gathered parameters, gradients
// from partial (hatched) to complete (solid), and messages under way. A function of (places, holdings).

import type { RefObject } from 'react';
import type { StepPlan } from '../../parallel/stepPlan';
import type { RankHoldings } from '../../parallel/walk';
import { useText } from '../i18n/useText';
import { rankHue, rankPatternName } from '../mesh/rankLook';
import styles from './WalkPanel.module.css';

/** A set of activations that the plan needs on a rank. */
export interface HoldingPlace {
  readonly stage: number;
  readonly bank: number;
}

interface HoldingsPictureProps {
  readonly places: readonly (readonly HoldingPlace[])[];
  readonly holdings: readonly RankHoldings[];
  /** Parameters are gathered in this plan: without, their column is left out. */
  readonly gathers: boolean;
  /** The rank that the moment is of. */
  readonly rank: number | null;
  readonly label: string;
  readonly svg: RefObject<SVGSVGElement | null>;
}

const ROW = 25;
const HEAD = 22;
/** A mark and `Rank 15` in bold. */
const NAME = 78;
const SLOT = 21;
const GAP = 10;
const BAR = 74;
/** The least width of a column: its title. */
const TITLE = 66;
const UNIT = 18;

/** ZeRO 3 brings a unit's parameters together where they are used. */
export function gathersParameters({ actions }: StepPlan): boolean {
  return actions.some((ofRank) =>
    ofRank.some(
      (action) => action.kind === 'allGather' && action.tensor.of === 'parameters' && action.tensor.unit !== 'all',
    ),
  );
}

export function placesOf({ actions }: StepPlan): HoldingPlace[][] {
  return actions.map((ofRank) => {
    const banks = new Map<number, number>();
    for (const action of ofRank)
      if (action.kind === 'compute') banks.set(action.stage, Math.max(banks.get(action.stage) ?? 0, action.bank + 1));
    return [...banks]
      .sort(([a], [b]) => a - b)
      .flatMap(([stage, count]) => Array.from({ length: count }, (_, bank) => ({ stage, bank })));
  });
}

export function HoldingsPicture({ places, holdings, gathers, rank, label, svg }: HoldingsPictureProps) {
  const { t, format } = useText();
  const words = t.schedule.walk;
  const slots = places.reduce((most, ofRank) => Math.max(most, ofRank.length), 1);
  const most = holdings.reduce((count, { gathered }) => Math.max(count, gathered.length), 0);
  const gradients = NAME + Math.max(slots * SLOT, TITLE) + GAP;
  const gathered = gradients + BAR + GAP;
  const underWay = gathers ? gathered + Math.max(most * UNIT, TITLE) + GAP : gathered;
  const columns = { activations: NAME, gradients, gathered, underWay };
  const titles = (['activations', 'gradients', 'gathered', 'underWay'] as const).filter(
    (name) => gathers || name !== 'gathered',
  );
  const width = underWay + TITLE;
  const height = HEAD + holdings.length * ROW + 4;
  return (
    <svg ref={svg} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      {titles.map((name) => (
        <text key={name} x={columns[name]} y={14} className={styles.head}>
          {words[name]}
        </text>
      ))}
      {holdings.map((held, row) => {
        const y = HEAD + row * ROW;
        const share =
          held.allPasses + held.allSummed === 0 ? 0 : (held.passes + held.summed) / (held.allPasses + held.allSummed);
        return (
          <g key={held.rank} className={rankHue(held.rank)}>
            <rect
              x={0}
              y={y + 1}
              width={width}
              height={ROW - 2}
              className={rank === held.rank ? styles.now : styles.row}
            />
            <Swatch rank={held.rank} x={4} y={y + 6} />
            <text x={22} y={y + 17} className={rank === held.rank ? styles.bold : styles.text}>
              {t.mesh.rank(format.integer(held.rank))}
            </text>
            {(places[row] ?? []).map(({ stage, bank }, slot) => {
              const used = held.activations.find((known) => known.stage === stage && known.bank === bank);
              const x = columns.activations + slot * SLOT;
              return (
                <g key={`${stage} ${bank}`}>
                  <rect
                    x={x}
                    y={y + 4}
                    width={SLOT - 3}
                    height={16}
                    className={used === undefined ? styles.free : styles.ink}
                  />
                  {used === undefined ? null : (
                    <text x={x + (SLOT - 3) / 2} y={y + 16} textAnchor="middle" className={styles.on}>
                      {used.microBatch}
                    </text>
                  )}
                </g>
              );
            })}
            <rect x={columns.gradients} y={y + 6} width={BAR} height={12} className={styles.free} />
            {held.gradients === 'applied' ? (
              <text x={columns.gradients + BAR / 2} y={y + 16} textAnchor="middle" className={styles.text}>
                ✓
              </text>
            ) : (
              <rect
                x={columns.gradients}
                y={y + 6}
                width={share * BAR}
                height={12}
                className={held.gradients === 'complete' ? styles.ink : styles.pale}
              />
            )}
            {held.gathered.map((unit, at) => (
              <g key={unit}>
                <rect x={columns.gathered + at * UNIT} y={y + 4} width={UNIT - 3} height={16} className={styles.pale} />
                <text
                  x={columns.gathered + at * UNIT + (UNIT - 3) / 2}
                  y={y + 16}
                  textAnchor="middle"
                  className={styles.text}
                >
                  {unit}
                </text>
              </g>
            ))}
            {!gathers || held.gathered.length > 0 ? null : (
              <text x={columns.gathered} y={y + 16} className={styles.none}>
                –
              </text>
            )}
            <text x={columns.underWay} y={y + 16} className={held.underWay > 0 ? styles.text : styles.none}>
              {held.underWay > 0 ? `${format.integer(held.underWay)} →` : '–'}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

/** The rank's mark, drawn: hue and pattern. */
function Swatch({ rank, x, y }: { readonly rank: number; readonly x: number; readonly y: number }) {
  const pattern = rankPatternName(rank);
  const marks: Readonly<Record<typeof pattern, string>> = {
    plain: '',
    diagonal: 'M0,4L4,0M0,10L10,0M2,12L12,2M8,12L12,8',
    dots: 'M2,3h2M8,3h2M2,9h2M8,9h2',
    bars: 'M1.5,0v12M7.5,0v12',
  };
  return (
    <g transform={`translate(${x} ${y})`}>
      <rect width={12} height={12} className={pattern === 'plain' ? styles.ink : styles.paleFill} />
      <path d={marks[pattern]} className={pattern === 'bars' ? styles.thick : styles.thin} />
    </g>
  );
}
