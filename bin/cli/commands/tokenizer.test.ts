// `lab tokenizer train` through the command line's main, with no page to open: the file, the lines, and every refusal.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTokenizer } from '../../../src/data/createTokenizer';
import { main } from '../main';

const lineSchema = v.looseObject({
  event: v.string(),
  ok: v.optional(v.boolean()),
  merges: v.optional(v.unknown()),
  error: v.optional(v.object({ code: v.string(), message: v.string(), advice: v.optional(v.string()) })),
});

const text = 'The sea was calm; the sea was wide.\r\n大海很平静，大海很宽。🚀🚀\r\n'.repeat(40);
let folder = '';
const inFolder = (words: string) => words.replaceAll('DIR', folder).split(' ');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-tokenizer-'));
  writeFileSync(join(folder, 'a.txt'), text);
  writeFileSync(join(folder, 'utf16.txt'), `\ufeff${text}`, 'utf16le');
  writeFileSync(join(folder, 'empty.txt'), '');
  writeFileSync(join(folder, 'latin1.txt'), 'caf\u00e9 '.repeat(9), 'latin1');
  writeFileSync(join(folder, 'binary.bin'), Uint8Array.of(1, 0, 2, 0));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function lab(words: string, json = true) {
  let stdout = '';
  let stderr = '';
  const status = await main([...inFolder(words), ...(json ? ['--json'] : [])], {
    // Whoever serves or opens a page fails here.
    root: '/nowhere',
    stdout: { write: (chunk) => (stdout += chunk) },
    stderr: { write: (chunk) => (stderr += chunk) },
  });
  const lines = json
    ? stdout
        .trimEnd()
        .split('\n')
        .map((line) => v.parse(lineSchema, JSON.parse(line)))
    : [];
  return { status, stdout, stderr, lines, last: lines.at(-1) };
}

test.each(['byte-level-bpe', 'wordpiece', 'unigram'])(
  '%s: writes a file that encodes the text, and says what it did',
  async (kind) => {
    const run = await lab(
      `tokenizer train DIR/a.txt DIR/utf16.txt --kind ${kind} --vocabulary 300 --out DIR/${kind}.json`,
    );
    expect(run.stderr).toContain('bytes a token');
    expect(run.status).toBe(0);
    const json = readFileSync(join(folder, `${kind}.json`), 'utf8');
    const tokenizer = createTokenizer({ kind: 'json', json });
    const clean = text.replaceAll('\r\n', '\n');
    const tokens = tokenizer.encode(clean).length;
    expect(run.last).toMatchObject({
      event: 'done',
      ok: true,
      kind,
      vocabulary: tokenizer.vocabularySize,
      bytes: 2 * new TextEncoder().encode(clean).length,
      tokens: 2 * tokens,
      unknown: 0,
    });
    expect(run.lines.filter(({ event }) => event === 'read')).toHaveLength(2);
    const merges = run.lines.flatMap((line) =>
      line.event === 'merges' && Array.isArray(line.merges) ? line.merges : [],
    );
    expect(merges).toHaveLength(Number(run.last?.merges));
    if (kind !== 'wordpiece') expect(tokenizer.decode(tokenizer.encode(clean))).toBe(clean);
  },
);

test('the same file twice, readable lines, and special tokens first', async () => {
  const words = 'tokenizer train DIR/a.txt --kind byte-level-bpe --vocabulary 280 --special <|a|>,<|b|> --force --out';
  const run = await lab(`${words} DIR/one.json`, false);
  expect(run.status).toBe(0);
  expect(run.stdout).toMatch(/^first merges: /);
  expect(run.stdout).toMatch(/280 tokens of byte-level-bpe, 22 merges/);
  expect((await lab(`${words} DIR/two.json`)).status).toBe(0);
  expect((await lab(`${words} DIR/two.json`)).status).toBe(0);
  const one = readFileSync(join(folder, 'one.json'), 'utf8');
  expect(readFileSync(join(folder, 'two.json'), 'utf8')).toBe(one);
  expect([...createTokenizer({ kind: 'json', json: one }).encode('<|b|><|a|>')]).toEqual([1, 0]);
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('help says kinds, files and options', async () => {
  const { stdout } = await lab('tokenizer --help', false);
  expect(stdout).toContain('lab tokenizer ACTION FILE... --kind byte-level-bpe|wordpiece|unigram --vocabulary N');
});

describe('refusals say what, why and what to do', () => {
  const rest = '--kind byte-level-bpe --vocabulary 300 --out DIR/new.json';
  const refusals: readonly (readonly [string, number, RegExp])[] = [
    ['tokenizer', 2, /ACTION is missing: lab tokenizer ACTION FILE\.\.\./],
    [`tokenizer tran DIR/a.txt ${rest}`, 2, /unknown ACTION 'tran'; did you mean train\?/],
    [`tokenizer train ${rest}`, 2, /FILE is missing/],
    [
      'tokenizer train DIR/a.txt --kind bpe --vocabulary 300 --out DIR/new.json',
      2,
      /It takes: byte-level-bpe, wordpiece/,
    ],
    ['tokenizer train DIR/a.txt --kind unigram --out DIR/new.json', 2, /--vocabulary N is missing/],
    [`tokenizer train DIR/no.txt ${rest}`, 2, /there is no file .*no\.txt\. Name text files that exist/],
    [`tokenizer train DIR ${rest}`, 2, /is a folder\. Name the files in it/],
    ['tokenizer train DIR/a.txt --kind unigram --vocabulary 300 --out DIR/a.txt', 2, /one of the files to learn from/],
    ['tokenizer train DIR/a.txt --kind unigram --vocabulary 300 --out DIR/empty.txt', 2, /exists already.*--force/],
    ['tokenizer train DIR/a.txt --kind unigram --vocabulary 300 --out DIR/no/t.json', 2, /has no folder.*make/],
    [`tokenizer train DIR/empty.txt ${rest}`, 1, /no text to learn from[\s\S]*Name files with text/],
    [`tokenizer train DIR/latin1.txt ${rest}`, 1, /not valid UTF-8[\s\S]*Save it as UTF-8/],
    [`tokenizer train DIR/binary.bin ${rest}`, 1, /holds zero bytes/],
    [
      'tokenizer train DIR/a.txt --kind byte-level-bpe --vocabulary 100 --out DIR/new.json',
      1,
      /100 is too small[\s\S]*256 bytes[\s\S]*at least 257/,
    ],
    ['tokenizer train DIR/a.txt --kind unigram --vocabulary 9 --out DIR/new.json', 1, /at least \d+, raise/],
    [`tokenizer train DIR/a.txt --special a ${rest}`, 1, /cannot be a special token/],
  ];
  test.each(refusals)('lab %s', async (words, status, message) => {
    const run = await lab(words);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(status);
    expect(run.last).toMatchObject({ event: 'done', ok: false, error: { message: expect.any(String) } });
    expect(readdirSync(folder)).not.toContain('new.json');
  });
});
