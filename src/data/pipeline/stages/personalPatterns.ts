// The patterns of personal data, each with the checks that tell it from numbers that only look so. Pure; each looks a bounded way.

export interface Match {
  readonly kind: 'email' | 'phone' | 'card' | 'ip' | 'chineseMobile' | 'chineseIdentity';
  readonly start: number;
  readonly end: number;
}

/** RFC 5321, section 4.5.3.1: 64 octets before the @, 255 behind it. */
const LOCAL_LENGTH = 64;
const DOMAIN_LENGTH = 255;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

function isHex(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);
}

/** A letter or digit of any script, or an underscore: a number that touches one is part of a name. Han does not count: nobody spaces it. */
function joins(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (Number.isNaN(code)) return false;
  return isDigit(code) || isLetter(code) || code === 95 || (code >= 0xc0 && code < 0x2000);
}

/** Whether the number at `at` goes on a longer one: one of these signs is in front of it, and a digit in front of that. */
function goesOn(text: string, at: number, signs: string): boolean {
  return at > 1 && signs.includes(text[at - 1]) && isDigit(text.charCodeAt(at - 2));
}

/** Digits from `at` on with at most one of the separators between two; null where there are more than `most`. */
function digitsFrom(
  text: string,
  at: number,
  separators: string,
  most: number,
): { digits: string; end: number } | null {
  let digits = '';
  let end = at;
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isDigit(code)) {
      if (digits.length === most) return null;
      digits += text[i];
      end = i + 1;
    } else if (end !== i || digits === '' || !separators.includes(text[i])) break;
  }
  return digits === '' ? null : { digits, end };
}

/** @param at of the @; @param from what is before was masked already */
export function emailAround(text: string, at: number, from: number): Match | null {
  let start = at;
  const first = Math.max(from, at - LOCAL_LENGTH);
  while (start > first && isLocal(text.charCodeAt(start - 1))) start--;
  while (start < at && text[start] === '.') start++;
  if (start === at || text[at - 1] === '.') return null;
  let end = at + 1;
  let labelStart = end;
  let lastDot = -1;
  for (let i = end; i < text.length && i < at + DOMAIN_LENGTH; i++) {
    const code = text.charCodeAt(i);
    if (isLetter(code) || isDigit(code) || (code === 45 && i > labelStart)) end = i + 1;
    else if (code === 46 && i > labelStart) {
      if (!joins(text, i + 1)) break;
      lastDot = i;
      labelStart = i + 1;
    } else break;
  }
  // The last label is letters, two at least: names of machines without a dot are no addresses of people.
  const top = text.slice(lastDot + 1, end);
  return lastDot > 0 && lastDot < end && /^[a-z]{2,24}$/i.test(top) ? { kind: 'email', start, end } : null;
}

function isLocal(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 46 || code === 95 || code === 43 || code === 45 || code === 37;
}

/** Four numbers to 255, no leading zeros, and no version: not after a `v`, a word such as version, a dot or with a fifth number. */
export function ipv4At(text: string, at: number): Match | null {
  if (!isDigit(text.charCodeAt(at)) || joins(text, at - 1) || text[at - 1] === '.') return null;
  const end = ipv4End(text, at);
  if (end === null) return null;
  const before = text.slice(Math.max(0, at - 12), at).toLowerCase();
  return /(version|release|section|§|v\.?) ?$/.test(before) ? null : { kind: 'ip', start: at, end };
}

/** Behind the four numbers from `at` on; null where there are not four, or more. */
function ipv4End(text: string, at: number): number | null {
  let end = at;
  for (let part = 0; part < 4; part++) {
    const start = end;
    let value = 0;
    while (end < text.length && end - start < 4 && isDigit(text.charCodeAt(end)))
      value = value * 10 + Number(text[end++]);
    if (end === start || end - start > 3 || value > 255 || (text[start] === '0' && end - start > 1)) return null;
    if (part < 3 && text[end++] !== '.') return null;
  }
  return joins(text, end) || (text[end] === '.' && isDigit(text.charCodeAt(end + 1))) ? null : end;
}

