// Masking of personal data on a generated set: what is planted is found, and what only looks so is left alone; both are counted and printed.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultPipelineConfig } from '../../../core/pipelineConfig';
import { threefry2x32 } from '../../../core/rng';
import { TextSurvey } from '../textSurvey';
import { maskPersonalData } from './personalData';
import { chineseCheckCharacter, luhn } from './personalPatterns';

const stage = maskPersonalData(defaultPipelineConfig.personalData);

function mask(text: string): { readonly text: string; readonly counts: Record<string, number> } {
  const counts: Record<string, number> = {};
  const result = stage(text, {
    format: 'text',
    count: (what, by = 1) => {
      counts[what] = (counts[what] ?? 0) + by;
    },
    survey: (each) => new TextSurvey().of(each),
  });
  if (typeof result !== 'string') throw new Error('masking leaves nothing out');
  return { text: result, counts };
}

let counter = 0;
const below = (n: number) => threefry2x32(17, 0, counter++, 0)[0] % n;
const digits = (n: number) => Array.from({ length: n }, () => below(10)).join('');
const one = <T>(list: readonly T[]): T => list[below(list.length)];
const luhnNumber = (start: string, length: number, right = true): string => {
  const head = start + digits(length - start.length - 1);
  const check = [...'0123456789'].find((digit) => luhn(head + digit)) ?? '';
  return head + (right ? check : String((Number(check) + 1 + below(9)) % 10));
};
const identity = (right = true): string => {
  const date = `${1950 + below(60)}${String(1 + below(12)).padStart(2, '0')}${String(1 + below(28)).padStart(2, '0')}`;
  const head = `${one(['110101', '310115', '440305', '510104'])}${date}${digits(3)}`;
  const check = chineseCheckCharacter(head);
  return head + (right ? check : check === '7' ? '8' : '7');
};
const grouped = (number: string, separator: string) => number.replace(/(\d{4})(?=\d)/g, `$1${separator}`);

const positives: Readonly<Record<string, () => string>> = {
  email: () =>
    `${one(['ann', 'b.lee', 'x_1', 'mail+tag', "o'hara-smith".replace("'", '')])}${below(99)}@${one(['example.com', 'mail.co.uk', 'a-b.org', 'uni.edu.cn'])}`,
  phone: () =>
    one([
      () => `(${2 + below(8)}${digits(2)}) ${2 + below(8)}${digits(2)}-${digits(4)}`,
      () => `${2 + below(8)}${digits(2)}-${2 + below(8)}${digits(2)}-${digits(4)}`,
      () => `+44 20 ${digits(4)} ${digits(4)}`,
      () => `+49 (0)30 ${digits(6)}`,
      () => `+1-${2 + below(8)}${digits(2)}-${2 + below(8)}${digits(2)}-${digits(4)}`,
    ])(),
  card: () =>
    one([
      () => luhnNumber('4', 16),
      () => grouped(luhnNumber('53', 16), ' '),
      () => grouped(luhnNumber('4', 16), '-'),
      () => luhnNumber('37', 15),
      () => grouped(luhnNumber('622202', 19), ' '),
    ])(),
  ip: () =>
    one([
      () => `${1 + below(223)}.${below(256)}.${below(256)}.${below(256)}`,
      () => `2001:db8:${digits(4)}::${1 + below(9)}`,
      () => 'fe80:0:0:0:202:b3ff:fe1e:8329',
    ])(),
  chineseMobile: () =>
    one([
      () => `1${one([3, 5, 7, 8, 9])}${digits(9)}`,
      () => `+86 1${one([3, 5, 8])}${digits(9)}`,
      () => `13${digits(1)}-${digits(4)}-${digits(4)}`,
      () => `139 ${digits(4)} ${digits(4)}`,
    ])(),
  chineseIdentity: () => identity(),
};

