// What the person points at, the same in every picture: a tensor by its name, an action of a rank by its place in the plan. The rank alone is
// meshStore's. Plain state.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

export interface PointedAction {
  readonly rank: number;
  /** Index into the rank's actions of the plan. */
  readonly index: number;
}

export interface SelectionState {
  /** transformers' name. */
  readonly tensor: string | null;
  readonly action: PointedAction | null;
}

export const selectionStore = createStore<SelectionState>()(() => ({ tensor: null, action: null }));

export function useSelection<Value>(select: (state: SelectionState) => Value): Value {
  return useStore(selectionStore, select);
}

export function pointAtTensor(tensor: string | null): void {
  if (selectionStore.getState().tensor !== tensor) selectionStore.setState({ tensor });
}

export function pointAtAction(action: PointedAction | null): void {
  selectionStore.setState({ action });
}
