// The shader preprocessor: what it expands, where each line came from, and that every mistake names its file and line.

import { expect, test } from 'vitest';
import { expandShader, type Flags } from './shaderSource';

function expand(text: string, flags: Flags = {}, parts: Readonly<Record<string, string>> = {}) {
  const sources = new Map([
    ['kernel.wgsl', text],
    ...Object.entries(parts).map(([name, part]) => [`include/${name}`, part] as const),
  ]);
  return expandShader('kernel.wgsl', flags, sources);
}

const code = (text: string, flags?: Flags, parts?: Readonly<Record<string, string>>): string =>
  expand(text, flags, parts).code;

test('conditions, nested and with an else', () => {
  const text = '#if A\na\n#if B == 2\nab\n#else\na-\n#endif\n#else\n-\n#endif\nend';
  expect(code(text, { A: true, B: 2 })).toBe('a\nab\nend');
  expect(code(text, { A: 1, B: 3 })).toBe('a\na-\nend');
  expect(code(text, { A: 0, B: 2 })).toBe('-\nend');
});

test('loops unroll, nest, and may be empty', () => {
  expect(code('#for I in 0..N\nx{{I}}\n#for J in I..2\n{{I}}{{J}}\n#endfor\n#endfor', { N: 2 })).toBe(
    'x0\n00\n01\nx1\n11',
  );
  expect(code('a\n#for I in 3..N\nx\n#endfor\nb', { N: 3 })).toBe('a\nb');
});

test.each([
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3', 9],
  ['7 / 2', 3],
  ['7 % 4', 3],
  ['10 - 4 - 3', 3],
  ['-N + 1', -3],
  ['N == 4 && !(N < 4) || 0', 1],
  ['N != 4', 0],
  ['N >= 4', 1],
  ['V * (D / 4) + (1 - V) * D', 4],
])('%s is %d', (expression, value) => {
  expect(code(`{{${expression}}}`, { N: 4, V: true, D: 16 })).toBe(String(value));
});

test('a text flag is inserted as it is', () => {
  expect(code('let x: {{TYPE}};', { TYPE: 'vec4f' })).toBe('let x: vec4f;');
});

test('an include takes flags of its own, which end with it', () => {
  const parts = { 'load.wgsl': '{{NAME}}[{{N}}]\n#include "inner.wgsl" with N=N + 1', 'inner.wgsl': '{{NAME}}{{N}}' };
  const text = '#include "load.wgsl" with NAME="qkv, all", N=2 * W // why\n{{N}}';
  expect(code(text, { N: 7, W: 3 }, parts)).toBe('qkv, all[6]\nqkv, all7\n7');
  expect(
    code('#for I in 0..2\n#include "inner.wgsl" with NAME="{{TYPE}}_{{I}}_", N=I\n#endfor', { TYPE: 'f32' }, parts),
  ).toBe('f32_0_0\nf32_1_1');
});

test('an include that is not taken is not read', () => {
  expect(code('#if 0\n#include "none.wgsl"\n#endif\na')).toBe('a');
});

test('every line keeps its file and line, through includes, loops and conditions', () => {
  const { code: text, origin } = expand(
    'first\n#include "part.wgsl"\n#for I in 0..2\nx{{I}}\n#endfor\n#if 0\nno\n#endif\nlast',
    {},
    { 'part.wgsl': 'p1\n#include "inner.wgsl"\np3', 'inner.wgsl': 'i1' },
  );
  expect(text.split('\n').map((line, i) => `${line} ${origin[i].file}:${origin[i].line}`)).toEqual([
    'first kernel.wgsl:1',
    'p1 include/part.wgsl:1',
    'i1 include/inner.wgsl:1',
    'p3 include/part.wgsl:3',
    'x0 kernel.wgsl:4',
    'x1 kernel.wgsl:4',
    'last kernel.wgsl:9',
  ]);
});

test.each([
  ['an unknown flag', 'a\n{{MISSING}}', /kernel\.wgsl:2: 'MISSING' has no value here/],
  ['an unknown flag in a condition', '#if MISSING\n#endif', /kernel\.wgsl:1: 'MISSING'/],
  ['an open block', 'a\n#if 1\nb', /kernel\.wgsl:2: this block is never closed/],
  ['an open loop', '#for I in 0..2\nb', /kernel\.wgsl:1: this block is never closed/],
  ['a stray end', 'a\n\n#endif', /kernel\.wgsl:3: unknown or stray directive '#endif'/],
  ['an unknown directive', '#define X 1', /kernel\.wgsl:1: unknown or stray directive/],
  ['an expression that ends early', '{{1 +}}', /kernel\.wgsl:1/],
  ['an expression with a stray sign', '{{1 $ 2}}', /kernel\.wgsl:1: cannot read the expression/],
  ['a missing parenthesis', '{{(1 + 2}}', /kernel\.wgsl:1: missing \)/],
  ['a text where a number belongs', '#for I in 0..TYPE\n#endfor', /kernel\.wgsl:1: 'TYPE' is not a number/],
  ['a mistake in an include', '#include "bad.wgsl"', /include\/bad\.wgsl:2: unknown or stray directive/],
  [
    'an include with a flag that is not known',
    'a\n#include "fine.wgsl" with N=M',
    /kernel\.wgsl:2: 'M' has no value here/,
  ],
  ['an include with half a flag', '#include "fine.wgsl" with N', /kernel\.wgsl:1: cannot read what is given/],
  ['an include with something else', '#include "fine.wgsl" where N=1', /kernel\.wgsl:1: unknown or stray directive/],
  ['an include that is not there', '#include "none.wgsl"', /no shader file include\/none\.wgsl/],
  ['an include of itself', '#include "self.wgsl"', /include\/self\.wgsl includes itself/],
])('%s names its place', (_, text, message) => {
  const parts = { 'bad.wgsl': 'fine\n#oops', 'fine.wgsl': 'fine', 'self.wgsl': '#include "self.wgsl"' };
  expect(() => expand(text, { TYPE: 'f32' }, parts)).toThrow(message);
});
