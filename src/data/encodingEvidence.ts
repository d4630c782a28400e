// What bytes say of their encoding: marks, magic numbers, zeros, controls, pairs. Pure; it decides nothing.

type Utf16 = 'utf-16le' | 'utf-16be';

/** Enough to judge an encoding by. */
export const SAMPLE_BYTES = 64 * 1024;

/** The encoding that a mark at the start names. */
export function byteOrderMark(bytes: Uint8Array): 'utf-8' | Utf16 | null {
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

/** What a file is by its first bytes, in words; null where they are no known mark. */
export function binaryKind(bytes: Uint8Array): string | null {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  return MAGIC.find(([magic]) => start.startsWith(magic))?.[1] ?? null;
}

/** UTF-16 without a mark: text of mostly Latin letters has a zero in every second byte, and hardly one in the others. */
export function utf16Pattern(bytes: Uint8Array): Utf16 | null {
  if (bytes.byteLength % 2 !== 0 || bytes.byteLength < 4) return null;
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const zeros = [0, 0];
  for (let i = 0; i < sample.length; i++) if (sample[i] === 0) zeros[i % 2]++;
  const half = sample.length / 2;
  const [even, odd] = zeros;
  if (odd > 0.4 * half && even < 0.05 * half) return 'utf-16le';
  if (even > 0.4 * half && odd < 0.05 * half) return 'utf-16be';
  return null;
}

/** Characters of two bytes as text has them: ASCII, letters of Latin, Greek and Cyrillic, punctuation, Kana, Han, Hangul, full width. */
const TEXT_RANGES: readonly (readonly [number, number])[] = [
  [0x09, 0x0a],
  [0x0d, 0x0d],
  [0x20, 0x7e],
  [0xa0, 0x17f],
  [0x370, 0x52f],
  [0x2010, 0x2026],
  [0x3000, 0x30ff],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
  [0xff01, 0xffee],
];
/** Of other bytes, half of their pairs are such a character at most. */
const TEXT_SHARE = 0.97;

/** UTF-16 without a mark whose letters have no zeros, as Chinese: nearly every pair of bytes is a character of a text, the other way round it is not. */
export function utf16Characters(bytes: Uint8Array): Utf16 | null {
  const sample = bytes.subarray(0, Math.min(SAMPLE_BYTES, bytes.length - (bytes.length % 2)));
  if (sample.length < 16) return null;
  const shares = [0, 1].map((high) => {
    let text = 0;
    for (let i = 0; i < sample.length; i += 2) {
      const code = (sample[i + high] << 8) | sample[i + 1 - high];
      if (TEXT_RANGES.some(([first, last]) => code >= first && code <= last)) text++;
    }
    return text / (sample.length / 2);
  });
  const [big, little] = shares;
  if (little >= TEXT_SHARE && little > big) return 'utf-16le';
  return big >= TEXT_SHARE && big > little ? 'utf-16be' : null;
}

/** Share of the first bytes that text does not hold: controls but tab, line ends, form feed and escape; NUL among them. */
export function controlShare(bytes: Uint8Array): number {
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

/** Fewer different pairs say nothing of which half of the common characters they are of. */
const ENOUGH_PAIRS = 24;

/**
 * GBK's common characters (GB 2312 level 1, lead bytes B0 to D7 with trail bytes from A1) and punctuation (A1 to A3) make
 * up nearly all of real Chinese text, but a minority of what other 8-bit encodings give when read so. Korean in EUC-KR has lead bytes
 * of the same range, but none from C9 on, where Chinese has nearly half of its characters.
 */
export function looksLikeGbk(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  let pairs = 0;
  let common = 0;
  const different = new Set<number>();
  for (let i = 0; i + 1 < sample.length; i++) {
    const lead = sample[i];
    if (lead < 0x80) continue;
    const trail = sample[++i];
    if (lead === 0x80 || lead === 0xff || trail < 0x40 || trail === 0x7f || trail === 0xff) return false;
    pairs++;
    if (trail >= 0xa1 && ((lead >= 0xb0 && lead <= 0xd7) || (lead >= 0xa1 && lead <= 0xa3))) common++;
    if (different.size < 1_000) different.add(lead * 256 + trail);
  }
  const upper = [...different].filter((pair) => pair >= 0xc900).length;
  if (different.size >= ENOUGH_PAIRS && upper < 0.1 * different.size) return false;
  return pairs > 0 && common > 0.8 * pairs;
}
