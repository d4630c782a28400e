// CSV as RFC 4180 has it: what is written is what a strict reader finds.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvText } from './csv';

test('fields that would be misread are quoted, quotes are doubled, lines end in CRLF', () => {
  const text = csvText({
    columns: ['what', 'bytes'],
    rows: [
      ['a, b', 12],
      ['say "so"', null],
      ['two\nlines', 0.5],
    ],
  });
  expect(text).toBe('what,bytes\r\n"a, b",12\r\n"say ""so""",\r\n"two\nlines",0.5\r\n');
});

test('a strict reader gets back every cell, whatever is in it', () => {
  const cells = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', '梯') });
  fc.assert(
    fc.property(fc.array(fc.tuple(cells, cells), { minLength: 1 }), (rows) => {
      expect(read(csvText({ columns: ['x', 'y'], rows }))).toEqual([['x', 'y'], ...rows]);
    }),
  );
});

/** RFC 4180, section 2. */
function read(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const quoted = /"((?:[^"]|"")*)"(,|\r\n)/y;
    const plain = /([^",\r\n]*)(,|\r\n)/y;
    quoted.lastIndex = at;
    plain.lastIndex = at;
    const found = quoted.exec(text) ?? plain.exec(text);
    if (found === null) throw new Error(`not CSV at ${at}: ${JSON.stringify(text.slice(at, at + 20))}`);
    row.push((found[1] ?? '').replaceAll('""', '"'));
    at += found[0].length;
    if (found[2] === '\r\n') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}
