// What each pipeline rank holds, and when it holds most: parameters and their like by ZeRO stage, activations slot by slot in the order of the
// schedule, buffers. The order decides how much; the simulator says when.

import type { Schedule, ScheduleSlot } from '../parallel/schedules/schedule';
import { stageCount } from '../parallel/schedules/schedule';
import { type ActivationBytes, activationBytes } from './activationBytes';
import type { ClusterPlan, PlanMemoryRow } from './clusterPlan';
import { boundaryBytes, type ClusterRank, travelsByLayer } from './clusterShape';
import type { HardwareProfile } from './hardware';
import type { LocalSizes } from './localSizes';

export interface RankPeak {
  readonly pipelineRank: number;
  readonly rows: readonly PlanMemoryRow[];
  readonly peakBytes: number;
  /** The slot in which it is reached. */
  readonly slot: ScheduleSlot;
}

const GIB = 2 ** 30;

/** What the allocator may take. */
export function memoryLimitBytes({ memoryGiB, reservedGiB }: HardwareProfile): number {
  return (memoryGiB - reservedGiB) * GIB;
}

export function rankPeak(plan: ClusterPlan, schedule: Schedule, rank: ClusterRank, sizes: LocalSizes): RankPeak {
  const fixed = fixedBytes(plan, rank);
  const activations = activationBytes(plan, sizes);
  const walk = walkSlots(plan, schedule, rank, sizes, activations);
  const used = fixed.parameters + fixed.gradients + fixed.optimizer + fixed.buffers + walk.held + walk.logits;
  const peakBytes = used * plan.hardware.allocatorShare;
  return {
    pipelineRank: rank.pipelineRank,
    rows: [
      { kind: 'parameters', bytes: fixed.parameters },
      { kind: 'gradients', bytes: fixed.gradients },
      { kind: 'optimizer', bytes: fixed.optimizer },
      { kind: 'activations', bytes: walk.held },
      { kind: 'buffers', bytes: fixed.buffers + walk.logits + (peakBytes - used) },
    ],
    peakBytes,
    slot: walk.slot,
  };
}

interface FixedBytes {
  readonly parameters: number;
  readonly gradients: number;
  readonly optimizer: number;
  readonly buffers: number;
}

/**
 * Bytes for each parameter: Rajbhandari et al. 2020, section 3.1, with f32 gradients. Below ZeRO 3, products work on a whole copy in 16 bits beside
 * the optimiser's f32 one; at 3, on units gathered into buffers.
 */
export function fixedBytes(
  plan: ClusterPlan,
  { weights, shape }: { weights: number; shape: Pick<ClusterRank['shape'], 'units' | 'rootUnit'> },
): FixedBytes {
  const { zero, mesh, precision, optimizerMoments } = plan;
  const mixed = precision !== 'f32';
  const share = (stage: number) => (zero >= stage ? 1 / mesh.dp : 1);
  const wholeStep = holdsWholeStep(plan);
  const [work, unit] = [mixed ? 2 : 4, (index: number) => shape.units[index].bytes / 4];
  const root = shape.rootUnit === null ? 0 : unit(shape.rootUnit);
  const largest = shape.units.reduce(
    (most, { bytes }, index) => (index === shape.rootUnit ? most : Math.max(most, bytes / 4)),
    0,
  );
  const divided = zero === 3 && mesh.dp > 1;
  const parameters = divided ? 4 * weights * share(3) : work * weights;
  const master = mixed && !divided ? 4 * weights * share(1) : 0;
  // Whole gradients of a step, beside each rank's part of the sum; or of the units under way.
  const gradients = 4 * weights * share(2) + (zero >= 2 && wholeStep ? 4 * weights : 0);
  const gathered = divided ? work * (wholeStep ? weights : root + 2 * largest) : 0;
  const reducing = zero >= 2 && !wholeStep ? (work + 4) * largest : 0;
  return {
    parameters,
    gradients,
    optimizer: 4 * optimizerMoments * weights * share(1) + master,
    buffers: gathered + reducing,
  };
}

/** Under ZeRO 2 and 3 a pipeline keeps units whole between micro-batches (torchtitan; meshPlan's `wholeStep`). */
export function holdsWholeStep(plan: ClusterPlan): boolean {
  return plan.zero >= 2 && plan.mesh.dp > 1 && !travelsByLayer(plan);
}

interface Walk {
  readonly held: number;
  readonly logits: number;
  readonly slot: ScheduleSlot;
}

/** The slot at which activations and logits together are most. */
function walkSlots(
  plan: ClusterPlan,
  schedule: Schedule,
  { pipelineRank, stages }: ClusterRank,
  sizes: LocalSizes,
  { kept, working, logits, logitsKept }: ActivationBytes,
): Walk {
  const last = stageCount(schedule) - 1;
  // A message to the next stage and the place for its gradient.
  const ends = plan.mesh.pp > 1 ? 2 * boundaryBytes(plan, sizes) : 0;
  const keptOf = (stage: number): number => {
    const span = stages.get(stage)?.span;
    return span === undefined ? 0 : (span.endLayer - span.firstLayer) * kept + ends;
  };
  let [held, heldLogits] = [0, 0];
  let most: Walk | null = null;
  const see = (slot: ScheduleSlot, activations: number, ofLogits: number): void => {
    if (most === null || activations + ofLogits > most.held + most.logits)
      most = { held: activations, logits: ofLogits, slot };
  };
  for (const slot of schedule.slots[pipelineRank]) {
    if (slot === null) continue;
    const { stage, pass } = slot;
    if (pass === 'forward') {
      held += keptOf(stage);
      see(slot, held, heldLogits);
      if (stage === last) heldLogits += logitsKept;
    } else if (pass === 'weightGradient') {
      held -= keptOf(stage);
    } else {
      if (stage === last) {
        see(slot, held, heldLogits - logitsKept + logits);
        heldLogits -= logitsKept;
      }
      see(slot, held + working, heldLogits);
      if (pass === 'backward') held -= keptOf(stage);
    }
  }
  return most ?? { held: 0, logits: 0, slot: { stage: 0, pass: 'forward', microBatch: 0 } };
}
