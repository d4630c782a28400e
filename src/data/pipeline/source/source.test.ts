// Reading: pieces of a file have together what the file has, in every encoding; bad rows by number; what is no text is refused, with reasons.

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultPipelineConfig, type PipelineConfig } from '../../../core/pipelineConfig';
import { byteRecords } from './byteRecords';
import { type ByteSource, blobSource } from './byteSource';
import { CsvReader } from './csvRecords';
import { memberParts } from './gzipMembers';
import { isPlanned, type PlannedFile, planFiles } from './planFiles';
import { readPiece } from './readPiece';
import { lineRecords, ParagraphReader, WholeReader } from './records';

type SourceConfig = PipelineConfig['source'];
const config = defaultPipelineConfig.source;

function source(name: string, content: string | Uint8Array<ArrayBuffer>): ByteSource {
  return blobSource(name, new Blob([content]));
}

async function plan(each: ByteSource, options: Partial<SourceConfig> = {}): Promise<PlannedFile> {
  const { files } = await planFiles([each], { ...config, ...options });
  const [file] = files;
  if (!isPlanned(file)) throw new Error(file.why);
  return file;
}

/** All records, read in pieces of so many bytes. */
async function read(each: ByteSource, options: Partial<SourceConfig> = {}, step = each.size) {
  const file = await plan(each, options);
  const records: string[] = [];
  const rows: number[] = [];
  const bad: string[] = [];
  let base = 0;
  const bytesOf: number[] = [];
  for (let start = 0; start < each.size; start += step) {
    const piece = { index: 0, file: 0, start, end: Math.min(each.size, start + step) };
    let last = 0;
    for await (const batch of readPiece(each, file, piece, { ...config, ...options })) {
      for (const { text, row } of batch.records) {
        records.push(text);
        rows.push(base + row);
      }
      for (const { row, why } of batch.bad) bad.push(`${base + row} ${why}`);
      last = batch.rows;
      bytesOf.push(batch.bytes);
    }
    base += last;
  }
  return { records, rows, bad, bytes: bytesOf.reduce((sum, n) => sum + n, 0), file };
}

const utf16 = (text: string, big: boolean) => {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), !big);
  return bytes;
};

