// The slow, obvious way to the next token: the whole context through the whole model, the best logit on the host. The judge of the KV cache, and
// what `bench decode` measures it against.

import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { byteLength, type Tensor } from '../gpu/graph';
import { planMemory } from '../gpu/memoryPlan';
import type { BufferRange, ProgramPlan } from '../gpu/program';
import { Trace } from '../gpu/trace';
import { traceModel } from '../model/modelStack';
import { traceNextLogits } from '../model/modelText';
import { modelArena } from '../model/shapes/modelShapes';
import { wholeModel } from '../parallel/stages';
import { trimmedContext } from './contextWindow';
import { ForwardProgram } from './forwardProgram';
import type { InferEngine } from './inferEngine';
import type { ParameterStore } from './parameterStore';

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
  private constructor(
    private readonly model: ModelConfig,
    private readonly program: ForwardProgram,
    private readonly logits: BufferRange,
  ) {}

  /** @param parameters in float32 */
  static async build(engine: InferEngine, model: ModelConfig, parameters: ParameterStore): Promise<Recompute> {
    const { plan, logits } = planRecompute(engine, model);
    const tokens = { name: TOKENS, bytes: 4 * modelSizes(model).positions, kind: 'inputs' } as const;
    const program = await ForwardProgram.build(engine, plan, [tokens], parameters, byteLength(logits));
    return new Recompute(model, program, program.rangeOf(logits));
  }

  /** Logits [V] after `tokens`, at most the model's positions of them. */
  private nextLogits(tokens: Uint32Array<ArrayBuffer>): Promise<Float32Array> {
    this.program.writeStep({ ...STEP, position: tokens.length - 1 });
    this.program.write(TOKENS, tokens);
    return this.program.read([this.logits]);
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
  }
}
