// The Data view's set-up and what its pipeline tells: files, stages, progress, results. Plain state, checked by the pipeline's schema; only
// labControllerData runs anything.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { FieldIssue, LabErrorData } from '../../core/errors';
import { checkPipelineConfig } from '../../core/pipelineCheck';
import { defaultPipelineConfig, type PipelineConfig, type StageName } from '../../core/pipelineConfig';
import type { DocumentRef, PipelineProgress, PipelineSummary, StageReport } from '../../core/pipelineRecords';
import type { BrokenFile, StoredRun } from '../../core/storedRun';
import type { PipelineFile } from '../../workers/protocol';

export type DataSection = Exclude<keyof PipelineConfig, 'stages' | 'leaveOut'>;

/** What a result was made from: it is out of date where these are no longer the set-up's. */
export interface DataInputs {
  readonly files: readonly PipelineFile[];
  readonly config: PipelineConfig;
  /** Of tokenizer `json`. */
  readonly tokenizerJson: string | null;
}

export interface DataResult extends DataInputs {
  readonly summary: PipelineSummary;
  /** In the browser's own storage. */
  readonly folder: string;
}

/** One folder for every run of the page: a newer result replaces an older one. */
export const DATA_FOLDER = 'data-view';

export interface DataState {
  readonly files: readonly PipelineFile[];
  readonly config: PipelineConfig;
  /** Data workers. */
  readonly workers: number;
  /** Refused edits, by path. */
  readonly notes: Readonly<Record<string, FieldIssue>>;
  readonly state: 'idle' | 'running' | 'stalled' | 'failed' | 'done';
  readonly progress: PipelineProgress | null;
  readonly result: DataResult | null;
  readonly error: LabErrorData | null;
  /** What was found in the browser's own storage: an interrupted run, or the one that the result came back from. */
  readonly stored: StoredRun | null;
  /** The stage whose samples are shown. */
  readonly stage: string;
  /** The duplicate that is looked at. */
  readonly pair: { readonly cluster: number; readonly member: number };
}

const MOST_WORKERS = 16;

export const dataStore = createStore<DataState>()(() => ({
  files: [],
  config: defaultPipelineConfig,
  workers: Math.min(4, Math.max(2, navigator.hardwareConcurrency - 1)),
  notes: {},
  state: 'idle',
  progress: null,
  result: null,
  error: null,
  stored: null,
  stage: 'normalize',
  pair: { cluster: 0, member: 0 },
}));

export function useData<Value>(select: (state: DataState) => Value): Value {
  return useStore(dataStore, select);
}

export function isBusy({ state }: Pick<DataState, 'state'>): boolean {
  return state === 'running' || state === 'stalled';
}

/** What the stages tell, while they work and afterwards. */
export function stageReports({ state, progress, result }: DataState): readonly StageReport[] {
  return state === 'done' ? (result?.summary.stages ?? []) : (progress?.stages ?? []);
}

/** A value that the schema refuses leaves the old one in place and says why. */
export function setDataField(section: DataSection, name: string, value: unknown): void {
  const { config, notes } = dataStore.getState();
  const path = `${section}.${name}`;
  const checked = checkPipelineConfig({ ...config, [section]: { ...config[section], [name]: value } });
  const refused = checked.issues.find((issue) => issue.path === path);
  const { [path]: _, ...others } = notes;
  if (refused === undefined) dataStore.setState({ config: checked.config, notes: others });
  else dataStore.setState({ notes: { ...others, [path]: refused } });
}

/** On or off; a stage that is turned on comes where the default order has it. */
export function toggleStage(name: StageName): void {
  const { config } = dataStore.getState();
  const { stages } = config;
  const order = defaultPipelineConfig.stages;
  const wanted = stages.includes(name)
    ? stages.filter((stage) => stage !== name)
    : stages.toSpliced(stages.filter((stage) => order.indexOf(stage) < order.indexOf(name)).length, 0, name);
  setStages(wanted);
}

/** One place up (-1) or down (1); stages that compare documents keep their order behind the others. */
export function moveStage(name: StageName, by: -1 | 1): void {
  const { stages } = dataStore.getState().config;
  const at = stages.indexOf(name);
  if (at < 0 || at + by < 0 || at + by >= stages.length) return;
  setStages(stages.toSpliced(at, 1).toSpliced(at + by, 0, name));
}

function setStages(stages: readonly StageName[]): void {
  const { config } = dataStore.getState();
  dataStore.setState({ config: checkPipelineConfig({ ...config, stages }).config });
}

export function setWorkers(workers: number): void {
  if (Number.isInteger(workers) && workers >= 1 && workers <= MOST_WORKERS) dataStore.setState({ workers });
}

/** Of a cluster: `kept` stays, the others go, at the next run. */
export function keepInstead(kept: DocumentRef, others: readonly DocumentRef[]): void {
  const { config } = dataStore.getState();
  const isKept = (document: readonly [number, number]) => document[0] === kept.file && document[1] === kept.record;
  const pairs = [
    ...config.leaveOut.filter((document) => !isKept(document)),
    ...others.map(({ file, record }): [number, number] => [file, record]),
  ];
  const leaveOut = [...new Map(pairs.map((document) => [document.join(':'), document])).values()];
  dataStore.setState({ config: checkPipelineConfig({ ...config, leaveOut }).config });
}

/** Whether a person has to give it again before it can be read. */
export function isAbsent({ content }: PipelineFile): boolean {
  return 'absent' in content;
}

/** Of a finished run that came back: shards that are no longer what was written. */
export function brokenShards({ stored }: Pick<DataState, 'stored'>): readonly BrokenFile[] {
  return stored?.state === 'finished' ? stored.broken : [];
}

/** Files that were given again, the same by name and size; the result is made from them as before. */
export function fillFiles(files: readonly PipelineFile[]): void {
  const { files: before, result } = dataStore.getState();
  dataStore.setState({
    files,
    ...(result !== null && result.files === before ? { result: { ...result, files } } : {}),
  });
}

export function setFiles(files: readonly PipelineFile[]): void {
  const { config } = dataStore.getState();
  // Documents were left out by their place in the list of files.
  dataStore.setState({ files, config: config.leaveOut.length === 0 ? config : { ...config, leaveOut: [] } });
}
