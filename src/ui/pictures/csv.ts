// A picture's numbers as a table, and as the text of a CSV file. Pure; the one writer of CSV in the page.

export type PictureCell = string | number | null;

/** What a picture shows, in rows. Numbers are whole precision: whoever draws the table formats them. */
export interface PictureData {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly PictureCell[])[];
}

/** RFC 4180: lines end in CRLF, a field with a separator, a quote or a line break is quoted, and quotes in it are doubled. */
export function csvText({ columns, rows }: PictureData): string {
  return [columns, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function field(cell: PictureCell): string {
  const text = cell === null ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
