// The prefill and decode programs of one stage of a model on its device, with its part of the KV cache: what a decoder of the whole model and a
// stage of a pipeline are both made of. It submits one chunk or encodes one step; when, and what happens to the results, is its owner's business.

import { CommandStream } from '../gpu/commandStream';
import type { ContextLength } from '../gpu/plans/plannedDispatch';
import { type Sampling, samplingBlock, seenWords } from '../gpu/plans/sampleToken';
import { type BufferRange, compileAll, Program, type ReadyDispatch, valuesOf } from '../gpu/program';
import { RankMemory } from '../gpu/rankMemory';
import { STEP_BLOCK_BYTES, writeStepBlock } from '../gpu/stepBlock';
import { type DecodePlan, decodeBuffers } from './decodePlan';
import type { InferEngine } from './inferEngine';
import { type ParameterStore, withParameters } from './parameterStore';
import { longestOf } from './tokenDecoder';

export type TextProgram = 'prefill' | 'decode';
/** Those that take a token or few. */
type StepProgram = 'decode' | 'speculate';
type StepWays = Readonly<Record<ContextLength, readonly ReadyDispatch[]>>;

export class TextPrograms {
  private readonly stepBytes = new DataView(new ArrayBuffer(STEP_BLOCK_BYTES));
  private seed = 0;
  /** Tokens of the longest text when the cache was filled. */
  private longest = 0;
  private readonly steps: Readonly<Record<StepProgram, StepWays>>;

  private constructor(
    private readonly engine: InferEngine,
    readonly plan: DecodePlan,
    private readonly memory: RankMemory,
    readonly stepBuffer: GPUBuffer,
    private readonly programs: Readonly<Record<TextProgram, Program>> & { readonly speculate: Program | null },
    /** Where the stream comes in and goes out; null where the stage embeds, or draws. */
    readonly input: Readonly<Record<TextProgram, BufferRange>> | null,
    readonly output: Readonly<Record<TextProgram, BufferRange>> | null,
    /** Null where tokens are drawn. */
    readonly ranking: BufferRange | null,
  ) {
    const ways = (program: Program | null): StepWays => {
      const dispatches = program?.segment('forward') ?? [];
      const inContext = (context: ContextLength): readonly ReadyDispatch[] =>
        dispatches.filter(({ call }) => (call.context ?? context) === context);
      return { short: inContext('short'), long: inContext('long') };
    };
    this.steps = { decode: ways(programs.decode), speculate: ways(programs.speculate) };
  }

