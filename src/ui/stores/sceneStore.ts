// The scene that is looked at, how far one has come that runs, and what those came to that ran. Plain state; labControllerScenes alone writes
// what runs.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { LabErrorData } from '../../core/errors';
import type { SceneData, SceneName, ScenePhase, SceneResult, SceneSize } from '../../core/sceneRecords';

export interface RunningScene {
  readonly scene: SceneName;
  readonly size: SceneSize;
  readonly phase: ScenePhase;
  /** 0 to 1; null where it is not known. */
  readonly share: number | null;
  readonly data: SceneData | null;
  /** Steps of a model that is being trained, and the loss of the last one, nats a token. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number | null;
}

export interface SceneState {
  /** Null while none is looked at. */
  readonly chosen: SceneName | null;
  /** Null: as the adapter is. */
  readonly size: SceneSize | null;
  readonly running: RunningScene | null;
  readonly error: { readonly scene: SceneName; readonly error: LabErrorData } | null;
  readonly results: Readonly<Partial<Record<SceneName, SceneResult>>>;
}

export const sceneStore = createStore<SceneState>()(() => ({
  chosen: null,
  size: null,
  running: null,
  error: null,
  results: {},
}));

export function useScenes<Value>(select: (state: SceneState) => Value): Value {
  return useStore(sceneStore, select);
}

export function chooseScene(chosen: SceneName | null): void {
  sceneStore.setState({ chosen });
}
