// Tensors and actions of the plan that is shown, one by the other: what carried a tensor last, with its time, or why there is none; and which
// tensors the action pointed at touches.

import { useMemo } from 'react';
import type { PlanAction } from '../../parallel/stepPlan';
import { lastTouch, touchedTensors } from '../../planner/lastTouch';
import type { MappedTensor, TensorMap } from '../../planner/tensorMap';
import { useStepAccounts } from '../schedule/stepAccounts';
import { useSelection } from '../stores/selectionStore';
import { useSetup } from '../stores/setupStore';

export type Carried =
  | {
      readonly kind: 'action';
      readonly rank: number;
      readonly index: number;
      readonly action: PlanAction;
      readonly measuredMs: number | null;
      readonly predictedMs: number | null;
    }
  | { readonly kind: 'never' | 'neverActivation' | 'unplanned' | 'alone' };

/** @param rank of which rank; of the first that holds the tensor where null */
export function useCarried(map: TensorMap | null, tensor: MappedTensor | null, rank: number | null): Carried {
  const accounts = useStepAccounts();
  const parallel = useSetup((state) => state.config.parallel);
  return useMemo((): Carried => {
    if (map === null || tensor === null) return { kind: 'unplanned' };
    if (map.ranks.length === 1) return { kind: 'alone' };
    if (accounts === null || accounts.plan.actions.length !== map.ranks.length) return { kind: 'unplanned' };
    const holders = tensor.slices.map((slice) => slice.rank);
    const of = rank !== null && holders.includes(rank) ? rank : holders[0];
    const index = of === undefined ? null : lastTouch(map, tensor, of, accounts.plan, parallel);
    const action = index === null || of === undefined ? undefined : accounts.plan.actions[of]?.[index];
    if (of === undefined || index === null || action === undefined)
      return { kind: map.layer === 'activations' ? 'neverActivation' : 'never' };
    const timeOf = (events: typeof accounts.measured): number | null => {
      const event = events?.events.find((candidate) => candidate.rank === of && candidate.action === index);
      return event === undefined ? null : event.endMs - event.startMs;
    };
    return {
      kind: 'action',
      rank: of,
      index,
      action,
      measuredMs: timeOf(accounts.measured),
      predictedMs: timeOf(accounts.predicted),
    };
  }, [map, tensor, rank, accounts, parallel]);
}

const none: ReadonlySet<string> = new Set();

export function useTouched(map: TensorMap | null): ReadonlySet<string> {
  const accounts = useStepAccounts();
  const parallel = useSetup((state) => state.config.parallel);
  const pointed = useSelection((state) => state.action);
  return useMemo(() => {
    if (map === null || accounts === null || pointed === null || accounts.plan.actions.length !== map.ranks.length)
      return none;
    const action = accounts.plan.actions[pointed.rank]?.[pointed.index];
    return action === undefined ? none : touchedTensors(map, pointed.rank, action, parallel);
  }, [map, accounts, parallel, pointed]);
}
