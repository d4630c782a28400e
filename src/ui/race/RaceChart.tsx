// The race's chart: what the curves are drawn against, their legend with the values under the cursor, and the curves.

import { useMemo, useState } from 'react';
import type uPlot from 'uplot';
import legend from '../charts/Legend.module.css';
import { useText } from '../i18n/useText';
import { type RaceEntry, raceStore, useRace } from '../stores/raceStore';
import { useView } from '../stores/viewStore';
import { lossText, PLAIN_LOSS } from './lossText';
import styles from './Race.module.css';
import { RaceMark } from './RaceMark';
import { RacePlot } from './RacePlot';
import { columnAt, joinCurves, positions, raceAxes } from './raceCurves';

/** Of each curve, more than a wide screen has pixels for is not drawn. */
const MAX_POINTS = 1500;

interface RaceChartProps {
  readonly entries: readonly RaceEntry[];
  readonly onReady: (plot: uPlot | null) => void;
}

export function RaceChart({ entries, onReady }: RaceChartProps) {
  const { t, format } = useText();
  const words = t.race;
  const axis = useRace((race) => race.axis);
  const smoothing = useView((view) => view.smoothing);
  const [cursor, setCursor] = useState<number | null>(null);
  const data = useMemo(() => joinCurves(entries, axis, smoothing, MAX_POINTS), [entries, axis, smoothing]);
  const [xs, ...columns] = data;
  const begun = entries.filter(({ curve }) => curve.step.length > 0);
  const absent = begun.filter((entry) => positions(entry, axis) === null);
  // The same functions while the language stays, so that only news redraws the curves.
  const { shown, formatY } = useMemo(
    () => ({
      shown: (value: number) => format.significant(value, 4),
      formatY: (value: number) => (value < PLAIN_LOSS ? format.significant(value, 3) : lossText(value, 0, format)),
    }),
    [format],
  );
  return (
    <>
      <div className={styles.head}>
        <fieldset className={styles.axis}>
          <legend>{words.axis}</legend>
          {raceAxes.map((name) => (
            <label key={name}>
              <input
                type="radio"
                name="race-axis"
                checked={axis === name}
                onChange={() => raceStore.setState({ axis: name })}
              />
              {words.axes[name]}
            </label>
          ))}
        </fieldset>
        <span className={styles.quiet}>{cursor === null ? '' : `${shown(cursor)} ${words.axes[axis]}`}</span>
      </div>
      <dl className={`${legend.legend} ${styles.legend}`}>
        {entries.map(({ id }, index) => {
          const column = columns[index] ?? [];
          const value = columnAt(xs, column, cursor ?? xs.at(-1) ?? 0) ?? (cursor === null ? lastOf(column) : null);
          return (
            <div key={id}>
              <dt>
                <RaceMark id={id} /> {words.names[id]}
              </dt>
              <dd>{value === null ? '–' : lossText(value, 3, format)}</dd>
            </div>
          );
        })}
      </dl>
      <RacePlot
        name={words.chart}
        summary={`${words.summary(format.integer(begun.length), words.axes[axis])} ${words.cursorHint}`}
        ids={entries.map(({ id }) => id)}
        data={data}
        formatX={shown}
        formatY={formatY}
        onCursor={setCursor}
        onReady={onReady}
      />
      {absent.length === 0 ? null : (
        <p className={styles.text}>{words.noTraffic(absent.map(({ id }) => words.names[id]).join(', '))}</p>
      )}
    </>
  );
}

function lastOf(column: readonly (number | null)[]): number | null {
  return column.findLast((value) => value !== null) ?? null;
}
