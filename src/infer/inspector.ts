// Looks into a model while it reads one text: attention, the residual stream and the logit lens, from the kernels that train and answer, with the
// weights as they are. It knows no tokenizer and reads parameters wherever they are.

import { LabError } from '../core/errors';
import type { LensReadings } from '../core/insideRecords';
import { attentionWindow, type ModelConfig, modelSizes } from '../core/modelConfig';
import { CommandStream } from '../gpu/commandStream';
import { byteLength, type Tensor } from '../gpu/graph';
import { planMemory } from '../gpu/memoryPlan';
import { rankingStride } from '../gpu/plans/topTokens';
import { compileAll, Program, type ProgramPlan, valuesOf } from '../gpu/program';
import { type NamedBuffer, RankMemory } from '../gpu/rankMemory';
import { Readback } from '../gpu/readback';
import { Trace } from '../gpu/trace';
import { type InsideTensors, traceInside } from '../model/modelInside';
import { modelArena } from '../model/shapes/modelShapes';
import { attentionProbabilities } from './attentionProbabilities';
import { layOut } from './encoder';
import type { InferEngine } from './inferEngine';
import { type ParameterStore, withParameters } from './parameterStore';

/** As layOut names them. */
const names = { tokens: 'tokens', types: 'token types', mask: 'attention mask', targets: 'targets' } as const;
const IGNORED = -100;
/** Attention maps grow with the square of it: at 12 layers of 12 heads 256 tokens are 38 MB of them. */
const MOST_TOKENS = 256;
const LEAST_TOKENS = 16;

/** What was read of T tokens; see Inspection. */
export interface InsideReadings {
  readonly attentions: readonly Float32Array[];
  readonly residuals: readonly Float32Array[];
  readonly lens: LensReadings | null;
}

interface InspectorPlan {
  readonly program: ProgramPlan;
  readonly named: readonly NamedBuffer[];
  readonly tensors: InsideTensors;
}

/** Tokens of a text that are looked into at most. */
export function mostTokens(model: ModelConfig): number {
  return Math.min(MOST_TOKENS, modelSizes(model).positions);
}

function planInspector(
  { choices, cache }: InferEngine,
  model: ModelConfig,
  tokens: number,
  top: number,
  { quantized }: ParameterStore,
): InspectorPlan {
  const { tokenTypes, masked } = modelSizes(model);
  const trace = new Trace(modelArena(model));
  const source = { tokens: trace.named(names.tokens, [tokens], 'u32'), order: undefined, starts: undefined };
  const types = tokenTypes > 0 ? { types: trace.named(names.types, [tokens, tokenTypes], 'f32') } : {};
  const mask = masked ? trace.named(names.mask, [tokens], 'u32') : undefined;
  const targets = trace.named(names.targets, [tokens], 'i32');
  const shape = { batch: 1, tokens };
  const tensors = traceInside(trace, model, shape, { source: { ...source, ...types }, mask }, targets, top);
  const { calls } = trace.lower(choices, cache.catalog, { differentiate: 'no', quantized });
  const input = (name: string, elements: number): NamedBuffer => ({ name, bytes: 4 * elements, kind: 'inputs' });
  return {
    program: { calls, memory: planMemory(calls, keptTensors(tensors)) },
    named: [
      input(names.tokens, tokens),
      input(names.targets, tokens),
      ...(tokenTypes > 0 ? [input(names.types, tokens * tokenTypes)] : []),
      ...(masked ? [input(names.mask, tokens)] : []),
    ],
    tensors,
  };
}

/** All that is read back, in order. */
function keptTensors({ residuals, attentions, lens }: InsideTensors): Tensor[] {
  return [...residuals, ...attentions.flatMap(({ qkv, lse }) => [qkv, lse]), ...(lens ?? [])];
}

export class Inspector {
  private constructor(
    private readonly engine: InferEngine,
    private readonly model: ModelConfig,
    /** Texts of up to so many tokens. */
    readonly tokens: number,
    private readonly top: number,
    private readonly memory: RankMemory,
    private readonly stepBuffer: GPUBuffer,
    private readonly program: Program,
    private readonly tensors: InsideTensors,
    private readonly ranges: readonly ReturnType<typeof valuesOf>[],
    private readonly readback: Readback,
  ) {}

  /** What a text of `count` tokens is padded to: few sizes serve all lengths. */
  static paddedTokens(model: ModelConfig, count: number): number {
    return Math.min(mostTokens(model), 2 ** Math.ceil(Math.log2(Math.max(LEAST_TOKENS, count))));
  }

  /** @throws LabError `gpu.limit`, `gpu.outOfMemory` */
  static async build(
    engine: InferEngine,
    model: ModelConfig,
    store: ParameterStore,
    tokens: number,
    wantedTop: number,
  ): Promise<Inspector> {
    const { gpu, cache } = engine;
    const top = Math.max(1, Math.min(wantedTop, modelSizes(model).vocabulary));
    const { program: plan, named, tensors } = planInspector(engine, model, tokens, top, store);
    await compileAll(cache, [plan], () => undefined);
    const memory = await RankMemory.allocate(gpu, {
      arenas: { parameters: 0, gradients: 0, moment1: 0, moment2: 0 },
      named,
      slotBytes: plan.memory.slotBytes,
      uniformBytes: 0,
    });
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    // Nothing here depends on a step: dropout is off.
    const stepBuffer = gpu.device.createBuffer({ label: 'step', size: 256, usage });
    const places = withParameters(memory, store);
    const slots = plan.memory.slotBytes.map((_, slot) => slot);
    const program = await Program.build(gpu, cache, places, plan, slots, stepBuffer);
    const kept = keptTensors(tensors);
    const ranges = kept.map((tensor) => valuesOf(places, plan, slots, tensor));
    const readback = new Readback(
      gpu.device,
      kept.reduce((sum, tensor) => sum + byteLength(tensor), 0),
    );
    return new Inspector(engine, model, tokens, top, memory, stepBuffer, program, tensors, ranges, readback);
  }

