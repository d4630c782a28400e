// The check view: every kernel variant on this device against its 64-bit reference, row by row as it comes.

import { Play, Square } from 'lucide-react';
import { useState } from 'react';
import type { CheckRow } from '../../core/records';
import { adapterName } from '../header/AdapterChip';
import { type Texts, useText } from '../i18n/useText';
import { labController } from '../labController';
import { Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import table from '../parts/Table.module.css';
import { Term } from '../parts/Term';
import { FailureText } from '../states/FailureText';
import { Unsupported } from '../states/Unsupported';
import { useRun } from '../stores/runStore';
import styles from './CheckView.module.css';

export function CheckView() {
  const texts = useText();
  const { t } = texts;
  const { checkRows: rows, checkState, checkError, adapter, device } = useRun((state) => state);
  const [filter, setFilter] = useState('');
  const [onlyFailed, setOnlyFailed] = useState(false);
  const running = checkState === 'running';
  const shown = rows.filter((row) => row.check.includes(filter.trim()) && (!onlyFailed || !row.ok));
  const start = () => void labController.checkKernels(filter.trim());
  return (
    <main id="main" className={styles.view} tabIndex={-1}>
      {device === 'absent' ? (
        <Unsupported />
      ) : (
        <Panel id="check" title={t.check.title} flush>
          <div className={styles.head}>
            <p className={styles.intro}>
              {t.check.intro} {t.check.pausesRun}
            </p>
            <div className={styles.tools}>
              {running ? (
                <Key icon={Square} onClick={() => labController.stopCheck()}>
                  {t.check.stop}
                </Key>
              ) : (
                <Key primary icon={Play} onClick={start}>
                  {rows.length > 0 ? t.check.again : t.check.run}
                </Key>
              )}
              <label className={styles.filter}>
                {t.check.filter}
                <input
                  type="search"
                  value={filter}
                  spellCheck={false}
                  autoComplete="off"
                  onChange={(event) => setFilter(event.target.value)}
                />
              </label>
              <label className={styles.only}>
                <input type="checkbox" checked={onlyFailed} onChange={(event) => setOnlyFailed(event.target.checked)} />
                {t.check.onlyFailed}
              </label>
            </div>
            <p className={styles.summary} role="status" data-testid="check-summary">
              {summary(rows, checkState, texts)}
              {rows.length > 0 && adapter !== null ? ` ${t.check.onAdapter(adapterName(adapter))}` : ''}
            </p>
            {checkError === null ? null : <FailureText error={checkError} details />}
          </div>
          {rows.length === 0 ? null : shown.length === 0 ? (
            <p className={styles.none}>{t.check.none}</p>
          ) : (
            <CheckTable rows={shown} />
          )}
        </Panel>
      )}
    </main>
  );
}

function CheckTable({ rows }: { readonly rows: readonly CheckRow[] }) {
  const { t, format } = useText();
  return (
    <ScrollArea className={`${table.scroll} ${styles.scroll}`} label={t.check.title}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col" className={`${table.textual} ${styles.name}`}>
              {t.check.name}
            </th>
            <th scope="col">
              <Term id="maxError">{t.check.maxError}</Term>
            </th>
            <th scope="col">
              <Term id="tolerance">{t.check.tolerance}</Term>
            </th>
            <th scope="col" className={styles.used}>
              {t.check.used}
            </th>
            <th scope="col">{t.check.result}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const used = row.tolerance > 0 ? row.maxError / row.tolerance : row.ok ? 0 : 1;
            return (
              <tr key={row.check} className={row.ok ? undefined : styles.bad}>
                <th scope="row" className={`${table.textual} ${styles.name}`}>
                  {row.check}
                  {row.details === undefined ? null : <span className={styles.details}> {row.details}</span>}
                </th>
                <td>{format.scientific(row.maxError)}</td>
                <td>{format.scientific(row.tolerance)}</td>
                <td className={styles.used}>
                  <span className={styles.track} aria-hidden>
                    <span style={{ inlineSize: `${Math.min(1, used) * 100}%` }} />
                  </span>
                  {Number.isFinite(used) ? format.percent(used, used < 0.1 ? 1 : 0) : '∞'}
                </td>
                <td>{row.ok ? t.check.ok : t.check.failed}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollArea>
  );
}

function summary(
  rows: readonly CheckRow[],
  state: 'idle' | 'running' | 'done' | 'stopped',
  { t, format }: Texts,
): string {
  const count = format.integer(rows.length);
  const failed = rows.filter((row) => !row.ok).length;
  if (state === 'running') return `${t.check.running} ${t.check.summaryRunning(count)}`;
  if (state === 'done' && rows.length === 0) return t.check.none;
  if (state === 'idle' || rows.length === 0) return state === 'stopped' ? t.check.stopped : t.check.empty;
  if (failed > 0) return t.check.summaryFailed(format.integer(failed), count);
  return state === 'stopped' ? `${t.check.stopped}. ${t.check.summaryRunning(count)}` : t.check.summaryAllOk(count);
}
