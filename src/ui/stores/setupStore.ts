// The set-up that the person edits: configuration, its undo history, refused edits, and the user's own text.
// Plain state checked by the schema. It never starts anything: labController watches it.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { checkRunConfig } from '../../core/configCheck';
import type { FieldIssue } from '../../core/errors';
import { findModelType, likeModel, modelSizes, positionsField } from '../../core/modelConfig';
import { findPreset, type PresetId, presets } from '../../core/presets';
import type { DataRequest } from '../../core/records';
import { defaultRunConfig, type RunConfig } from '../../core/runConfig';
import { loraIssue } from '../../model/shapes/loraRules';
import { fitMesh, followersOf } from '../../parallel/fitMesh';
import { type MeshIssue, meshIssues } from '../../parallel/meshRules';
import type { ImportedModel } from '../../workers/protocol';

export type SectionName = 'model' | 'data' | 'train' | 'parallel' | 'lora';
export type Encoding = NonNullable<DataRequest['encoding']>;

export interface UserFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Shards of the Data view that a run can read. */
export interface PreparedShards {
  readonly title: string;
  readonly tokens: number;
  readonly tokenizer: 'byte' | 'json';
  readonly sequenceLength: number;
}

/** A folder that was read whole: what a run can begin with. */
export interface StartingModel extends ImportedModel {
  /** Of the folder, or the model's on a hub. */
  readonly name: string;
}

/** Why an edit did not come through as typed, shown below its field. */
export interface FieldNote {
  readonly refused: FieldIssue | MeshIssue | null;
  /** Other fields that were changed so that all agree: path and new value. */
  readonly adjusted: readonly { readonly path: string; readonly value: unknown }[];
}

export interface SetupState {
  readonly config: RunConfig;
  /** The preset that was chosen last. */
  readonly presetId: PresetId;
  readonly past: readonly RunConfig[];
  readonly future: readonly RunConfig[];
  readonly notes: Readonly<Record<string, FieldNote>>;
  /** Parts of the link that were not taken. */
  readonly linkIssues: readonly (FieldIssue | MeshIssue)[];
  readonly userText: UserFile | null;
  readonly userTokenizer: UserFile | null;
  readonly encoding: Encoding | null;
  readonly shards: PreparedShards | null;
  /** Null for random weights. */
  readonly startingModel: StartingModel | null;
}

const MAX_HISTORY = 100;
/** Until the text has been read; the run checks the mesh again with the real one. */
const GUESSED_VOCABULARY = 96;

export const setupStore = createStore<SetupState>()(() => ({
  config: defaultRunConfig,
  presetId: 'moby-small',
  past: [],
  future: [],
  notes: {},
  linkIssues: [],
  userText: null,
  userTokenizer: null,
  encoding: null,
  shards: null,
  startingModel: null,
}));

export function useSetup<Value>(select: (state: SetupState) => Value): Value {
  return useStore(setupStore, select);
}

/** Checks one edited field; a refused value leaves the old one in place and says why. What follows from a mesh follows it. */
export function setField(section: SectionName, name: string, value: unknown): void {
  const { config, notes } = setupStore.getState();
  const path = `${section}.${name}`;
  const candidate = withPartner({ [section]: { [name]: value } }, path, value, config);
  const { config: alone, issues } = checkRunConfig(candidate, config);
  const checked = fitMesh(alone, GUESSED_VOCABULARY, followersOf(path));
  const refused =
    issues.find((issue) => issue.path === path) ?? meshIssues(checked, GUESSED_VOCABULARY)[0] ?? loraIssueOf(checked);
  if (refused !== null) {
    setupStore.setState({ notes: { ...notes, [path]: { refused, adjusted: [] } } });
    return;
  }
  // Another family has other fields: they are no adjustments.
  const follows = (changed: string): boolean =>
    changed !== path && !(path === 'model.model_type' && changed.startsWith('model.'));
  const adjusted = changedPaths(config, checked).filter((change) => follows(change.path));
  const { [path]: _, ...others } = notes;
  setupStore.setState({ notes: adjusted.length === 0 ? others : { ...others, [path]: { refused: null, adjusted } } });
  setConfig(checked);
}

function loraIssueOf({ model, train, parallel, lora }: RunConfig): FieldIssue | null {
  return loraIssue({ model: { ...model, vocab_size: model.vocab_size || GUESSED_VOCABULARY }, train, parallel, lora });
}