const negatives: readonly (() => string)[] = [
  () => luhnNumber('4', 16, false),
  () => grouped(luhnNumber('53', 16, false), ' '),
  () => identity(false),
  () => `20${digits(2)}-0${1 + below(9)}-1${below(9)}`,
  () => `20${digits(2)}-0${1 + below(9)}-1${below(9)}T12:34:56`,
  () => `${10 + below(13)}:${10 + below(49)}:${10 + below(49)}`,
  () => `v${below(9)}.${below(20)}.${below(20)}.${below(20)}`,
  () => `version ${below(9)}.${below(20)}.${below(20)}.${below(20)}`,
  () => `${below(9)}.${below(20)}.${below(20)}`,
  () => `256.${below(256)}.300.${below(256)}`,
  () => `1.2.3.4.5`,
  () => `3.${digits(12)}`,
  () => `$${1 + below(900)},${digits(3)},${digits(3)}.${digits(2)}`,
  () => `978-3-16-${digits(6)}-0`,
  () => `12${digits(9)}`,
  () => `order ${1 + below(9)}${digits(8)}`,
  () => `00:1A:2B:3C:4D:${10 + below(89)}`,
  () => 'std::vector and a::b',
  () => `@${one(['home', 'user', 'media'])}`,
  () => `foo@bar`,
  () => `pages ${100 + below(99)}-${200 + below(99)}`,
  () => `${digits(4)}-${digits(4)}`,
  () => `a${digits(16)}b`,
  () => `1${below(9)},${digits(3)} of 19${digits(2)}`,
  () => `chr1:${1 + below(9)}${digits(6)}-${1 + below(9)}${digits(6)}`,
  () => `ISSN 0${digits(3)}-${digits(3)}X`,
];

const frames: readonly ((inner: string) => string)[] = [
  (inner) => `Reach me at ${inner}, thanks.`,
  (inner) => `${inner}\n`,
  (inner) => `<${inner}>`,
  (inner) => `联系方式：${inner}。`,
  (inner) => `see "${inner}"; or not`,
];

test('recall and precision on planted data and hard negatives', () => {
  const lines: string[] = [];
  for (const [kind, make] of Object.entries(positives)) {
    const n = 400;
    let found = 0;
    for (let i = 0; i < n; i++) {
      const planted = make();
      const { text, counts } = mask(one(frames)(planted));
      if (counts[kind] === 1 && Object.keys(counts).length === 1 && !/\d{3}/.test(text)) found++;
    }
    lines.push(`${kind}: recall ${(found / n).toFixed(4)} of ${n}`);
    expect(found / n, kind).toBeGreaterThanOrEqual(0.99);
  }
  let wrong = 0;
  const n = 4_000;
  for (let i = 0; i < n; i++) {
    const planted = one(frames)(one(negatives)());
    if (mask(planted).text !== planted) {
      wrong++;
      if (wrong < 6) lines.push(`  masked, though it is none: ${JSON.stringify(planted)} -> ${mask(planted).text}`);
    }
  }
  const positive = 400 * Object.keys(positives).length;
  lines.push(`hard negatives: ${wrong} of ${n} masked, precision ${(positive / (positive + wrong)).toFixed(4)}`);
  console.log(lines.join('\n'));
  expect(wrong / n).toBeLessThanOrEqual(0.005);
});

test('any text: nothing but masks is put in, what is left stays in order, twice is once', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0159:.-+ ()@ax_大😀\n'), maxLength: 80 }), (text) => {
      const masked = mask(text).text;
      const pieces = masked.split(/<(?:EMAIL|PHONE|CARD|IP|IDENTITY)>/);
      let at = 0;
      for (const piece of pieces) {
        const found = text.indexOf(piece, at);
        expect(found).toBeGreaterThanOrEqual(at);
        at = found + piece.length;
      }
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(typeof mask(text).text).toBe('string');
    }),
  );
});

test.each(['@', '1', '1.', ':', '(1', '+1 ', 'a@a.', '1:', '4-', '::'])(
  'a hostile run of %j takes linear time',
  (unit) => {
    const start = performance.now();
    mask(unit.repeat(Math.ceil(200_000 / unit.length)));
    expect(performance.now() - start).toBeLessThan(2_000);
  },
);
