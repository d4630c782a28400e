#!/usr/bin/env node
// The bench: the lab's engine and its peers side by side in one Chromium, taking turns (A B C A B C), checked against
// each other. JSON lines on stdout, the table on stderr. Exit 0 ok, 1 not ok, 2 wrong usage. How to run: README.md.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openPeer, peerNames } from './engines.mjs';
import { labIsBuilt, openLab } from './lab.mjs';
import { matmulTolerance, summary, table, trainChecks } from './report.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const names = ['lab', ...peerNames];
const usage = `usage: node bench/run.mjs BENCH [options]        the lab alone, as \`lab bench\` (collectives, train --mesh dp=2, ...)
       node bench/run.mjs [--what matmul|train|all] [--size small|large] [--rounds N] [--steps N]
         [--matmul N,N] [--only NAME,NAME] [--help]
engines: ${names.join(', ')}. --steps is steps a turn. Defaults follow the adapter: short on a software one.`;

class Usage extends Error {}

function readOptions() {
  const { values } = parseArgs({
    options: {
      what: { type: 'string', default: 'all' },
      size: { type: 'string', default: 'small' },
      rounds: { type: 'string' },
      steps: { type: 'string' },
      matmul: { type: 'string' },
      only: { type: 'string', default: names.join(',') },
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
  const only = values.only.split(',');
  for (const name of only)
    if (!names.includes(name)) throw new Usage(`--only: no engine "${name}"; there are ${names.join(', ')}`);
  const sizes = values.matmul?.split(',').map(Number) ?? null;
  if (sizes?.some((n) => !Number.isInteger(n) || n < 1 || n > 8192))
    throw new Usage(`--matmul takes sizes from 1 to 8192, got "${values.matmul}"`);
  return {
    what: oneOf('what', ['matmul', 'train', 'all']),
    size: oneOf('size', ['small', 'large']),
    rounds: whole('rounds'),
    steps: whole('steps'),
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
      const sources = ['page.ts', 'index.html', 'shared', 'peers', 'package-lock.json'].map((name) => join(here, name));
      sources.push(join(root, 'src/core/rng.ts'), join(root, 'src/core/benchBatch.ts'));
      if (!existsSync(bundle) || Math.max(...sources.map(newest)) > statSync(bundle).mtimeMs)
        command(here, 'run', 'build');
    }
  }
  if (only.includes('lab') && !labIsBuilt(join(root, 'dist'))) command(root, 'run', 'build');
}

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Runs `work` for every engine that has not failed; a failure is kept and ends that engine's part alone. */
async function each(engines, failures, work) {
  for (const engine of engines) {
    if (failures.has(engine.name)) continue;
    try {
      await work(engine);
    } catch (error) {
      failures.set(engine.name, error.message);
      console.error(`bench: ${engine.name} failed: ${error.message}`);
    }
  }
}

function emit(title, rows, checks) {
  for (const row of rows) print({ event: 'bench', ...row });
  for (const check of checks) print({ event: 'check', ...check });
  console.error(`\n${table(title, rows)}`);
  for (const check of checks) if (!check.ok) console.error(`NOT OK ${check.check}: ${check.details}`);
  return rows.every((row) => !row.error) && checks.every((check) => check.ok);
}

async function benchTrain(engines, { size, rounds, steps }, adapter) {
  const failures = new Map();
  const samples = new Map(engines.map((engine) => [engine.name, { ms: [], losses: [], checksum: null }]));
  const keep = (engine, { ms, losses, fresh }, timed) => {
    const own = samples.get(engine.name);
    if (timed) own.ms.push(...ms);
    if (fresh) own.losses = losses;
    else own.losses.push(...losses);
  };
  await each(engines, failures, async (engine) => {
    await engine.prepareTrain(size);
    // Compiles, and brings caches to their steady state; its losses are checked, its times are not kept.
    keep(engine, await engine.trainSteps(2), false);
  });
  for (let round = 0; round < rounds; round++) {
    await each(engines, failures, async (engine) => keep(engine, await engine.trainSteps(steps), true));
    console.error(`bench: train ${size}, round ${round + 1} of ${rounds}`);
  }
  await each(engines, failures, async (engine) => {
    samples.get(engine.name).checksum = await engine.finishTrain();
  });
  const tokens = size === 'small' ? 8 * 64 : 64 * 256;
  const rows = engines.map((engine) => {
    const own = samples.get(engine.name);
    const head = { bench: `train.${size}`, engine: engine.name, title: engine.title, adapter };
    const error = failures.get(engine.name);
    if (error) return { ...head, error };
    const times = summary(own.ms);
    return {
      ...head,
      ...times,
      rate: tokens / (times.medianMs / 1000),
      unit: 'tokens/s',
      firstLoss: own.losses[0],
      lastLoss: own.losses.at(-1),
      checksum: own.checksum,
    };
  });
  const done = engines.filter((engine) => !failures.has(engine.name));
  const checks = trainChecks(done.map((engine) => ({ name: engine.name, ...samples.get(engine.name) })));
  return emit(
    `training step, ${size}, on ${adapter.description}${adapter.software ? ' (a software adapter)' : ''}`,
    rows,
    checks,
  );
}

async function benchMatmul(engines, n, { rounds, software }, adapter) {
  const failures = new Map();
  const times = software ? 2 : Math.max(4, Math.min(64, Math.round(5e11 / n ** 3)));
  const taking = engines.filter((engine) => engine.name !== 'jax-wasm' || n <= 1024);
  const samples = new Map(taking.map((engine) => [engine.name, []]));
  const checks = [];
  await each(taking, failures, async (engine) => {
    const maxError = await engine.prepareMatmul(n, times);
    if (maxError !== null)
      checks.push({
        check: `matmul.${n}.${engine.name}`,
        maxError,
        tolerance: matmulTolerance,
        ok: maxError <= matmulTolerance,
        details: `largest error ${maxError} of a chain of ${times}`,
      });
  });
  for (let round = 0; round < rounds; round++) {
    await each(taking, failures, async (engine) =>
      samples.get(engine.name).push(...(await engine.matmulChains(n, times, 2))),
    );
  }
  await each(taking, failures, (engine) => engine.finishMatmul());
  const rows = taking.map((engine) => {
    const head = { bench: `matmul.${n}`, engine: engine.name, title: engine.title, adapter };
    const error = failures.get(engine.name);
    if (error) return { ...head, error };
    const found = summary(samples.get(engine.name));
    return { ...head, ...found, rate: (2 * n ** 3) / found.medianMs / 1e6, unit: 'GFLOP/s' };
  });
  return emit(
    `f32 matmul ${n} x ${n}, chains of ${times}, on ${adapter.description}${adapter.software ? ' (a software adapter)' : ''}`,
    rows,
    checks,
  );
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
      software,
      rounds: options.rounds ?? (software ? 3 : 5),
      steps: options.steps ?? (software ? 2 : 10),
    };
    if (options.what !== 'train') {
      for (const n of options.sizes ?? (software ? [512] : [1024, 4096]))
        ok = (await benchMatmul(engines, n, plan, adapter)) && ok;
    }
    if (options.what !== 'matmul') ok = (await benchTrain(engines, plan, adapter)) && ok;
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