test('pieces cut anywhere have together the records of the file, with the same numbers', async () => {
  const ends = ['\n', '\n\n', '\r\n', '\r\n\r\n', '\n\n\n', '\r', '\r\r'];
  const unit = fc.constantFrom('a', 'é', '大', '🚀', ' ', '\ufeff', ...ends);
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit, minLength: 1, maxLength: 60 }),
      fc.constantFrom<SourceConfig['documents']>('paragraph', 'line'),
      fc.constantFrom<PlannedFile['encoding']>('utf-8', 'utf-16le', 'utf-16be'),
      fc.integer({ min: 1, max: 40 }),
      async (text, documents, encoding, units) => {
        const bytes = encoding === 'utf-8' ? new TextEncoder().encode(text) : utf16(text, encoding === 'utf-16be');
        const each = source('a.txt', bytes);
        const step = encoding === 'utf-8' ? units : 2 * units;
        const whole = await read(each, { documents, encoding });
        const parts = await read(each, { documents, encoding }, step);
        expect(parts.records).toEqual(whole.records);
        expect(parts.rows).toEqual(whole.rows);
        expect(parts.bytes).toBe(each.size);
        const clean = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
        const expected = clean.split(documents === 'line' ? '\n' : /\n\n+/).filter((record) => record.trim() !== '');
        expect(whole.records.map((record) => record.replace(/^\n+|\n+$/g, ''))).toEqual(
          expected.map((record) => record.replace(/^\n+|\n+$/g, '')),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('a file as one document stays one in a piece, and is cut at lines where it is larger', async () => {
  const text = 'line of words\n'.repeat(5_000);
  const one = await read(source('a.txt', text), { documents: 'file' });
  expect(one.records).toEqual([text]);
  const cut = await read(source('a.txt', text), { documents: 'file' }, 16 * 1_024);
  expect(cut.records.join('')).toBe(text);
  expect(cut.records.every((record) => record.endsWith('\n'))).toBe(true);
  expect(cut.records.length).toBe(5);
});

test('formats by name; gzip is read through; a page is one record', async () => {
  expect((await plan(source('a/b.PY', 'x = 1'))).format).toBe('code');
  expect((await plan(source('a.md.gz', new Uint8Array(gzipSync('# a'))))).format).toBe('markdown');
  const jsonl = `${JSON.stringify({ text: 'one' })}\n\n${JSON.stringify({ title: 't', body: 'two' })}\n"three"\n`;
  const plain = await read(source('a.jsonl', jsonl), {}, 7);
  expect(plain.records).toEqual(['one', 'two', 'three']);
  expect(plain.rows).toEqual([1, 3, 4]);
  const packed = source('a.jsonl.gz', new Uint8Array(gzipSync(jsonl)));
  const gzip = await read(packed);
  expect([gzip.records, gzip.rows, gzip.bytes]).toEqual([plain.records, plain.rows, packed.size]);
  expect((await read(source('a.html', '<p>a\n\n<p>b'))).records).toEqual(['<p>a\n\n<p>b']);
});

test('gzip of several members is one text, wherever it is cut; what is cut off or broken is said', async () => {
  const texts = ['{"text":"one', '"}\n{"te', '', 'xt":"two"}\n{"text":"three"}'];
  const members = texts.map((text) => new Uint8Array(gzipSync(text)));
  const whole = new Uint8Array(Buffer.concat(members));
  expect((await read(source('a.jsonl.gz', whole))).records).toEqual(['one', 'two', 'three']);
  // A browser's decompressor takes one member at a time, which Node's does not show.
  for (const step of [1, 2, 7, 11, 1_000]) {
    const found: number[][] = [[]];
    const chunks = (async function* () {
      for (let at = 0; at < whole.length; at += step) yield whole.slice(at, at + step);
    })();
    for await (const part of memberParts(chunks)) {
      if (part === null) found.push([]);
      else found.at(-1)?.push(...part);
    }
    expect(found).toEqual(members.map((member) => [...member]));
  }
  const long = gzipSync(Array.from({ length: 60_000 }, (_, i) => `{"text":"row ${i * 7919}"}\n`).join(''));
  for (const broken of [
    long.subarray(0, long.length - 5),
    Buffer.concat([long.subarray(0, 90_000), Buffer.alloc(99)]),
  ]) {
    await expect(read(source('a.jsonl.gz', new Uint8Array(broken)))).rejects.toMatchObject({
      code: 'data.invalid',
      message: 'a.jsonl.gz could not be decompressed to its end.',
    });
  }
});

test('a page that is too long once it is decompressed is reported, not held', () => {
  const told: string[] = [];
  const sink = {
    record: (text: string) => told.push(text),
    bad: (row: number, why: string) => told.push(`${row} ${why}`),
  };
  const reader = new WholeReader(sink, 1 << 20, false);
  for (let i = 0; i < 3; i++) reader.push('a'.repeat(600_000));
  reader.end();
  expect([told, reader.rows]).toEqual([['1 is longer than 1 Mi characters'], 1]);
});

describe('bad rows are reported by number', () => {
  test('JSONL', async () => {
    const lines = ['{"text":"good"}', '{"text":', '[1]', '{"n":1}', 'null', '{"text":"also"}'];
    const { records, bad } = await read(source('a.jsonl', lines.join('\n')), {}, 20);
    expect(records).toEqual(['good', 'also']);
    expect(bad).toEqual([
      expect.stringMatching(/^2 is not JSON: /),
      '3 is neither an object nor a text',
      '4 has no field that is a text; it has n',
      '5 is neither an object nor a text',
    ]);
    const chosen = await read(source('a.jsonl', '{"q":"why","a":1}\n{"q":"what"}\n{"q":[],"a":"x"}'), {
      columns: ['q', 'a'],
    });
    expect(chosen.records).toEqual(['why\n1']);
    const inner = '{"m":{"q":"in","__proto__":"own"}}\n{"m.q":"flat","m":{"q":"in"}}\n{"m":"text"}\n{"m":{"q":{}}}';
    const nested = await read(source('a.jsonl', inner), { columns: ['m.q'] });
    expect(nested.records).toEqual(['in', 'flat']);
    expect(nested.bad).toEqual(['3 has no m.q; it has m', '4 has no text in m.q']);
    expect(chosen.bad).toEqual(['2 has no a; it has q', '3 has no text in q']);
  });
  test('CSV', async () => {
    const csv =
      'id,text,note\r\n1,"a ""quoted"", one\r\nof two lines",x\r\n2,short\r\n3,three,c,d\r\n\r\n4,four,"y"\r\n';
    const { records, rows, bad } = await read(source('a.csv', csv));
    expect(records).toEqual(['a "quoted", one\nof two lines', 'four']);
    expect(rows).toEqual([2, 6]);
    expect(bad).toEqual(['3 has 2 fields where the header has 3', '4 has 4 fields where the header has 3']);
    const tabs = await read(source('a.tsv', 'q\ta\nwhy\tso\n'), { columns: ['a', 'q'] });
    expect(tabs.records).toEqual(['so\nwhy']);
    expect((await read(source('a.csv', 'text\n"open\nand on'))).bad).toEqual([
      '2 has a quotation mark that is not closed',
    ]);
    const { files } = await planFiles([source('a.csv', 'q;a\n1;2')], { ...config, columns: ['b'] });
    expect(files).toMatchObject([{ why: 'It has no column b; it has q, a.' }]);
    const quoted = await read(source('a.csv', '"a, ""b"";c;d","e\nf"\n1,2\n'), { columns: ['a, "b";c;d', 'e\nf'] });
    expect(quoted.records).toEqual(['1\n2']);
  });
  test('CSV that was written comes back, wherever its text is cut', async () => {
    const field = fc.string({ unit: fc.constantFrom(...'a",;\n\r大 '), minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 5 }), async (written) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const csv = `text,other\n${written.map((row) => row.map(quoted).join(',')).join('\n')}\n`;
        const { records, bad } = await read(source('a.csv', csv));
        const letters: string[] = [];
        const reader = new CsvReader({ record: (text) => letters.push(text), bad: () => undefined }, []);
        for (const letter of csv.replace(/\r\n?/g, '\n')) reader.push(letter);
        reader.end();
        expect(letters).toEqual(records);
        const clean = written.map(([text]) => text.replace(/\r\n?/g, '\n')).filter((text) => text.trim() !== '');
        expect([records, bad]).toEqual([clean, []]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('encodings', () => {
  const chinese = '大海很平静，大海很宽，没有人说话，直到看见一张帆。\n'.repeat(20);
  const gbk = Uint8Array.from(
    '\xb4\xf3\xba\xa3\xba\xdc\xc6\xbd\xbe\xb2\xa3\xac\xb4\xf3\xba\xa3\xba\xdc\xbf\xed\xa1\xa3\n'.repeat(20),
    (character) => character.charCodeAt(0),
  );
  const latin1 = Uint8Array.from(
    'Le caf\xe9 \xe9tait ferm\xe9 ; \xab nous f\xfbmes \xe0 la mer \xbb, dit-il.\n'.repeat(20),
    (character) => character.charCodeAt(0),
  );
  test.each<[string, Uint8Array<ArrayBuffer>, string, string]>([
    ['UTF-8', new TextEncoder().encode(chinese), 'utf-8', '大海很平静'],
    ['UTF-8 with a mark', new TextEncoder().encode(`\ufeff${chinese}`), 'utf-8', '大海'],
    ['UTF-16 with a mark', utf16(`\ufeff${chinese}`, false), 'utf-16le', '大海'],
    ['UTF-16 without', utf16('plain words here', true), 'utf-16be', 'plain'],
    ['Chinese in UTF-16 without', utf16(chinese, false), 'utf-16le', '大海'],
    ['Russian in UTF-16 without', utf16('Море было спокойным.\n'.repeat(9), true), 'utf-16be', 'Море'],
    ['GBK', gbk, 'gbk', '大海很平静，大海很宽。'],
    ['GBK behind 80 KB of ASCII', Uint8Array.from([...Buffer.alloc(80_000, 'ab\n'), ...gbk]), 'gbk', 'ab'],
    ['a last letter in Latin-1', Uint8Array.of(0x43, 0x61, 0x66, 0xe9), 'latin1', 'Café'],
    ['Latin-1', latin1, 'latin1', 'Le café était fermé ; « nous fûmes'],
  ])('%s', async (_name, bytes, encoding, start) => {
    const { records, file } = await read(source('a.txt', bytes), { documents: 'line' });
    expect(file.encoding).toBe(encoding);
    expect(records[0].slice(0, start.length)).toBe(start);
  });
  test('a broken place does not make UTF-8 another encoding; what is named is taken', async () => {
    const bytes = new TextEncoder().encode(chinese);
    bytes[100] = 0xff;
    expect((await plan(source('a.txt', bytes))).encoding).toBe('utf-8');
    expect((await plan(source('a.txt', latin1), { encoding: 'utf-8' })).encoding).toBe('utf-8');
  });
  test.each<[string, string | Uint8Array<ArrayBuffer>, RegExp]>([
    ['empty', '', /0 bytes/],
    ['empty gzip', new Uint8Array(gzipSync('')), /nothing in it/],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), /PNG/],
    ['a zip', 'PK\u0003\u0004xxxx', /zip archive/],
    ['binary', Uint8Array.from({ length: 4_000 }, (_, i) => (i * 7919) % 251), /control characters/],
    ['broken gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), /could not be read/],
    [
      'Korean in EUC-KR',
      Uint8Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 0xb0 + ((i * 7) % 25) : 0xa1 + ((i * 13) % 94))),
      /read badly/,
    ],
    [
      'bytes of no encoding',
      Uint8Array.from({ length: 4_000 }, (_, i) => (i % 3 === 0 ? 0x81 + ((i * 31) % 16) : 0x41 + (i % 20))),
      /read badly/,
    ],
  ])('%s is refused', async (_name, content, why) => {
    const { files, pieces } = await planFiles([source('x.bin', content), source('b.txt', 'good')], config);
    expect(files[0]).toMatchObject({
      code: 'data.invalid',
      why: expect.stringMatching(why),
      advice: expect.any(String),
    });
    expect(pieces.map(({ file }) => file)).toEqual([1]);
  });
});

test('records that are found in bytes are those that are found in the text, broken bytes too', () => {
  const unit = fc.constantFrom('a', ' ', '\t', '\n', '\n\n', 'é', '大', '🚀', '\u00a0', '\u3000', '\ufeff');
  const broken = fc.uint8Array({ maxLength: 3 }).map((bytes) => bytes.filter((byte) => byte !== 13));
  const part = fc.oneof({ weight: 6, arbitrary: unit.map((text) => new TextEncoder().encode(text)) }, broken);
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), fc.constantFrom('paragraph', 'line'), (parts, documents) => {
      const bytes = Uint8Array.from(parts.flatMap((each) => [...each]));
      const found = byteRecords(bytes, documents, 1_000);
      const expected: { text: string; row: number }[] = [];
      const sink = { record: (text: string, row: number) => expected.push({ text, row }), bad: () => undefined };
      const reader = documents === 'line' ? lineRecords(sink) : new ParagraphReader(sink);
      reader.push(new TextDecoder().decode(bytes));
      reader.end();
      expect(found?.records.map(({ text, row }) => ({ text, row }))).toEqual(expected);
      expect(found?.rows).toBe(reader.rows);
    }),
  );
  expect(byteRecords(new TextEncoder().encode('a\r\nb'), 'line', 1_000)).toBe(null);
  expect(byteRecords(new TextEncoder().encode('a b c'), 'line', 4)).toBe(null);
});
