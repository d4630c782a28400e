// Makes the model smaller, by rounding, pruning or teaching a smaller one, and shows what that saves and costs beside the model as it was. Numbers are
// measured by the workers.

import { Download, Play, X } from 'lucide-react';
import { Fragment, useState } from 'react';
import type { CompressionRow } from '../../core/records';
import { saveFolder } from '../downloads';
import { useText } from '../i18n/useText';
import { compressController } from '../labControllerCompress';
import { IconButton, Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import table from '../parts/Table.module.css';
import { Term } from '../parts/Term';
import { FailureText } from '../states/FailureText';
import { type AskedStudent, type CompressTrial, useCompress } from '../stores/compressStore';
import { CompressForm } from './CompressForm';
import styles from './CompressPanel.module.css';
import { DistillForm } from './DistillForm';

export function CompressPanel() {
  const { t } = useText();
  const words = t.play.compress;
  const error = useCompress((state) => state.error);
  const text = useCompress((compress) => compress.text);
  const trials = useCompress((compress) => compress.trials);
  const growing = useCompress((compress) => compress.rows);
  const asked = useCompress((compress) => compress.asked);
  const shown = [...trials, ...(asked === null ? [] : [{ id: 0, ...asked, rows: growing, folder: null }])];
  const [heldOut, setHeldOut] = useState('2000');
  const tokens = Math.max(1, Math.floor(Number(heldOut) || 0));
  const any = shown.some(({ rows }) => rows.length > 0);
  return (
    <Panel id="playCompress" title={words.title}>
      <p className={styles.judge}>
        <label>
          {words.heldOut}
          <input type="number" min={1} step={500} value={heldOut} onChange={({ target }) => setHeldOut(target.value)} />
        </label>
        {words.heldOutHint}
      </p>
      <CompressForm tokens={tokens} />
      <DistillForm tokens={tokens} />
      {asked === null ? any ? null : <p className={styles.remark}>{words.empty}</p> : <UnderWay />}
      {error === null ? null : (
        <div className={styles.failed} role="alert">
          <h3>{words.failed}</h3>
          <FailureText error={error} details />
        </div>
      )}
      {any ? <Results trials={shown} /> : null}
      {any && text !== null ? <p className={styles.remark}>{words.judgedOn(text)}</p> : null}
    </Panel>
  );
}

function UnderWay() {
  const { t, format } = useText();
  const words = t.play.compress;
  const reading = useCompress(({ state }) => state === 'text');
  const progress = useCompress((state) => state.progress);
  const trains = progress !== null && progress.step < progress.steps;
  const said = reading ? words.readingText : trains ? words.distil.stages[progress.stage] : words.measuring;
  return (
    <div className={styles.underWay}>
      <p role="status">{said}</p>
      <progress max={1} {...(trains ? { value: progress.step / progress.steps } : {})} aria-label={said} />
      <Key icon={X} onClick={() => compressController.cancel()}>
        {words.cancel}
      </Key>
      {trains ? (
        <p className={styles.pace}>
          {words.distil.at(
            format.integer(progress.step),
            format.integer(progress.steps),
            format.fixed(progress.loss, 3),
          )}
          {progress.remainingMs === null ? '' : `; ${words.distil.left(format.duration(progress.remainingMs))}`}
        </p>
      ) : null}
    </div>
  );
}

/** The same model on the same tokens stands once above all that was made of it. */
function sameBase(a: CompressTrial | undefined, b: CompressTrial): boolean {
  const [one, other] = [a?.rows[0], b.rows[0]];
  return a?.model.files === b.model.files && one?.loss === other?.loss && one?.heldOutTokens === other?.heldOutTokens;
}

/** @param trials the one under way last */
function Results({ trials }: { readonly trials: readonly CompressTrial[] }) {
  const { t } = useText();
  const { columns, actions } = t.play.compress;
  const largest = Math.max(1, ...trials.flatMap(({ rows }) => rows).map(({ bytes }) => bytes));
  const several = new Set(trials.map(({ model }) => model.name)).size > 1;
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
          {trials.map((trial, at) => (
            <Fragment key={trial.id}>
              {trial.rows.map((row, index) => {
                if (index === 0)
                  return sameBase(trials[at - 1], trial) ? null : (
                    <Row key="base" row={row} largest={largest} about={several ? trial.model.name : null} />
                  );
                const own = index === trial.rows.length - 1 && trial.folder !== null ? { trial } : {};
                return <Row key={row.variant} row={row} largest={largest} about={trial.student} {...own} />;
              })}
            </Fragment>
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
  /** The student's sizes and steps, or the model's name where there are several. */
  readonly about: AskedStudent | string | null;
  /** Whose folder this row is of. */
  readonly trial?: CompressTrial;
}

function Row({ row, largest, about, trial }: RowProps) {
  const { t, format } = useText();
  const words = t.play.compress;
  const { variant, bytes, tokensPerSecond, tokensPerSecondLow, tokensPerSecondHigh, loss, perplexity } = row;
  const changed = row.perplexityChange !== 0;
  const known = Object.entries(words.variants).find(([name]) => name === row.variant)?.[1];
  const called = known ?? variant;
  return (
    <tr>
      <th scope="row" className={table.textual}>
        {called}
        {about === null ? null : (
          <span className={styles.spread}>{typeof about === 'string' ? about : <Asked student={about} />}</span>
        )}
      </th>
      <td>
        {trial === undefined ? null : (
          <span className={styles.actions}>
            <IconButton
              icon={Play}
              label={`${words.play}: ${called}`}
              onClick={() => void compressController.play(trial)}
            />
            <IconButton
              icon={Download}
              label={`${words.save}: ${called}`}
              onClick={() => void saveFolder(trial.folder?.files ?? [], `shardlab-${fileName(variant)}`)}
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

function Asked({ student }: { readonly student: AskedStudent }) {
  const { t, format } = useText();
  const { layers, width, steps, temperature, alpha } = student;
  return t.play.compress.asked(
    format.integer(layers),
    format.integer(width),
    format.integer(steps),
    format.significant(temperature),
    format.significant(alpha),
  );
}

function fileName(variant: string): string {
  return variant.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
