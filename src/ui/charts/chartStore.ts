// What all curves share while they are looked at: the steps in view and the step under the cursor.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

export interface ChartState {
  /** Steps in view, or null for all. */
  readonly range: readonly [number, number] | null;
  /** The step under the cursor, or null. */
  readonly cursor: number | null;
}

export const chartStore = createStore<ChartState>()(() => ({ range: null, cursor: null }));

export function useChart<Value>(select: (state: ChartState) => Value): Value {
  return useStore(chartStore, select);
}
