// The benches: engines that can take part take turns, are checked against each other, and end up as lines and a table.

import { takesPart } from './engines.mjs';
import { decodeChecks, matmulTolerance, summary, table, trainChecks } from './report.mjs';

const on = (adapter) => `on ${adapter.description}${adapter.software ? ' (a software adapter)' : ''}`;

export const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

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

export async function benchTrain(all, { size, rounds, steps }, adapter) {
  const engines = all.filter(({ name }) => takesPart(name, 'train'));
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
  return emit(`training step, ${size}, ${on(adapter)}`, rows, checks);
}

export async function benchMatmul(engines, n, { rounds, software }, adapter) {
  const failures = new Map();
  const times = software ? 2 : Math.max(4, Math.min(64, Math.round(5e11 / n ** 3)));
  const taking = engines.filter(
    (engine) => takesPart(engine.name, 'matmul') && (engine.name !== 'jax-wasm' || n <= 1024),
  );
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
  return emit(`f32 matmul ${n} x ${n}, chains of ${times}, ${on(adapter)}`, rows, checks);
}

/** Greedy tokens with a KV cache after a prompt, one text, float32. */
export async function benchDecode(all, { size, tokens: count, rounds, generations }, adapter) {
  const engines = all.filter(({ name }) => takesPart(name, 'decode'));
  const failures = new Map();
  const samples = new Map(engines.map((engine) => [engine.name, { ms: [], said: null }]));
  await each(engines, failures, async (engine) => {
    samples.get(engine.name).said = await engine.prepareDecode(size, count);
    console.error(`bench: decode ${size}, ${engine.name} is ready`);
  });
  for (let round = 0; round < rounds; round++) {
    await each(engines, failures, async (engine) => {
      const { ms, tokens } = await engine.decodeRounds(generations);
      const own = samples.get(engine.name);
      own.ms.push(...ms);
      if (tokens.join() !== own.said.tokens.join()) throw new Error(`said other tokens in round ${round + 1}`);
    });
    console.error(`bench: decode ${size}, round ${round + 1} of ${rounds}`);
  }
  await each(engines, failures, (engine) => engine.finishDecode());
  const rows = engines.map((engine) => {
    const head = { bench: `decode.${size}`, engine: engine.name, title: engine.title, adapter };
    const error = failures.get(engine.name);
    if (error) return { ...head, error };
    const found = summary(samples.get(engine.name).ms);
    return { ...head, ...found, rate: 1000 / found.medianMs, unit: 'tokens/s' };
  });
  const done = engines.filter((engine) => !failures.has(engine.name));
  const checks = decodeChecks(done.map(({ name }) => ({ name, ...samples.get(name).said })));
  return emit(`decode, ${size}, ${on(adapter)}`, rows, checks);
}
