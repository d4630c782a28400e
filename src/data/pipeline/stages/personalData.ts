// Stage `personal-data`: puts a word such as <EMAIL> where an address, a number of a person or of a machine stands. Pure.
// It looks a bounded way around each digit and sign that the survey of the text has found, so that no text can hold it up. What each pattern is: personalPatterns.ts.

import type { PipelineConfig } from '../../../core/pipelineConfig';
import { COMPATIBLE } from '../characterClasses';
import {
  cardAt,
  chineseIdentityAt,
  chineseMobileAt,
  emailAround,
  ipv4At,
  ipv6At,
  type Match,
  phoneAt,
} from './personalPatterns';
import type { DocumentStage } from './stage';

type MaskOptions = PipelineConfig['personalData'];

/** What a character that the survey lists may begin: 1 a number, 2 a sign before one, 3 the middle of an address, 4 the middle of an IPv6 address. */
const BEGINS = new Uint8Array(128);
for (let digit = 48; digit < 58; digit++) BEGINS[digit] = 1;
BEGINS[40] = 2; // (
BEGINS[43] = 2; // +
BEGINS[64] = 3; // @
BEGINS[58] = 4; // :

export function maskPersonalData(options: MaskOptions): DocumentStage {
  return (text, { count, survey }) => {
    const { facts } = survey(text);
    // Places are the same in both.
    const plain = (facts & COMPATIBLE) !== 0 && OTHER_SIGNS.test(text) ? plainSigns(text) : text;
    const { numberPlaces, numberCount } = survey(plain);
    if (numberCount === 0) return text;
    let result = '';
    let kept = 0;
    const mask = (match: Match): number => {
      count(match.kind);
      result += `${text.slice(kept, match.start)}<${masks[match.kind]}>`;
      kept = match.end;
      return match.end;
    };
    let next = 0;
    for (let i = 0; i < numberCount; i++) {
      const at = numberPlaces[i];
      // Of what was masked, or of a number that was looked at.
      if (at < next) continue;
      const begins = BEGINS[plain.charCodeAt(at)];
      const match =
        begins === 3 || begins === 4 ? around(plain, at, kept, options, begins) : numberAt(plain, at, options);
      if (match !== null) next = mask(match);
      else next = begins === 1 ? endOfDigits(plain, at) : at + 1;
    }
    return kept === 0 ? text : result + text.slice(kept);
  };
}

/** Digits of full width, Arabic, Persian and Devanagari, and the @ of full width. */
const OTHER_SIGNS = /[\uff10-\uff19\uff20\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/;

/** Signs of full width, and digits of other scripts, as those of ASCII: one for one. */
function plainSigns(text: string): string {
  return text.replace(/[\uff01-\uff5e\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/g, (sign) => {
    const code = sign.charCodeAt(0);
    if (code >= 0xff01) return String.fromCharCode(code - 0xfee0);
    return String(code - (code < 0x6f0 ? 0x660 : code < 0x966 ? 0x6f0 : 0x966));
  });
}

export type PersonalKind = Match['kind'];

const masks: Readonly<Record<PersonalKind, string>> = {
  email: 'EMAIL',
  phone: 'PHONE',
  card: 'CARD',
  ip: 'IP',
  chineseMobile: 'PHONE',
  chineseIdentity: 'IDENTITY',
};

function around(text: string, at: number, from: number, options: MaskOptions, begins: number): Match | null {
  if (begins === 3) return options.email ? emailAround(text, at, from) : null;
  return options.ip ? ipv6At(text, at, from) : null;
}

/**
 * The first pattern that fits at a digit, or at the sign in front of one: longer and checked ones first. How many digits stand together, and
 * what follows them, says which are worth a look: most numbers of a text are years and counts.
 */
function numberAt(text: string, at: number, options: MaskOptions): Match | null {
  const run = endOfDigits(text, at - 1) - at;
  const end = at + run;
  const next = text.charCodeAt(end);
  const dot = next === 46;
  const grouped = (dot || next === 32 || next === 45) && isDigit(text, end + 1);
  const signed = run === 0;
  return (
    (options.chineseIdentity && run >= 17 ? chineseIdentityAt(text, at) : null) ??
    (options.card && (run >= 13 || (run >= 4 && grouped && !dot)) ? cardAt(text, at) : null) ??
    (options.ip && run <= 3 && dot && grouped ? ipv4At(text, at) : null) ??
    (options.chineseMobile && (signed || run >= 11 || grouped) ? chineseMobileAt(text, at) : null) ??
    (options.phone && (signed || (run <= 3 && (grouped || next === 32))) ? phoneAt(text, at) : null)
  );
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

/** Behind the digits that follow this place. */
function endOfDigits(text: string, at: number): number {
  let end = at + 1;
  while (isDigit(text, end)) end++;
  return end;
}
