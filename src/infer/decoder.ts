// Continues a fixed number of texts side by side on the device: fills the KV cache from contexts, then gives a token of each text a step. Steps
// may be submitted ahead of their tokens' arrival, since a token stays on the device for the next step. It knows no window and no stop rule.

import { modelSizes } from '../core/modelConfig';
import { CommandStream } from '../gpu/commandStream';
import { NO_TOKEN, type Sampling, samplingBlock, seenWords } from '../gpu/plans/sampleToken';
import { compileAll, Program } from '../gpu/program';
import { RankMemory } from '../gpu/rankMemory';
import { Readback } from '../gpu/readback';
import { STEP_BLOCK_BYTES, writeStepBlock } from '../gpu/stepBlock';
import { type DecodePlan, decodeBuffers } from './decodePlan';
import type { InferEngine } from './inferEngine';
import { withParameters } from './sharedParameters';

/** Steps on their way at once: enough to hide a map's round trip on a GPU, few enough that little is thrown away at a stop. */
const AHEAD = { tiled: 4, blocked: 2 } as const;

export class Decoder {
  private readonly stepBytes = new DataView(new ArrayBuffer(STEP_BLOCK_BYTES));
  private readonly readbacks: readonly Readback[];
  /** Tokens of submitted steps, oldest first. */
  private readonly arriving: Promise<Uint32Array>[] = [];
  private submitted = 0;
  private seed = 0;
  /** Steps since the cache was filled, and how many it has room for. */
  private steps = 0;
  private capacity = 0;

  private constructor(
    private readonly engine: InferEngine,
    readonly plan: DecodePlan,
    private readonly memory: RankMemory,
    private readonly stepBuffer: GPUBuffer,
    private readonly programs: { readonly prefill: Program; readonly decode: Program },
  ) {
    const { device } = engine.gpu;
    this.readbacks = Array.from({ length: AHEAD[engine.choices.family] }, () => new Readback(device, 4 * plan.texts));
  }

  /** Compiles, allocates and binds. @param parameters the model's arena, which stays its owner's */
  static async build(
    engine: InferEngine,
    plan: DecodePlan,
    parameters: GPUBuffer,
    onProgress: (done: number, total: number) => void,
  ): Promise<Decoder> {
    const { gpu, cache } = engine;
    await compileAll(cache, [plan.prefill, plan.decode], onProgress);
    const memory = await RankMemory.allocate(gpu, plan.memory);
    const stepBuffer = gpu.device.createBuffer({
      label: 'step',
      size: 256,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    const places = withParameters(memory, parameters);
    const build = (name: 'prefill' | 'decode'): Promise<Program> =>
      Program.build(gpu, cache, places, plan[name], plan.slotMaps[name], stepBuffer);
    const programs = { prefill: await build('prefill'), decode: await build('decode') };
    return new Decoder(engine, plan, memory, stepBuffer, programs);
  }

  /** Bytes on the device, for the tests of flat memory. */
  get liveBytes(): number {
    return this.memory.liveBytes;
  }

  /** How tokens are drawn from now on, and what each text has said already. */
  start(sampling: Sampling, said: readonly Uint32Array[]): void {
    const { vocab_size } = this.plan.model;
    const words = seenWords(vocab_size);
    const seen = new Uint32Array(this.plan.texts * words);
    said.forEach((tokens, text) => {
      for (const token of tokens) if (token < vocab_size) seen[text * words + (token >> 5)] |= 1 << (token & 31);
    });
    this.seed = sampling.seed;
    this.write(decodeBuffers.sampling, samplingBlock(sampling));
    this.write(decodeBuffers.seen, seen);
  }

  /** Puts contexts (each of at least one token and no more than the model's positions) into the cache, save their last tokens: these the next step reads. */
  fill(contexts: readonly Uint32Array[]): void {
    const { texts, chunk, model } = this.plan;
    const longest = Math.max(...contexts.map(({ length }) => length));
    const tokens = new Uint32Array(texts * chunk);
    this.write(decodeBuffers.firstPositions, new Uint32Array(texts));
    for (let start = 0; start < longest - 1; start += chunk) {
      tokens.fill(0);
      contexts.forEach((context, text) => {
        tokens.set(context.subarray(start, start + chunk), text * chunk);
      });
      this.write(decodeBuffers.prompt, tokens);
      this.run('prefill', start, 0);
    }
    this.write(
      decodeBuffers.firstPositions,
      Uint32Array.from(contexts, ({ length }) => length - 1),
    );
    this.write(
      decodeBuffers.tokens,
      Uint32Array.from(contexts, (context) => context[context.length - 1]),
    );
    this.steps = 0;
    this.capacity = modelSizes(model).positions - longest + 1;
  }

  /** Whether another step may be submitted now; without room the cache has to be filled anew first. */
  get room(): boolean {
    return this.steps < this.capacity;
  }

  get pending(): number {
    return this.arriving.length;
  }

  get mayRunAhead(): boolean {
    return this.arriving.length < this.readbacks.length;
  }

  /** Submits a step: one more token of each text. @param draw number of the draw, which its random numbers are a function of */
  submit(draw: number): void {
    const readback = this.readbacks[this.submitted++ % this.readbacks.length];
    const out = new Uint32Array(this.plan.texts);
    this.run('decode', this.steps++, draw, readback.target);
    const arrival = readback.into(new Uint8Array(out.buffer)).then(() => out);
    // Whoever takes it hears of a failure; a step that nobody takes any more fails for nobody.
    arrival.catch(() => undefined);
    this.arriving.push(arrival);
  }

  /** The tokens [B] of the oldest step that was not taken; NO_TOKEN where logits were not numbers. */
  async take(): Promise<Uint32Array> {
    return (await this.arriving.shift()) ?? new Uint32Array(this.plan.texts).fill(NO_TOKEN);
  }

  /** Waits for what is on its way and drops it. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.arriving.splice(0));
  }

  private write(name: string, values: Uint32Array<ArrayBuffer>): void {
    this.engine.gpu.device.queue.writeBuffer(this.memory.buffer(name), 0, values);
  }

  private run(name: 'prefill' | 'decode', position: number, draw: number, into?: GPUBuffer): void {
    const { gpu, rates } = this.engine;
    const values = { firstRow: 0, learningRate: 0, inverseTokens: 0, beta1: 0, beta2: 0 };
    writeStepBlock(this.stepBytes, { ...values, seed: this.seed, step: draw, position });
    gpu.device.queue.writeBuffer(this.stepBuffer, 0, this.stepBytes.buffer);
    const stream = new CommandStream(gpu.device, rates);
    stream.run(this.programs[name].segment('forward'));
    if (into) stream.copy(this.memory.buffer(decodeBuffers.tokens), 0, into, 0, 4 * this.plan.texts);
    stream.submit();
  }

  destroy(): void {
    for (const program of Object.values(this.programs)) program.destroy();
    for (const readback of this.readbacks) readback.destroy();
    this.memory.destroy();
    this.stepBuffer.destroy();
  }
}
