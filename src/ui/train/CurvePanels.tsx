// The three smaller curves: learning rate, gradient norm and speed, with the loss chart's cursor and zoom.

import { useCallback, useRef, useState } from 'react';
import type uPlot from 'uplot';
import { CurveTable } from '../charts/CurveTable';
import { chartCanvas } from '../charts/chartPicture';
import { useChart } from '../charts/chartStore';
import { type CurveWindow, metricCurve, valueAt } from '../charts/curves';
import { type Pen, Plot } from '../charts/Plot';
import { useMetrics } from '../charts/useMetrics';
import type { TermId } from '../i18n/termsEn';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import { type MetricName, metricsLog } from '../stores/metricsLog';
import { useSetup } from '../stores/setupStore';
import { useView } from '../stores/viewStore';
import styles from './Charts.module.css';
import { ChartTools } from './ChartTools';

interface CurveSpec {
  readonly metric: MetricName;
  readonly term: TermId;
  readonly unit: string;
  readonly smoothed: boolean;
}

const curves: readonly CurveSpec[] = [
  { metric: 'learningRate', term: 'train.learningRate', unit: '', smoothed: false },
  { metric: 'gradientNorm', term: 'gradientNorm', unit: '', smoothed: true },
  { metric: 'tokensPerSecond', term: 'speed', unit: 'token/s', smoothed: false },
];
const pens: readonly Pen[] = [{ color: '--pen-third', width: 1.5 }];

export function CurvePanels() {
  const { t } = useText();
  return (
    <Panel id="curves" title={`${t.charts.learningRate} · ${t.charts.gradientNorm} · ${t.charts.speed}`} flush>
      <div className={styles.charts}>
        <div className={styles.trio}>
          {curves.map((curve) => (
            <Curve key={curve.metric} {...curve} />
          ))}
        </div>
      </div>
    </Panel>
  );
}

function Curve({ metric, term, unit, smoothed }: CurveSpec) {
  const { t, format, termName } = useText();
  useMetrics();
  const steps = useSetup((state) => state.config.train.steps);
  const smoothing = useView((state) => (smoothed ? state.smoothing : 0));
  const cursor = useChart((state) => state.cursor);
  const [asTable, setAsTable] = useState(false);
  const plot = useRef<uPlot | null>(null);
  const data = useCallback(
    (window: CurveWindow) => metricCurve(metricsLog, metric, smoothing, window),
    [metric, smoothing],
  );
  const name = termName(term);
  const shown = (value: number) => (metric === 'tokensPerSecond' ? format.compact(value) : format.scientific(value));
  const value = valueAt(metricsLog, metric, cursor);
  const rows = () =>
    Array.from({ length: metricsLog.length }, (_, row) => [
      metricsLog.columns.step[row] ?? 0,
      metricsLog.columns[metric][row] ?? null,
    ]);
  const last = metricsLog.last(metric);
  const summary =
    last === null
      ? t.charts.noData(name)
      : t.charts.summary(
          name,
          shown(metricsLog.columns[metric][0] ?? 0),
          shown(last),
          format.integer(metricsLog.length),
        );
  return (
    <figure className={styles.small} aria-label={name}>
      <figcaption className={styles.caption}>
        <Term id={term} />
        <span className={styles.value}>
          {value === null || !Number.isFinite(value) ? '–' : shown(value)} <span className={styles.unit}>{unit}</span>
        </span>
        <span className={styles.captionTools}>
          <ChartTools
            name={metric}
            asTable={asTable}
            onTable={setAsTable}
            empty={metricsLog.length === 0}
            canvas={() => (plot.current === null ? null : chartCanvas(plot.current, name, []))}
            table={() => ({ columns: ['step', metric], rows: rows() })}
          />
        </span>
      </figcaption>
      {asTable ? (
        <CurveTable
          name={name}
          header={[t.charts.step, name]}
          rows={rows()}
          format={(cell, column) => (column === 0 ? format.integer(cell) : shown(cell))}
        />
      ) : (
        <Plot
          name={name}
          summary={summary}
          pens={pens}
          data={data}
          totalSteps={steps}
          className={styles.smallPlot}
          formatX={format.integer}
          formatY={shown}
          onReady={(made) => {
            plot.current = made;
          }}
        />
      )}
    </figure>
  );
}
