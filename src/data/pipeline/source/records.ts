// Takes text apart into records as it streams by, cut anywhere: paragraphs, lines, whole files. Pure.

/** A record is cut here all the same, so that memory stays flat. */
export const LONGEST_RECORD = 4 * 1024 * 1024;

export interface RecordSink {
  /** @param row 1 for the first record of this reader */
  record(text: string, row: number): void;
  bad(row: number, why: string): void;
}

/** Takes text in pieces; the line ends are LF. */
export interface RecordReader {
  push(text: string): void;
  /** The text is over. */
  end(): void;
  /** Records so far, bad ones among them. */
  readonly rows: number;
}

export class LineReader implements RecordReader {
  rows = 0;
  #rest = '';

  /** @param onLine gets every line, empty ones too */
  constructor(private readonly onLine: (line: string, row: number) => void) {}

  push(text: string): void {
    let start = 0;
    for (let newline = text.indexOf('\n'); newline >= 0; newline = text.indexOf('\n', start)) {
      this.onLine(this.#rest + text.slice(start, newline), ++this.rows);
      this.#rest = '';
      start = newline + 1;
    }
    this.#rest += text.slice(start);
    while (this.#rest.length > LONGEST_RECORD) {
      this.onLine(this.#rest.slice(0, LONGEST_RECORD), ++this.rows);
      this.#rest = this.#rest.slice(LONGEST_RECORD);
    }
  }

  end(): void {
    if (this.#rest !== '') this.onLine(this.#rest, ++this.rows);
    this.#rest = '';
  }
}

/** Lines that are not blank. */
export function lineRecords(sink: RecordSink): RecordReader {
  return new LineReader((line, row) => {
    if (line.trim() !== '') sink.record(line, row);
  });
}

/** Runs of lines without an empty one between them. */
export class ParagraphReader implements RecordReader {
  rows = 0;
  #rest = '';

  constructor(private readonly sink: RecordSink) {}

  push(text: string): void {
    this.#rest += text;
    let start = 0;
    for (let gap = this.#rest.indexOf('\n\n'); gap >= 0; gap = this.#rest.indexOf('\n\n', start)) {
      this.#take(this.#rest.slice(start, gap));
      start = gap + 2;
    }
    this.#rest = this.#rest.slice(start);
    while (this.#rest.length > LONGEST_RECORD) {
      this.#take(this.#rest.slice(0, LONGEST_RECORD));
      this.#rest = this.#rest.slice(LONGEST_RECORD);
    }
  }

  end(): void {
    this.#take(this.#rest);
    this.#rest = '';
  }

  #take(text: string): void {
    // A third line end belongs to nobody, and blanks alone are no paragraph.
    const paragraph = text.startsWith('\n') ? text.replace(/^\n+/, '') : text;
    if (paragraph.trim() !== '') this.sink.record(paragraph, ++this.rows);
  }
}

/** All of it as one record. Where it is longer than `longest` it is cut at a line end, or reported where its parts would mean nothing. */
export class WholeReader implements RecordReader {
  rows = 0;
  #rest = '';
  #lost = false;

  constructor(
    private readonly sink: RecordSink,
    private readonly longest: number,
    private readonly cuttable: boolean,
  ) {}

  push(text: string): void {
    if (this.#lost) return;
    this.#rest += text;
    if (!this.cuttable && this.#rest.length > this.longest) {
      this.sink.bad(++this.rows, `is longer than ${this.longest >> 20} Mi characters`);
      this.#rest = '';
      this.#lost = true;
    }
    while (this.#rest.length > this.longest) {
      const line = this.#rest.lastIndexOf('\n', this.longest);
      const cut = line > 0 ? line + 1 : this.longest;
      this.sink.record(this.#rest.slice(0, cut), ++this.rows);
      this.#rest = this.#rest.slice(cut);
    }
  }

  end(): void {
    if (this.#rest.trim() !== '') this.sink.record(this.#rest, ++this.rows);
    this.#rest = '';
  }
}
