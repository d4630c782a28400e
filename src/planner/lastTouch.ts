// Which action of a step is the last to carry a tensor between ranks, so that a picture of tensors can point into a picture of time. Pure.

import type { ParallelConfig } from '../core/runConfig';
import { makeBuckets } from '../parallel/rankShape';
import type { PlanAction, PlanTensor, StepPlan } from '../parallel/stepPlan';
import type { MappedTensor, TensorMap } from './tensorMap';

/** Index into the rank's actions of the plan, or null where nothing carries it: optimiser state stays where it is. */
export function lastTouch(
  { layer, ranks }: TensorMap,
  tensor: MappedTensor,
  rank: number,
  plan: StepPlan,
  { zero, bucketKib }: Pick<ParallelConfig, 'zero' | 'bucketKib'>,
): number | null {
  const entry = ranks[rank]?.parameters.get(tensor.name);
  const units = ranks[rank]?.layout.units ?? [];
  const unit =
    entry === undefined ? -1 : units.findIndex(({ start, end }) => entry.offset >= start && entry.offset < end);
  const shapes = units.map(({ name, start, end }) => ({
    name,
    bytes: 4 * (end - start),
    replicatedBytes: 0,
    tiedBytes: 0,
  }));
  const buckets = zero >= 2 ? units.map((_, index) => [index]) : makeBuckets(shapes, 1024 * bucketKib);
  const carried = (bucket: number): boolean => buckets[bucket]?.includes(unit) ?? false;

  const concerns = (what: PlanTensor, action: PlanAction): boolean => {
    switch (what.of) {
      case 'gradients':
      case 'change':
        if ((what.of === 'gradients') !== (layer === 'gradients') || layer === 'optimizer' || layer === 'activations')
          return false;
        if (what.share === 'replicated' && tensor.placements.tp.kind === 'shard') return false;
        if (what.share === 'tied' && tensor.row !== 'wte.weight') return false;
        return carried(what.bucket);
      case 'parameters':
        return layer === 'parameters' && (what.unit === 'all' || what.unit === unit);
      case 'activation':
        return (
          layer === 'activations' &&
          tensor.row === 'stream' &&
          action.kind === 'receive' &&
          holdsStage(tensor, what.stage) &&
          ranks[rank].stages.some(({ stage, firstLayer }) => stage === what.stage && firstLayer === tensor.layer)
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
  const found = (plan.actions[rank] ?? []).findLastIndex((action) => {
    if (action.kind === 'pull') return layer === 'parameters';
    if (action.kind === 'push') return layer === 'gradients';
    return 'tensor' in action && concerns(action.tensor, action);
  });
  return found === -1 ? null : found;
}

function holdsStage({ placements: { pp } }: MappedTensor, stage: number): boolean {
  return pp.kind === 'stage' && pp.stages.includes(stage);
}

/** `ln_1.y` is gathered for `h.0.attn.c_attn`, `ln_2.y` for `h.0.mlp.c_fc`, `attn.c_proj.y` scattered by `h.0.attn.c_proj`. */
function tellsOf(label: string, { row, layer }: MappedTensor): boolean {
  const module: Readonly<Record<string, string>> = {
    'ln_1.y': 'attn.c_attn',
    'ln_2.y': 'mlp.c_fc',
    'attn.c_proj.y': 'attn.c_proj',
    'ln_f.y': 'ln_f',
  };
  const wanted = module[row];
  return wanted !== undefined && label.includes(layer === null ? wanted : `h.${layer}.${wanted}`);
}
