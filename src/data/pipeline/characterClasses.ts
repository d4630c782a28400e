// One table for all stages that look at single characters: what kind it is, and its small letter. Pure.

/** By UTF-16 code unit: the small letter of a letter, digit or mark; 0 for what stands between words. Surrogates stand for themselves. */
export const wordCharacter = new Uint16Array(65_536);
/** By UTF-16 code unit: 1 for what is no letter, digit, mark or white space. Surrogates count as letters, or Han of other planes would not. */
export const isSymbol = new Uint8Array(65_536);

/** By UTF-16 code unit: 1 for controls but tab and line end, and for marks that nobody sees: soft hyphen, zero-width, direction and byte-order marks. */
export const isControl = new Uint8Array(65_536);
/** By UTF-16 code unit: 1 for every space but the usual one and line end. */
export const isOddSpace = new Uint8Array(65_536);

/** Format characters that are no use in a corpus. The joiners U+200C and U+200D stay: emoji and Persian need them. */
const UNSEEN: readonly (readonly [number, number])[] = [
  [0xad, 0xad],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2064],
  [0x206a, 0x206f],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
];
for (const [first, last] of UNSEEN) isControl.fill(1, first, last + 1);
isControl.fill(1, 0, 0x20);
isControl.fill(1, 0x7f, 0xa0);
isControl[0x09] = 0;
isControl[0x0a] = 0;
for (const code of [0x09, 0xa0, 0x1680, 0x202f, 0x205f, 0x3000]) isOddSpace[code] = 1;
isOddSpace.fill(1, 0x2000, 0x200b);

const letter = /[\p{L}\p{N}\p{M}]/u;
const space = /\s/u;
for (let code = 0; code < 65_536; code++) {
  const character = String.fromCharCode(code);
  if ((code >= 0xd800 && code <= 0xdfff) || letter.test(character)) {
    const small = character.toLowerCase();
    wordCharacter[code] = small.length === 1 ? small.charCodeAt(0) : code;
  } else if (!space.test(character)) isSymbol[code] = 1;
}

/** Scripts without spaces, in which every character counts as a word: Kana, Han, surrogate pairs. Hangul has spaces. */
export function standsAlone(code: number): boolean {
  return (code >= 0x3040 && code <= 0x9fff) || (code >= 0xd800 && code <= 0xdfff) || (code >= 0xf900 && code <= 0xfaff);
}