/** RFC 4291, section 2.2, with a last part as IPv4 or without. Times and MAC addresses have no `::` and not eight groups; names of C++ have no digit. */
export function ipv6At(text: string, colon: number, from: number): Match | null {
  let start = colon;
  while (start > from && colon - start < 4 && isHex(text.charCodeAt(start - 1))) start--;
  if (joins(text, start - 1) || (text[start - 1] === ':' && !isLabelled(text, start))) return null;
  let end = start;
  let groups = 0;
  let gaps = 0;
  while (end < text.length && groups <= 8) {
    const group = end;
    while (end < text.length && end - group < 5 && isHex(text.charCodeAt(end))) end++;
    if (end - group > 4) return null;
    if (end > group) groups++;
    if (text[end] === '.' && isDigit(text.charCodeAt(end + 1))) {
      const mixed = ipv4End(text, group);
      if (mixed === null) return null;
      // It stands for two groups.
      groups++;
      end = mixed;
    }
    if (text[end] !== ':') break;
    if (text[end + 1] === ':') {
      gaps++;
      end += 2;
    } else if (isHex(text.charCodeAt(end + 1))) end++;
    else break;
  }
  if (joins(text, end) || text[end] === ':' ? !(text[end] === ':' && !joins(text, end + 1)) : false) return null;
  const whole = gaps === 0 ? groups === 8 : gaps === 1 && groups >= 2 && groups < 8;
  return whole && /\d/.test(text.slice(start, end)) ? { kind: 'ip', start, end } : null;
}

/** Whether the colon in front of `start` ends a word that is no part of an address, as in `IP:` or `source:`. */
function isLabelled(text: string, start: number): boolean {
  const [, label = ''] = /([A-Za-z]{1,16}):$/.exec(text.slice(Math.max(0, start - 17), start)) ?? [];
  return label.length > 4 || /[g-z]/i.test(label);
}

/** 13 to 19 digits of a known kind of card, in groups or not, whose check digit is right (Luhn; ISO/IEC 7812-1, annex B). */
export function cardAt(text: string, at: number): Match | null {
  if (!isDigit(text.charCodeAt(at)) || joins(text, at - 1) || goesOn(text, at, '.-')) return null;
  const whole = digitsFrom(text, at, ' -', 19);
  if (whole !== null && whole.digits.length < 13) return null;
  const end = whole !== null && isCard(text, whole.end, whole.digits) ? whole.end : groupedCardEnd(text, at);
  return end === null ? null : { kind: 'card', start: at, end };
}

function isCard(text: string, end: number, digits: string): boolean {
  return !joins(text, end) && isCardKind(digits) && luhn(digits);
}

/** Groups that cards are printed in, where other digits may follow: a date, a check number. */
const CARD_GROUPS: readonly (readonly number[])[] = [
  [4, 4, 4, 4, 3],
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
];

function groupedCardEnd(text: string, at: number): number | null {
  const groups = [...text.slice(at, at + 40).matchAll(/(\d+)(?:[ -](?=\d)|)/gy)].map(([, digits]) => digits);
  for (const lengths of [...CARD_GROUPS, [groups[0]?.length ?? 0]]) {
    if (!lengths.every((length, i) => groups.at(i)?.length === length)) continue;
    const digits = groups.slice(0, lengths.length).join('');
    const end = at + digits.length + lengths.length - 1;
    if (isCard(text, end, digits)) return end;
  }
  return null;
}

/** Visa, Mastercard, American Express, UnionPay, Discover, JCB, Diners, Maestro by their first digits and lengths. */
function isCardKind(digits: string): boolean {
  const { length } = digits;
  if (digits.startsWith('4')) return length === 13 || length === 16 || length === 19;
  const two = Number(digits.slice(0, 2));
  const four = Number(digits.slice(0, 4));
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return length === 16;
  if (two === 34 || two === 37) return length === 15;
  if (two === 62 || two === 65 || four === 6011 || two === 35 || two === 81) return length >= 16;
  if (two === 36 || two === 38 || two === 30) return length === 14;
  return (two === 50 || (two >= 56 && two <= 69)) && length >= 16;
}

