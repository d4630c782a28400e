// What was read of each file: how, how many documents, which rows were bad, and which files were refused and why.

import type { FileReport } from '../../core/pipelineRecords';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import table from '../parts/Table.module.css';
import type { DataResult } from '../stores/dataStore';
import styles from './FilesPanel.module.css';

const SHOWN = 300;
const SHOWN_BAD_ROWS = 3;

export function FilesPanel({ result }: { readonly result: DataResult }) {
  const { t } = useText();
  const words = t.dataView.files;
  const { files, notices } = result.summary;
  return (
    <Panel id="dataFiles" flush title={words.title} fillable={false}>
      <ScrollArea className={table.scroll} label={words.table}>
        <table className={`${table.table} ${styles.table}`}>
          <thead>
            <tr>
              <th scope="col" className={table.textual}>
                {words.name}
              </th>
              <th scope="col" className={table.textual}>
                {words.format}
              </th>
              <th scope="col">{words.size}</th>
              <th scope="col">{words.documents}</th>
            </tr>
          </thead>
          <tbody>
            {files.slice(0, SHOWN).map((file) => (
              <FileRows key={file.name} file={file} />
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {notices.length === 0 ? null : (
        <ul className={styles.notices}>
          {notices.map(({ message, why }) => (
            <li key={message} lang="en">
              {message} {why}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** What there is to say of a file stands under its facts, as wide as the table. */
function FileRows({ file }: { readonly file: FileReport }) {
  const { t, format, language } = useText();
  const words = t.dataView.files;
  const { refusal, badRows, badRowSamples, documents } = file;
  const samples = badRowSamples.slice(0, SHOWN_BAD_ROWS);
  const noneLeft = refusal === null && documents === 0;
  const remarked = refusal !== null || badRows > 0 || noneLeft;
  return (
    <>
      <tr className={remarked ? styles.remarked : undefined}>
        <th scope="row" className={`${table.textual} ${styles.name}`}>
          {file.name}
        </th>
        <td className={table.textual}>
          {file.format === null || file.encoding === null
            ? '–'
            : words.readAs(words.formats[file.format], file.encoding.toUpperCase(), file.compressed)}
        </td>
        <td>{format.bytes(file.bytes)}</td>
        <td>{refusal === null ? format.integer(documents) : '–'}</td>
      </tr>
      {remarked ? (
        <tr>
          <td colSpan={4} className={`${table.textual} ${styles.remark}`}>
            {refusal === null ? null : (
              <p className={styles.refused}>
                {words.refused} <span lang="en">{refusal.why}</span>{' '}
                {language === 'en' ? refusal.advice : words.refusedAdvice}
              </p>
            )}
            {badRows === 0 ? null : (
              <>
                <p>
                  {words.badRows(badRows)} {noneLeft ? '' : words.othersUsed}
                </p>
                <ul>
                  {samples.map(({ row, why }) => (
                    <li key={row}>
                      {words.row(format.integer(row))} <span lang="en">{why}</span>
                    </li>
                  ))}
                </ul>
                {badRows > samples.length ? <p>{words.moreRows(format.integer(badRows - samples.length))}</p> : null}
              </>
            )}
            {noneLeft ? <p>{words.noneLeft}</p> : null}
          </td>
        </tr>
      ) : null}
    </>
  );
}
