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
      () => luhnNumber('37', 15).replace(/^(.{4})(.{6})/, '$1 $2 '),
    ])(),
  ip: () =>
    one([
      () => `${1 + below(223)}.${below(256)}.${below(256)}.${below(256)}`,
      () => `2001:db8:${digits(4)}::${1 + below(9)}`,
      () => `::ffff:192.0.2.${below(256)}`,
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
  (inner) => `a,${inner},b`,
  (inner) => `Contact:${inner}`,
];

test('recall and precision of each kind on planted data and hard negatives', () => {
  const planted = 400;
  const tried = 4_000;
  const kinds = Object.keys(positives);
  const found = new Map(kinds.map((kind) => [kind, 0]));
  /** Masks of a kind where there is none of it. */
  const wrong = new Map(kinds.map((kind) => [kind, 0]));
  const add = (to: Map<string, number>, kind: string, by = 1) => to.set(kind, (to.get(kind) ?? 0) + by);
  const lines: string[] = [];
  for (const [kind, make] of Object.entries(positives)) {
    for (let i = 0; i < planted; i++) {
      const framed = one(frames)(make());
      const { text, counts } = mask(framed);
      if (counts[kind] === 1 && Object.keys(counts).length === 1 && !/\d{3}/.test(text)) add(found, kind);
      else lines.push(`  not found: ${JSON.stringify(framed)} -> ${JSON.stringify(text)}`);
      for (const [other, count] of Object.entries(counts)) add(wrong, other, other === kind ? count - 1 : count);
    }
  }
  for (let i = 0; i < tried; i++) {
    const framed = one(frames)(one(negatives)());
    const { text, counts } = mask(framed);
    for (const [kind, count] of Object.entries(counts)) add(wrong, kind, count);
    if (text !== framed)
      lines.push(`  masked, though it is none: ${JSON.stringify(framed)} -> ${JSON.stringify(text)}`);
  }
  const table = kinds.map((kind) => {
    const [right, other] = [found.get(kind) ?? 0, wrong.get(kind) ?? 0];
    return { kind, recall: right / planted, precision: right / Math.max(1, right + other) };
  });
  console.log(
    [
      `personal data: ${planted} planted of each kind, ${tried} hard negatives`,
      ...table.map(
        ({ kind, recall, precision }) =>
          `${kind.padEnd(16)} recall ${recall.toFixed(4)}  precision ${precision.toFixed(4)}`,
      ),
      ...lines.slice(0, 12),
    ].join('\n'),
  );
  for (const { kind, recall, precision } of table) {
    expect(recall, `recall of ${kind}`).toBeGreaterThanOrEqual(0.99);
    expect(precision, `precision of ${kind}`).toBeGreaterThanOrEqual(0.99);
  }
});

test.each([
  ['4111 1111 1111 1111 12/25', '<CARD> 12/25'],
  ['4111111111111111 123', '<CARD> 123'],
  ['4111 1111 1111 1112 123', '4111 1111 1111 1112 123'],
  ['Ann,4111111111111111,2025', 'Ann,<CARD>,2025'],
  ['3.4111111111111111', '3.4111111111111111'],
  ['0000 0000 0000 0000', '0000 0000 0000 0000'],
  ['13800138000,13900139000', '<PHONE>,<PHONE>'],
  ['Tel.13800138000 or 3.13800138000', 'Tel.<PHONE> or 3.13800138000'],
  ['Tel:212-555-1234/212-555-1235', 'Tel:<PHONE>/<PHONE>'],
  ['Phone:+44 20 7946 0958', 'Phone:<PHONE>'],
  ['9:212-555-1234', '9:212-555-1234'],
  ['IP:2001:db8::1 and source:fe80::2%eth0', 'IP:<IP> and source:<IP>%eth0'],
  ['::ffff:192.0.2.1, 64:ff9b::192.0.2.33/96, 1::2.5', '<IP>, <IP>/96, 1::2.5'],
  ['电话：１３８００１３８０００，ａｎｎ＠example．com', '电话：<PHONE>，<EMAIL>'],
  ['٠١٢ ۱۳۸۰۰۱۳۸۰۰۰', '٠١٢ <PHONE>'],
])('%j becomes %j', (text, expected) => {
  expect(mask(text).text).toBe(expected);
});

test('an identity number needs a day that there is', () => {
  const of = (date: string) => `110101${date}001${chineseCheckCharacter(`110101${date}001`)}`;
  expect(mask(of('20000229')).text).toBe('<IDENTITY>');
  expect(mask(of('19000229')).text).toBe(of('19000229'));
  expect(mask(of('19990431')).text).toBe(of('19990431'));
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
      expect(mask(masked).text).toBe(masked);
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
