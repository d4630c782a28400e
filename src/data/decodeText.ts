// Bytes of a person's file as text: recognises the encoding, or says which ones to try, and refuses what is not text.
// Pure. It must not split, tokenize or count tokens.

import { LabError, type LabErrorData } from '../core/errors';
import type { DataRequest } from '../core/records';
import { binaryKind, byteOrderMark, controlShare, looksLikeGbk, utf16Pattern } from './encodingEvidence';

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
  const pattern = utf16Pattern(bytes);
  const wide = pattern !== null && tryDecode(bytes, pattern) !== null ? pattern : null;
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
