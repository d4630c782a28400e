// The slow, obvious way to the next token: the whole context through the whole model, the best logit on the host. The judge of the KV cache, and
// what `bench decode` measures it against.

import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { CommandStream } from '../gpu/commandStream';
import type { Tensor } from '../gpu/graph';
import { planMemory } from '../gpu/memoryPlan';
import { compileAll, Program, type ProgramPlan, type TensorPlaces, valuesOf } from '../gpu/program';
import { RankMemory } from '../gpu/rankMemory';
import { Readback } from '../gpu/readback';
import { STEP_BLOCK_BYTES, writeStepBlock } from '../gpu/stepBlock';
import { Trace } from '../gpu/trace';
import { traceModel } from '../model/modelStack';
import { traceNextLogits } from '../model/modelText';
import { modelArena } from '../model/shapes/modelShapes';
import { wholeModel } from '../parallel/stages';
import { trimmedContext } from './contextWindow';
import type { InferEngine } from './inferEngine';
import { type ParameterStore, withParameters } from './parameterStore';

const TOKENS = 'tokens';
const STEP = { seed: 0, step: 0, firstRow: 0, learningRate: 0, inverseTokens: 0, beta1: 0, beta2: 0 };

/** The program of one whole context [1, positions], and its logits [1, V]. */
function planRecompute(
  { choices, cache }: InferEngine,
  model: ModelConfig,
): { readonly plan: ProgramPlan; readonly logits: Tensor } {
  const trace = new Trace(modelArena(model));
  const { layers, positions } = modelSizes(model);
  const shape = { batch: 1, tokens: positions };
  const { final } = traceModel(
    trace,
    model,
    shape,
    {
      source: { tokens: trace.named(TOKENS, [positions], 'u32'), order: undefined, starts: undefined },
      mask: undefined,
    },
    { keep: false, training: false },
    { stage: wholeModel(layers), split: { parts: 1, index: 0 } },
    null,
  );
  const logits = traceNextLogits(trace, model, final, shape);
  const { calls } = trace.lower(choices, cache.catalog, { differentiate: 'no' });
  return { plan: { calls, memory: planMemory(calls) }, logits };
}

export class Recompute {
  private readonly stepBytes = new DataView(new ArrayBuffer(STEP_BLOCK_BYTES));

  private constructor(
    private readonly engine: InferEngine,
    private readonly model: ModelConfig,
    private readonly memory: RankMemory,
    private readonly stepBuffer: GPUBuffer,
    private readonly program: Program,
    private readonly logits: { readonly buffer: GPUBuffer; readonly offset: number },
    private readonly readback: Readback,
  ) {}

  /** @param parameters in float32 */
  static async build(engine: InferEngine, model: ModelConfig, parameters: ParameterStore): Promise<Recompute> {
    const { gpu, cache } = engine;
    const { plan, logits } = planRecompute(engine, model);
    await compileAll(cache, [plan], () => undefined);
    const memory = await RankMemory.allocate(gpu, {
      arenas: { parameters: 0, gradients: 0, moment1: 0, moment2: 0 },
      named: [{ name: TOKENS, bytes: 4 * modelSizes(model).positions, kind: 'inputs' }],
      slotBytes: plan.memory.slotBytes,
      uniformBytes: 0,
    });
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    const stepBuffer = gpu.device.createBuffer({ label: 'step', size: 256, usage });
    const places: TensorPlaces = withParameters(memory, parameters);
    const slots = plan.memory.slotBytes.map((_, slot) => slot);
    const program = await Program.build(gpu, cache, places, plan, slots, stepBuffer);
    const readback = new Readback(gpu.device, 4 * model.vocab_size);
    return new Recompute(engine, model, memory, stepBuffer, program, valuesOf(places, plan, slots, logits), readback);
  }

  /** Logits [V] after `tokens`, at most the model's positions of them. */
  private async nextLogits(tokens: Uint32Array<ArrayBuffer>): Promise<Float32Array> {
    const { gpu, rates } = this.engine;
    const out = new Float32Array(this.model.vocab_size);
    writeStepBlock(this.stepBytes, { ...STEP, position: tokens.length - 1 });
    gpu.device.queue.writeBuffer(this.stepBuffer, 0, this.stepBytes.buffer);
    gpu.device.queue.writeBuffer(this.memory.buffer(TOKENS), 0, tokens);
    const stream = new CommandStream(gpu.device, rates);
    stream.run(this.program.segment('forward'));
    stream.copy(this.logits.buffer, this.logits.offset, this.readback.target, 0, out.byteLength);
    stream.submit();
    await this.readback.into(new Uint8Array(out.buffer));
    return out;
  }

  /** The greedy continuation of `prompt` by `count` tokens, in the window that generateTokens has. */
  async greedy(prompt: Uint32Array, count: number, onToken: () => void = () => undefined): Promise<number[]> {
    const generated: number[] = [];
    let context = Uint32Array.from(trimmedContext(prompt, modelSizes(this.model).positions));
    while (generated.length < count) {
      const logits = await this.nextLogits(context);
      const token = logits.reduce((best, value, index) => (value > logits[best] ? index : best), 0);
      generated.push(token);
      onToken();
      context = Uint32Array.from(
        trimmedContext(Uint32Array.from([...context, token]), modelSizes(this.model).positions),
      );
    }
    return generated;
  }

  destroy(): void {
    this.program.destroy();
    this.memory.destroy();
    this.stepBuffer.destroy();
    this.readback.destroy();
  }
}
