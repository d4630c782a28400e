// Memory of the run by kind: planned until it is allocated, then what is there.

import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { useRun } from '../stores/runStore';
import styles from './MemoryPanel.module.css';
import { MemoryBar, MemoryTable } from './MemoryTable';

export function MemoryPanel() {
  const { t, format } = useText();
  const memory = useRun((state) => state.memory);
  const planned = useRun((state) => state.estimate);
  const liveBuffers = useRun((state) => state.liveBuffers);
  const tuning = useRun((state) => state.facts?.tuning ?? null);
  const allocated = memory.length > 0;
  const rows = allocated ? memory : (planned?.memory ?? []);
  return (
    <Panel
      id="memory"
      fillable={false}
      title={
        <>
          {t.memory.title}{' '}
          <span className={styles.basis}>
            {rows.length === 0 ? '' : allocated ? t.memory.allocated : t.memory.planned}
          </span>
        </>
      }
    >
      {rows.length === 0 ? (
        <p className={styles.note}>{t.memory.empty}</p>
      ) : (
        <>
          <MemoryBar rows={rows} height={16} />
          <MemoryTable rows={rows} />
          <p className={styles.note}>
            {liveBuffers > 0 ? t.memory.buffers(format.integer(liveBuffers)) : ''}
            {planned === null
              ? ''
              : ` · ${t.memory.largest(format.bytes(planned.largestBufferBytes), format.bytes(planned.largestBufferLimit))}`}
          </p>
        </>
      )}
      {tuning === null ? null : (
        <details className={styles.tuning}>
          <summary data-term="tuning">{t.run.tuning}</summary>
          {tuning.length === 0 ? (
            <p>{t.run.tuningNone}</p>
          ) : (
            <ul>
              {tuning.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          )}
        </details>
      )}
    </Panel>
  );
}
