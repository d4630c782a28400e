// Character references of HTML as characters: all numbers, and the names of HTML 4. Pure; unknown names stay as they are.

/** U+00A0 to U+00FF in their order. These are characters without a semicolon, too. */
const LATIN_1 =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo ' +
  'frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve ' +
  'Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ' +
  'ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml';
/** U+0391 to U+03A1, U+03A3 to U+03A9; then their small letters, with the final sigma between. */
const GREEK =
  'Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho - Sigma Tau Upsilon Phi Chi Psi Omega - - - - - - - ' +
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega';
/** A name, its character, and so on. */
const OTHERS =
  'OElig Œ oelig œ Scaron Š scaron š Yuml Ÿ nacute ń Nacute Ń uring ů Uring Ů fnof ƒ circ ˆ tilde ˜ ensp \u2002 emsp \u2003 thinsp \u2009 ' +
  'zwnj \u200c zwj \u200d lrm \u200e rlm \u200f ndash – mdash — lsquo ‘ rsquo ’ sbquo ‚ ldquo “ rdquo ” bdquo „ dagger † Dagger ‡ bull • hellip … ' +
  'permil ‰ prime ′ Prime ″ lsaquo ‹ rsaquo › oline ‾ frasl ⁄ euro € trade ™ larr ← uarr ↑ rarr → darr ↓ harr ↔ lArr ⇐ uArr ⇑ rArr ⇒ dArr ⇓ hArr ⇔ ' +
  'forall ∀ part ∂ exist ∃ empty ∅ nabla ∇ isin ∈ notin ∉ ni ∋ prod ∏ sum ∑ minus − lowast ∗ radic √ prop ∝ infin ∞ ang ∠ and ∧ or ∨ cap ∩ cup ∪ ' +
  'int ∫ there4 ∴ sim ∼ cong ≅ asymp ≈ ne ≠ equiv ≡ le ≤ ge ≥ sub ⊂ sup ⊃ nsub ⊄ sube ⊆ supe ⊇ oplus ⊕ otimes ⊗ perp ⊥ sdot ⋅ loz ◊ ' +
  "spades ♠ clubs ♣ hearts ♥ diams ♦ apos '";

/** With a semicolon or without. */
const loose: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ...LATIN_1.split(' ').map((name, i) => [name, String.fromCharCode(0xa0 + i)] as const),
]);
const named: ReadonlyMap<string, string> = new Map([
  ...loose,
  ...GREEK.split(' ').map((name, i) => [name, String.fromCharCode(0x391 + i)] as const),
  ...pairs(OTHERS.split(' ')),
]);

function pairs(words: readonly string[]): (readonly [string, string])[] {
  return words.flatMap((name, i) => (i % 2 === 0 ? [[name, words[i + 1] ?? ''] as const] : []));
}

const LONGEST_NAME = 8;
/** 128 to 159. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

export function decodeEntities(text: string): string {
  let at = text.indexOf('&');
  if (at < 0) return text;
  let result = '';
  let kept = 0;
  for (; at >= 0; at = text.indexOf('&', at + 1)) {
    const window = text.slice(at + 1, at + 3 + LONGEST_NAME);
    const found = /^(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([A-Za-z][A-Za-z\d]{1,7}))(;?)/.exec(window);
    if (found === null) continue;
    const [whole, decimal, hex, name, end] = found;
    // Without its end a name may be the start of a longer one, or of the next field in an address.
    if (end === '' && /^[A-Za-z\d=]/.test(window.slice(whole.length))) continue;
    const character =
      name === undefined
        ? numbered(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal))
        : (end === '' ? loose : named).get(name);
    if (character === undefined) continue;
    result += text.slice(kept, at) + character;
    kept = at + 1 + whole.length;
  }
  return result + text.slice(kept);
}

/** The control characters from 128 on stand for those of windows-1252, as in the HTML standard (13.2.5.80): old pages have their quotes so. */
function numbered(code: number): string | undefined {
  if (Number.isNaN(code)) return undefined;
  if (code >= 0x80 && code < 0xa0) return WINDOWS_1252[code - 0x80];
  const possible = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return possible ? String.fromCodePoint(code) : '\ufffd';
}
