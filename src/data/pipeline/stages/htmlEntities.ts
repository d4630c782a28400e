// Character references of HTML as characters: all numbers, and the names that texts use. Pure; unknown names stay as they are.

const named: ReadonlyMap<string, string> = new Map(
  Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    nbsp: '\u00a0',
    shy: '\u00ad',
    copy: '©',
    reg: '®',
    trade: '™',
    hellip: '…',
    mdash: '—',
    ndash: '–',
    lsquo: '‘',
    rsquo: '’',
    ldquo: '“',
    rdquo: '”',
    laquo: '«',
    raquo: '»',
    bull: '•',
    middot: '·',
    times: '×',
    divide: '÷',
    deg: '°',
    euro: '€',
    pound: '£',
    yen: '¥',
    cent: '¢',
    sect: '§',
    para: '¶',
    plusmn: '±',
    frac12: '½',
    frac14: '¼',
    rarr: '→',
    larr: '←',
    ensp: '\u2002',
    emsp: '\u2003',
    thinsp: '\u2009',
    zwnj: '\u200c',
    zwj: '\u200d',
    iexcl: '¡',
    iquest: '¿',
    szlig: 'ß',
    aelig: 'æ',
    AElig: 'Æ',
    oslash: 'ø',
    Oslash: 'Ø',
    ccedil: 'ç',
    Ccedil: 'Ç',
    ntilde: 'ñ',
    Ntilde: 'Ñ',
    oelig: 'œ',
    ...accented(),
  }),
);

/** Latin letters with an accent: `eacute` is e with U+0301, composed. */
function accented(): Readonly<Record<string, string>> {
  const accents = { grave: '\u0300', acute: '\u0301', circ: '\u0302', tilde: '\u0303', uml: '\u0308', ring: '\u030a' };
  const result: Record<string, string> = {};
  for (const [name, mark] of Object.entries(accents)) {
    for (const letter of 'aeiouyAEIOUYnN') {
      const composed = `${letter}${mark}`.normalize('NFC');
      if (composed.length === 1) result[letter + name] = composed;
    }
  }
  return result;
}

const LONGEST_NAME = 8;

export function decodeEntities(text: string): string {
  let at = text.indexOf('&');
  if (at < 0) return text;
  let result = '';
  let kept = 0;
  for (; at >= 0; at = text.indexOf('&', at + 1)) {
    const window = text.slice(at + 1, at + 3 + LONGEST_NAME);
    const [whole = '', decimal, hex, name] =
      /^(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([A-Za-z]\w{1,7}));/.exec(window) ?? [];
    const character =
      name === undefined
        ? numbered(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal))
        : named.get(name);
    if (character === undefined) continue;
    result += text.slice(kept, at) + character;
    kept = at + 1 + whole.length;
  }
  return result + text.slice(kept);
}

function numbered(code: number): string | undefined {
  if (Number.isNaN(code)) return undefined;
  const possible = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return possible ? String.fromCodePoint(code) : '\ufffd';
}