export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    let digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    if (i % 2 === 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0;
}

/** 17 digits and a check character, with a date of birth that exists (GB 11643-1999; ISO 7064 MOD 11-2). */
export function chineseIdentityAt(text: string, at: number): Match | null {
  if (joins(text, at - 1)) return null;
  const number = text.slice(at, at + 18).toUpperCase();
  if (!/^[1-8]\d{16}[\dX]$/.test(number) || joins(text, at + 18)) return null;
  const [year, month, day] = [Number(number.slice(6, 10)), Number(number.slice(10, 12)), Number(number.slice(12, 14))];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (year < 1900 || year > 2100 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return chineseCheckCharacter(number.slice(0, 17)) === number[17]
    ? { kind: 'chineseIdentity', start: at, end: at + 18 }
    : null;
}

/** @param digits 17 of them */
export function chineseCheckCharacter(digits: string): string {
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += Number(digits[i]) * (2 ** (17 - i) % 11);
  return '10X98765432'[sum % 11] ?? '';
}

/** 11 digits from 13 to 19 on, alone or in groups of 3, 4 and 4, with +86 or without (MIIT's plan of 2017). */
export function chineseMobileAt(text: string, at: number): Match | null {
  if (joins(text, at - 1) || goesOn(text, at, '.')) return null;
  let digitsAt = at;
  if (text.startsWith('+86', at)) digitsAt = at + 3;
  else if (text.startsWith('0086', at)) digitsAt = at + 4;
  else if (text.startsWith('86', at) && /[ -]/.test(text[at + 2] ?? '')) digitsAt = at + 2;
  if (digitsAt > at && /[ -]/.test(text[digitsAt] ?? '')) digitsAt++;
  const number = text.slice(digitsAt, digitsAt + 13);
  const [found] = /^1[3-9]\d([ -]?)\d{4}\1\d{4}/.exec(number) ?? [];
  if (found === undefined) return null;
  const end = digitsAt + found.length;
  // Thousands come in threes: a whole number behind a comma is another one of a list.
  if (found.length > 11 && goesOn(text, at, ',')) return null;
  return joins(text, end) || (text[end] === '.' && isDigit(text.charCodeAt(end + 1)))
    ? null
    : { kind: 'chineseMobile', start: at, end };
}

/**
 * Numbers of North America as they are written (NANP: area and exchange begin with 2 to 9), and of other countries with a
 * plus sign: 8 to 15 digits (E.164), in groups. Bare runs of digits are no phone numbers: most are something else.
 */
export function phoneAt(text: string, at: number): Match | null {
  if (joins(text, at - 1) || /[$€£¥]/.test(text[at - 1] ?? '') || goesOn(text, at, '.:-')) return null;
  return text[at] === '+' ? internationalPhone(text, at) : americanPhone(text, at);
}

function internationalPhone(text: string, at: number): Match | null {
  let digits = 0;
  let end = at;
  let separator = at;
  for (let i = at + 1; i < text.length && i < at + 24; i++) {
    const code = text.charCodeAt(i);
    if (isDigit(code)) {
      digits++;
      end = i + 1;
    } else if (!' -.()'.includes(text[i]) || (i - separator === 1 && !/[()]/.test(text[i] + text[separator]))) break;
    else separator = i;
  }
  return digits >= 8 && digits <= 15 && !joins(text, end) && text[at + 1] !== '0'
    ? { kind: 'phone', start: at, end }
    : null;
}

function americanPhone(text: string, at: number): Match | null {
  const window = text.slice(at, at + 18);
  const [found] = /^(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}/.exec(window) ?? [];
  if (found === undefined) return null;
  const end = at + found.length;
  return joins(text, end) || /^[-.]\d/.test(text.slice(end, end + 2)) ? null : { kind: 'phone', start: at, end };
}
