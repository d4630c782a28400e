// The stages that see one document: what each changes, counts and leaves out; hostile texts; any Unicode at all.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultPipelineConfig, type SourceFormat } from '../../../core/pipelineConfig';
import { TextSurvey } from '../textSurvey';
import { guessLanguage, language } from './language';
import { markup } from './markup';
import { normalize } from './normalize';
import { quality } from './quality';
import type { DocumentStage } from './stage';

const config = defaultPipelineConfig;

function run(stage: DocumentStage, text: string, format: SourceFormat = 'text') {
  const counts: Record<string, number> = {};
  const result = stage(text, {
    format,
    count: (what, by = 1) => {
      counts[what] = (counts[what] ?? 0) + by;
    },
    survey: (each) => new TextSurvey().of(each),
  });
  return { result, counts };
}

describe('normalize', () => {
  const stage = normalize(config.normalize);
  test.each([
    ['plain text\n\nstays', 'plain text\n\nstays'],
    ['  a \t b  \n\n\n\n  c  ', 'a b\n\nc'],
    ['e\u0301te\u0301', 'été'],
    ['a\u0000b\u0007c\u200bd\ufeff', 'abcd'],
    ['one\r\ntwo\rthree\u2028four', 'one\ntwo\nthree\nfour'],
    ['non\u00a0breaking\u3000space', 'non breaking space'],
    ['👩\u200d👩\u200d👧 stays joined', '👩\u200d👩\u200d👧 stays joined'],
    ['', ''],
  ])('%j becomes %j', (text, expected) => {
    expect(run(stage, text).result).toBe(expected);
  });
  test('code keeps its indentation', () => {
    expect(run(stage, 'def f():\n    return 1  \n', 'code').result).toBe('def f():\n    return 1\n');
  });
  test('any text: twice is once, and nothing is left that it takes away', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 100 }),
        fc.constantFrom('none', 'NFC', 'NFKC'),
        (text, form) => {
          const once = String(run(normalize({ ...config.normalize, form }), text).result);
          expect(run(normalize({ ...config.normalize, form }), once).result).toBe(once);
          expect(once).not.toMatch(/ {2}| \n|\n |\n{3}|[\t\r\u00a0\u200b]/);
        },
      ),
      { numRuns: 600 },
    );
  });
});

describe('markup', () => {
  const stage = markup(config.markup);
  test.each<[SourceFormat, string, string]>([
    ['text', '<b>stays</b>', '<b>stays</b>'],
    [
      'html',
      '<p>One &amp; two&#8212;<b>three</b></p><script>if (a<b) x("</p>")</script><p>four</p>',
      '\nOne & two—three\n\nfour\n',
    ],
    ['html', '<!-- <p>no</p> --><a title="a > b" href=x>link</a> 3 < 4 &unknown; &#xD800;', 'link 3 < 4 &unknown; �'],
    ['html', '<style>p{}</style><table><tr><td>a<td>b</table>caf&eacute;', '\n\n a b\ncafé'],
    ['html', 'an <unclosed tag', 'an '],
    ['html', '<html><head><title>x</title><meta name=a><body><p>no end of the head', '\n\n\n\nno end of the head'],
    ['html', '<!-->a<!--->b<!-- no --!>c<a title = "x > y">d</a><svg/>e', 'abcde'],
    [
      'html',
      'don&#146;t &copy 2020 &#39; &Omega; &le; &frac34; &lsaquo;x &copyright ?a&amp=1',
      "don’t © 2020 ' Ω ≤ ¾ ‹x &copyright ?a&amp=1",
    ],
    [
      'markdown',
      '# Title\n\n> - *one* and **two** `x_y` [link](http://a.b/c)\n1. ![alt](p.png) snake_case _em_',
      'Title\n\none and two x_y link\nalt snake_case em',
    ],
    [
      'markdown',
      '```c\n#include <a.h>\nfor (i<n; *p & &amp;) >\n```\n<b>bold</b> &amp; more',
      '#include <a.h>\nfor (i<n; *p & &amp;) >\nbold & more',
    ],
    [
      'markdown',
      'a `vector<int>` ``x ` *y*`` \\<b> [`<i>`](u) <http://a.b/c> `open',
      'a vector<int> x ` *y* <b> <i> http://a.b/c open',
    ],
    ['markdown', '````\n```js\nx*y\n```\n````\n```code``` *end*', '```js\nx*y\n```\ncode end'],
    ['markdown', '| a | *b* |\n|---|:-:|\n| 1 | `x \\| y` |\n\na | b', 'a b\n1 x | y\n\na | b'],
    ['markdown', '```js\nconst a = b * c;\n```\n---\na \\* b [x] [y][z]', 'const a = b * c;\n\na * b [x] y'],
  ])('%s: %j', (format, text, expected) => {
    expect(run(stage, text, format).result).toBe(expected);
  });
  test('e-mail: subject and what was written; of alternatives the plain one, decoded', () => {
    const mail = [
      'From ann@example.com Mon Sep  2 12:00:00 2002',
      'Received: from a by b;',
      '\tMon, 2 Sep 2002',
      'Subject: =?utf-8?q?Caf=C3=A9?= today',
      'Content-Type: multipart/alternative; boundary="xyz"',
      '',
      'preamble',
      '--xyz',
      'Content-Type: text/html',
      '',
      '<p>Hello</p>',
      '--xyz',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'H=E9llo =',
      'there',
      '--xyz--',
    ].join('\n');
    expect(run(stage, mail, 'email').result).toBe('Café today\n\nHéllo there\n');
    const attached = 'Subject: s\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n';
    expect(run(stage, attached, 'email').result).toBe('s\n\nhello');
    expect(run(stage, 'no headers at all', 'email').result).toBe('no headers at all');
  });
  test('e-mail: boundaries that begin alike, characters cut in two, line ends that were softened on the way', () => {
    const part = (type: string, text: string) => ['--m12', `Content-Type: ${type}`, '', text];
    const mail = [
      'Subject: =?UTF-8?B?5L2g5aU=?= =?utf-8?B?veS4lueVjA==?= =?us-ascii*en?Q?_a?= b',
      'Content-Type: multipart/mixed; boundary=m1',
      '',
      '--m1',
      'Content-Type: multipart/alternative; boundary="m12"',
      '',
      ...part('text/plain', 'plain'),
      ...part('text/html', '<b>page</b>'),
      '--m12--',
      '--m1 ',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'one=  ',
      ' line',
      '--m1--',
      'epilogue',
    ].join('\n');
    expect(run(stage, mail, 'email').result).toBe('你好世界 a b\n\nplain\n\n\none line\n');
  });
  test.each<[SourceFormat, string]>([
    ['html', '<'],
    ['html', '<!--'],
    ['html', '<script>'],
    ['html', '<a "'],
    ['html', '&#'],
    ['markdown', '['],
    ['markdown', '[]('],
    ['markdown', '*_`'],
    ['markdown', '> '],
    ['markdown', '`a``b```c'],
    ['markdown', '|-'],
    ['markdown', '<a:'],
    ['email', 'a:\n'],
    ['email', '--x\n'],
    ['email', '=?utf-8?q?'],
    ['email', '= \t'],
  ])('%s: a hostile run of %j takes linear time', (format, unit) => {
    const start = performance.now();
    run(
      stage,
      `${format === 'email' ? 'Content-Type: multipart/mixed; boundary=x\n\n' : ''}${unit.repeat(200_000 / unit.length)}`,
      format,
    );
    expect(performance.now() - start).toBeLessThan(2_000);
  });
  test('any text goes through every kind', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.oneof(fc.constantFrom(...'<>&;#[]()!`*_-=\n:'), fc.string({ unit: 'binary', maxLength: 1 })),
          maxLength: 80,
        }),
        fc.constantFrom<SourceFormat>('html', 'markdown', 'email', 'text'),
        (text, format) => {
          expect(typeof run(stage, text, format).result).toBe('string');
        },
      ),
    );
  });
});