  /**
   * Reads one text, of at most `tokens` tokens; one read-back.
   * @throws LabError `data.invalid` for a text without tokens, too long, or of another vocabulary; `run.nonFinite` where the model gives no numbers
   */
  async read(ids: Uint32Array): Promise<InsideReadings> {
    const { device } = this.engine.gpu;
    const { queue } = device;
    for (const { name, values } of layOut(this.model, { batch: 1, tokens: this.tokens }, [{ ids }]))
      if (name !== names.targets) queue.writeBuffer(this.memory.buffer(name), 0, values);
    queue.writeBuffer(this.memory.buffer(names.targets), 0, this.targetsOf(ids));
    const stream = new CommandStream(device, this.engine.rates);
    stream.run(this.program.segment('forward'));
    const total = this.ranges.reduce((sum, { size }) => sum + size, 0);
    let at = 0;
    const parts = this.ranges.map(({ buffer, offset, size }) => {
      stream.copy(buffer, offset, this.readback.target, at, size);
      at += size;
      return { start: (at - size) / 4, length: size / 4 };
    });
    stream.submit();
    const all = new Float32Array(total / 4);
    await this.readback.into(new Uint8Array(all.buffer));
    const values = parts.map(({ start, length }) => all.subarray(start, start + length));
    const take = (count: number): Float32Array[] => values.splice(0, count);
    const residuals = take(this.tensors.residuals.length).map((x) => x.slice(0, ids.length * this.width));
    const attentions = this.tensors.attentions.map((_, layer) => {
      const [qkv, lse] = take(2);
      return this.attention(layer, ids.length, qkv, lse);
    });
    if (!residuals.every((x) => x.every(Number.isFinite))) throw notNumbers();
    return { residuals, attentions, lens: this.tensors.lens && this.lens(values, ids.length) };
  }

  private get width(): number {
    return modelSizes(this.model).width;
  }

  private get asksNext(): boolean {
    return modelSizes(this.model).task === 'causal-lm';
  }

  /** The token that each place is asked for: the next one, or, of a model that fills gaps, its own. */
  private targetsOf(ids: Uint32Array): Int32Array<ArrayBuffer> {
    const targets = new Int32Array(this.tokens).fill(IGNORED);
    targets.set(this.asksNext ? ids.subarray(1) : ids);
    return targets;
  }

  /** [H, T, T] of the text's own tokens; padding behind them has no weight. */
  private attention(layer: number, count: number, qkv: Float32Array, lse: Float32Array): Float32Array {
    const { heads, kvHeads, headDim, task } = modelSizes(this.model);
    const own = new Float32Array(heads * count);
    for (let head = 0; head < heads; head++)
      own.set(lse.subarray(head * this.tokens, head * this.tokens + count), head * count);
    return attentionProbabilities(qkv, own, {
      batch: 1,
      tokens: count,
      heads,
      kvHeads,
      headDim,
      causal: task === 'causal-lm',
      window: attentionWindow(this.model, layer),
    });
  }

  private lens(rankings: readonly Float32Array[], count: number): LensReadings {
    const { top } = this;
    const stride = rankingStride(top);
    const places = rankings.length * count;
    const lens = {
      asked: this.asksNext ? ('next' as const) : ('same' as const),
      top,
      tokens: new Int32Array(places * top),
      logProbabilities: new Float32Array(places * top),
      entropy: new Float32Array(places),
      actual: new Float32Array(places),
      rank: new Int32Array(places),
    };
    for (const [layer, ranking] of rankings.entries()) {
      for (let t = 0; t < count; t++) {
        const place = layer * count + t;
        const row = ranking.subarray(t * stride, (t + 1) * stride);
        const [entropy, actual, rank, broken] = row.subarray(2 * top);
        if (broken > 0) throw notNumbers();
        for (let k = 0; k < top; k++) {
          lens.tokens[place * top + k] = row[2 * k];
          lens.logProbabilities[place * top + k] = row[2 * k + 1];
        }
        const asked = !this.asksNext || t + 1 < count;
        lens.entropy[place] = entropy;
        lens.actual[place] = asked ? actual : Number.NaN;
        lens.rank[place] = asked ? rank : -1;
      }
    }
    return lens;
  }

  destroy(): void {
    this.program.destroy();
    this.memory.destroy();
    this.stepBuffer.destroy();
    this.readback.destroy();
  }
}

function notNumbers(): LabError {
  return new LabError({
    code: 'run.nonFinite',
    message: 'The model gives values that are not numbers: there is nothing to see inside.',
    advice: 'Reset the run and lower the learning rate.',
  });
}
