// The lab's own engine as an engine of the bench: the built page under ?automation, its `bench` command. It measures
// inside its worker and hands back rows (median, low, high), so a turn of it is one call.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const labIsBuilt = (dist) => existsSync(join(dist, 'index.html'));

class LabEngine {
  name = 'lab';
  #page;
  #size = 'small';
  #tokens = null;

  constructor(page, adapter) {
    this.#page = page;
    this.adapter = {
      description: [adapter.vendor, adapter.architecture, adapter.device, adapter.description]
        .filter(Boolean)
        .join(' '),
      software: adapter.software,
    };
    this.title = 'shardlab';
  }

  async #bench(name, options) {
    await this.#page.bringToFront();
    const reply = await this.#page.evaluate(
      ([n, o]) => globalThis.shardlab.run({ command: 'bench', name: n, options: o }),
      [name, options],
    );
    if (reply.outcome !== 'done')
      throw new Error(
        [`the lab's bench ${reply.outcome}: ${reply.error?.message ?? reply.message}`, reply.error?.why].join(' '),
      );
    return reply.result.rows;
  }

  prepareTrain(size) {
    this.#size = size;
  }

  /** A fresh run of `count` steps each time: `losses` are those of its first steps, where the lab reports them. */
  async trainSteps(count) {
    const rows = await this.#bench('train', { size: this.#size, steps: count });
    const row = rows[0];
    if (!row) throw new Error("the lab's bench train gave no row");
    return { ms: [row.medianMs], low: row.lowMs, high: row.highMs, losses: row.losses ?? [], fresh: true };
  }

  /** The lab's run starts anew each turn, so it has no checksum to compare. */
  finishTrain() {
    return null;
  }

  /** Its kernels are checked by `verify`, not here. */
  prepareMatmul() {
    return null;
  }

  async matmulChains(n) {
    const rows = await this.#bench('matmul', { matmulSizes: [n] });
    if (rows.length === 0) throw new Error("the lab's bench matmul gave no row");
    // Several variants may be reported: the engine uses the fastest.
    return [Math.min(...rows.map((row) => row.medianMs))];
  }

  finishMatmul() {}

  async #decode() {
    const size = this.#size === 'gpt2' ? { gpt2: true } : { size: this.#size };
    const steps = this.#tokens === null ? {} : { steps: this.#tokens };
    const [row] = await this.#bench('decode', { ...size, ...steps, toCompare: true });
    if (!row?.decoded) throw new Error("the lab's bench decode gave no tokens");
    return row.decoded;
  }

  /** No margins: those of a peer say as much, where the logits are the same. */
  prepareDecode(size, tokens) {
    this.#size = size;
    this.#tokens = tokens;
    return this.#decode();
  }

  /** A turn loads the model anew and generates five times after one that does not count, whatever `count` is. */
  async decodeRounds() {
    const { tokenMs, tokens } = await this.#decode();
    return { ms: tokenMs, tokens };
  }

  finishDecode() {}
}

export async function openLab(context, origin) {
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(`[lab] ${error.message}`));
  // The page sends progress through this binding; the bench needs none of it.
  await page.exposeFunction('shardlabEvent', () => {});
  await page.goto(`${origin}/?automation`);
  await page.waitForFunction(() => globalThis.shardlab !== undefined, undefined, { timeout: 30_000 });
  const reply = await page.evaluate(() => globalThis.shardlab.run({ command: 'adapter' }));
  if (reply.outcome !== 'done') throw new Error(`the lab found no adapter: ${reply.error?.message ?? reply.message}`);
  return new LabEngine(page, reply.result.adapter);
}
