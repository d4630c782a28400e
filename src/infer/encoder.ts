// A model that reads whole sequences and is asked what it makes of them: the logits of its head and the last hidden states, for a fixed number of
// sequences at a time. What they mean is said in encoderAnswers.ts. It reads parameters wherever they are.

import { LabError } from '../core/errors';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { targetCount } from '../core/models/modelSizes';
import { byteLength, type Tensor } from '../gpu/graph';
import { planMemory } from '../gpu/memoryPlan';
import { METRICS_LENGTH } from '../gpu/plans/metricsLayout';
import type { BufferRange, ProgramPlan } from '../gpu/program';
import type { NamedBuffer } from '../gpu/rankMemory';
import { Trace } from '../gpu/trace';
import type { BatchShape } from '../model/layerTracer';
import { traceModel } from '../model/modelStack';
import { modelArena } from '../model/shapes/modelShapes';
import { wholeModel } from '../parallel/stages';
import { type EncodedSequence, inputNames, layOut, sequenceInputs } from './encoderInputs';
import { ForwardProgram } from './forwardProgram';
import type { InferEngine } from './inferEngine';
import type { ParameterStore } from './parameterStore';

const LOSS = 'loss';
const STEP = { seed: 0, step: 0, firstRow: 0, position: 0, learningRate: 0, inverseTokens: 0, beta1: 0, beta2: 0 };

export interface EncoderOutputs {
  /** [B T, V], [B, labels], [B T, labels], or of spans [2 B, T]: first all starts, then all ends; or only the rows that were asked for. */
  readonly logits: Float32Array;
  /** [B T, C] */
  readonly hidden: Float32Array;
  /** [B, C]: what the pooler makes of each first token; null for a head without one. */
  readonly pooled: Float32Array | null;
}

/** What is read back. */
export interface WantedOutputs {
  /** Of the logits, where not all are wanted: a row of a large vocabulary is long. */
  readonly logitRows?: readonly number[];
  /** False: the hidden states are left on the device, and `hidden` is empty. */
  readonly hidden?: boolean;
}

interface EncoderPlan {
  readonly program: ProgramPlan;
  readonly named: readonly NamedBuffer[];
  readonly logits: Tensor;
  readonly hidden: Tensor;
  readonly pooled: Tensor | null;
}

function planEncoder(
  { choices, cache }: InferEngine,
  model: ModelConfig,
  shape: BatchShape,
  store: ParameterStore,
): EncoderPlan {
  const sizes = modelSizes(model);
  const rows = shape.batch * shape.tokens;
  const targets = targetCount(sizes, shape.batch, shape.tokens);
  const trace = new Trace(modelArena(model));
  const { inputs, named } = sequenceInputs(trace, model, rows);
  const { final, logits, pooled } = traceModel(
    trace,
    model,
    shape,
    inputs,
    { keep: false, training: false },
    { stage: wholeModel(sizes.layers), split: { parts: 1, index: 0 } },
    {
      targets: trace.named(inputNames.targets, [targets], 'i32'),
      loss: trace.named(LOSS, [METRICS_LENGTH], 'f32'),
      gradient: false,
    },
  );
  if (!logits) throw new LabError({ code: 'internal', message: 'A whole model has a head' });
  const { calls } = trace.lower(choices, cache.catalog, { differentiate: 'no', quantized: store.quantized });
  const input = (name: string, elements: number): NamedBuffer => ({ name, bytes: 4 * elements, kind: 'inputs' });
  return {
    program: { calls, memory: planMemory(calls, pooled ? [final, logits, pooled] : [final, logits]) },
    named: [...named, input(inputNames.targets, targets), input(LOSS, METRICS_LENGTH)],
    logits,
    hidden: final,
    pooled,
  };
}

interface OutputPlaces {
  readonly logits: BufferRange;
  readonly hidden: BufferRange;
  readonly pooled: BufferRange | null;
  /** Elements of a row of logits. */
  readonly logitsRow: number;
}

export class Encoder {
  private constructor(
    private readonly model: ModelConfig,
    readonly shape: BatchShape,
    private readonly program: ForwardProgram,
    private readonly outputs: OutputPlaces,
  ) {}

  /** @throws LabError `config.invalid` for more tokens than the model has positions; `gpu.limit`, `gpu.outOfMemory` */
  static async build(
    engine: InferEngine,
    model: ModelConfig,
    store: ParameterStore,
    shape: BatchShape,
  ): Promise<Encoder> {
    const { positions } = modelSizes(model);
    if (shape.tokens > positions)
      throw new LabError({
        code: 'config.invalid',
        message: `The model does not read ${shape.tokens} tokens at once.`,
        why: `It has ${positions} positions.`,
        advice: 'Give shorter texts, or cut them.',
      });
    const { program: plan, named, logits, hidden, pooled } = planEncoder(engine, model, shape, store);
    const bytes = [logits, hidden, ...(pooled ? [pooled] : [])].reduce((sum, tensor) => sum + byteLength(tensor), 0);
    const program = await ForwardProgram.build(engine, plan, named, store, bytes);
    program.writeStep(STEP);
    return new Encoder(model, shape, program, {
      logits: program.rangeOf(logits),
      hidden: program.rangeOf(hidden),
      pooled: pooled && program.rangeOf(pooled),
      logitsRow: logits.shape.at(-1) ?? 1,
    });
  }

  /**
   * Reads at most `shape.batch` sequences of at most `shape.tokens` tokens; what is left over is padding. One read-back.
   * @throws LabError `data.invalid` for more sequences, longer ones, empty ones, or ids that the model has not
   */
  async run(sequences: readonly EncodedSequence[], wanted: WantedOutputs = {}): Promise<EncoderOutputs> {
    const { program, outputs } = this;
    for (const { name, values } of layOut(this.model, this.shape, sequences)) program.write(name, values);
    const { logits, pooled } = outputs;
    const hidden = { ...outputs.hidden, ...(wanted.hidden === false ? { size: 0 } : {}) };
    const rowBytes = 4 * outputs.logitsRow;
    const rows = wanted.logitRows?.map((row) => ({
      ...logits,
      offset: logits.offset + row * rowBytes,
      size: rowBytes,
    }));
    const all = await program.read([hidden, ...(pooled ? [pooled] : []), ...(rows ?? [logits])]);
    const [afterHidden, pooledLength] = [hidden.size / 4, (pooled?.size ?? 0) / 4];
    return {
      hidden: all.subarray(0, afterHidden),
      pooled: pooled && all.subarray(afterHidden, afterHidden + pooledLength),
      logits: all.subarray(afterHidden + pooledLength),
    };
  }

  destroy(): void {
    this.program.destroy();
  }
}
