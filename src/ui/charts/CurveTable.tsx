// A chart as a table: the same numbers for those who read rather than look. Long runs are shown evenly thinned, the newest first.

import { useText } from '../i18n/useText';
import { PictureTable } from '../pictures/PictureTable';

const MAX_ROWS = 100;

interface CurveTableProps {
  readonly name: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly (number | null)[])[];
  readonly format: (value: number, column: number) => string;
}

export function CurveTable({ name, header, rows, format }: CurveTableProps) {
  const { t } = useText();
  const stride = Math.max(1, Math.ceil(rows.length / MAX_ROWS));
  // The very last is always among them.
  const shown = rows.filter((_, row) => (rows.length - 1 - row) % stride === 0).reverse();
  return (
    <PictureTable
      caption={t.charts.tableCaption(name)}
      data={{ columns: header, rows: shown }}
      format={format}
      total={rows.length}
      fills
    />
  );
}
