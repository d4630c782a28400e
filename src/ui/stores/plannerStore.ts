// What the planner is asked and what its search found: settings with their undo history, refused edits, and the search as it goes. Plain state;
// predictions follow from the settings (planner/usePrediction), searches are run by labController.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { LabError, type LabErrorData, toLabErrorData } from '../../core/errors';
import type { ClusterPlan } from '../../planner/clusterPlan';
import type { HardwareProfile } from '../../planner/hardware';
import { modelPresets } from '../../planner/modelPresets';
import type { Neighbour } from '../../planner/neighbours';
import { hardwareProfiles } from '../../planner/profiles';
import type { SearchProgress, SearchResult } from '../../planner/search';
import type { PlanChoice } from '../../planner/searchSpace';
import type { FieldValue, PlanField } from '../planner/planFields';
import { fieldValue } from '../planner/plannerLink';
import {
  defaultSettings,
  type PlannerSettings,
  withConfig,
  withHardware,
  withPreset,
} from '../planner/plannerSettings';

export interface PlanSearch {
  readonly state: 'idle' | 'running' | 'stopping';
  readonly progress: SearchProgress | null;
  readonly result: SearchResult | null;
  /** What the result was searched for: the settings beside it may have changed since. */
  readonly base: ClusterPlan | null;
  readonly error: LabErrorData | null;
}

export interface PlanNeighbours {
  readonly of: ClusterPlan;
  readonly rows: readonly Neighbour[];
}

export interface PlannerState {
  readonly settings: PlannerSettings;
  readonly past: readonly PlannerSettings[];
  readonly future: readonly PlannerSettings[];
  /** What was typed and refused, by the field's key. */
  readonly refused: Readonly<Record<string, string>>;
  readonly configError: LabErrorData | null;
  /** This device as a profile, from what the lab measured; null until it has. */
  readonly thisDevice: HardwareProfile | null;
  readonly search: PlanSearch;
  readonly neighbours: PlanNeighbours | null;
}

const MAX_HISTORY = 100;
const idle: PlanSearch = { state: 'idle', progress: null, result: null, base: null, error: null };

export const plannerStore = createStore<PlannerState>()(() => ({
  settings: defaultSettings,
  past: [],
  future: [],
  refused: {},
  configError: null,
  thisDevice: null,
  search: idle,
  neighbours: null,
}));

export function usePlanner<Value>(select: (state: PlannerState) => Value): Value {
  return useStore(plannerStore, select);
}

/** Takes settings that are valid, as a new entry of the undo history. */
export function setPlannerSettings(settings: PlannerSettings): void {
  plannerStore.setState((state) =>
    state.settings === settings
      ? state
      : { settings, past: [...state.past, state.settings].slice(-MAX_HISTORY), future: [], configError: null },
  );
}

/** An edited field: a value that it does not take leaves the old one in place. */
export function setPlanField(field: PlanField, typed: FieldValue): void {
  const { settings, refused } = plannerStore.getState();
  const value = typeof typed === 'string' ? fieldValue(typed, field) : typed;
  const { [field.key]: _, ...others } = refused;
  if (value === field.get(settings)) {
    plannerStore.setState({ refused: others });
    return;
  }
  const next = field.set(settings, value);
  if (next === null) {
    plannerStore.setState({ refused: { ...refused, [field.key]: String(typed) } });
    return;
  }
  plannerStore.setState({ refused: others });
  setPlannerSettings(next);
}

export function choosePlannerModel(id: string): void {
  const preset = modelPresets.find((candidate) => candidate.id === id);
  if (preset !== undefined) setPlannerSettings(withPreset(plannerStore.getState().settings, preset));
}

export function choosePlannerHardware(id: string): void {
  const { settings, thisDevice } = plannerStore.getState();
  const profile = [...hardwareProfiles, ...(thisDevice === null ? [] : [thisDevice])].find((known) => known.id === id);
  if (profile !== undefined) setPlannerSettings(withHardware(settings, profile));
}

/** A config.json as text; what is wrong with it is kept for the page to say. */
export function takePlannerConfig(text: string, name?: string): void {
  try {
    setPlannerSettings(withConfig(plannerStore.getState().settings, parsed(text), name));
  } catch (thrown) {
    plannerStore.setState({ configError: toLabErrorData(thrown) });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new LabError({
      code: 'config.invalid',
      message: 'This is not JSON.',
      ...(thrown instanceof Error ? { why: thrown.message } : {}),
      advice: 'Paste a whole config.json, from its first { to its last }.',
    });
  }
}

export function adoptChoice(choice: PlanChoice): void {
  const { settings } = plannerStore.getState();
  setPlannerSettings({ ...settings, plan: { ...settings.plan, ...choice } });
}

export function undoPlanner(): void {
  plannerStore.setState((state) => {
    const previous = state.past.at(-1);
    if (previous === undefined) return state;
    const future = [state.settings, ...state.future];
    return { settings: previous, past: state.past.slice(0, -1), future, refused: {}, configError: null };
  });
}

export function redoPlanner(): void {
  plannerStore.setState((state) => {
    const [next, ...future] = state.future;
    if (next === undefined) return state;
    return { settings: next, past: [...state.past, state.settings], future, refused: {}, configError: null };
  });
}
