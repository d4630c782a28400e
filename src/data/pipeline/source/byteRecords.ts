// Records of UTF-8 text as bytes, found without decoding them: paragraphs and lines of a block that has no carriage return. Gives what the readers
// of records.ts give of the decoded text, which take everything else. Pure.

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const byteOrderMark = [0xef, 0xbb, 0xbf];
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** A record that is decoded where it is asked for: places, as a block may have a record for every second byte. */
export class ByteRecord {
  /** @param row 1 for the first record of its piece */
  constructor(
    private readonly block: Uint8Array<ArrayBuffer>,
    private readonly start: number,
    private readonly end: number,
    readonly row: number,
  ) {}

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.block.subarray(this.start, this.end);
  }

  get text(): string {
    return decoder.decode(this.bytes);
  }
}

export interface ByteRecords {
  readonly records: readonly ByteRecord[];
  /** As a reader of records.ts counts them. */
  readonly rows: number;
}

/**
 * @param block whole records
 * @param longest of a record, in characters
 * @param first of the file: a byte-order mark may begin it
 * @returns null where the text has to be looked at: it has other line ends, or a record may have to be cut
 */
export function byteRecords(
  block: Uint8Array<ArrayBuffer>,
  documents: 'paragraph' | 'line',
  longest: number,
  first = true,
): ByteRecords | null {
  if (block.length > longest || block.includes(CARRIAGE_RETURN)) return null;
  const bytes = first && byteOrderMark.every((byte, i) => block[i] === byte) ? block.subarray(3) : block;
  return documents === 'line' ? lines(bytes) : paragraphs(bytes);
}

/** Lines are counted where they are blank, too. */
function lines(bytes: Uint8Array<ArrayBuffer>): ByteRecords {
  const records: ByteRecord[] = [];
  let rows = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    rows++;
    if (!isBlank(bytes, start, end)) records.push(new ByteRecord(bytes, start, end, rows));
    start = end + 1;
  }
  return { records, rows };
}

function paragraphs(bytes: Uint8Array<ArrayBuffer>): ByteRecords {
  const records: ByteRecord[] = [];
  for (let start = 0; start < bytes.length; ) {
    // A third line end belongs to nobody.
    while (bytes[start] === NEWLINE) start++;
    let end = bytes.indexOf(NEWLINE, start);
    while (end >= 0 && bytes[end + 1] !== NEWLINE) end = bytes.indexOf(NEWLINE, end + 1);
    if (end < 0) end = bytes.length;
    if (!isBlank(bytes, start, end)) records.push(new ByteRecord(bytes, start, end, records.length + 1));
    start = end + 2;
  }
  return { records, rows: records.length };
}

/** Whether nothing is left of it between white space, as String.trim() sees it. */
function isBlank(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    // Other white space has several bytes: the text says.
    if (byte >= 0x80) return decoder.decode(bytes.subarray(at, end)).trim() === '';
    if (byte !== 32 && (byte < 9 || byte > 13)) return false;
  }
  return true;
}
