// The loss of a model on held-out tokens, windows of whole contexts, each token but a window's first predicted once: what tells how much a
// compressed model has lost. It reads parameters wherever they are, in whatever bits.

import { LabError } from '../core/errors';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { byteLength, type Tensor } from '../gpu/graph';
import { planMemory } from '../gpu/memoryPlan';
import { METRICS_LENGTH, metricsLayout } from '../gpu/plans/metricsLayout';
import type { ProgramPlan } from '../gpu/program';
import { Trace } from '../gpu/trace';
import { traceModel } from '../model/modelStack';
import { modelArena } from '../model/shapes/modelShapes';
import { wholeModel } from '../parallel/stages';
import { ForwardProgram } from './forwardProgram';
import type { InferEngine } from './inferEngine';
import type { ParameterStore } from './parameterStore';

const names = { tokens: 'tokens', targets: 'targets', metrics: 'metrics' } as const;
/** Rows of one pass at most: enough to keep a GPU busy, few enough for the logits of a large vocabulary. */
const MOST_ROWS = 512;
/** Of a target that is not counted. */
const IGNORED = -100;

interface ScorerPlan {
  readonly program: ProgramPlan;
  /** [METRICS_LENGTH] */
  readonly metrics: Tensor;
  readonly batch: number;
  readonly tokens: number;
}

function planScorer({ choices, cache }: InferEngine, model: ModelConfig, store: ParameterStore): ScorerPlan {
  const { layers, positions } = modelSizes(model);
  const tokens = Math.min(positions, MOST_ROWS);
  const batch = Math.max(1, Math.floor(MOST_ROWS / tokens));
  const trace = new Trace(modelArena(model));
  const rows = batch * tokens;
  const metrics = trace.named(names.metrics, [METRICS_LENGTH], 'f32');
  traceModel(
    trace,
    model,
    { batch, tokens },
    {
      source: { tokens: trace.named(names.tokens, [rows], 'u32'), order: undefined, starts: undefined },
      mask: undefined,
    },
    { keep: false, training: false },
    { stage: wholeModel(layers), split: { parts: 1, index: 0 } },
    {
      targets: trace.named(names.targets, [rows], 'i32'),
      loss: metrics,
      gradient: false,
    },
  );
  const { calls } = trace.lower(choices, cache.catalog, { differentiate: 'no', quantized: store.quantized });
  return { program: { calls, memory: planMemory(calls) }, metrics, batch, tokens };
}

export interface Score {
  /** Nats a token. */
  readonly loss: number;
  readonly tokens: number;
}

/**
 * Scores at most `most` tokens of `heldOut`.
 * @throws LabError `data.invalid` for fewer than two tokens, `run.nonFinite` where the loss is not a number
 */
export async function scoreTokens(
  engine: InferEngine,
  model: ModelConfig,
  store: ParameterStore,
  heldOut: Uint32Array,
  most: number,
): Promise<Score> {
  const { program: plan, metrics, batch, tokens } = planScorer(engine, model, store);
  const rows = batch * tokens;
  const count = Math.min(heldOut.length - 1, Math.max(1, most));
  if (count < 1)
    throw new LabError({
      code: 'data.invalid',
      message: 'There is no held-out text to score.',
      why: `It has ${heldOut.length} tokens; a token is predicted from those before it.`,
      advice: 'Give a longer text.',
    });
  const named = [
    { name: names.tokens, bytes: 4 * rows, kind: 'inputs' },
    { name: names.targets, bytes: 4 * rows, kind: 'inputs' },
    { name: names.metrics, bytes: byteLength(metrics), kind: 'readback' },
  ] as const;
  const program = await ForwardProgram.build(engine, plan, named, store, byteLength(metrics));
  try {
    const values = { seed: 0, step: 0, firstRow: 0, position: 0, learningRate: 0, beta1: 0, beta2: 0 };
    program.writeStep({ ...values, inverseTokens: 1 / count });
    program.write(names.metrics, new Float32Array(METRICS_LENGTH));
    let sums = new Float32Array(METRICS_LENGTH);
    for (let start = 0; start < count; start += rows) {
      const inputs = new Uint32Array(rows);
      const targets = new Int32Array(rows).fill(IGNORED);
      const here = Math.min(rows, count - start);
      inputs.set(heldOut.subarray(start, start + here));
      targets.set(heldOut.subarray(start + 1, start + 1 + here));
      program.write(names.tokens, inputs);
      program.write(names.targets, targets);
      // Read each time, so that no more than one pass is on its way.
      sums = await program.read([program.rangeOf(metrics)]);
    }
    const loss = sums[metricsLayout.loss];
    if (!Number.isFinite(loss))
      throw new LabError({
        code: 'run.nonFinite',
        message: 'The model gives a loss that is not a number.',
        advice: 'Train again from weights that are finite.',
      });
    return { loss, tokens: count };
  } finally {
    program.destroy();
  }
}
