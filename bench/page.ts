// The page of one peer (?peer=NAME): holds it open between rounds and times it, so that the harness can take turns.

import { type BenchShape, benchBatch, benchDecodes, benchShapes, benchTokens } from '../src/core/benchBatch';
import { matmulOperands, productRow } from './shared/model';
import type { CheckedGeneration, DecodeRun, MatmulRun, Peer, TrainRun } from './shared/peer';

const openers: Readonly<Record<string, () => Promise<Peer>>> = {
  tfjs: async () => (await import('./peers/tfjs')).open(),
  'jax-webgpu': async () => (await import('./peers/jax')).open('webgpu'),
  'jax-wasm': async () => (await import('./peers/jax')).open('wasm'),
  'transformers-webgpu': async () => (await import('./peers/transformers')).open('webgpu'),
  'transformers-wasm': async () => (await import('./peers/transformers')).open('wasm'),
};

async function adapter(): Promise<{ description: string; software: boolean }> {
  const found = await navigator.gpu?.requestAdapter();
  if (!found) throw new Error('this browser gives no WebGPU adapter');
  const { vendor, architecture, device, description } = found.info;
  const words = [vendor, architecture, device, description].filter((word) => word !== '');
  const text = words.join(' ');
  return { description: text, software: found.info.isFallbackAdapter || /swiftshader|llvmpipe|softpipe/i.test(text) };
}

class Bench {
  #peer: Peer | null = null;
  #train: TrainRun | null = null;
  #shape: BenchShape = benchShapes.small;
  #step = 0;
  #matmul: MatmulRun | null = null;
  #decode: DecodeRun | null = null;

  readonly adapter = adapter;

  async open(): Promise<string> {
    const name = new URLSearchParams(location.search).get('peer') ?? '';
    const opener = openers[name];
    if (!opener) throw new Error(`no peer "${name}"; there are ${Object.keys(openers).join(', ')}`);
    this.#peer = await opener();
    return this.#peer.title;
  }

  #opened(): Peer {
    if (!this.#peer) throw new Error('open() comes first');
    return this.#peer;
  }

  async prepareTrain(size: 'small' | 'large'): Promise<void> {
    this.#shape = benchShapes[size];
    this.#step = 0;
    const { title, train } = this.#opened();
    if (!train) throw new Error(`${title} has no training bench`);
    this.#train = await train(this.#shape);
  }

  /** The next `count` steps: milliseconds and loss of each. Batches are made before the clock starts. */
  async trainSteps(count: number): Promise<{ ms: number[]; losses: number[] }> {
    const run = this.#train;
    if (!run) throw new Error('prepareTrain() comes first');
    const ms: number[] = [];
    const losses: number[] = [];
    for (let i = 0; i < count; i++) {
      const { inputs, targets } = benchBatch(this.#shape, this.#step++);
      const start = performance.now();
      losses.push(await run.step(inputs, targets));
      ms.push(performance.now() - start);
    }
    return { ms, losses };
  }

  async finishTrain(): Promise<number> {
    if (!this.#train) throw new Error('prepareTrain() comes first');
    const sum = await this.#train.checksum();
    this.#train.dispose();
    this.#train = null;
    return sum;
  }

  /** Uploads the operands and checks a whole product of `times` factors: the largest error over a few rows, relative to 1. */
  async prepareMatmul(n: number, times: number): Promise<number> {
    const { a, b } = matmulOperands(n);
    const { title, matmul } = this.#opened();
    if (!matmul) throw new Error(`${title} has no matmul bench`);
    this.#matmul = await matmul(n, a, b);
    const whole = await this.#matmul.whole(times);
    const last = await this.#matmul.chain(times);
    let worst = 0;
    for (const row of [0, n >> 1, n - 1]) {
      const right = productRow(a, b, n, row, times);
      for (let j = 0; j < n; j++) {
        worst = Math.max(worst, Math.abs((whole[row * n + j] ?? Number.NaN) - (right[j] ?? 0)));
        if (row === n - 1) worst = Math.max(worst, Math.abs((last[j] ?? Number.NaN) - (right[j] ?? 0)));
      }
    }
    return worst;
  }

  /** Milliseconds a product, from `count` chains of `times` products each. */
  async matmulChains(times: number, count: number): Promise<number[]> {
    const run = this.#matmul;
    if (!run) throw new Error('prepareMatmul() comes first');
    const ms: number[] = [];
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      await run.chain(times);
      ms.push((performance.now() - start) / times);
    }
    return ms;
  }

  finishMatmul(): void {
    this.#matmul?.dispose();
    this.#matmul = null;
  }

  /** Loads the model, and generates twice outside the clock: once to compile, once to look at all logits. */
  async prepareDecode(size: keyof typeof benchDecodes, newTokens: number | null): Promise<CheckedGeneration> {
    const { title, decode } = this.#opened();
    if (!decode) throw new Error(`${title} has no decode bench`);
    const run = benchDecodes[size];
    this.#decode = await decode({ ...run, newTokens: benchTokens(run, newTokens) });
    return this.#decode.check();
  }

  /** Milliseconds a token, one entry a generation, and what the last of them said. */
  async decodeRounds(count: number): Promise<{ ms: number[]; tokens: readonly number[] }> {
    const run = this.#decode;
    if (!run) throw new Error('prepareDecode() comes first');
    const ms: number[] = [];
    let tokens: readonly number[] = [];
    for (let i = 0; i < count; i++) {
      const generated = await run.generate();
      ms.push(generated.tokenMs);
      tokens = generated.tokens;
    }
    return { ms, tokens };
  }

  async finishDecode(): Promise<void> {
    await this.#decode?.dispose();
    this.#decode = null;
  }
}

declare global {
  // The handle that the harness drives through Playwright.
  var peerBench: Bench;
}
globalThis.peerBench = new Bench();
