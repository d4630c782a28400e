// The records of one piece, in their order. Where a piece is a range of a file, it has the records that begin in the range:
// the borders are places that every worker finds by itself. It cleans nothing but line ends.

import type { PipelineConfig, SourceEncoding } from '../../../core/pipelineConfig';
import { byteRecords } from './byteRecords';
import { type ByteSource, byteChunks } from './byteSource';
import { CsvReader } from './csvRecords';
import { jsonRecords } from './jsonRecords';
import { LARGEST_WHOLE, type Piece, type PlannedFile } from './planFiles';
import {
  LONGEST_RECORD,
  lineRecords,
  ParagraphReader,
  type RecordReader,
  type RecordSink,
  WholeReader,
} from './records';

export interface SourceRecord {
  readonly text: string;
  /** The text in UTF-8 where it was read so, with whatever was broken: `text` is then decoded each time. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** 1 for the first record of the piece, bad ones counted too. */
  readonly row: number;
}

/** Records that were read together. */
export interface RecordBatch {
  readonly records: readonly SourceRecord[];
  readonly bad: readonly { readonly row: number; readonly why: string }[];
  /** Of the piece so far. */
  readonly rows: number;
  /** Of the file, read for this batch. */
  readonly bytes: number;
  /** Milliseconds of decoding and taking apart. */
  readonly milliseconds: number;
}

export async function* readPiece(
  source: ByteSource,
  file: PlannedFile,
  piece: Piece,
  config: PipelineConfig['source'],
): AsyncGenerator<RecordBatch> {
  if (file.reading !== 'ranges') {
    yield* readText(byteChunks(source, file.gzip), file, config);
    return;
  }
  const block = await range(source, file, piece, config);
  const start = performance.now();
  const documents = textDocuments(file, config);
  const found =
    documents === 'file' || file.encoding !== 'utf-8'
      ? null
      : byteRecords(block, documents, LONGEST_RECORD, piece.start === 0);
  if (found === null) yield* readText([block], file, config, piece.start === 0);
  else yield { ...found, bad: [], bytes: block.length, milliseconds: performance.now() - start };
}

async function* readText(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>> | Iterable<Uint8Array<ArrayBuffer>>,
  file: PlannedFile,
  config: PipelineConfig['source'],
  first = true,
): AsyncGenerator<RecordBatch> {
  let records: SourceRecord[] = [];
  let bad: { row: number; why: string }[] = [];
  const reader = readerOf(file, config, {
    record: (text, row) => records.push({ text, row }),
    bad: (row, why) => bad.push({ row, why }),
  });
  // A mark is only one at the start of a file, so that a text is the same in whatever pieces it is read.
  const decoder = new TextDecoder(file.encoding === 'latin1' ? 'windows-1252' : file.encoding, { ignoreBOM: !first });
  const lines = new LineEnds();
  const give = (bytes: number, start: number): RecordBatch => {
    const batch = { records, bad, rows: reader.rows, bytes, milliseconds: performance.now() - start };
    records = [];
    bad = [];
    return batch;
  };
  const packed = file.gzip ? file.size : 0;
  for await (const bytes of chunks) {
    const start = performance.now();
    reader.push(lines.push(decoder.decode(bytes, { stream: true })));
    // What a compressed file had is only known at its end.
    yield give(file.gzip ? 0 : bytes.length, start);
  }
  const start = performance.now();
  reader.push(lines.push(decoder.decode()) + lines.end());
  reader.end();
  yield give(packed, start);
}

function readerOf(file: PlannedFile, config: PipelineConfig['source'], sink: RecordSink): RecordReader {
  if (file.format === 'jsonl') return jsonRecords(sink, config.columns);
  if (file.format === 'csv') return new CsvReader(sink, config.columns);
  if (file.reading === 'whole') return new WholeReader(sink, LARGEST_WHOLE, false);
  const documents = textDocuments(file, config);
  if (documents === 'line') return lineRecords(sink);
  if (documents === 'paragraph') return new ParagraphReader(sink);
  return new WholeReader(sink, config.pieceKib * 1_024 + LONGEST_RECORD, true);
}

