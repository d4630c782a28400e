// The loss of a model on held-out tokens, windows of whole contexts, each token but a window's first predicted once: what tells how much a
// compressed model has lost. It reads parameters wherever they are, in whatever bits.

import { LabError } from '../core/errors';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { CommandStream } from '../gpu/commandStream';
import { planMemory } from '../gpu/memoryPlan';
import { METRICS_LENGTH, metricsLayout } from '../gpu/plans/metricsLayout';
import { compileAll, Program, type ProgramPlan } from '../gpu/program';
import { RankMemory } from '../gpu/rankMemory';
import { Readback } from '../gpu/readback';
import { STEP_BLOCK_BYTES, writeStepBlock } from '../gpu/stepBlock';
import { Trace } from '../gpu/trace';
import { traceModel } from '../model/modelStack';
import { modelArena } from '../model/shapes/modelShapes';
import { wholeModel } from '../parallel/stages';
import type { InferEngine } from './inferEngine';
import { type ParameterStore, withParameters } from './parameterStore';

const names = { tokens: 'tokens', targets: 'targets', metrics: 'metrics' } as const;
/** Rows of one pass at most: enough to keep a GPU busy, few enough for the logits of a large vocabulary. */
const MOST_ROWS = 512;
/** Of a target that is not counted. */
const IGNORED = -100;

interface ScorerPlan {
  readonly program: ProgramPlan;
  readonly batch: number;
  readonly tokens: number;
}

function planScorer({ choices, cache }: InferEngine, model: ModelConfig, store: ParameterStore): ScorerPlan {
  const { layers, positions } = modelSizes(model);
  const tokens = Math.min(positions, MOST_ROWS);
  const batch = Math.max(1, Math.floor(MOST_ROWS / tokens));
  const trace = new Trace(modelArena(model));
  const rows = batch * tokens;
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
      loss: trace.named(names.metrics, [METRICS_LENGTH], 'f32'),
      gradient: false,
    },
  );
  const { calls } = trace.lower(choices, cache.catalog, { differentiate: 'no', quantized: store.quantized });
  return { program: { calls, memory: planMemory(calls) }, batch, tokens };
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
  const { gpu, cache, rates } = engine;
  const { program: plan, batch, tokens } = planScorer(engine, model, store);
  const rows = batch * tokens;
  const count = Math.min(heldOut.length - 1, Math.max(1, most));
  if (count < 1)
    throw new LabError({
      code: 'data.invalid',
      message: 'There is no held-out text to score.',
      why: `It has ${heldOut.length} tokens; a token is predicted from those before it.`,
      advice: 'Give a longer text.',
    });
  await compileAll(cache, [plan], () => undefined);
  const memory = await RankMemory.allocate(gpu, {
    arenas: { parameters: 0, gradients: 0, moment1: 0, moment2: 0 },
    named: [
      { name: names.tokens, bytes: 4 * rows, kind: 'inputs' },
      { name: names.targets, bytes: 4 * rows, kind: 'inputs' },
      { name: names.metrics, bytes: 4 * METRICS_LENGTH, kind: 'readback' },
    ],
    slotBytes: plan.memory.slotBytes,
    uniformBytes: 0,
  });
  const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
  const stepBuffer = gpu.device.createBuffer({ label: 'step', size: 256, usage });
  const readback = new Readback(gpu.device, 4 * METRICS_LENGTH);
  const slots = plan.memory.slotBytes.map((_, slot) => slot);
  let program: Program | null = null;
  try {
    program = await Program.build(gpu, cache, withParameters(memory, store), plan, slots, stepBuffer);
    const step = new DataView(new ArrayBuffer(STEP_BLOCK_BYTES));
    const values = { seed: 0, step: 0, firstRow: 0, position: 0, learningRate: 0, beta1: 0, beta2: 0 };
    writeStepBlock(step, { ...values, inverseTokens: 1 / count });
    gpu.device.queue.writeBuffer(stepBuffer, 0, step.buffer);
    gpu.device.queue.writeBuffer(memory.buffer(names.metrics), 0, new Float32Array(METRICS_LENGTH));
    const out = new Float32Array(METRICS_LENGTH);
    for (let start = 0; start < count; start += rows) {
      const inputs = new Uint32Array(rows);
      const targets = new Int32Array(rows).fill(IGNORED);
      const here = Math.min(rows, count - start);
      inputs.set(heldOut.subarray(start, start + here));
      targets.set(heldOut.subarray(start + 1, start + 1 + here));
      gpu.device.queue.writeBuffer(memory.buffer(names.tokens), 0, inputs);
      gpu.device.queue.writeBuffer(memory.buffer(names.targets), 0, targets);
      const stream = new CommandStream(gpu.device, rates);
      stream.run(program.segment('forward'));
      stream.copy(memory.buffer(names.metrics), 0, readback.target, 0, out.byteLength);
      stream.submit();
      // Read each time, so that no more than one pass is on its way.
      await readback.into(new Uint8Array(out.buffer));
    }
    const loss = out[metricsLayout.loss];
    if (!Number.isFinite(loss))
      throw new LabError({
        code: 'run.nonFinite',
        message: 'The model gives a loss that is not a number.',
        advice: 'Train again from weights that are finite.',
      });
    return { loss, tokens: count };
  } finally {
    program?.destroy();
    memory.destroy();
    stepBuffer.destroy();
    readback.destroy();
  }
}