/** A longer sequence needs a longer context: raising one raises the other. Another family keeps the sizes. */
function withPartner(
  candidate: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  path: string,
  value: unknown,
  config: RunConfig,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const family = path === 'model.model_type' ? findModelType(value) : undefined;
  if (family !== undefined) return { ...candidate, model: { ...likeModel(family, config.model) } };
  if (path === 'train.sequenceLength' && typeof value === 'number' && value > modelSizes(config.model).positions) {
    return { ...candidate, model: positionsField(config.model, value) };
  }
  return candidate;
}

/** Of a drag: its first edit is an entry of the undo history, those that follow change the same one. */
let gesture: 'none' | 'begun' | 'entered' = 'none';

/** Until `endGesture`, edits are one entry of the undo history. */
export function beginGesture(): void {
  gesture = 'begun';
}

export function endGesture(): void {
  gesture = 'none';
}

/** Takes a configuration that is valid, as a new entry of the undo history. */
export function setConfig(config: RunConfig): void {
  setupStore.setState((state) => {
    if (sameConfig(config, state.config)) return state;
    if (gesture === 'entered') return { config, future: [] };
    if (gesture === 'begun') gesture = 'entered';
    return { config, past: [...state.past, state.config].slice(-MAX_HISTORY), future: [] };
  });
}

export function loadPreset(id: PresetId): void {
  const preset = findPreset(id);
  if (preset === undefined) return;
  setupStore.setState({ presetId: id, notes: {} });
  setConfig(preset.config);
}

export function undoSetup(): void {
  setupStore.setState((state) => {
    const previous = state.past.at(-1);
    if (previous === undefined) return state;
    return { config: previous, past: state.past.slice(0, -1), future: [state.config, ...state.future], notes: {} };
  });
}

export function redoSetup(): void {
  setupStore.setState((state) => {
    const [next, ...future] = state.future;
    if (next === undefined) return state;
    return { config: next, past: [...state.past, state.config], future, notes: {} };
  });
}

/** The user's own text; the corpus setting follows it. */
export function setUserText(file: UserFile | null): void {
  setupStore.setState({ userText: file, encoding: null });
  const { config, presetId } = setupStore.getState();
  if (file !== null && config.data.corpus !== 'text') {
    setupStore.setState({ presetId: presetId === 'moby-small' ? 'your-text' : presetId });
    setConfig({ ...config, data: { ...config.data, corpus: 'text' } });
  }
}

export function presetConfig(id: PresetId): RunConfig {
  return presets.find((preset) => preset.id === id)?.config ?? defaultRunConfig;
}

/** Whether training would begin with the loaded weights: the settings are still those of their model, but for what only training knows. */
export function fitsStartingModel(config: RunConfig, model: Pick<StartingModel, 'config'>): boolean {
  return otherModelField(config, model) === undefined;
}

/** The first setting in which a run's model is another than the loaded one. */
export function otherModelField(
  config: RunConfig,
  { config: model }: Pick<StartingModel, 'config'>,
): { readonly name: string; readonly value: unknown; readonly loaded: unknown } | undefined {
  const loaded: Readonly<Record<string, unknown>> = { ...model };
  const other = Object.entries(config.model).find(
    ([name, value]) => !/drop|initializer_range|^architecture$|^labels$/.test(name) && !Object.is(loaded[name], value),
  );
  return other && { name: other[0], value: other[1], loaded: loaded[other[0]] };
}

/** Whether both set-ups would prepare the same run. */
export function sameRun(a: SetupState, b: SetupState): boolean {
  return (['config', 'userText', 'userTokenizer', 'encoding', 'shards', 'startingModel'] as const).every(
    (part) => a[part] === b[part],
  );
}

/** Both came from the schema, which fixes the order of fields. */
export function sameConfig(a: RunConfig, b: RunConfig): boolean {
  return a === b || changedPaths(a, b).length === 0;
}

/** Lists are the same where their parts are. */
function same(a: unknown, b: unknown): boolean {
  return Object.is(a, b) || (Array.isArray(a) && Array.isArray(b) && JSON.stringify(a) === JSON.stringify(b));
}

/** Settings in which two configurations differ, with the values of `to`. */
export function changedPaths(from: RunConfig, to: RunConfig): { path: string; value: unknown }[] {
  const changes: { path: string; value: unknown }[] = [];
  for (const section of ['model', 'data', 'train', 'parallel', 'lora'] as const) {
    const before: Readonly<Record<string, unknown>> = from[section];
    for (const [name, value] of Object.entries(to[section])) {
      if (!same(before[name], value)) changes.push({ path: `${section}.${name}`, value });
    }
  }
  return changes;
}
