// A picture as a table: the same content for those who read rather than look. Long ones say how much is shown; the CSV has all.

import { useText } from '../i18n/useText';
import { ScrollArea } from '../parts/ScrollArea';
import type { PictureCell, PictureData } from './csv';
import styles from './PictureTable.module.css';

interface PictureTableProps {
  readonly caption: string;
  readonly data: PictureData;
  /** How a number of a column is shown; whole digits where left out. */
  readonly format?: (value: number, column: number) => string;
  /** How many rows there are, where `data` is already a selection of them. */
  readonly total?: number;
  /** Takes the place of the picture, as high as it was. */
  readonly fills?: boolean;
}

const MAX_ROWS = 300;

export function PictureTable({ caption, data, format, total = data.rows.length, fills = false }: PictureTableProps) {
  const { t, format: numbers } = useText();
  const { columns, rows } = data;
  const shown = rows.slice(0, MAX_ROWS);
  const cellText = (cell: PictureCell, column: number) => {
    if (cell === null) return '–';
    if (typeof cell === 'string') return cell;
    return format === undefined ? numbers.significant(cell, 6) : format(cell, column);
  };
  const textual = columns.map((_, column) => rows.every((row) => typeof row[column] !== 'number'));
  return (
    <ScrollArea className={fills ? styles.filling : styles.below} label={caption}>
      <table className={styles.table}>
        <caption>
          {caption}
          {shown.length < total
            ? ` (${t.charts.tableThinned(numbers.integer(shown.length), numbers.integer(total))})`
            : ''}
        </caption>
        <thead>
          <tr>
            {columns.map((title, column) => (
              <th key={title} scope="col" className={textual[column] === true ? styles.textual : undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name of their own, and none is moved
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={columns[column]} className={textual[column] === true ? styles.textual : undefined}>
                  {cellText(cell, column)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
