// Bytes of a person's file as text: recognises the encoding, or says which ones to try, and refuses what is not text.
// Pure. It must not split, tokenize or count tokens.

import { LabError, type LabErrorData } from '../core/errors';
import type { DataRequest } from '../core/records';

export type TextEncoding = NonNullable<DataRequest['encoding']>;

export interface DecodedText {
  /** CRLF and CR made LF, no byte-order mark, no lone surrogates; otherwise as it was. */
  readonly text: string;
  readonly encoding: TextEncoding;
  /** What was assumed or replaced, for the page. */
  readonly notices: readonly LabErrorData[];
}

/** A JavaScript string and its tokens must fit beside each other in one tab. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Enough to judge an encoding by. */
const SAMPLE_BYTES = 64 * 1024;

/**
 * @param name the file's name, for messages
 * @param bytes the whole file; refused when empty, binary, too large, or not in a recognised encoding
 * @param forced an encoding that the person picked; bytes that it does not allow become U+FFFD, counted in a notice
 * @throws LabError `data.invalid`; where another encoding is likely, `advice` names it
 */
export function decodeText(name: string, bytes: Uint8Array, forced?: TextEncoding): DecodedText {
  if (bytes.byteLength === 0) throw invalid(`${name} is empty.`, '0 bytes', 'Choose a file with text in it.');
  if (bytes.byteLength > MAX_BYTES) {
    throw invalid(
      `${name} is too large.`,
      `It has ${mebibytes(bytes.byteLength)} MiB; at most ${mebibytes(MAX_BYTES)} MiB are taken.`,
      'Cut a part out of it.',
    );
  }
  if (forced !== undefined) return decodeForced(bytes, forced);
  const mark = byteOrderMark(bytes);
  if (mark !== null) return decodeForced(bytes, mark);
  const binary = binaryKind(bytes);
  if (binary !== null)
    throw invalid(`${name} is not text: it looks like ${binary}.`, undefined, 'Save it as plain text first.');
  const wide = utf16Pattern(bytes);
  if (wide !== null) {
    const decoded = decodeForced(bytes, wide);
    return {
      ...decoded,
      notices: [
        ...decoded.notices,
        notice(`${name} was read as ${wide.toUpperCase()}.`, 'Its zero bytes show two bytes a character.'),
      ],
    };
  }
  const controls = controlShare(bytes);
  if (controls > 0.02) {
    throw invalid(
      `${name} is not text.`,
      `${(100 * controls).toFixed(1)} % of its first bytes are control characters.`,
      'Choose a plain text file.',
    );
  }
  const utf8 = tryDecode(bytes, 'utf-8');
  if (utf8 !== null) return { text: cleanText(utf8), encoding: 'utf-8', notices: [] };
  throw invalid(
    `${name} is not in UTF-8.`,
    looksLikeGbk(bytes) ? 'Its bytes read well as GBK (Chinese).' : 'Its bytes are not valid UTF-8.',
    looksLikeGbk(bytes)
      ? 'Choose the encoding gbk, or save the file as UTF-8.'
      : 'Save the file as UTF-8, or choose an encoding: utf-8 (with replacement), gbk, utf-16le, utf-16be.',
  );
}

/** Line ends as LF, no byte-order mark, lone surrogates as U+FFFD. Nothing else is touched. */
export function cleanText(text: string): string {
  const start = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  return wellFormed(start.replace(/\r\n?/g, '\n'));
}

/** The same text with each lone surrogate replaced by U+FFFD, as TextEncoder does. */
export function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udfff]/gu, '\ufffd');
}

function decodeForced(bytes: Uint8Array, encoding: TextEncoding): DecodedText {
  const text = cleanText(new TextDecoder(encoding).decode(bytes));
  if (tryDecode(bytes, encoding) !== null) return { text, encoding, notices: [] };
  const replaced = text.split('\ufffd').length - 1;
  return {
    text,
    encoding,
    notices: [
      notice(
        `${replaced} places could not be read as ${encoding.toUpperCase()}.`,
        'They became the replacement character U+FFFD.',
      ),
    ],
  };
}