  /** Compiles, allocates and binds. @param parameters that the plan was made for */
  static async build(
    engine: InferEngine,
    plan: DecodePlan,
    parameters: ParameterStore,
    onProgress: (done: number, total: number) => void,
  ): Promise<TextPrograms> {
    const { gpu, cache } = engine;
    const { speculate } = plan;
    await compileAll(cache, [plan.prefill, plan.decode, ...(speculate ? [speculate] : [])], onProgress);
    const memory = await RankMemory.allocate(gpu, plan.memory);
    const stepBuffer = gpu.device.createBuffer({
      label: 'step',
      size: 256,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    const places = withParameters(memory, parameters);
    const build = (name: TextProgram): Promise<Program> =>
      Program.build(gpu, cache, places, plan[name], plan.slotMaps[name], stepBuffer);
    const programs = {
      prefill: await build('prefill'),
      decode: await build('decode'),
      speculate: speculate && (await Program.build(gpu, cache, places, speculate, plan.slotMaps.speculate, stepBuffer)),
    };
    const ranges = (tensor: DecodePlan['input']): Record<TextProgram, BufferRange> | null =>
      tensor && {
        prefill: valuesOf(memory, plan.prefill, plan.slotMaps.prefill, tensor.prefill),
        decode: valuesOf(memory, plan.decode, plan.slotMaps.decode, tensor.decode),
      };
    const [input, output] = [ranges(plan.input), ranges(plan.output)];
    const ranking = plan.ranking && valuesOf(memory, plan.decode, plan.slotMaps.decode, plan.ranking);
    return new TextPrograms(engine, plan, memory, stepBuffer, programs, input, output, ranking);
  }

  /** Of each layer of the stage. */
  get caches(): readonly GPUBuffer[] {
    const { firstLayer, endLayer } = this.plan.stage;
    return Array.from({ length: endLayer - firstLayer }, (_, index) =>
      this.memory.buffer(decodeBuffers.cache(firstLayer + index)),
    );
  }

  /** u32 [B]: what decoding reads, and where it leaves what it drew. */
  get tokens(): GPUBuffer {
    return this.memory.buffer(decodeBuffers.tokens);
  }

  /** Of the plan's other small arrays, for those who know them. */
  buffer(name: Exclude<keyof typeof decodeBuffers, 'cache'>): GPUBuffer {
    return this.memory.buffer(decodeBuffers[name]);
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

  /** First positions of the chunks in which `contexts` are put into the cache; the last token of each is for the next step to read. */
  beginFill(contexts: readonly Uint32Array[]): number[] {
    const { texts, chunk } = this.plan;
    this.write(decodeBuffers.firstPositions, new Uint32Array(texts));
    const chunks = Math.ceil((longestOf(contexts) - 1) / chunk);
    return Array.from({ length: chunks }, (_, index) => index * chunk);
  }

  /** Encodes the prefill of one chunk, for the caller to add to and to submit; on later stages what it reads must be in `input` by then. */
  fillChunk(contexts: readonly Uint32Array[], start: number): CommandStream {
    const { texts, chunk, stage } = this.plan;
    if (stage.embedding) {
      const tokens = new Uint32Array(texts * chunk);
      contexts.forEach((context, text) => {
        tokens.set(context.subarray(start, start + chunk), text * chunk);
      });
      this.write(decodeBuffers.prompt, tokens);
    }
    this.setStep(start, 0);
    const stream = new CommandStream(this.engine.gpu.device, this.engine.rates);
    stream.run(this.programs.prefill.segment('forward'));
    return stream;
  }

  /** Where each text's next token stands, less the step block's position. */
  moveTo(positions: Uint32Array<ArrayBuffer>): void {
    this.write(decodeBuffers.firstPositions, positions);
  }

  endFill(contexts: readonly Uint32Array[]): void {
    this.longest = longestOf(contexts);
    this.write(
      decodeBuffers.firstPositions,
      Uint32Array.from(contexts, ({ length }) => length - 1),
    );
    this.write(
      decodeBuffers.tokens,
      Uint32Array.from(contexts, (context) => context[context.length - 1]),
    );
  }

  /** A step block as the programs read it; `position` counts from a text's first position. */
  stepBlock(into: DataView, position: number, draw: number): void {
    const values = { firstRow: 0, learningRate: 0, inverseTokens: 0, beta1: 0, beta2: 0 };
    writeStepBlock(into, { ...values, seed: this.seed, step: draw, position });
  }

  setStep(position: number, draw: number): void {
    this.stepBlock(this.stepBytes, position, draw);
    this.engine.gpu.device.queue.writeBuffer(this.stepBuffer, 0, this.stepBytes.buffer);
  }

  /** Encodes one more token of each text, for the caller to add to and to submit. @param position of the step block that it will read */
  step(position: number, stream = new CommandStream(this.engine.gpu.device, this.engine.rates)): CommandStream {
    this.run('decode', this.longest + position, stream);
    return stream;
  }

  /** Encodes a program. @param keys of the longest text, its new tokens among them */
  run(name: StepProgram, keys: number, stream: CommandStream): void {
    stream.run(this.steps[name][keys > this.plan.longContext ? 'long' : 'short']);
  }

  private write(name: string, values: Uint32Array<ArrayBuffer>): void {
    this.engine.gpu.device.queue.writeBuffer(this.memory.buffer(name), 0, values);
  }

  destroy(): void {
    for (const program of Object.values(this.programs)) program?.destroy();
    this.memory.destroy();
    this.stepBuffer.destroy();
  }
}
