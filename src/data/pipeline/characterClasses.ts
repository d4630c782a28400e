// One table for all stages that look at single characters: what kind it is, and its small letter. Pure.

/** By UTF-16 code unit: the lower 16 bits are the small letter of what is of a word, above them are the bits below. */
export const characterFacts = new Uint32Array(65_536);

export const SMALL_LETTER = 0xffff;
/** A letter, digit or mark, in lower case where it has one. Surrogates count, or Han of other planes would not. */
export const WORD = 1 << 16;
/** 0 to 9. */
export const NUMBER = 1 << 17;
/** Of a script without spaces, in which every character counts as a word: Kana, Han, surrogates. Hangul has spaces. */
export const ALONE = 1 << 18;
/** No letter, digit, mark or white space. */
export const SYMBOL = 1 << 19;
/** A symbol that begins or parts personal data: ( + @ : */
export const SIGN = 1 << 20;
/** A control but tab and line end, or a mark that nobody sees: soft hyphen, zero-width, direction and byte-order marks. */
export const CONTROL = 1 << 21;
/** A space other than the usual one and line end. */
export const ODD_SPACE = 1 << 22;
/** NFC may change it or what is before it: nothing below U+0300, and neither dashes and quotes nor Han. */
export const COMPOSABLE = 1 << 23;
/** NFKC may: nothing below U+00A0. */
export const COMPATIBLE = 1 << 24;
/** U+FFFD: what an encoding does not allow. */
export const BROKEN = 1 << 25;

/** Format characters that are no use in a corpus. The joiners U+200C and U+200D stay: emoji and Persian need them. */
const UNSEEN: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2064],
  [0x206a, 0x206f],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
];
const ODD_SPACES: readonly (readonly [number, number])[] = [
  [0x09, 0x09],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
];
const SCRIPTS_WITHOUT_SPACES: readonly (readonly [number, number])[] = [
  [0x3040, 0x9fff],
  [0xd800, 0xdfff],
  [0xf900, 0xfaff],
];

const letter = /[\p{L}\p{N}\p{M}]/u;
const space = /\s/u;
for (let code = 0; code < 65_536; code++) {
  const character = String.fromCharCode(code);
  const small = character.toLowerCase();
  if ((code >= 0xd800 && code <= 0xdfff) || letter.test(character))
    characterFacts[code] = WORD | (small.length === 1 ? small.charCodeAt(0) : code);
  else if (!space.test(character)) characterFacts[code] = SYMBOL;
}
mark([[0x30, 0x39]], NUMBER);
for (const sign of '(+@:') mark([[sign.charCodeAt(0), sign.charCodeAt(0)]], SIGN);
mark(UNSEEN, CONTROL);
mark(ODD_SPACES, ODD_SPACE);
mark(
  [
    [0x300, 0x200f],
    [0x2028, 0x4dff],
    [0xa000, 0xffff],
  ],
  COMPOSABLE,
);
mark([[0xa0, 0xffff]], COMPATIBLE);
mark([[0xfffd, 0xfffd]], BROKEN);
for (const [first, last] of SCRIPTS_WITHOUT_SPACES) {
  for (let code = first; code <= last; code++) if ((characterFacts[code] & WORD) !== 0) characterFacts[code] |= ALONE;
}

function mark(ranges: readonly (readonly [number, number])[], fact: number): void {
  for (const [first, last] of ranges) for (let code = first; code <= last; code++) characterFacts[code] |= fact;
}
