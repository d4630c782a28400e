// Each data worker: what it reads, how much it has done, and a key that ends it as a fault would. A function of the progress.

import { Skull } from 'lucide-react';
import type { PipelineProgress } from '../../core/pipelineRecords';
import { useText } from '../i18n/useText';
import { dataController } from '../labControllerData';
import { RankSwatch } from '../mesh/RankSwatch';
import { IconButton } from '../parts/Buttons';
import { ScrollArea } from '../parts/ScrollArea';
import table from '../parts/Table.module.css';
import { isBusy, setWorkers, useData } from '../stores/dataStore';
import styles from './WorkersTable.module.css';

export function WorkersTable({ progress }: { readonly progress: PipelineProgress }) {
  const { t, format } = useText();
  const words = t.dataView.workers;
  const busy = useData(isBusy);
  const { workers, seconds } = progress;
  const rate = (bytes: number) => (seconds > 0 ? format.significant(bytes / 1e6 / seconds, 2) : '–');
  return (
    <ScrollArea className={table.scroll} label={words.title}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col" className={table.textual}>
              {words.worker}
            </th>
            <th scope="col" className={table.textual}>
              {words.state}
            </th>
            <th scope="col" className={table.textual}>
              {words.file}
            </th>
            <th scope="col">{words.pieces}</th>
            <th scope="col">{words.stolen}</th>
            <th scope="col">{words.bytes}</th>
            <th scope="col">MB/s</th>
            {busy ? <th scope="col">{words.end}</th> : null}
          </tr>
        </thead>
        <tbody>
          {workers.map(({ worker, state, file, pieces, stolen, bytes }) => (
            <tr key={worker}>
              <td className={table.textual}>
                <RankSwatch rank={worker} /> {format.integer(worker)}
              </td>
              <td className={table.textual}>{words.states[busy ? state : state === 'dead' ? 'dead' : 'done']}</td>
              <td className={`${table.textual} ${styles.file}`}>{busy ? (file ?? '–') : '–'}</td>
              <td>{format.integer(pieces)}</td>
              <td>{format.integer(stolen)}</td>
              <td>{format.bytes(bytes)}</td>
              <td>{rate(bytes)}</td>
              {busy ? (
                <td>
                  <IconButton
                    icon={Skull}
                    label={words.stop(format.integer(worker))}
                    unavailable={state === 'dead'}
                    onClick={() => void dataController.stopWorker(worker)}
                  />
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

/** How many workers the next run has. */
export function WorkerCount() {
  const { t, format } = useText();
  const workers = useData((state) => state.workers);
  const busy = useData(isBusy);
  return (
    <label className={styles.count}>
      {t.dataView.workers.count}
      <select value={workers} disabled={busy} onChange={({ target }) => setWorkers(Number(target.value))}>
        {[1, 2, 3, 4, 6, 8, 12, 16].map((count) => (
          <option key={count} value={count}>
            {format.integer(count)}
          </option>
        ))}
      </select>
    </label>
  );
}
