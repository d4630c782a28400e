// Continues a fixed number of texts side by side on the device: fills the KV cache from contexts, then gives a token of each text a step. Steps
// are submitted in groups with one read-back each, and groups ahead of their tokens' arrival, since a token stays on the device for the next
// step. It knows no window and no stop rule.

import { modelSizes } from '../core/modelConfig';
import { CommandStream } from '../gpu/commandStream';
import { NO_TOKEN, type Sampling, samplingBlock, seenWords } from '../gpu/plans/sampleToken';
import { compileAll, Program } from '../gpu/program';
import { RankMemory } from '../gpu/rankMemory';
import { Readback } from '../gpu/readback';
import { STEP_BLOCK_BYTES, writeStepBlock } from '../gpu/stepBlock';
import { type DecodePlan, decodeBuffers } from './decodePlan';
import type { InferEngine } from './inferEngine';
import { type ParameterStore, withParameters } from './parameterStore';

/** Groups on their way at once: enough to hide a map's round trip on a GPU, few enough that little is thrown away at a stop. */
const AHEAD = { tiled: 3, blocked: 2 } as const;
/** A group's steps take about so long: a map's round trip is small beside it, and text still appears without a stutter. */
const GROUP_MS = 16;
const MOST_STEPS = 16;

interface Group {
  readonly steps: number;
  /** [steps, B] */
  readonly tokens: Promise<Uint32Array>;
  taken: number;
}

export class Decoder {
  private readonly stepBytes = new DataView(new ArrayBuffer(MOST_STEPS * STEP_BLOCK_BYTES));
  /** The step blocks of a group, from where each step copies its own. */
  private readonly stepTable: GPUBuffer;
  private readonly readbacks: readonly Readback[];
  /** Submitted, oldest first. */
  private readonly groups: Group[] = [];
  private submitted = 0;
  private groupSteps = 1;
  /** When the group before came, where the next one was on its way by then. */
  private cameAt: number | null = null;
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
    const bytes = 4 * plan.texts * MOST_STEPS;
    this.readbacks = Array.from({ length: AHEAD[engine.choices.family] }, () => new Readback(device, bytes));
    this.stepTable = device.createBuffer({
      label: 'steps',
      size: this.stepBytes.byteLength,
      usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
  }

  /** Compiles, allocates and binds. @param parameters that the plan was made for */
  static async build(
    engine: InferEngine,
    plan: DecodePlan,
    parameters: ParameterStore,
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
    // The first token is not kept waiting for others.
    this.groupSteps = 1;
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
      this.runPrefill(start);
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

  /** Whether tokens of submitted steps are still to be taken. */
  get pending(): boolean {
    return this.groups.length > 0;
  }

  get mayRunAhead(): boolean {
    return this.groups.length < this.readbacks.length;
  }

  /**
   * Submits a group of steps, each one more token of each text, and returns how many: at most `most`, and what there is room for.
   * @param draw number of the first step's draw, which its random numbers are a function of
   */
  submit(draw: number, most: number): number {
    const steps = Math.min(this.groupSteps, most, this.capacity - this.steps);
    const readback = this.readbacks[this.submitted++ % this.readbacks.length];
    const out = new Uint32Array(this.plan.texts * steps);
    this.runSteps(steps, draw, readback.target);
    const tokens = readback.into(new Uint8Array(out.buffer)).then(() => {
      this.pace(steps);
      return out;
    });
    // Whoever takes it hears of a failure; a step that nobody takes any more fails for nobody.
    tokens.catch(() => undefined);
    this.groups.push({ steps, tokens, taken: 0 });
    return steps;
  }

  /** The tokens [B] of the oldest step that was not taken; NO_TOKEN where logits were not numbers. */
  async take(): Promise<Uint32Array> {
    const { texts } = this.plan;
    const [group] = this.groups;
    if (group === undefined) return new Uint32Array(texts).fill(NO_TOKEN);
    const tokens = await group.tokens;
    const first = texts * group.taken++;
    if (group.taken === group.steps) this.groups.shift();
    return tokens.subarray(first, first + texts);
  }

  /** Sets the length of groups to come by what the last one took. */
  private pace(steps: number): void {
    const now = performance.now();
    if (this.cameAt !== null) {
      const stepMs = Math.max(0.01, (now - this.cameAt) / steps);
      // Doubling at most: one short wait says little.
      this.groupSteps = Math.max(1, Math.min(MOST_STEPS, 2 * this.groupSteps, Math.round(GROUP_MS / stepMs)));
    }
    // Without another on its way the device will have waited before the next one comes.
    this.cameAt = this.groups.length > 1 ? now : null;
  }

  /** Waits for what is on its way and drops it. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.groups.splice(0).map(({ tokens }) => tokens));
    this.cameAt = null;
  }

  private write(name: string, values: Uint32Array<ArrayBuffer>): void {
    this.engine.gpu.device.queue.writeBuffer(this.memory.buffer(name), 0, values);
  }

  private writeStep(index: number, position: number, draw: number): void {
    const values = { firstRow: 0, learningRate: 0, inverseTokens: 0, beta1: 0, beta2: 0 };
    const block = new DataView(this.stepBytes.buffer, index * STEP_BLOCK_BYTES, STEP_BLOCK_BYTES);
    writeStepBlock(block, { ...values, seed: this.seed, step: draw, position });
  }

  private runPrefill(position: number): void {
    const { gpu, rates } = this.engine;
    this.writeStep(0, position, 0);
    gpu.device.queue.writeBuffer(this.stepBuffer, 0, this.stepBytes.buffer, 0, STEP_BLOCK_BYTES);
    const stream = new CommandStream(gpu.device, rates);
    stream.run(this.programs.prefill.segment('forward'));
    stream.submit();
  }

  private runSteps(count: number, draw: number, into: GPUBuffer): void {
    const { gpu, rates } = this.engine;
    for (let i = 0; i < count; i++) this.writeStep(i, this.steps + i, draw + i);
    this.steps += count;
    gpu.device.queue.writeBuffer(this.stepTable, 0, this.stepBytes.buffer, 0, count * STEP_BLOCK_BYTES);
    const stream = new CommandStream(gpu.device, rates);
    const bytes = 4 * this.plan.texts;
    for (let i = 0; i < count; i++) {
      stream.copy(this.stepTable, i * STEP_BLOCK_BYTES, this.stepBuffer, 0, STEP_BLOCK_BYTES);
      stream.run(this.programs.decode.segment('forward'));
      stream.copy(this.memory.buffer(decodeBuffers.tokens), 0, into, i * bytes, bytes);
    }
    stream.submit();
  }

  destroy(): void {
    for (const program of Object.values(this.programs)) program.destroy();
    for (const readback of this.readbacks) readback.destroy();
    this.memory.destroy();
    this.stepBuffer.destroy();
    this.stepTable.destroy();
  }
}
