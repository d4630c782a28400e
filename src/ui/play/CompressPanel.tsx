// Rounds and prunes the model, and shows what that saves and costs beside the model as it was. Numbers are measured by the workers.

import { Download, Play } from 'lucide-react';
import type { CompressionRow } from '../../core/records';
import { saveFolder } from '../downloads';
import { useText } from '../i18n/useText';
import { compressController } from '../labControllerCompress';
import { IconButton } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import table from '../parts/Table.module.css';
import { Term } from '../parts/Term';
import { FailureText } from '../states/FailureText';
import { type CompressTrial, useCompress } from '../stores/compressStore';
import { CompressForm } from './CompressForm';
import styles from './CompressPanel.module.css';

export function CompressPanel() {
  const { t } = useText();
  const words = t.play.compress;
  const error = useCompress((state) => state.error);
  const state = useCompress((compress) => compress.state);
  const text = useCompress((compress) => compress.text);
  const trials = useCompress((compress) => compress.trials);
  const growing = useCompress((compress) => compress.rows);
  const any = trials.length > 0 || growing.length > 0;
  return (
    <Panel id="playCompress" title={words.title}>
      <CompressForm />
      <p className={styles.remark} role="status">
        {state === 'text' ? words.readingText : state === 'measuring' ? words.measuring : any ? '' : words.empty}
      </p>
      {error === null ? null : (
        <div className={styles.failed} role="alert">
          <h3>{words.failed}</h3>
          <FailureText error={error} details />
        </div>
      )}
      {any ? <Results trials={trials} growing={growing} /> : null}
      {any && text !== null ? <p className={styles.remark}>{words.judgedOn(text)}</p> : null}
    </Panel>
  );
}

interface ResultsProps {
  readonly trials: readonly CompressTrial[];
  /** Of the trial under way. */
  readonly growing: readonly CompressionRow[];
}

function Results({ trials, growing }: ResultsProps) {
  const { t } = useText();
  const { columns, actions } = t.play.compress;
  const base = trials[0]?.rows[0] ?? growing[0];
  const largest = Math.max(1, ...[...trials.flatMap(({ rows }) => rows), ...growing].map(({ bytes }) => bytes));
  return (
    <div className={`${table.scroll} ${styles.results}`}>
      <table className={`${table.table} ${styles.table}`} data-testid="play-compressed">
        <thead>
          <tr>
            <th scope="col" className={table.textual}>
              {columns.variant}
            </th>
            <th scope="col">{actions}</th>
            <th scope="col">{columns.bytes}</th>
            <th scope="col">
              <Term id="playDecode">{columns.speed}</Term>
            </th>
            <th scope="col" className={styles.lesser}>
              <Term id="loss">{columns.loss}</Term>
            </th>
            <th scope="col">
              <Term id="perplexity">{columns.perplexity}</Term>
            </th>
            <th scope="col">
              <Term id="playPerplexityChange">{columns.change}</Term>
            </th>
            <th scope="col" className={styles.lesser}>
              {columns.zeros}
            </th>
          </tr>
        </thead>
        <tbody>
          {base === undefined ? null : <Row row={base} largest={largest} />}
          {trials.map((trial) =>
            trial.rows
              .slice(1)
              .map((row, at) => (
                <Row
                  key={`${trial.id} ${row.variant}`}
                  row={row}
                  largest={largest}
                  {...(at === trial.rows.length - 2 ? { trial } : {})}
                />
              )),
          )}
          {growing.slice(1).map((row) => (
            <Row key={row.variant} row={row} largest={largest} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  readonly row: CompressionRow;
  /** Bytes of the largest row. */
  readonly largest: number;
  /** Whose folder this row is of. */
  readonly trial?: CompressTrial;
}

function Row({ row, largest, trial }: RowProps) {
  const { t, format } = useText();
  const words = t.play.compress;
  const { variant, bytes, tokensPerSecond, tokensPerSecondLow, tokensPerSecondHigh, loss, perplexity } = row;
  const changed = row.perplexityChange !== 0;
  return (
    <tr>
      <th scope="row" className={table.textual}>
        {variant}
      </th>
      <td>
        {trial === undefined ? null : (
          <span className={styles.actions}>
            <IconButton
              icon={Play}
              label={`${words.play}: ${variant}`}
              onClick={() => void compressController.play(trial)}
            />
            <IconButton
              icon={Download}
              label={`${words.save}: ${variant}`}
              onClick={() => void saveFolder(trial.files, `shardlab-${fileName(variant)}`)}
            />
          </span>
        )}
      </td>
      <td className={styles.size}>
        {format.bytes(bytes)}
        <span className={styles.track} aria-hidden>
          <span style={{ inlineSize: `${(100 * bytes) / largest}%` }} />
        </span>
      </td>
      <td>
        {format.significant(tokensPerSecond)}
        <span className={styles.spread}>
          {words.spread(format.significant(tokensPerSecondLow), format.significant(tokensPerSecondHigh))}
        </span>
      </td>
      <td className={styles.lesser}>{format.fixed(loss, 4)}</td>
      <td>{format.significant(perplexity, 5)}</td>
      <td className={row.perplexityChange > 0.01 ? styles.worse : undefined}>
        {changed ? `${row.perplexityChange > 0 ? '+' : ''}${format.percent(row.perplexityChange, 2)}` : '–'}
      </td>
      <td className={styles.lesser}>{row.zeroShare > 0 ? format.percent(row.zeroShare) : '–'}</td>
    </tr>
  );
}

function fileName(variant: string): string {
  return variant.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
