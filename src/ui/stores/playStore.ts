// The model that the page plays with, how it is asked, and what it wrote. Plain state; labControllerPlay alone writes what workers tell, the
// Play view what the person sets.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { LabErrorData } from '../../core/errors';
import type { ModelHistory } from '../../core/modelHistory';
import type { GenerateResult, PlayFacts, TextProgress } from '../../core/records';
import type { TextScore } from '../../core/textScores';
import { defaultPlaySettings, type PlaySettings } from '../play/playSettings';
import type { StartingModel } from './setupStore';

/** Where the model came from: `run` is a copy of the page's run at a step. */
export type PlayOrigin =
  | { readonly kind: 'run'; readonly step: number }
  | { readonly kind: 'folder' }
  /** Rounded or pruned here. */
  | { readonly kind: 'compressed'; readonly of: PlayModel }
  /** Taught by another model here. */
  | { readonly kind: 'distilled'; readonly of: PlayModel };

export interface PlayModel extends StartingModel {
  readonly origin: PlayOrigin;
  readonly facts: PlayFacts;
  /** Null where it was brought. */
  readonly history: ModelHistory | null;
}

/** A text that was written, and by what. */
export interface PlayOutput {
  readonly id: number;
  /** The model's name, and the step of a run. */
  readonly model: string;
  readonly settings: PlaySettings;
  readonly result: GenerateResult;
}

/** A text that was read token by token, and the place that is looked at. */
export interface PlayReading {
  /** The output that it is; null for a text of the person's own. */
  readonly output: number | null;
  readonly score: TextScore;
  /** From 1 to T; T asks for the token after the text. */
  readonly position: number;
  /** [V] of that place; null until they are there. */
  readonly logits: Float32Array | null;
}

export interface PlayState {
  readonly model: PlayModel | null;
  /** What the worker does: nothing, makes a model ready, or writes. */
  readonly state: 'idle' | 'loading' | 'writing';
  /** Of 1, while a model is made ready; null where it is not known. */
  readonly progress: number | null;
  readonly error: LabErrorData | null;
  readonly settings: PlaySettings;
  /** Grows while a text is written. */
  readonly written: { readonly text: string; readonly progress: TextProgress } | null;
  /** Newest first. */
  readonly outputs: readonly PlayOutput[];
  /** The output that is shown. */
  readonly shown: number | null;
  readonly reading: PlayReading | null;
  /** A text is being read. */
  readonly scoring: boolean;
}

export const playStore = createStore<PlayState>()(() => ({
  model: null,
  state: 'idle',
  progress: null,
  error: null,
  settings: defaultPlaySettings,
  written: null,
  outputs: [],
  shown: null,
  reading: null,
  scoring: false,
}));

export function usePlay<Value>(select: (state: PlayState) => Value): Value {
  return useStore(playStore, select);
}

export function setPlaySettings(change: Partial<PlaySettings>): void {
  playStore.setState(({ settings }) => ({ settings: { ...settings, ...change } }));
}

/** The output that the page shows, or undefined before there is one. */
export function shownOutput({ outputs, shown }: PlayState): PlayOutput | undefined {
  return outputs.find(({ id }) => id === shown);
}
