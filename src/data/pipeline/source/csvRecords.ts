// CSV with a header (RFC 4180; comma, semicolon or tab): chosen columns of a row are the text. Pure; rows of another length are reported.

import { LONGEST_RECORD, type RecordReader, type RecordSink } from './records';

/** A header is looked for in so many characters. */
const LONGEST_HEADER = 65_536;

/** The separator of a header line: the one that it has most of, beside those within quotation marks. */
function csvSeparator(header: string): string {
  const bare = header.replace(/"[^"]*(?:"|$)/g, '');
  const count = (separator: string) => bare.split(separator).length;
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best));
}

/** The names of the columns. @param text the start of a file, line ends as LF */
export function csvHeader(text: string): readonly string[] {
  const reader = new CsvReader({ record: () => undefined, bad: () => undefined }, []);
  reader.push(text.slice(0, LONGEST_HEADER));
  reader.end();
  return reader.header;
}

export class CsvReader implements RecordReader {
  /** The header is row 1. */
  rows = 0;
  header: readonly string[] = [];
  /** Null until the header was seen, which comes in parts too. */
  #separator: string | null = null;
  #start = '';
  #columns: readonly number[] = [];
  #width = 0;
  #row: string[] = [];
  #field = '';
  #length = 0;
  /** Within quotes; behind a quote that may be the last of its field. */
  #quoted = false;
  #closing = false;
  /** This row is too long: the rest of its line is passed over. */
  #lost = false;

  constructor(
    private readonly sink: RecordSink,
    private readonly columns: readonly string[],
  ) {}

  push(text: string): void {
    if (this.#separator !== null) {
      this.#take(text, this.#separator);
      return;
    }
    this.#start += text;
    if (this.#start.includes('\n') || this.#start.length > LONGEST_HEADER) this.#begin();
  }

  #begin(): void {
    const text = this.#start;
    this.#start = '';
    this.#separator = csvSeparator(text.slice(0, LONGEST_HEADER).split('\n')[0] ?? '');
    this.#take(text, this.#separator);
  }

  #take(text: string, separator: string): void {
    let start = 0;
    for (let i = 0; i < text.length; i++) {
      const character = text[i];
      if (this.#lost) {
        if (character !== '\n') continue;
        this.#lost = false;
        start = i + 1;
      } else if (this.#quoted && !this.#closing) {
        if (character !== '"') continue;
        this.#keep(text, start, i);
        this.#closing = true;
        start = i + 1;
      } else if (this.#closing) {
        this.#closing = false;
        if (character === '"') start = i;
        else {
          this.#quoted = false;
          start = i;
          i--;
        }
      } else if (character === separator || character === '\n') {
        this.#keep(text, start, i);
        this.#endField();
        if (character === '\n') this.#endRow();
        start = i + 1;
      } else if (character === '"' && i === start && this.#field === '') {
        this.#quoted = true;
        start = i + 1;
      }
      if (this.#length + i - start > LONGEST_RECORD) {
        this.#giveUp('is longer than 4 MiB; is a quotation mark not closed?');
        start = i + 1;
      }
    }
    if (!this.#lost && !this.#closing) this.#keep(text, start, text.length);
  }

  end(): void {
    if (this.#separator === null) this.#begin();
    if (this.#lost) return;
    if (this.#quoted && !this.#closing) {
      this.#giveUp('has a quotation mark that is not closed');
      return;
    }
    if (this.#row.length > 0 || this.#field !== '' || this.#quoted) {
      this.#endField();
      this.#endRow();
    }
  }

  #keep(text: string, start: number, end: number): void {
    this.#field += text.slice(start, end);
    this.#length += end - start;
  }

  #endField(): void {
    this.#row.push(this.#field);
    this.#field = '';
    this.#quoted = false;
    this.#closing = false;
  }

  #giveUp(why: string): void {
    this.sink.bad(++this.rows, why);
    this.#clear();
    this.#lost = true;
  }

  #clear(): void {
    this.#row = [];
    this.#field = '';
    this.#length = 0;
    this.#quoted = false;
    this.#closing = false;
  }

  #endRow(): void {
    const row = this.#row;
    this.#clear();
    this.rows++;
    if (this.rows === 1) {
      const header = row.map((name) => name.trim());
      this.header = header;
      this.#width = header.length;
      this.#columns =
        this.columns.length === 0 ? usualColumns(header) : this.columns.map((name) => header.indexOf(name));
      if (this.#columns.some((column) => column < 0)) this.sink.bad(1, `has no column ${this.columns.join(', ')}`);
      return;
    }
    if (row.length === 1 && row[0].trim() === '') return;
    if (row.length !== this.#width)
      this.sink.bad(this.rows, `has ${row.length} fields where the header has ${this.#width}`);
    else if (this.#columns.every((column) => column >= 0)) {
      const text = this.#columns.map((column) => row[column]).join('\n');
      if (text.trim() !== '') this.sink.record(text, this.rows);
    }
  }
}

/** `text`, `content` or `body` where there is one, else all. */
function usualColumns(header: readonly string[]): readonly number[] {
  const usual = ['text', 'content', 'body'].map((name) => header.findIndex((each) => each.toLowerCase() === name));
  const found = usual.find((column) => column >= 0);
  return found === undefined ? header.map((_, column) => column) : [found];
}
