// Which encoding a file is in, judged by samples of it, or why it is none that the lab reads. Pure.

import type { SourceEncoding } from '../../../core/pipelineConfig';
import {
  binaryKind,
  byteOrderMark,
  controlShare,
  looksLikeGbk,
  SAMPLE_BYTES,
  utf16Characters,
  utf16Pattern,
} from '../../encodingEvidence';

export interface Detected {
  readonly encoding: SourceEncoding;
  /** What was assumed, where it is not plain. */
  readonly assumed: string | null;
}

export interface NotText {
  readonly why: string;
  readonly advice: string;
}

/** Bytes that are no part of UTF-8 may be this share of the sequences that are: a text with a few broken places is still UTF-8. */
const BROKEN_SHARE = 0.1;

/**
 * @param head the first bytes, up to 64 KiB
 * @param samples from further on, cut anywhere
 */
export function detectEncoding(head: Uint8Array, samples: readonly Uint8Array[]): Detected | NotText {
  const mark = byteOrderMark(head);
  if (mark !== null) return { encoding: mark, assumed: null };
  const binary = binaryKind(head);
  if (binary !== null)
    return { why: `It looks like ${binary}.`, advice: 'Save it as plain text first, or leave it out.' };
  if (String.fromCharCode(...head.subarray(257, 262)) === 'ustar') {
    return { why: 'It is a tar archive.', advice: 'Unpack it, and give the files in it.' };
  }
  const wide = utf16Pattern(head.subarray(0, head.length - (head.length % 2)));
  if (wide !== null) return { encoding: wide, assumed: 'Its zero bytes show two bytes a character.' };
  const controls = Math.max(controlShare(head), ...samples.map(controlShare), 0);
  if (controls > 0.02) {
    const characters = utf16Characters(head);
    if (characters !== null) return { encoding: characters, assumed: 'Its bytes read well as two a character.' };
    return {
      why: `${(100 * controls).toFixed(1)} % of its bytes are control characters.`,
      advice: 'Give text, or name the encoding if it is one.',
    };
  }
  const { valid, broken } = [head, ...samples]
    .map((part, i) => countUtf8(part, i > 0, i > 0 || part.length === SAMPLE_BYTES))
    .reduce((sum, each) => ({ valid: sum.valid + each.valid, broken: sum.broken + each.broken }));
  if (broken === 0) return { encoding: 'utf-8', assumed: null };
  if (broken <= BROKEN_SHARE * valid)
    return { encoding: 'utf-8', assumed: `${broken} places of the sample are broken.` };
  // Text in Chinese may begin late; a sample that was cut within a pair is looked at from its first line on.
  const parts = [head, ...samples.map(fromLineOn)].filter((part) => part.some((byte) => byte >= 0x80));
  if (parts.length > 0 && parts.every(looksLikeGbk))
    return { encoding: 'gbk', assumed: 'Its bytes read well as GBK (Chinese).' };
  if ([head, ...samples].every(looksLikeLatin1))
    return { encoding: 'latin1', assumed: 'Its bytes read well as Latin-1.' };
  return {
    why: 'Its bytes are not valid UTF-8, and read badly as UTF-16, GBK and Latin-1.',
    advice: 'Save it as UTF-8, or name its encoding.',
  };
}

/** None of the second half of a character: no trail byte of GBK is a line end. */
function fromLineOn(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(bytes.indexOf(10) + 1);
}

/** Sequences of more than one byte that are UTF-8, and bytes above 127 that are part of none; what was cut off at the ends counts as neither. */
function countUtf8(
  bytes: Uint8Array,
  cutStart: boolean,
  cutEnd: boolean,
): { readonly valid: number; readonly broken: number } {
  let valid = 0;
  let broken = 0;
  let at = 0;
  while (cutStart && at < 3 && at < bytes.length && (bytes[at] & 0xc0) === 0x80) at++;
  while (at < bytes.length) {
    const lead = bytes[at++];
    if (lead < 0x80) continue;
    const more =
      lead >= 0xc2 && lead < 0xe0 ? 1 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : 0;
    let found = 0;
    while (found < more && at < bytes.length && (bytes[at] & 0xc0) === 0x80) {
      found++;
      at++;
    }
    if (more > 0 && found === more) valid++;
    else if (more === 0 || at < bytes.length || !cutEnd) broken++;
  }
  return { valid, broken };
}

/** Western European text: some letters above 127 beside many below, hardly a sign among them. */
function looksLikeLatin1(bytes: Uint8Array): boolean {
  let high = 0;
  let letters = 0;
  for (const byte of bytes) {
    if (byte < 0x80) continue;
    high++;
    // Letters, quotation marks and dashes of windows-1252, and the signs of prose: « » ° § ¿ ¡ and the no-break space.
    if ((byte >= 0xc0 && byte !== 0xd7 && byte !== 0xf7) || (byte >= 0x91 && byte <= 0x97)) letters++;
    else if (
      byte === 0xa0 ||
      byte === 0xab ||
      byte === 0xbb ||
      byte === 0xb0 ||
      byte === 0xa7 ||
      byte === 0xbf ||
      byte === 0xa1
    )
      letters++;
  }
  return high < 0.3 * bytes.length && letters >= 0.7 * high;
}
