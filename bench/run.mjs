#!/usr/bin/env node
// The bench: the lab's engine and its peers side by side in one Chromium, taking turns (A B C A B C), checked against
// each other. JSON lines on stdout, the table on stderr. Exit 0 ok, 1 not ok, 2 wrong usage. How to run: README.md.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchDecode, benchMatmul, benchTrain, print } from './benches.mjs';
import { engineNames, openPeer, takesPart } from './engines.mjs';
import { labIsBuilt, openLab } from './lab.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const names = engineNames;
const benches = ['matmul', 'train', 'decode'];
const usage = `usage: node bench/run.mjs BENCH [options]        the lab alone, as \`lab bench\` (collectives, train --mesh dp=2, ...)
       node bench/run.mjs [--what ${benches.join('|')}|all] [--size small|large|gpt2] [--rounds N] [--steps N]
         [--matmul N,N] [--tokens N] [--only NAME,NAME] [--help]
engines: ${names.join(', ')}; each takes part in the benches that it has.
--steps is training steps, or generations, a turn; --tokens is new tokens of a generation. --size gpt2 (124M parameters) is for decode alone. Defaults follow the adapter:
short on a software one.`;

class Usage extends Error {}

function readOptions() {
  const { values } = parseArgs({
    options: {
      what: { type: 'string', default: 'all' },
      size: { type: 'string', default: 'small' },
      rounds: { type: 'string' },
      steps: { type: 'string' },
      matmul: { type: 'string' },
      tokens: { type: 'string' },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const whole = (name) => {
    if (values[name] === undefined) return null;
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1)
      throw new Usage(`--${name} takes a whole number from 1, got "${values[name]}"`);
    return value;
  };
  const oneOf = (name, allowed) => {
    if (!allowed.includes(values[name]))
      throw new Usage(`--${name} takes ${allowed.join(' or ')}, got "${values[name]}"`);
    return values[name];
  };
  const what = oneOf('what', [...benches, 'all']);
  const asked = what === 'all' ? benches : [what];
  const size = oneOf('size', ['small', 'large', 'gpt2']);
  if (size === 'gpt2' && what !== 'decode')
    throw new Usage('--size gpt2 is for --what decode: other benches take small or large');
  const able = names.filter((name) => asked.some((bench) => takesPart(name, bench)));
  const only = values.only?.split(',') ?? able;
  for (const name of only)
    if (!able.includes(name)) throw new Usage(`--only: no engine "${name}" for ${what}; there are ${able.join(', ')}`);
  const sizes = values.matmul?.split(',').map(Number) ?? null;
  if (sizes?.some((n) => !Number.isInteger(n) || n < 1 || n > 8192))
    throw new Usage(`--matmul takes sizes from 1 to 8192, got "${values.matmul}"`);
  return {
    asked,
    size,
    rounds: whole('rounds'),
    steps: whole('steps'),
    tokens: whole('tokens'),
    sizes,
    only,
    help: values.help,
  };
}

function command(folder, ...args) {
  console.error(`bench: npm ${args.join(' ')} in ${folder}`);
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed in ${folder}`);
}

function newest(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Builds what is missing or stale. A copy that has dist/ and no sources' packages is used as it is. */
function ensureBuilt(only) {
  if (only.some((name) => name !== 'lab')) {
    const bundle = join(here, 'dist', 'index.html');
    const packages = join(here, 'node_modules');
    if (!existsSync(packages) && !existsSync(bundle)) command(here, 'ci');
    if (existsSync(packages)) {
      const sources = ['page.ts', 'index.html', 'shared', 'peers', 'onnx', 'package-lock.json'].map((name) =>
        join(here, name),
      );
      sources.push(join(root, 'src/core/rng.ts'), join(root, 'src/core/benchBatch.ts'));
      if (!existsSync(bundle) || Math.max(...sources.map(newest)) > statSync(bundle).mtimeMs)
        command(here, 'run', 'build');
    }
  }
  if (only.includes('lab') && !labIsBuilt(join(root, 'dist'))) command(root, 'run', 'build');
}

async function main() {
  const [first, ...rest] = process.argv.slice(2);
  // A benchmark by name is of the lab alone: no peer trains over a mesh.
  if (first !== undefined && !first.startsWith('-')) {
    const { status } = spawnSync(process.execPath, [join(root, 'bin', 'lab.mjs'), 'bench', first, ...rest], {
      stdio: 'inherit',
    });
    return status ?? 1;
  }
  let options;
  try {
    options = readOptions();
  } catch (error) {
    console.error(`bench: ${error.message}\n${usage}`);
    return 2;
  }
  if (options.help) {
    console.log(usage);
    return 0;
  }
  ensureBuilt(options.only);
  // Imported late: it needs Playwright, and usage must be printed without.
  const { launch, serve } = await import('./host.mjs');
  const server = await serve({ lab: join(root, 'dist'), peers: join(here, 'dist') });
  const browser = await launch();
  let ok = true;
  try {
    const context = await browser.newContext();
    const engines = [];
    for (const name of options.only) {
      try {
        engines.push(
          name === 'lab' ? await openLab(context, server.origin) : await openPeer(name, context, server.origin),
        );
      } catch (error) {
        ok = false;
        console.error(`bench: ${name} did not open: ${error.message}`);
        print({ event: 'bench', engine: name, error: error.message });
      }
    }
    const first = engines[0];
    if (!first) return 1;
    const adapter = first.adapter;
    const software = adapter.software;
    if (software && process.env.LAB_REQUIRE_GPU === '1')
      throw new Error(`LAB_REQUIRE_GPU=1, and the adapter is a software one: ${adapter.description}`);
    print({
      event: 'start',
      adapter,
      browser: browser.version(),
      engines: engines.map(({ name, title }) => ({ name, title })),
    });
    const plan = {
      size: options.size,
      tokens: options.tokens,
      software,
      rounds: options.rounds ?? (software ? 3 : 5),
      steps: options.steps ?? (software ? 2 : 10),
      generations: options.steps ?? (software ? 2 : 4),
    };
    if (options.asked.includes('matmul')) {
      for (const n of options.sizes ?? (software ? [512] : [1024, 4096]))
        ok = (await benchMatmul(engines, n, plan, adapter)) && ok;
    }
    if (options.asked.includes('train')) ok = (await benchTrain(engines, plan, adapter)) && ok;
    if (options.asked.includes('decode')) ok = (await benchDecode(engines, plan, adapter)) && ok;
    print({ event: 'done', ok });
    return ok ? 0 : 1;
  } finally {
    await browser.close();
    await server.close();
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(`bench: ${error.message}`);
    print({ event: 'done', ok: false, error: error.message });
    process.exitCode = 1;
  },
);
