// Every command stands in the documents: who reads them finds what the command line can do.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { commands, parseArguments } from './usage';

const text = (path: string): string => readFileSync(resolve(import.meta.dirname, '../../..', path), 'utf8');

test('the table of commands has each of them once, and no other', () => {
  const [, section = ''] = text('docs/architecture.md').split('### The commands');
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z]+)`/g)].map(([, name]) => name));
  expect(named.sort()).toEqual(commands.map(({ name }) => name).sort());
});

test('what the README runs is taken as it stands', () => {
  const ran = [...text('README.md').matchAll(/`npm run -s lab -- ([a-z][^`]*)`/g)].map(([, line]) => line);
  expect(ran.length).toBeGreaterThan(10);
  for (const line of ran) {
    const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
    expect(() => parseArguments(words), line).not.toThrow();
  }
});
