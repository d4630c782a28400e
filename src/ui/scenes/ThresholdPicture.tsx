// A classifier of two classes at a threshold that the person moves: confusion matrix, precision and recall, and where that lies on both curves.

import { useId, useState } from 'react';
import { curvePoints, type Judged, scoresAt } from '../../core/binaryScores';
import { useText } from '../i18n/useText';
import table from '../parts/Table.module.css';
import styles from './ThresholdPicture.module.css';

const SIDE = 120;

export function ThresholdPicture({ judged }: { readonly judged: readonly Judged[] }) {
  const { t, format } = useText();
  const [threshold, setThreshold] = useState(0.5);
  const slider = useId();
  const words = t.scenes.threshold;
  const scores = scoresAt(judged, threshold);
  const { truePositives, falsePositives, falseNegatives, trueNegatives, precision, recall, f1, accuracy } = scores;
  const points = curvePoints(judged);
  const negatives = falsePositives + trueNegatives;
  const { positive, negative } = words.classes;
  const rows = [
    { truth: positive, cells: [truePositives, falseNegatives], right: 0 },
    { truth: negative, cells: [falsePositives, trueNegatives], right: 1 },
  ];
  return (
    <section className={styles.picture} aria-label={words.title} data-testid="threshold">
      <h3>{words.title}</h3>
      <div className={styles.slider}>
        <label htmlFor={slider}>{words.label}</label>
        <input
          id={slider}
          type="range"
          min={0}
          max={1}
          step={0.01}
          value={threshold}
          onChange={(event) => setThreshold(event.target.valueAsNumber)}
        />
        <output htmlFor={slider}>{words.said(format.fixed(threshold, 2))}</output>
      </div>
      <div className={styles.parts}>
        <table className={table.table}>
          <caption>{words.confusion}</caption>
          <thead>
            <tr>
              <th scope="col" className={table.textual}>
                {words.truth}
              </th>
              <th scope="col">{words.called(positive)}</th>
              <th scope="col">{words.called(negative)}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ truth, cells, right }) => (
              <tr key={truth}>
                <th scope="row" className={table.textual}>
                  {truth}
                </th>
                {cells.map((count, column) => (
                  <td
                    key={`${truth} ${column === 0 ? positive : negative}`}
                    className={column === right ? styles.right : styles.wrong}
                  >
                    {format.integer(count)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        <dl className={styles.shares}>
          {[
            [words.precision, precision],
            [words.recall, recall],
            [words.f1, f1],
            [words.accuracy, accuracy],
          ].map(([name, share]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{format.percent(Number(share), 1)}</dd>
            </div>
          ))}
        </dl>
        <Curve
          label={words.roc}
          points={points.map(({ falsePositiveRate, recall }) => [falsePositiveRate, recall])}
          here={[negatives > 0 ? falsePositives / negatives : 0, recall]}
        />
        <Curve
          label={words.pr}
          points={points.map(({ recall, precision }) => [recall, precision])}
          here={[recall, precision]}
        />
      </div>
      <p className={styles.note}>{words.curves}</p>
    </section>
  );
}

interface CurveProps {
  readonly label: string;
  /** x and y from 0 to 1. */
  readonly points: readonly (readonly [number, number])[];
  readonly here: readonly [number, number];
}

function Curve({ label, points, here }: CurveProps) {
  const place = ([x, y]: readonly [number, number]) => `${(x * SIDE).toFixed(1)},${((1 - y) * SIDE).toFixed(1)}`;
  return (
    <figure className={styles.curve}>
      <svg viewBox={`-6 -6 ${SIDE + 12} ${SIDE + 12}`} role="img" aria-label={label}>
        <rect x={0} y={0} width={SIDE} height={SIDE} className={styles.paper} />
        <polyline points={points.map(place).join(' ')} className={styles.line} />
        <circle cx={here[0] * SIDE} cy={(1 - here[1]) * SIDE} r={4} className={styles.here} />
      </svg>
      <figcaption>{label}</figcaption>
    </figure>
  );
}