/** What a document of running text, or of source code, is; rows, pages and mails are none of these. */
function textDocuments({ format }: PlannedFile, { documents }: PipelineConfig['source']): typeof documents {
  if (format === 'jsonl' || format === 'csv') return 'file';
  return documents === 'paragraph' && format === 'code' ? 'file' : documents;
}

/** CR and CRLF as LF, though text comes in parts. */
class LineEnds {
  #held = false;

  push(text: string): string {
    if (!this.#held && !text.includes('\r')) return text;
    const whole = (this.#held ? '\r' : '') + text;
    this.#held = whole.endsWith('\r');
    return (this.#held ? whole.slice(0, -1) : whole).replace(/\r\n?/g, '\n');
  }

  end(): string {
    const rest = this.#held ? '\n' : '';
    this.#held = false;
    return rest;
  }
}

/** The bytes from the first border at or behind `piece.start` to the one at or behind `piece.end`; none where they are the same. */
async function range(
  source: ByteSource,
  file: PlannedFile,
  piece: Piece,
  config: PipelineConfig['source'],
): Promise<Uint8Array<ArrayBuffer>> {
  const paragraphs = textDocuments(file, config) === 'paragraph';
  const window = new Window(source, Math.max(0, piece.start - LOOK_BACK), piece.end);
  const start = await border(window, piece.start, file.encoding, paragraphs);
  const end = await border(window, piece.end, file.encoding, paragraphs);
  return end > start ? window.bytes(start, end) : new Uint8Array();
}

/** What a border shows in front of it: two line ends of UTF-16. */
const LOOK_BACK = 8;
const LOOK_AHEAD = 64 * 1024;

/** Bytes of a file around a piece; grows as it has to. */
class Window {
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array();

  constructor(
    private readonly source: ByteSource,
    private readonly from: number,
    private readonly to: number,
  ) {}

  get size(): number {
    return this.source.size;
  }

  async bytes(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const have = this.from + this.#buffer.length;
    if (end > have) {
      const wanted = Math.min(this.source.size, Math.max(end, have + LOOK_AHEAD, this.to + LOOK_AHEAD));
      const more = await this.source.read(have, wanted);
      this.#buffer = this.#buffer.length === 0 ? more : joined(this.#buffer, more);
    }
    return this.#buffer.subarray(start - this.from, end - this.from);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}

/** The first place at or behind `at` where a record begins; where none is near, a place between two characters. */
async function border(window: Window, at: number, encoding: SourceEncoding, paragraphs: boolean): Promise<number> {
  if (at <= 0) return 0;
  const unit = encoding === 'utf-16le' || encoding === 'utf-16be' ? 2 : 1;
  const low = encoding === 'utf-16be' ? 1 : 0;
  const first = at + (at % unit);
  for (let looked = first; looked < window.size; looked += LOOK_AHEAD) {
    if (looked - first > LONGEST_RECORD) return betweenCharacters(window, first, encoding);
    const until = Math.min(window.size, looked + LOOK_AHEAD);
    const back = Math.min(LOOK_BACK, looked);
    const bytes = await window.bytes(looked - back, until);
    const isAt = (i: number, code: number) =>
      i >= 0 && bytes[i + low] === code && (unit === 1 || bytes[i + 1 - low] === 0);
    for (let i = back; i + unit <= bytes.length; i += unit) {
      // LF, CRLF, or CR alone.
      const lineFeed = isAt(i - unit, 10);
      if (!lineFeed && (!isAt(i - unit, 13) || isAt(i, 10))) continue;
      if (!paragraphs) return looked - back + i;
      const before = i - (lineFeed && isAt(i - 2 * unit, 13) ? 3 : 2) * unit;
      const afterGap = isAt(before, 10) || isAt(before, 13);
      if (afterGap && !isAt(i, 10) && !isAt(i, 13)) return looked - back + i;
    }
  }
  return window.size;
}

async function betweenCharacters(window: Window, at: number, encoding: SourceEncoding): Promise<number> {
  if (encoding !== 'utf-8') return at;
  const bytes = await window.bytes(at, Math.min(window.size, at + 4));
  let skip = 0;
  while (skip < 3 && (bytes[skip] & 0xc0) === 0x80) skip++;
  return at + skip;
}
