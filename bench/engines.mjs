// The engines of a run behind one face: each has a page of its own, is prepared once, then takes turns.
// Peers keep their run between turns. The lab's own engine is in lab.mjs.

/** What each can be asked for. No peer but transformers.js generates with a KV cache; it trains nothing. */
const benchesOf = {
  lab: ['matmul', 'train', 'decode'],
  tfjs: ['matmul', 'train'],
  'jax-webgpu': ['matmul', 'train'],
  'jax-wasm': ['matmul', 'train'],
  'transformers-webgpu': ['decode'],
  'transformers-wasm': ['decode'],
};

export const engineNames = Object.keys(benchesOf);
export const takesPart = (name, bench) => benchesOf[name].includes(bench);

class PeerEngine {
  #page;

  constructor(name, page, title, adapter) {
    this.name = name;
    this.#page = page;
    this.title = title;
    this.adapter = adapter;
  }

  prepareTrain(size) {
    return this.#page.evaluate((s) => globalThis.peerBench.prepareTrain(s), size);
  }

  /** The next `count` steps: `{ ms, losses }`, one entry a step. */
  async trainSteps(count) {
    await this.#page.bringToFront();
    return this.#page.evaluate((c) => globalThis.peerBench.trainSteps(c), count);
  }

  finishTrain() {
    return this.#page.evaluate(() => globalThis.peerBench.finishTrain());
  }

  /** The largest error of a chain against float64. */
  prepareMatmul(n, times) {
    return this.#page.evaluate(([a, b]) => globalThis.peerBench.prepareMatmul(a, b), [n, times]);
  }

  /** Milliseconds a product, one entry a chain. */
  async matmulChains(_n, times, count) {
    await this.#page.bringToFront();
    return this.#page.evaluate(([t, c]) => globalThis.peerBench.matmulChains(t, c), [times, count]);
  }

  finishMatmul() {
    return this.#page.evaluate(() => globalThis.peerBench.finishMatmul());
  }

  /** `{ tokens, margins, firstLogits, lastLogits }` of one generation outside the clock. `tokens` null is the bench's own number. */
  async prepareDecode(size, tokens) {
    await this.#page.bringToFront();
    return this.#page.evaluate(([s, t]) => globalThis.peerBench.prepareDecode(s, t), [size, tokens]);
  }

  /** `{ ms, tokens }`: milliseconds a token, one entry a generation. */
  async decodeRounds(count) {
    await this.#page.bringToFront();
    return this.#page.evaluate((c) => globalThis.peerBench.decodeRounds(c), count);
  }

  finishDecode() {
    return this.#page.evaluate(() => globalThis.peerBench.finishDecode());
  }
}

export async function openPeer(name, context, origin) {
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(`[${name}] ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(`[${name}] ${message.text()}`);
  });
  await page.goto(`${origin}/bench/?peer=${name}`);
  const adapter = await page.evaluate(() => globalThis.peerBench.adapter());
  const title = await page.evaluate(() => globalThis.peerBench.open());
  return new PeerEngine(name, page, title, adapter);
}
