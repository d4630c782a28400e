// The planner's part of the page's link: the model, the hardware, and what differs from them, under keys that begin with `plan.`.
// Reads with the valid part kept and the rest listed. Pure.

import type { FieldIssue } from '../../core/errors';
import { toLabErrorData } from '../../core/errors';
import { modelPresets } from '../../planner/modelPresets';
import { hardwareProfiles } from '../../planner/profiles';
import { hardwareFields, reachFields } from './hardwareFields';
import { type FieldValue, type PlanField, planFields } from './planFields';
import { CUSTOM, defaultSettings, type PlannerSettings, withConfig, withHardware, withPreset } from './plannerSettings';

export const PLAN_PREFIX = 'plan.';
const MAX_SHOWN = 60;

function allFields({ plan }: PlannerSettings): readonly PlanField[] {
  return [...planFields, ...hardwareFields(plan.hardware), ...reachFields(plan.hardware)];
}

/** What the link's fields are compared with: the same model and hardware, everything else as the planner starts. */
function baseOf({ modelId, modelConfig, hardwareId }: PlannerSettings): PlannerSettings {
  const preset = modelPresets.find(({ id }) => id === modelId);
  const profile = hardwareProfiles.find(({ id }) => id === hardwareId);
  const modelled =
    modelId === CUSTOM && modelConfig !== null
      ? withConfig(defaultSettings, modelConfig)
      : preset === undefined
        ? defaultSettings
        : withPreset(defaultSettings, preset);
  // What was measured here is nowhere else: its numbers travel.
  return withHardware(modelled, profile ?? defaultSettings.plan.hardware);
}

/** `key=value` of everything that is not as the planner starts; none where nothing was changed. */
export function plannerToLink(settings: PlannerSettings): string[] {
  const base = baseOf(settings);
  const parts: string[] = [];
  const { modelId, modelConfig, hardwareId } = settings;
  if (modelId === CUSTOM && modelConfig !== null)
    parts.push(`${PLAN_PREFIX}config=${encodeURIComponent(JSON.stringify(modelConfig))}`);
  else if (modelId !== defaultSettings.modelId) parts.push(`${PLAN_PREFIX}model=${modelId}`);
  const profiled = hardwareProfiles.some(({ id }) => id === hardwareId);
  if (profiled && hardwareId !== defaultSettings.hardwareId) parts.push(`${PLAN_PREFIX}hardware=${hardwareId}`);
  for (const field of allFields(settings)) {
    const value = field.get(settings);
    if (value !== field.get(base)) parts.push(`${PLAN_PREFIX}${field.key}=${encodeURIComponent(String(value))}`);
  }
  return parts;
}

export interface PlannerLink {
  /** Null where the link says nothing of the planner. */
  readonly settings: PlannerSettings | null;
  readonly issues: readonly FieldIssue[];
}

/** @param entries keys with the prefix; others are not looked at. Untrusted text. */
export function plannerFromLink(entries: ReadonlyMap<string, string>): PlannerLink {
  const given = new Map<string, string>();
  for (const [key, value] of entries) if (key.startsWith(PLAN_PREFIX)) given.set(key.slice(PLAN_PREFIX.length), value);
  if (given.size === 0) return { settings: null, issues: [] };
  const issues: FieldIssue[] = [];
  const refuse = (key: string, expected: string): void => {
    issues.push({ path: `${PLAN_PREFIX}${shortened(key)}`, got: shortened(given.get(key) ?? ''), expected });
  };
  let settings = defaultSettings;
  const model = given.get('model');
  if (model !== undefined) {
    const preset = modelPresets.find(({ id }) => id === model);
    if (preset === undefined) refuse('model', `one of ${modelPresets.map(({ id }) => id).join(', ')}`);
    else settings = withPreset(settings, preset);
  }
  const config = given.get('config');
  if (config !== undefined) {
    try {
      settings = withConfig(settings, JSON.parse(config));
    } catch (thrown) {
      refuse('config', toLabErrorData(thrown).message);
    }
  }
  const hardware = given.get('hardware');
  if (hardware !== undefined) {
    const profile = hardwareProfiles.find(({ id }) => id === hardware);
    if (profile === undefined) refuse('hardware', `one of ${hardwareProfiles.map(({ id }) => id).join(', ')}`);
    else settings = withHardware(settings, profile);
  }
  const fields = new Map(allFields(settings).map((field) => [field.key, field]));
  // In the fields' order, whatever the link's: what follows from others comes after them.
  for (const [key, field] of fields) {
    const text = given.get(key);
    if (text === undefined) continue;
    const next = field.set(settings, fieldValue(text, field));
    if (next === null) refuse(key, field.takes);
    else settings = next;
  }
  for (const key of given.keys())
    if (!fields.has(key) && key !== 'model' && key !== 'config' && key !== 'hardware') refuse(key, 'no such field');
  return { settings, issues };
}

/** Typed or linked text as what the field takes; what does not fit stays text, and is then refused. */
export function fieldValue(text: string, { kind }: PlanField): FieldValue {
  if (kind === 'switch') return text === 'true' ? true : text === 'false' ? false : text;
  if (kind === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  return text;
}

function shortened(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}
