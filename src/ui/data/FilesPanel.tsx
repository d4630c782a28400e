// What was read of each file: how, how many documents, which rows were bad, and which files were refused and why.

import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import table from '../parts/Table.module.css';
import type { DataResult } from '../stores/dataStore';
import styles from './FilesPanel.module.css';

const SHOWN = 300;

export function FilesPanel({ result }: { readonly result: DataResult }) {
  const { t, format } = useText();
  const words = t.dataView.files;
  const { files, notices } = result.summary;
  return (
    <Panel id="dataFiles" flush title={words.title} fillable={false}>
      <ScrollArea className={table.scroll} label={words.title}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col" className={table.textual}>
                {words.name}
              </th>
              <th scope="col" className={table.textual}>
                {words.format}
              </th>
              <th scope="col" className={table.textual}>
                {words.encoding}
              </th>
              <th scope="col">{words.size}</th>
              <th scope="col">{words.documents}</th>
              <th scope="col" className={table.textual}>
                {words.remarks}
              </th>
            </tr>
          </thead>
          <tbody>
            {files.slice(0, SHOWN).map((file) => (
              <tr key={file.name}>
                <td className={table.textual}>{file.name}</td>
                <td className={table.textual}>
                  {file.format === null ? '–' : words.formats[file.format]}
                  {file.compressed ? ' .gz' : ''}
                </td>
                <td className={table.textual}>{file.encoding?.toUpperCase() ?? '–'}</td>
                <td>{format.bytes(file.bytes)}</td>
                <td>{format.integer(file.documents)}</td>
                <td className={`${table.textual} ${styles.remark}`}>
                  {file.refusal === null ? null : (
                    <span className={styles.refused}>
                      {words.refused} {file.refusal.why}
                    </span>
                  )}
                  {file.badRows === 0
                    ? null
                    : words.badRows(
                        format.integer(file.badRows),
                        file.badRowSamples
                          .slice(0, 3)
                          .map(({ row, why }) => `${format.integer(row)}: ${why}`)
                          .join('; '),
                      )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {notices.length === 0 ? null : (
        <ul className={styles.notices}>
          {notices.map(({ message, why }) => (
            <li key={message}>
              {message} {why}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