function tryDecode(bytes: Uint8Array, encoding: TextEncoding): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function byteOrderMark(bytes: Uint8Array): TextEncoding | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return null;
}

const MAGIC: readonly (readonly [string, string])[] = [
  ['PK\u0003\u0004', 'a zip archive (docx, xlsx and epub are zips too)'],
  ['%PDF-', 'a PDF'],
  ['\u0089PNG', 'a PNG picture'],
  ['\u00ff\u00d8\u00ff', 'a JPEG picture'],
  ['GIF8', 'a GIF picture'],
  ['\u001f\u008b', 'a gzip archive'],
  ['7z\u00bc\u00af', 'a 7z archive'],
  ['Rar!', 'a RAR archive'],
  ['\u007fELF', 'a program'],
  ['MZ\u0090', 'a Windows program'],
  ['OggS', 'a sound file'],
  ['RIFF', 'a sound or video file'],
  ['ID3', 'a sound file'],
  ['SQLite format 3', 'a database'],
  ['\u00d0\u00cf\u0011\u00e0', 'an old Office document'],
  ['GGUF', 'model weights (GGUF)'],
];

function binaryKind(bytes: Uint8Array): string | null {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  return MAGIC.find(([magic]) => start.startsWith(magic))?.[1] ?? null;
}

/** UTF-16 without a mark: text of mostly Latin letters has a zero in every second byte, and hardly one in the others. */
function utf16Pattern(bytes: Uint8Array): TextEncoding | null {
  if (bytes.byteLength % 2 !== 0 || bytes.byteLength < 4) return null;
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const zeros = [0, 0];
  for (let i = 0; i < sample.length; i++) if (sample[i] === 0) zeros[i % 2]++;
  const half = sample.length / 2;
  const [even, odd] = zeros;
  if (odd > 0.4 * half && even < 0.05 * half) return tryDecode(bytes, 'utf-16le') === null ? null : 'utf-16le';
  if (even > 0.4 * half && odd < 0.05 * half) return tryDecode(bytes, 'utf-16be') === null ? null : 'utf-16be';
  return null;
}

/** Share of the first bytes that text does not hold: controls but tab, line ends, form feed and escape; NUL among them. */
function controlShare(bytes: Uint8Array): number {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  let count = 0;
  for (const byte of sample) {
    if (
      (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0c && byte !== 0x0d && byte !== 0x1b) ||
      byte === 0x7f
    )
      count++;
  }
  return count / sample.length;
}

/**
 * GBK's common characters (GB 2312 level 1, lead bytes B0 to D7 with trail bytes from A1) and punctuation (A1 to A3) make
 * up nearly all of real Chinese text, but a minority of what other 8-bit encodings give when read so.
 */
function looksLikeGbk(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  let pairs = 0;
  let common = 0;
  for (let i = 0; i + 1 < sample.length; i++) {
    const lead = sample[i];
    if (lead < 0x80) continue;
    const trail = sample[++i];
    if (lead === 0x80 || lead === 0xff || trail < 0x40 || trail === 0x7f || trail === 0xff) return false;
    pairs++;
    if (trail >= 0xa1 && ((lead >= 0xb0 && lead <= 0xd7) || (lead >= 0xa1 && lead <= 0xa3))) common++;
  }
  return pairs > 0 && common > 0.8 * pairs;
}

function mebibytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(0);
}

function notice(message: string, why: string): LabErrorData {
  return { code: 'data.invalid', message, why };
}

function invalid(message: string, why?: string, advice?: string): LabError {
  return new LabError({
    code: 'data.invalid',
    message,
    ...(why === undefined ? {} : { why }),
    ...(advice === undefined ? {} : { advice }),
  });
}
