// The main curve: training and held-out loss on one sheet, with the baselines that say what the numbers mean.

import { useCallback, useMemo, useRef, useState } from 'react';
import type uPlot from 'uplot';
import { CurveTable } from '../charts/CurveTable';
import { chartCanvas } from '../charts/chartPicture';
import { useChart } from '../charts/chartStore';
import { type CurveWindow, evaluationAt, lossCurves, smoothedAt, valueAt } from '../charts/curves';
import legend from '../charts/Legend.module.css';
import { type Pen, Plot } from '../charts/Plot';
import { useMetrics } from '../charts/useMetrics';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import { metricsLog } from '../stores/metricsLog';
import { useRun } from '../stores/runStore';
import { useSetup } from '../stores/setupStore';
import { useView, viewStore } from '../stores/viewStore';
import styles from './Charts.module.css';
import { ChartTools } from './ChartTools';
import { NonFiniteNote } from './NonFiniteNote';

const VALIDATION_DASH = [7, 4];
const pens: readonly Pen[] = [
  { color: '--pen-train', width: 1, faint: true },
  { color: '--pen-train', width: 1.8 },
  { color: '--pen-validation', width: 1.6, dash: VALIDATION_DASH, points: true },
];

export function LossPanel() {
  const { t, format } = useText();
  const version = useMetrics();
  const facts = useRun((state) => state.facts);
  const steps = useSetup((state) => state.config.train.steps);
  const smoothing = useView((state) => state.smoothing);
  const logAxis = useView((state) => state.logAxis);
  const [asTable, setAsTable] = useState(false);
  const plot = useRef<uPlot | null>(null);
  const empty = metricsLog.length === 0;

  const data = useCallback((window: CurveWindow) => lossCurves(metricsLog, smoothing, window), [smoothing]);
  const baselines = useMemo(
    () =>
      facts === null
        ? []
        : [
            {
              label: `${t.charts.uniform} ${format.fixed(facts.uniformEntropy, 2)}`,
              value: facts.uniformEntropy,
              dash: [1, 3],
            },
            {
              label: `${t.charts.unigram} ${format.fixed(facts.unigramEntropy, 2)}`,
              value: facts.unigramEntropy,
              dash: [4, 3],
            },
            {
              label: `${t.charts.bigram} ${format.fixed(facts.bigramEntropy, 2)}`,
              value: facts.bigramEntropy,
              dash: [10, 3],
            },
          ],
    [facts, t, format],
  );
  const tableRows = () => {
    const { step, loss } = metricsLog.columns;
    const held = new Map(metricsLog.evaluations.map((row) => [row.step, row.loss]));
    return Array.from({ length: metricsLog.length }, (_, row) => [
      step[row] ?? 0,
      loss[row] ?? null,
      held.get(step[row] ?? 0) ?? null,
    ]);
  };
  const header = [t.charts.step, t.charts.train, t.charts.validation];
  const last = metricsLog.last('loss');
  const summary =
    last === null
      ? t.charts.noData(t.charts.loss)
      : t.charts.summary(
          t.charts.loss,
          format.fixed(metricsLog.columns.loss[0] ?? 0, 3),
          format.fixed(last, 3),
          format.integer(metricsLog.length),
        );
  const canvas = () =>
    plot.current === null
      ? null
      : chartCanvas(plot.current, `${t.charts.loss} (${t.charts.nats})`, [
          { text: t.charts.train, color: '--pen-train', dash: [] },
          { text: t.charts.validation, color: '--pen-validation', dash: VALIDATION_DASH },
        ]);

  return (
    <Panel
      id="loss"
      flush
      title={
        <>
          {t.charts.loss} <span className={styles.unit}>{t.charts.nats}</span>
        </>
      }
      tools={
        <ChartTools
          name="loss"
          asTable={asTable}
          onTable={setAsTable}
          empty={empty}
          canvas={canvas}
          table={() => ({ columns: ['step', 'train_loss_nats', 'validation_loss_nats'], rows: tableRows() })}
        />
      }
    >
      <div className={styles.bar}>
        <LossLegend version={version} />
        <div className={styles.controls}>
          <label className={styles.slider}>
            <span data-term="smoothing">{t.charts.smoothing}</span>
            <input
              type="range"
              min={0}
              max={0.98}
              step={0.02}
              value={smoothing}
              onChange={(event) => viewStore.setState({ smoothing: Number(event.target.value) })}
            />
            <output>{format.fixed(smoothing, 2)}</output>
          </label>
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={logAxis}
              onChange={(event) => viewStore.setState({ logAxis: event.target.checked })}
            />
            <span data-term="logAxis">{t.charts.logAxis}</span>
          </label>
        </div>
      </div>
      {asTable ? (
        <CurveTable
          name={t.charts.loss}
          header={header}
          rows={tableRows()}
          format={(value, column) => (column === 0 ? format.integer(value) : format.fixed(value, 4))}
        />
      ) : (
        <div className={styles.sheet}>
          <Plot
            name={t.charts.loss}
            summary={`${summary} ${t.charts.zoomHint}`}
            pens={pens}
            data={data}
            log={logAxis}
            baselines={baselines}
            totalSteps={steps}
            className={styles.large}
            formatX={format.integer}
            formatY={(value) => format.significant(value, 3)}
            onReady={(made) => {
              plot.current = made;
            }}
          />
          {empty ? (
            <p className={styles.empty}>
              <span>{t.charts.empty}</span>
            </p>
          ) : null}
        </div>
      )}
      <NonFiniteNote />
      {metricsLog.stride > 1 ? (
        <p className={styles.note}>{t.charts.thinned(format.integer(metricsLog.stride))}</p>
      ) : null}
    </Panel>
  );
}

/** The values under the cursor, or the last ones. */
function LossLegend({ version: _ }: { readonly version: number }) {
  const { t, format } = useText();
  const cursor = useChart((state) => state.cursor);
  const smoothing = useView((state) => state.smoothing);
  const raw = valueAt(metricsLog, 'loss', cursor);
  const even = smoothedAt(metricsLog, 'loss', smoothing, cursor);
  const held = evaluationAt(metricsLog, cursor);
  const shown = (value: number | null | undefined, decimals = 3) =>
    value == null ? '–' : format.fixed(value, decimals);
  return (
    <dl className={legend.legend}>
      <div>
        <dt>
          <i className={styles.penTrain} aria-hidden />
          <Term id="loss">{t.charts.train}</Term>
        </dt>
        <dd>
          {shown(even)} {smoothing > 0 && raw !== null ? <span className={styles.raw}>{shown(raw)}</span> : null}
        </dd>
      </div>
      <div>
        <dt>
          <i className={styles.penValidation} aria-hidden />
          <Term id="validationLoss">{t.charts.validation}</Term>
        </dt>
        <dd>{shown(held?.loss)}</dd>
      </div>
      <div>
        <dt>
          <Term id="perplexity">{t.charts.perplexity}</Term>
        </dt>
        <dd>{shown(held?.perplexity, 2)}</dd>
      </div>
      <div>
        <dt>
          <Term id="bitsPerByte">{t.charts.bitsPerByte}</Term>
        </dt>
        <dd>{shown(held?.bitsPerByte)}</dd>
      </div>
      {cursor === null ? null : (
        <div>
          <dt>{t.charts.step}</dt>
          <dd>{format.integer(cursor)}</dd>
        </div>
      )}
    </dl>
  );
}
