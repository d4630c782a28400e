// Which actions of a step carry which tensors between ranks, so that a picture of tensors and one of time can point into each other. Pure.

import type { ParallelConfig } from '../core/runConfig';
import { makeBuckets } from '../parallel/rankShape';
import type { PlanAction, PlanTensor, StepPlan } from '../parallel/stepPlan';
import type { MappedTensor, TensorMap } from './tensorMap';

type Sharding = Pick<ParallelConfig, 'zero' | 'bucketKib'>;

/** Index into the rank's actions of the plan, or null where nothing carries it: optimiser state stays where it is. */
export function lastTouch(
  map: TensorMap,
  tensor: MappedTensor,
  rank: number,
  plan: StepPlan,
  sharding: Sharding,
): number | null {
  const carries = carrierOf(map, rank, sharding);
  const found = (plan.actions[rank] ?? []).findLastIndex((action) => carries(action, tensor));
  return found === -1 ? null : found;
}

/** Names of the tensors that an action of a rank carries, or computes with. */
export function touchedTensors(
  map: TensorMap,
  rank: number,
  action: PlanAction,
  sharding: Sharding,
): ReadonlySet<string> {
  const carries = carrierOf(map, rank, sharding);
  const touches = (tensor: MappedTensor): boolean => {
    if (action.kind === 'compute') return holdsStage(tensor, action.stage);
    if (action.kind === 'optimizerStep' || action.kind === 'gradientNorm' || action.kind === 'zeroGradients')
      return map.layer !== 'activations' && tensor.slices.some((slice) => slice.rank === rank);
    return carries(action, tensor);
  };
  return new Set(map.tensors.filter(touches).map(({ name }) => name));
}

function carrierOf(
  { layer, ranks }: TensorMap,
  rank: number,
  { zero, bucketKib }: Sharding,
): (action: PlanAction, tensor: MappedTensor) => boolean {
  const state = ranks[rank];
  const units = state?.layout.units ?? [];
  const shapes = units.map(({ name, start, end }) => ({
    name,
    bytes: 4 * (end - start),
    replicatedBytes: 0,
    tiedBytes: 0,
  }));
  const buckets = zero >= 2 ? units.map((_, index) => [index]) : makeBuckets(shapes, 1024 * bucketKib);
  const unitOf = ({ name }: MappedTensor): number => {
    const entry = state?.parameters.get(name);
    return entry === undefined ? -1 : units.findIndex(({ start, end }) => entry.offset >= start && entry.offset < end);
  };

  const concerns = (what: PlanTensor, action: PlanAction, tensor: MappedTensor): boolean => {
    switch (what.of) {
      case 'gradients':
      case 'change':
        // A change of weights is made of parameters, a gradient of itself.
        if (layer !== (what.of === 'gradients' ? 'gradients' : 'parameters')) return false;
        if (what.share === 'replicated' && tensor.placements.tp.kind === 'shard') return false;
        if (what.share === 'tied' && !isTied(tensor)) return false;
        return buckets[what.bucket]?.includes(unitOf(tensor)) ?? false;
      case 'parameters':
        return layer === 'parameters' && (what.unit === 'all' ? unitOf(tensor) !== -1 : what.unit === unitOf(tensor));
      case 'activation':
        return (
          layer === 'activations' &&
          tensor.row === 'stream' &&
          action.kind === 'receive' &&
          holdsStage(tensor, what.stage) &&
          (state?.stages.some(({ stage, firstLayer }) => stage === what.stage && firstLayer === tensor.layer) ?? false)
        );
      case 'part':
        // What all rows of the stream are gathered for, or scattered after, is named by the product beside it.
        return (
          layer === 'activations' &&
          what.pass === 'forward' &&
          holdsStage(tensor, what.stage) &&
          tellsOf(what.label, tensor)
        );
      case 'activationGradient':
      case 'scalars':
        return false;
    }
  };
  return (action, tensor) => {
    if (action.kind === 'pull') return layer === 'parameters';
    if (action.kind === 'push') return layer === 'gradients';
    return 'tensor' in action && concerns(action.tensor, action, tensor);
  };
}

/** Read at both ends of the model, so that two stages have a copy. */
function isTied({ placements: { pp } }: MappedTensor): boolean {
  return pp.kind === 'stage' && pp.stages.length > 1;
}

function holdsStage({ placements: { pp } }: MappedTensor, stage: number): boolean {
  return pp.kind === 'stage' && pp.stages.includes(stage);
}

/** `ln_1.y` is gathered for `h.0.attn.c_attn`, `attn.c_proj.y` scattered by `h.0.attn.c_proj`. */
function tellsOf(label: string, { exchangedAt, layer }: MappedTensor): boolean {
  return exchangedAt !== null && label.includes(layer === null ? exchangedAt : `h.${layer}.${exchangedAt}`);
}
