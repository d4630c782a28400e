// The page's address: the whole set-up and how it is shown, in the hash. Reads with the valid part kept and the rest
// listed; writes without adding history entries. What is read is only ever compared and shown as text.

import { configFromHash, configToHash } from '../core/configHash';
import type { FieldIssue } from '../core/errors';
import { findPreset, type PresetId, presetIds } from '../core/presets';
import { defaultRunConfig, type RunConfig } from '../core/runConfig';
import { findScene, type SceneName, sceneNames } from '../core/sceneRecords';
import { fitMesh } from '../parallel/fitMesh';
import { type MeshIssue, meshIssues } from '../parallel/meshRules';
import { tensorLayers } from '../planner/tensorMap';
import { PLAN_PREFIX, plannerFromLink, plannerToLink } from './planner/plannerLink';
import type { PlannerSettings } from './planner/plannerSettings';
import { PLAY_PREFIX, playFromLink, playToLink } from './play/playLink';
import type { PlaySettings } from './play/playSettings';
import { plannerStore, setPlannerSettings } from './stores/plannerStore';
import { playStore, setPlaySettings } from './stores/playStore';
import { chooseScene, sceneStore } from './stores/sceneStore';
import { changedPaths, presetConfig, sameConfig, setConfig, setupStore } from './stores/setupStore';
import {
  type HideablePart,
  hideableParts,
  isOneOf,
  languages,
  shardScopes,
  themes,
  type ViewState,
  viewNames,
  viewStore,
} from './stores/viewStore';

const MAX_SHOWN = 60;
/** Until the text has been read. */
const GUESSED_VOCABULARY = 96;

interface LinkContent {
  readonly config: RunConfig | null;
  readonly presetId: PresetId | null;
  /** The scene that is shown; it is not started. */
  readonly scene: SceneName | null;
  readonly view: Partial<ViewState>;
  /** Null where the link says nothing of the planner. */
  readonly planner: PlannerSettings | null;
  readonly play: Partial<PlaySettings>;
  readonly issues: readonly (FieldIssue | MeshIssue)[];
}

