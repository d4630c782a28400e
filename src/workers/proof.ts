// The proof that a mesh trains as one worker would: the same state, the same global batch, the same step on both, compared tensor by tensor.
// It takes a real step of the run; the session around it must be paused.

import type { CheckContext } from '../check/conformance';
import { compareTensor, updateCounts } from '../check/equivalence';
import { LabError } from '../core/errors';
import { learningRate } from '../core/lrSchedule';
import type { ProofReport, ProofRow } from '../core/meshRecords';
import type { PreparedData } from '../core/records';
import { batchSource } from '../data/batchSource';
import { groupOf } from '../parallel/mesh';
import { takeShard } from '../parallel/placement';
import type { Merged } from '../train/mergePieces';
import type { ParameterPiece } from '../train/meshRank';
import type { MeshRankPlan } from '../train/meshRankPlan';
import type { MeshSpec } from '../train/meshSpec';
import { Rank, type StepInputs } from '../train/rank';
import { planRank } from '../train/rankPlan';
import type { RunnerRow } from '../train/stepRunner';
import type { MeshRun } from './meshRun';

/** One worker for the whole of a mesh's run: all rows of the global batch at once. */
export function buildOneWorker(engine: CheckContext, { model, train, lora }: MeshSpec): Promise<Rank> {
  const plan = planRank(
    {
      model,
      microBatchSize: train.batchSize,
      microBatches: 1,
      sequenceLength: train.sequenceLength,
      train,
      lora,
      distillation: null,
      keepOutputs: false,
    },
    engine.choices.unrecorded(),
    engine.cache.catalog,
  );
  return Rank.build(engine.gpu, engine.cache, plan, engine.rates, () => undefined);
}

/** The global batch of a step as one micro-batch. */
export function wholeStep({ train }: MeshSpec, data: PreparedData, step: number): StepInputs {
  const { seed, batchSize, sequenceLength } = train;
  const source = batchSource(data, train.documents);
  const place = { seed, step, batchSize, sequenceLength };
  return {
    step: step + 1,
    learningRate: learningRate(step, train),
    validTokens: source.validItems(place),
    microBatch: () => source.training({ ...place, rank: 0, dpSize: 1, microBatch: 0, microBatches: 1 }),
  };
}

function difference(after: Float32Array | undefined, before: Float32Array | undefined): Float32Array {
  if (!after || !before) return new Float32Array(0);
  return after.map((value, i) => value - before[i]);
}

/** Whether every piece is bit for bit what the merged tensors have at its place. */
function matches(
  plans: readonly MeshRankPlan[],
  pieces: readonly (readonly ParameterPiece[])[],
  { tensors, disagreeing, incomplete }: Merged,
): boolean {
  if (disagreeing.length + incomplete.length > 0) return false;
  return plans.every(({ parameters, layoutOfMesh, at }, rank) =>
    pieces[rank].every(({ name, start, values }) => {
      const parameter = parameters.get(name);
      const whole = tensors.get(name);
      if (!parameter || !whole) return false;
      const own = takeShard(whole, parameter.wholeShape, parameter.placement, layoutOfMesh.mesh.tp, at.tp);
      return values.every((value, i) => Object.is(value, own[start + i]));
    }),
  );
}

/** Ranks that hold the same parameters, and their fingerprints. */
function replicaRows(
  { mesh }: MeshRankPlan['layoutOfMesh'],
  zero: number,
  sums: readonly number[],
): ProofReport['replicas'] {
  if (mesh.dp === 1 || zero === 3) return [];
  const firsts = sums.map((_, rank) => rank).filter((rank) => groupOf(mesh, rank, 'dp')[0] === rank);
  return firsts.map((rank) => {
    const ranks = groupOf(mesh, rank, 'dp');
    return { what: 'parameters', ranks, checksums: ranks.map((member) => sums[member]) };
  });
}

/**
 * @param step steps done so far: the next one is taken
 * @throws LabError `config.invalid` where replicas do not step together
 */
export async function proveStep(
  engine: CheckContext,
  mesh: MeshRun,
  data: PreparedData,
  step: number,
): Promise<{ readonly result: ProofReport; readonly row: RunnerRow }> {
  const { spec, plans } = mesh.request;
  const { strategy } = spec.parallel;
  if (strategy !== 'sync')
    throw new LabError({
      code: 'config.invalid',
      message: `Under ${strategy} a step is not one worker's: there is nothing to prove.`,
      advice: 'Choose the strategy sync to prove a mesh.',
    });
  const before = await mesh.trained();
  const one = await buildOneWorker(engine, spec);
  try {
    one.writeParameters(before);
    if (spec.lora.r > 0) one.writeArena('frozen', await mesh.frozen());
    one.clearOptimizer();
    for (const moment of ['moment1', 'moment2'] as const) {
      const { tensors } = await mesh.merged(moment);
      if (plans[0].stored[moment] > 0) one.writeArena(moment, tensors);
    }
    const inputs = wholeStep(spec, data, step);
    const rows: ProofRow[] = [];

    const trial = await mesh.onTrainingText('gradients', step);
    const gradients = await mesh.merged('gradients');
    const oneLoss = await one.gradients(inputs);
    const oneGradients = await one.readArena('gradients');
    for (const [name, gradient] of oneGradients)
      rows.push(compareTensor(name, 'gradient', gradients.tensors.get(name) ?? new Float32Array(0), gradient));

    const metrics = await mesh.onTrainingText('train', step);
    one.submitStep(inputs, () => undefined);
    const pieces = await mesh.pieces('parameters');
    const after = mesh.merge(pieces);
    for (const [name, values] of await one.readArena('parameters')) {
      const gradient = oneGradients.get(name) ?? new Float32Array(0);
      const made = difference(after.tensors.get(name), before.get(name));
      rows.push(compareTensor(name, 'update', made, difference(values, before.get(name)), updateCounts(gradient)));
    }
    const replicas = replicaRows(plans[0].layoutOfMesh, spec.parallel.zero, await mesh.checksums());
    const mergeExact = matches(plans, pieces, after);
    const agree = replicas.every(({ checksums }) => new Set(checksums).size === 1);
    return {
      result: {
        step: step + 1,
        rows,
        loss: { mesh: trial.loss, one: oneLoss },
        replicas,
        mergeExact,
        ok: mergeExact && agree && rows.every(({ ok }) => ok),
      },
      row: { step: step + 1, learningRate: inputs.learningRate, ...metrics },
    };
  } finally {
    one.destroy();
  }
}

/** Tokens a second of one worker on the same global batch; at least three steps and about two seconds. */
export async function timeOneWorker(engine: CheckContext, spec: MeshSpec, data: PreparedData): Promise<number> {
  const one = await buildOneWorker(engine, spec);
  try {
    let done = 0;
    const run = async (): Promise<void> => {
      one.submitStep(wholeStep(spec, data, done++), () => undefined);
      await one.readMetrics();
    };
    await run();
    const startMs = performance.now();
    const first = done;
    while (done - first < 3 || performance.now() - startMs < 2_000) await run();
    const seconds = (performance.now() - startMs) / 1000;
    return ((done - first) * spec.train.batchSize * spec.train.sequenceLength) / seconds;
  } finally {
    one.destroy();
  }
}
