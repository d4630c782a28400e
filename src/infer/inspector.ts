// Looks into a model while it reads one text: attention, the residual stream and the logit lens, from the kernels that train and answer, with the
// weights as they are. It knows no tokenizer and reads parameters wherever they are.

import { LabError } from '../core/errors';
import type { LensReadings } from '../core/insideRecords';
import { attentionWindow, type ModelConfig, modelSizes } from '../core/modelConfig';
import { byteLength, type Tensor } from '../gpu/graph';
import { planMemory } from '../gpu/memoryPlan';
import { rankingStride } from '../gpu/plans/topTokens';
import type { BufferRange, ProgramPlan } from '../gpu/program';
import type { NamedBuffer } from '../gpu/rankMemory';
import { Trace } from '../gpu/trace';
import { type InsideTensors, traceInside } from '../model/modelInside';
import { modelArena } from '../model/shapes/modelShapes';
import { attentionProbabilities } from './attentionProbabilities';
import { inputNames, layOut, sequenceInputs } from './encoderInputs';
import { ForwardProgram } from './forwardProgram';
import type { InferEngine } from './inferEngine';
import type { ParameterStore } from './parameterStore';

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
  const trace = new Trace(modelArena(model));
  const { inputs, named } = sequenceInputs(trace, model, tokens);
  const targets = trace.named(inputNames.targets, [tokens], 'i32');
  const tensors = traceInside(trace, model, { batch: 1, tokens }, inputs, targets, top);
  const { calls } = trace.lower(choices, cache.catalog, { differentiate: 'no', quantized });
  return {
    program: { calls, memory: planMemory(calls, keptTensors(tensors)) },
    named: [...named, { name: inputNames.targets, bytes: 4 * tokens, kind: 'inputs' }],
    tensors,
  };
}

/** All that is read back, in order. */
function keptTensors({ residuals, attentions, lens }: InsideTensors): Tensor[] {
  return [...residuals, ...attentions.flatMap(({ qkv, lse }) => [qkv, lse]), ...(lens ?? [])];
}

export class Inspector {
  private constructor(
    private readonly model: ModelConfig,
    /** Texts of up to so many tokens. */
    readonly tokens: number,
    private readonly top: number,
    private readonly program: ForwardProgram,
    private readonly tensors: InsideTensors,
    private readonly ranges: readonly BufferRange[],
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
    const top = Math.max(1, Math.min(wantedTop, modelSizes(model).vocabulary));
    const { program: plan, named, tensors } = planInspector(engine, model, tokens, top, store);
    const kept = keptTensors(tensors);
    const bytes = kept.reduce((sum, tensor) => sum + byteLength(tensor), 0);
    // Nothing of it depends on a step: dropout is off.
    const program = await ForwardProgram.build(engine, plan, named, store, bytes);
    const ranges = kept.map((tensor) => program.rangeOf(tensor));
    return new Inspector(model, tokens, top, program, tensors, ranges);
  }

  /**
   * Reads one text, of at most `tokens` tokens; one read-back.
   * @throws LabError `data.invalid` for a text without tokens, too long, or of another vocabulary; `run.nonFinite` where the model gives no numbers
   */
  async read(ids: Uint32Array): Promise<InsideReadings> {
    const { program } = this;
    for (const { name, values } of layOut(this.model, { batch: 1, tokens: this.tokens }, [{ ids }]))
      if (name !== inputNames.targets) program.write(name, values);
    program.write(inputNames.targets, this.targetsOf(ids));
    const all = await program.read(this.ranges);
    let at = 0;
    const values = this.ranges.map(({ size }) => {
      at += size / 4;
      return all.subarray(at - size / 4, at);
    });
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
  }
}

function notNumbers(): LabError {
  return new LabError({
    code: 'run.nonFinite',
    message: 'The model gives values that are not numbers: there is nothing to see inside.',
    advice: 'Reset the run and lower the learning rate.',
  });
}
