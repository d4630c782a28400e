// The traced step as a table, in order of start: all ranks, or every action of one.

import { useState } from 'react';
import { useText } from '../i18n/useText';
import { ScrollArea } from '../parts/ScrollArea';
import table from '../parts/Table.module.css';
import { actionText } from './actionText';
import styles from './meshTables.module.css';
import { RankSwatch } from './RankSwatch';
import type { TimelineLayout } from './timelineLayout';

const MAX_ROWS = 300;

export function TimelineTable({ layout, step }: { readonly layout: TimelineLayout; readonly step: number }) {
  const texts = useText();
  const { t, format } = texts;
  const words = t.mesh.timeline;
  const [rank, setRank] = useState<number | null>(null);
  const bars = layout.rows
    .filter((row) => rank === null || row.rank === rank)
    .flatMap((row) => row.bars)
    .sort((a, b) => a.startMs - b.startMs);
  const shown = rank === null ? bars.slice(0, MAX_ROWS) : bars;
  return (
    <>
      <div className={styles.pick}>
        <label>
          {words.pick}{' '}
          <select
            value={rank ?? 'all'}
            onChange={(event) => setRank(event.target.value === 'all' ? null : Number(event.target.value))}
          >
            <option value="all">{words.all}</option>
            {layout.rows.map((row) => (
              <option key={row.rank} value={row.rank}>
                {row.rank}
              </option>
            ))}
          </select>
        </label>
        {shown.length < bars.length ? (
          <span>{words.thinned(format.integer(shown.length), format.integer(bars.length))}</span>
        ) : null}
      </div>
      <ScrollArea className={table.scroll} label={words.title}>
        <table className={`${table.table} ${styles.table}`}>
          <caption className="visually-hidden">{words.caption(format.integer(step))}</caption>
          <thead>
            <tr>
              <th scope="col" className={table.textual}>
                {words.rank}
              </th>
              <th scope="col" className={table.textual}>
                {words.action}
              </th>
              <th scope="col">{words.time}</th>
              <th scope="col">{words.duration}</th>
              <th scope="col">{words.waited}</th>
              <th scope="col">{words.bytes}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((bar) => (
              <tr key={`${bar.rank} ${bar.index}`}>
                <td className={table.textual}>
                  <RankSwatch rank={bar.rank} /> {format.integer(bar.rank)}
                </td>
                <th scope="row" className={table.textual}>
                  {actionText(bar.action, texts)}
                </th>
                <td>{format.duration(bar.startMs)}</td>
                <td>{format.duration(bar.endMs - bar.startMs)}</td>
                <td>{bar.waitEndMs > bar.startMs ? format.duration(bar.waitEndMs - bar.startMs) : '–'}</td>
                <td>{bar.bytes > 0 ? format.bytes(bar.bytes) : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </>
  );
}
