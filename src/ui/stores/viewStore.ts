// How the page is shown: view, language, theme, layers, chart options. Plain state, remembered between visits.
// Nothing here changes a run, and nothing here reaches a worker.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { TensorLayer } from '../../planner/tensorMap';

export const viewNames = ['train', 'shard', 'data', 'check', 'play', 'inside'] as const;
export type ViewName = (typeof viewNames)[number];
export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];
export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
/** Whose sharding the Shard view shows: that of this page's own workers, or of a planned cluster. */
export const shardScopes = ['page', 'cluster'] as const;
export type ShardScope = (typeof shardScopes)[number];
/** Parts that a link can leave out, for teaching and embedding. */
export const hideableParts = [
  'header',
  'presets',
  'start',
  'settings',
  'data',
  'mesh',
  'scope',
  'strategies',
  'tiles',
  'rankMemory',
  'schedule',
  'walk',
  'traffic',
  'estimate',
  'transport',
  'loss',
  'curves',
  'ranks',
  'timeline',
  'proof',
  'ledger',
  'race',
  'scenes',
  'throughput',
  'samples',
  'profile',
  'memory',
  'export',
  'dataSource',
  'dataStages',
  'dataFlow',
  'dataSamples',
  'dataFiles',
  'dataDuplicates',
  'dataLengths',
  'dataLanguages',
  'dataVocabulary',
  'dataShards',
  'tokenizerTraining',
  'tokenizerPlayground',
  'planModel',
  'planHardware',
  'planSetup',
  'planStep',
  'planSchedule',
  'planMemory',
  'planTraffic',
  'planGoodput',
  'planSearch',
  'planNeighbours',
  'planSmall',
  'playModel',
  'playSampling',
  'playWrite',
  'playTokens',
  'playCompress',
  'playExport',
  'playRead',
  'playSimilar',
  'playOutputs',
  'insideText',
  'insideAttention',
  'insideLens',
  'insideTensors',
] as const;
export type HideablePart = (typeof hideableParts)[number];
export type LayerName = 'palette' | 'shortcuts';

export interface ViewState {
  readonly view: ViewName;
  readonly language: Language;
  readonly theme: Theme;
  readonly hidden: readonly HideablePart[];
  readonly layer: LayerName | null;
  /** The panel that fills the window. */
  readonly fullPanel: string | null;
  readonly collapsed: readonly string[];
  /** 0 is raw; the EMA's weight of the past otherwise. */
  readonly smoothing: number;
  readonly logAxis: boolean;
  readonly scope: ShardScope;
  /** What the tiles of the Shard view hold. */
  readonly tiles: TensorLayer;
}

const STORAGE_KEY = 'shardlab.view';

export const viewStore = createStore<ViewState>()(() => ({
  view: 'train',
  language: navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en',
  theme: 'system',
  hidden: [],
  layer: null,
  fullPanel: null,
  collapsed: [],
  smoothing: 0.8,
  logAxis: false,
  scope: 'page',
  tiles: 'parameters',
  ...remembered(),
}));

export function useView<Value>(select: (state: ViewState) => Value): Value {
  return useStore(viewStore, select);
}

export function isOneOf<Name extends string>(names: readonly Name[], value: unknown): value is Name {
  return names.some((name) => name === value);
}

export function setTheme(theme: Theme): void {
  viewStore.setState({ theme });
}

/** Light, dark, then as the system again. */
export function nextTheme(): void {
  const { theme } = viewStore.getState();
  setTheme(themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system');
}

export function nextLanguage(): void {
  viewStore.setState(({ language }) => ({ language: language === 'en' ? 'zh' : 'en' }));
}

export function toggleCollapsed(panel: string): void {
  viewStore.setState(({ collapsed }) => ({
    collapsed: collapsed.includes(panel) ? collapsed.filter((name) => name !== panel) : [...collapsed, panel],
  }));
}

/** What of the last visit is still valid; storage may be denied, old or edited by hand. */
function remembered(): Partial<ViewState> {
  const stored = readStored();
  return {
    ...(isOneOf(languages, stored.get('language')) ? { language: pick(languages, stored.get('language')) } : {}),
    ...(isOneOf(themes, stored.get('theme')) ? { theme: pick(themes, stored.get('theme')) } : {}),
    ...(typeof stored.get('smoothing') === 'number' ? { smoothing: clampSmoothing(stored.get('smoothing')) } : {}),
    logAxis: stored.get('logAxis') === true,
  };
}

function pick<Name extends string>(names: readonly [Name, ...Name[]], value: unknown): Name {
  return names.find((name) => name === value) ?? names[0];
}

function clampSmoothing(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value < 1 ? value : 0.8;
}

function readStored(): Map<string, unknown> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}');
    return new Map<string, unknown>(typeof stored === 'object' && stored !== null ? Object.entries(stored) : []);
  } catch {
    return new Map();
  }
}

viewStore.subscribe(({ language, theme, smoothing, logAxis }) => {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify({ language, theme, smoothing, logAxis }));
  } catch {
    // Storage is denied: the page then forgets, which is all that is lost.
  }
});