/** What a hash says. A preset's name alone stands for its settings; beside settings it is only a name. */
export function readLink(hash: string): LinkContent {
  const { config: written, issues: refused, rest } = configFromHash(hash, defaultRunConfig);
  const { config, issues: misfits } = fitLink(written);
  const issues: (FieldIssue | MeshIssue)[] = [...refused, ...misfits];
  let view: Partial<ViewState> = {};
  let presetId: PresetId | null = null;
  let scene: SceneName | null = null;
  const refuse = (path: string, got: string, choices: readonly string[]) => {
    issues.push({ path: shortened(path), got: shortened(got), expected: `one of ${choices.join(', ')}` });
  };
  for (const [key, value] of rest) {
    if (key === 'view') {
      if (isOneOf(viewNames, value)) view = { ...view, view: value };
      else refuse(key, value, viewNames);
    } else if (key === 'lang') {
      if (isOneOf(languages, value)) view = { ...view, language: value };
      else refuse(key, value, languages);
    } else if (key === 'theme') {
      if (isOneOf(themes, value)) view = { ...view, theme: value };
      else refuse(key, value, themes);
    } else if (key === 'scope') {
      if (isOneOf(shardScopes, value)) view = { ...view, scope: value };
      else refuse(key, value, shardScopes);
    } else if (key === 'tiles') {
      if (isOneOf(tensorLayers, value)) view = { ...view, tiles: value };
      else refuse(key, value, tensorLayers);
    } else if (key === 'preset') {
      const preset = findPreset(value);
      if (preset === undefined) refuse(key, value, presetIds);
      else presetId = preset.id;
    } else if (key === 'scene') {
      scene = findScene(value) ?? null;
      if (scene === null) refuse(key, value, sceneNames);
    } else if (key === '_hide') {
      const names = value.split(',').filter((name) => name !== '');
      const hidden: HideablePart[] = [];
      for (const name of names) {
        if (isOneOf(hideableParts, name)) hidden.push(name);
        else refuse(key, name, hideableParts);
      }
      view = { ...view, hidden };
    } else if (!key.startsWith(PLAN_PREFIX) && !key.startsWith(PLAY_PREFIX)) {
      issues.push({ path: shortened(key), got: shortened(value), expected: 'no such field' });
    }
  }
  const { settings: planner, issues: unplanned } = plannerFromLink(rest);
  issues.push(...unplanned);
  const hasSettings = /(^|[#&])(model|data|train|parallel)\./.test(hash);
  const { settings: play, issues: unplayed } = playFromLink(rest);
  issues.push(...unplayed);
  const shown = { presetId, scene, view, planner, play, issues };
  if (hasSettings) return { config, ...shown };
  return { config: presetId === null ? null : presetConfig(presetId), ...shown };
}

/** A mesh that cannot be becomes the nearest that can; what was changed is listed with the rule. */
function fitLink(written: RunConfig): { readonly config: RunConfig; readonly issues: readonly MeshIssue[] } {
  const broken = meshIssues(written, GUESSED_VOCABULARY);
  if (broken.length === 0) return { config: written, issues: [] };
  const config = fitMesh(written, GUESSED_VOCABULARY);
  const before = new Map(changedPaths(config, written).map(({ path, value }) => [path, value]));
  const issues = changedPaths(written, config).flatMap(({ path, value }) => {
    const issue = broken.find((candidate) => candidate.path === path) ?? broken[0];
    const got = String(before.get(path));
    return issue === undefined
      ? []
      : [{ ...issue, path, got, expected: `${issue.expected}; ${String(value)} is used` }];
  });
  return { config, issues };
}

export function writeLink(): string {
  const { config, presetId } = setupStore.getState();
  const { view, scope, tiles, language, theme, hidden } = viewStore.getState();
  const { chosen } = sceneStore.getState();
  const parts: string[] = [];
  if (sameConfig(config, presetConfig(presetId))) {
    if (presetId !== 'moby-small') parts.push(`preset=${presetId}`);
  } else {
    const settings = configToHash(config);
    parts.push(...(settings === '' ? ['preset=moby-small'] : [`preset=${presetId}`, settings]));
  }
  if (view !== 'train') parts.push(`view=${view}`);
  if (scope !== 'page') parts.push(`scope=${scope}`);
  if (tiles !== 'parameters') parts.push(`tiles=${tiles}`);
  if (chosen !== null) parts.push(`scene=${chosen}`);
  parts.push(...plannerToLink(plannerStore.getState().settings));
  parts.push(...playToLink(playStore.getState().settings));
  parts.push(`lang=${language}`);
  if (theme !== 'system') parts.push(`theme=${theme}`);
  if (hidden.length > 0) parts.push(`_hide=${hidden.join(',')}`);
  return `#${parts.join('&')}`;
}

function applyLink(hash: string): void {
  const { config, presetId, scene, view, planner, play, issues } = readLink(hash);
  viewStore.setState(view);
  setupStore.setState({ linkIssues: issues, ...(presetId === null ? {} : { presetId }) });
  if (config !== null) setConfig(config);
  if (planner !== null) setPlannerSettings(planner);
  setPlaySettings(play);
  if (scene !== null) chooseScene(scene);
}

/** Follows the address and keeps it up to date. Call once, before anything is drawn. */
export function followAddress(): void {
  if (location.hash.length > 1) {
    applyLink(location.hash);
    // What a link brings is where the visit starts, not an edit that could be undone.
    setupStore.setState({ past: [], future: [] });
    plannerStore.setState({ past: [], future: [] });
  }
  window.addEventListener('hashchange', () => {
    if (location.hash !== writeLink()) applyLink(location.hash);
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const write = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const link = writeLink();
      if (link !== location.hash) history.replaceState(history.state, '', link);
    }, 200);
  };
  setupStore.subscribe(write);
  viewStore.subscribe(write);
  plannerStore.subscribe(write);
  playStore.subscribe((now, before) => {
    if (now.settings !== before.settings) write();
  });
  sceneStore.subscribe(write);
}

export function currentAddress(): string {
  return `${location.origin}${location.pathname}${location.search}${writeLink()}`;
}

function shortened(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}
