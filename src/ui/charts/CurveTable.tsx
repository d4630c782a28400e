// A chart as a table: the same numbers for those who read rather than look. Long runs are shown evenly thinned.

import { useText } from '../i18n/useText';
import { ScrollArea } from '../parts/ScrollArea';
import styles from './CurveTable.module.css';

const MAX_ROWS = 100;

interface CurveTableProps {
  readonly name: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly (number | null)[])[];
  readonly format: (value: number, column: number) => string;
}

export function CurveTable({ name, header, rows, format }: CurveTableProps) {
  const { t, format: numbers } = useText();
  const stride = Math.ceil(rows.length / MAX_ROWS);
  // The newest first, and always the very last.
  const shown = rows.filter((_, row) => (rows.length - 1 - row) % Math.max(1, stride) === 0).reverse();
  return (
    <ScrollArea className={styles.scroll} label={t.charts.tableCaption(name)}>
      <table className={styles.table}>
        <caption>
          {t.charts.tableCaption(name)}
          {shown.length < rows.length
            ? ` (${t.charts.tableThinned(numbers.integer(shown.length), numbers.integer(rows.length))})`
            : ''}
        </caption>
        <thead>
          <tr>
            {header.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row[0]}>
              {row.map((value, column) => (
                <td key={header[column]}>{value === null ? '' : format(value, column)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
