// What a person sets in the planner: a model, a cluster, a plan on it, and how often things break. Pure data; predicting it is src/planner's.

import type { ClusterPlan } from '../../planner/clusterPlan';
import type { HardwareProfile } from '../../planner/hardware';
import { shapeFromHuggingFace } from '../../planner/hfConfig';
import { type ModelPreset, modelPresets } from '../../planner/modelPresets';
import { hardwareProfiles } from '../../planner/profiles';

/** How often a device stops the run, and what is lost then. */
export interface Failures {
  /** Of one device; a cluster of n fails n times as often. */
  readonly deviceHours: number;
  readonly checkpointMinutes: number;
  /** The run stands still while a checkpoint is written. */
  readonly checkpointSeconds: number;
  /** From a failure until the run goes on. */
  readonly restartMinutes: number;
}

export interface PlannerSettings {
  /** A preset's id, or CUSTOM for a config.json of the person's. */
  readonly modelId: string;
  /** That config.json, its plain fields only. */
  readonly modelConfig: Readonly<Record<string, unknown>> | null;
  /** The profile that the hardware was taken from; its numbers may have been edited since. */
  readonly hardwareId: string;
  readonly plan: ClusterPlan;
  readonly failures: Failures;
}

export const CUSTOM = 'custom';

/**
 * 419 unexpected interruptions in 54 days of 16,384 H100s (Grattafiori et al. 2024, section 3.3.4): one in about 50,000 hours of a device.
 */
const failures: Failures = { deviceHours: 50_000, checkpointMinutes: 30, checkpointSeconds: 30, restartMinutes: 10 };

const model = modelPresets.find(({ id }) => id === 'llama-3.1-70b') ?? modelPresets[0];
const hardware = hardwareProfiles.find(({ id }) => id === 'h100-sxm') ?? hardwareProfiles[0];

/** A 70B model on 512 H100s as torchtitan would start it: FSDP over 64 times 8, tensor parallelism in the node. */
export const defaultSettings: PlannerSettings = {
  modelId: model.id,
  modelConfig: null,
  hardwareId: hardware.id,
  plan: {
    model: model.shape,
    hardware,
    mesh: { dp: 64, pp: 1, tp: 8 },
    zero: 3,
    schedule: '1f1b',
    stagesPerRank: 1,
    globalBatch: 1024,
    microBatchRows: 2,
    sequenceLength: model.sequenceLength,
    contextParallel: 1,
    precision: 'bf16',
    recomputation: 'selective',
    fusedAttention: true,
    sequenceParallel: true,
    overlappedTensor: false,
    compiled: true,
    optimizerMoments: 2,
    straggler: 1,
  },
  failures,
};

export function withPreset(settings: PlannerSettings, { id, shape, sequenceLength }: ModelPreset): PlannerSettings {
  return { ...settings, modelId: id, modelConfig: null, plan: { ...settings.plan, model: shape, sequenceLength } };
}

/** @throws LabError where the planner does not know such a model */
export function withConfig(settings: PlannerSettings, config: unknown, name?: string): PlannerSettings {
  const shape = shapeFromHuggingFace(config, name);
  const fields = Object.entries(typeof config === 'object' && config !== null ? config : {});
  const plain = fields.filter(([, value]) => typeof value !== 'object' && String(value).length <= 80);
  const named = [...plain.filter(([key]) => key !== '_name_or_path'), ['_name_or_path', shape.name]];
  return {
    ...settings,
    modelId: CUSTOM,
    modelConfig: Object.fromEntries(named),
    plan: { ...settings.plan, model: shape },
  };
}

export function withHardware(settings: PlannerSettings, profile: HardwareProfile): PlannerSettings {
  const { precision } = settings.plan;
  return {
    ...settings,
    hardwareId: profile.id,
    plan: {
      ...settings.plan,
      hardware: profile,
      // A device without such units cannot be asked for it.
      precision: profile.peakTeraflops[precision] === undefined ? 'f32' : precision,
    },
  };
}
