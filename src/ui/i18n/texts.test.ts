import { expect, test } from 'vitest';
import { describeSchema, sectionFields } from '../../core/configCheck';
import { textModelTypes } from '../../core/modelConfig';
import { en } from './en';
import { expectedText } from './issueText';
import { termSources } from './termSources';
import { termsEn } from './termsEn';
import { termsZh } from './termsZh';
import { isTermId, makeTexts } from './useText';
import { zh } from './zh';

const english = makeTexts('en', { t: en, terms: termsEn });
const chinese = makeTexts('zh', { t: zh, terms: termsZh });

function leaves(value: unknown, path: string): [path: string, leaf: unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}.${name}`));
}

test('both languages say everything; what takes a number takes it in both', () => {
  const chineseLeaves = new Map(leaves(zh, ''));
  for (const [path, leaf] of leaves(en, '')) {
    const other = chineseLeaves.get(path);
    expect(typeof other, path).toBe(typeof leaf);
    if (typeof leaf === 'function' && typeof other === 'function') expect(other.length, path).toBe(leaf.length);
    else if (!path.endsWith('run.cancelled')) expect(other, path).not.toBe('');
  }
});

const sections = [
  ...textModelTypes().map((type) => ['model', type] as const),
  ...['data', 'train', 'parallel', 'lora'].map((section) => [section, 'gpt2'] as const),
];

test('every setting has a name and a definition in both languages', () => {
  for (const [section, type] of sections) {
    for (const name of sectionFields(section, type)?.keys() ?? []) {
      expect(isTermId(`${section}.${name}`, english), `${section}.${name}`).toBe(true);
    }
  }
});

test('definitions are short, and sources are https addresses', () => {
  for (const [id, [name, text]] of [...Object.entries(termsEn), ...Object.entries(termsZh)]) {
    expect(name.length, id).toBeGreaterThan(0);
    expect(text.length, id).toBeGreaterThan(4);
    expect(text.length, id).toBeLessThan(230);
  }
  for (const { url } of Object.values(termSources)) expect(new URL(url).protocol).toBe('https:');
});

test('what a field takes is said in Chinese for every field of the schema', () => {
  for (const [section, type] of sections) {
    for (const [name, schema] of sectionFields(section, type) ?? []) {
      const takes = describeSchema(schema);
      if (takes === 'true or false' || name === 'model_type') continue;
      expect(expectedText(takes, chinese), `${section}.${name}: ${takes}`).toMatch(/[\u4e00-\u9fff]/);
    }
  }
});

test('rules that tie fields to each other name the field as the page does', () => {
  const rule = 'a divisor of model.n_embd = 64; 4 is used';
  expect(expectedText(rule, english)).toBe('a divisor of Width (64)');
  expect(expectedText(rule, chinese)).toBe('“宽度”（64）的约数');
  expect(expectedText('above model.rope_low_freq_factor = 2; 3 is used', english)).toBe('above Slow band (2)');
  expect(expectedText('an even number; 6 is used', chinese)).toBe('偶数');
  expect(expectedText('something new', english)).toBe('something new');
});

test('numbers and units', () => {
  const { format } = english;
  expect(format.compact(209_344)).toBe('209 k');
  expect(chinese.format.compact(209_344)).toBe('20.93万');
  expect(format.bytes(16_777_216)).toBe('16 MiB');
  expect(format.bytes(372)).toBe('372 B');
  expect([0.25, 12.34, 999, 4200, 61_000, 3_700_000, 2e8, Number.NaN].map(format.duration)).toEqual([
    '250 µs',
    '12.3 ms',
    '999 ms',
    '4.2 s',
    '1 min 01 s',
    '1 h 01 min',
    '2 days',
    '–',
  ]);
  expect([0, 500, 2000].map((ms) => format.axisTime(ms, 500))).toEqual(['0.0 s', '0.5 s', '2.0 s']);
  expect([2212, 2214].map((ms) => format.axisTime(ms, 2))).toEqual(['2,212 ms', '2,214 ms']);
  expect([2212.345, 2212.35].map((ms) => format.axisTime(ms, 0.005))).toEqual(['2,212.345 ms', '2,212.350 ms']);
  expect(format.axisTime(0.014, 0.002)).toBe('14 µs');
  expect(format.si(6.5e8, 'FLOP')).toBe('650 MFLOP');
  expect([0, 1e-7, 0.00134, Number.POSITIVE_INFINITY].map(format.scientific)).toEqual(['0', '1.0e-7', '0.00134', '∞']);
});