describe('language', () => {
  test.each([
    ['en', 'It was the best of times, it was the worst of times, and the sea was with us.'],
    ['de', 'Der Wind wehte über das Meer, und die Männer sahen sich nicht an, weil es kalt war.'],
    ['fr', 'La mer était calme et les hommes ne parlaient pas, mais ils étaient dans le bateau.'],
    ['es', 'El mar estaba en calma y los hombres no hablaban, pero el barco se movía con las olas.'],
    ['zh', '大海很平静，大海很宽。The sea.'],
    ['zh', '𠀀𠀁𠀂'],
    ['und', 'a 🚀🚀🚀'],
    ['ja', '海はとても静かで、広いです。'],
    ['ko', '바다는 고요하고 넓었다.'],
    ['ru', 'Море было спокойным и широким.'],
    ['ar', 'كان البحر هادئا وواسعا'],
    ['und', 'zxq vbn 12345'],
    ['und', ''],
  ])('%s', (expected, text) => {
    expect(guessLanguage(text, { format: 'text', survey: (each) => new TextSurvey().of(each) })).toBe(expected);
  });
  test('keeps those that were asked for, and counts all', () => {
    const stage = language({ keep: ['zh'] });
    expect(run(stage, '大海很平静')).toEqual({ result: '大海很平静', counts: { zh: 1 } });
    expect(run(stage, 'the sea and the ship of the king')).toEqual({ result: { dropped: 'en' }, counts: { en: 1 } });
    expect(run(stage, 'x', 'code').result).toEqual({ dropped: 'code' });
  });
});

describe('quality', () => {
  const stage = quality(config.quality);
  const prose = 'The sea was calm that morning, and nobody on deck had spoken for an hour when the lookout saw a sail.';
  test.each<[string, string | { dropped: string }]>([
    [prose, prose],
    ['大海很平静，大海很宽，没有人说话，直到看见一张帆。', '大海很平静，大海很宽，没有人说话，直到看见一张帆。'],
    ['short', { dropped: 'too short' }],
    ['#$%^ &*() !@#$ ---- ==== ++++ a', { dropped: 'mostly symbols' }],
    [`${'menu item here\n'.repeat(9)}${prose}`, { dropped: 'repeated lines' }],
    [`${'buy this now at once and save money '.repeat(9)}`, { dropped: 'repeated words' }],
  ])('%j', (text, expected) => {
    expect(run(stage, text).result).toEqual(expected);
  });
  test('too long', () => {
    expect(run(quality({ ...config.quality, maxCharacters: 30 }), prose).result).toEqual({ dropped: 'too long' });
  });
});
