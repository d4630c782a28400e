// Where the time of a step goes: each kernel's share, rate and bandwidth, on demand, sorted as asked.

import { Gauge } from 'lucide-react';
import { useState } from 'react';
import type { ProfileRow } from '../../core/records';
import type { TermId } from '../i18n/termsEn';
import { useText } from '../i18n/useText';
import { labController } from '../labController';
import { Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import table from '../parts/Table.module.css';
import { useRun } from '../stores/runStore';
import styles from './ProfilePanel.module.css';

type SortKey = 'label' | 'phase' | 'dispatches' | 'microseconds' | 'share' | 'gflopPerSecond' | 'gigabytesPerSecond';

export function ProfilePanel() {
  const { t, format } = useText();
  const profile = useRun((state) => state.profile);
  const profiling = useRun((state) => state.profiling);
  const ready = useRun((state) => state.facts !== null && state.failure === null && state.state !== 'preparing');
  const tool = (
    <Key
      icon={Gauge}
      disabled={!ready || profiling}
      title={ready ? undefined : t.profile.needRun}
      onClick={() => void labController.profile()}
    >
      {profiling ? t.profile.running : profile === null ? t.profile.run : t.profile.again}
    </Key>
  );
  return (
    <Panel id="profile" title={t.profile.title} tools={tool} flush>
      {profile === null ? (
        <p className={styles.note}>{t.profile.empty}</p>
      ) : profile.available ? (
        <>
          <p className={styles.note}>
            {t.profile.total(format.duration(profile.totalMicroseconds / 1000), format.integer(profile.rows.length))}
          </p>
          <ProfileTable rows={profile.rows} />
        </>
      ) : (
        <p className={styles.note}>
          {t.profile.unavailable}. {profile.reason}
        </p>
      )}
    </Panel>
  );
}

function ProfileTable({ rows }: { readonly rows: readonly ProfileRow[] }) {
  const { t, format } = useText();
  const [sort, setSort] = useState<{ readonly key: SortKey; readonly down: boolean }>({ key: 'share', down: true });
  const sorted = [...rows].sort((a, b) => {
    const left = a[sort.key];
    const right = b[sort.key];
    const order =
      typeof left === 'number' && typeof right === 'number' ? left - right : String(left).localeCompare(String(right));
    return sort.down ? -order : order;
  });
  const largest = Math.max(1e-9, ...rows.map((row) => row.share));
  const columns: readonly {
    readonly key: SortKey;
    readonly term: TermId;
    readonly label: string;
    readonly text?: boolean;
  }[] = [
    { key: 'label', term: 'kernel', label: t.profile.what, text: true },
    { key: 'phase', term: 'phase', label: t.profile.phase, text: true },
    { key: 'dispatches', term: 'dispatches', label: t.profile.dispatches },
    { key: 'microseconds', term: 'profileTime', label: t.profile.time },
    { key: 'share', term: 'share', label: t.profile.share },
    { key: 'gflopPerSecond', term: 'gflops', label: 'GFLOP/s' },
    { key: 'gigabytesPerSecond', term: 'bandwidth', label: 'GB/s' },
  ];
  return (
    <ScrollArea className={table.scroll} label={t.profile.title}>
      <table className={table.table}>
        <thead>
          <tr>
            {columns.map(({ key, term, label, text }) => (
              <th
                key={key}
                scope="col"
                className={text ? table.textual : undefined}
                aria-sort={sort.key === key ? (sort.down ? 'descending' : 'ascending') : 'none'}
              >
                <button
                  type="button"
                  className={styles.sort}
                  data-term={term}
                  onClick={() => setSort((old) => ({ key, down: old.key === key ? !old.down : text !== true }))}
                >
                  {label}
                </button>
                <span aria-hidden>{sort.key === key ? (sort.down ? ' ↓' : ' ↑') : ''}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={`${row.phase} ${row.label} ${row.kernel} ${row.variant}`}>
              <th scope="row" className={table.textual}>
                <span>{row.label}</span>
                <span className={styles.variant} title={row.variant}>
                  {[row.kernel, row.variant].filter((part) => part !== '').join(' · ')}
                </span>
              </th>
              <td className={table.textual}>{t.profile.phases[row.phase]}</td>
              <td>{format.integer(row.dispatches)}</td>
              <td>{format.duration(row.microseconds / 1000)}</td>
              <td className={styles.share}>
                <span className={styles.bar} style={{ inlineSize: `${(row.share / largest) * 64}px` }} aria-hidden />
                {format.percent(row.share, 1)}
              </td>
              <td>{row.gflopPerSecond > 0 ? format.significant(row.gflopPerSecond) : '–'}</td>
              <td>{row.gigabytesPerSecond > 0 ? format.significant(row.gigabytesPerSecond) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
