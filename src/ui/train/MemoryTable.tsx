// GPU memory by kind: a bar with one stretch a kind, and the same as a table. Used by the panel and the header's gauge.

import type { MemoryRow } from '../../core/records';
import { useText } from '../i18n/useText';
import { Term } from '../parts/Term';
import styles from './MemoryTable.module.css';

const kinds = [
  'parameters',
  'gradients',
  'optimizer',
  'gathered',
  'activations',
  'inputs',
  'scratch',
  'readback',
] as const;

export function memoryTotal(rows: readonly MemoryRow[]): number {
  return rows.reduce((sum, row) => sum + row.bytes, 0);
}

export function MemoryBar({ rows, height }: { readonly rows: readonly MemoryRow[]; readonly height: number }) {
  const total = Math.max(1, memoryTotal(rows));
  return (
    <div className={styles.bar} style={{ blockSize: height }} aria-hidden>
      {rows.map((row) => (
        <span key={row.kind} className={styles[row.kind]} style={{ flexGrow: row.bytes / total }} />
      ))}
    </div>
  );
}

export function MemoryTable({ rows }: { readonly rows: readonly MemoryRow[] }) {
  const { t, format } = useText();
  const total = memoryTotal(rows);
  return (
    <table className={styles.table}>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">{t.memory.kind}</th>
          <th scope="col">{t.memory.size}</th>
          <th scope="col">{t.memory.share}</th>
        </tr>
      </thead>
      <tbody>
        {kinds.map((kind) => {
          const bytes = rows.filter((row) => row.kind === kind).reduce((sum, row) => sum + row.bytes, 0);
          // Only runs that shard over replicas gather anything.
          if (kind === 'gathered' && bytes === 0) return null;
          return (
            <tr key={kind}>
              <th scope="row">
                <span className={`${styles.chip} ${styles[kind]}`} aria-hidden />
                <Term id={`memory.${kind}`}>{t.memory.kinds[kind]}</Term>
              </th>
              <td>{format.bytes(bytes)}</td>
              <td>{format.percent(total === 0 ? 0 : bytes / total)}</td>
            </tr>
          );
        })}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{t.memory.total}</th>
          <td>{format.bytes(total)}</td>
          <td />
        </tr>
      </tfoot>
    </table>
  );
}
