// Every number, choice and switch of the planner as a line in a table: its name in links, what it takes, where it lies. Forms, links and refusals all
// read it. No words (they are terms) and no rules between fields (planner/planRules.ts).

import { scheduleNames } from '../../core/runConfig';
import { type MeshAxis, meshSize } from '../../parallel/mesh';
import { type ClusterPlan, recomputations } from '../../planner/clusterPlan';
import { MOST_RANKS } from '../../planner/planRules';
import { fewestStages, takesStages, zeroStages } from '../../planner/searchSpace';
import type { TermId } from '../i18n/termsEn';
import type { Failures, PlannerSettings } from './plannerSettings';

export type FieldValue = number | string | boolean;

export interface PlanField {
  /** In links: `plan.<key>`. */
  readonly key: string;
  readonly term: TermId;
  readonly kind: 'number' | 'choice' | 'switch';
  readonly options: readonly string[];
  readonly whole: boolean;
  /** In the words of the schema's descriptions. */
  readonly takes: string;
  get(settings: PlannerSettings): FieldValue;
  /** The settings with this value, or null where it is not taken. */
  set(settings: PlannerSettings, value: FieldValue): PlannerSettings | null;
  /** Whether it has an effect with the others as they are. */
  applies(plan: ClusterPlan): boolean;
}

const always = (): boolean => true;
const withPlan = (settings: PlannerSettings, change: Partial<ClusterPlan>): PlannerSettings => ({
  ...settings,
  plan: { ...settings.plan, ...change },
});

interface NumberSpec {
  readonly key: string;
  readonly term: TermId;
  readonly range: readonly [min: number, max: number];
  readonly whole?: boolean;
  readonly applies?: (plan: ClusterPlan) => boolean;
  readonly get: (settings: PlannerSettings) => number;
  readonly set: (settings: PlannerSettings, value: number) => PlannerSettings | null;
}

export function numberField(spec: NumberSpec): PlanField {
  const { key, term, range, whole = true, applies = always, get, set } = spec;
  const [min, max] = range;
  return {
    ...{ key, term, whole, applies, get },
    kind: 'number',
    options: [],
    takes: `${whole ? 'a whole' : 'a'} number from ${min} to ${max}`,
    set: (settings, value) =>
      typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value))
        ? set(settings, value)
        : null,
  };
}

function choiceField<Option extends string>(
  { key, term, applies = always }: { key: string; term: TermId; applies?: (plan: ClusterPlan) => boolean },
  options: readonly Option[],
  get: (settings: PlannerSettings) => Option,
  set: (settings: PlannerSettings, value: Option) => PlannerSettings | null,
): PlanField {
  return {
    ...{ key, term, options, applies, get },
    kind: 'choice',
    whole: false,
    takes: `one of ${options.join(', ')}`,
    set: (settings, value) => {
      const option = options.find((known) => known === value);
      return option === undefined ? null : set(settings, option);
    },
  };
}

type SwitchName = 'sequenceParallel' | 'overlappedTensor' | 'compiled' | 'fusedAttention';

function switchField(key: SwitchName, term: TermId, applies: (plan: ClusterPlan) => boolean = always): PlanField {
  return {
    ...{ key, term, applies },
    kind: 'switch',
    options: [],
    whole: false,
    takes: 'true or false',
    get: ({ plan }) => plan[key],
    set: (settings, value) => (typeof value === 'boolean' ? withPlan(settings, { [key]: value }) : null),
  };
}

const axisTerms: Readonly<Record<MeshAxis, TermId>> = { dp: 'parallel.dp', pp: 'parallel.pp', tp: 'parallel.tp' };

/** One axis by itself: the number of ranks follows. */
function axisField(axis: MeshAxis): PlanField {
  return numberField({
    key: axis,
    term: axisTerms[axis],
    range: [1, MOST_RANKS],
    get: ({ plan }) => plan.mesh[axis],
    set: (settings, value) => withMesh(settings, { [axis]: value }),
  });
}

function withMesh(settings: PlannerSettings, change: Partial<ClusterPlan['mesh']>): PlannerSettings | null {
  const { plan } = settings;
  const mesh = { ...plan.mesh, ...change };
  if (meshSize(mesh) > MOST_RANKS) return null;
  return withPlan(settings, { mesh, contextParallel: mesh.dp % plan.contextParallel === 0 ? plan.contextParallel : 1 });
}

/** The number of ranks: replicas follow it, so it must divide by what one replica takes. */
export const ranksField: PlanField = numberField({
  key: 'ranks',
  term: 'plan.ranks',
  range: [1, MOST_RANKS],
  get: ({ plan }) => meshSize(plan.mesh),
  set: (settings, value) => {
    const { pp, tp } = settings.plan.mesh;
    return value % (pp * tp) === 0 ? withMesh(settings, { dp: value / (pp * tp) }) : null;
  },
});

const pipelined = ({ mesh }: ClusterPlan): boolean => mesh.pp > 1;
const replicated = ({ mesh }: ClusterPlan): boolean => mesh.dp > 1;
const tensorShared = ({ mesh }: ClusterPlan): boolean => mesh.tp > 1;
const moments = ['none', 'one', 'two'] as const;
const zeroNames = ['0', '1', '2', '3'] as const;

function planNumber(
  key: 'globalBatch' | 'microBatchRows' | 'sequenceLength' | 'contextParallel' | 'stagesPerRank',
  term: TermId,
  range: readonly [number, number],
  applies: (plan: ClusterPlan) => boolean = always,
): PlanField {
  return numberField({
    ...{ key, term, range, applies },
    get: ({ plan }) => plan[key],
    set: (settings, value) => withPlan(settings, { [key]: value }),
  });
}

function failureField(key: keyof Failures, term: TermId, range: readonly [number, number]): PlanField {
  return numberField({
    ...{ key, term, range },
    whole: false,
    get: (settings) => settings.failures[key],
    set: (settings, value) => ({ ...settings, failures: { ...settings.failures, [key]: value } }),
  });
}

export type FieldGroupName = 'mesh' | 'sharing' | 'batch' | 'computing' | 'failing';

export const fieldGroups: readonly { readonly name: FieldGroupName; readonly fields: readonly PlanField[] }[] = [
  { name: 'mesh', fields: [axisField('dp'), axisField('pp'), axisField('tp')] },
  {
    name: 'sharing',
    fields: [
      choiceField(
        { key: 'zero', term: 'parallel.zero', applies: replicated },
        zeroNames,
        ({ plan }) => zeroNames[plan.zero],
        (settings, value) => withPlan(settings, { zero: zeroStages[zeroNames.indexOf(value)] ?? 0 }),
      ),
      choiceField(
        { key: 'schedule', term: 'parallel.schedule', applies: pipelined },
        scheduleNames,
        ({ plan }) => plan.schedule,
        (settings, schedule) => {
          const { stagesPerRank } = settings.plan;
          const stages = takesStages(schedule, stagesPerRank) ? stagesPerRank : fewestStages(schedule);
          return withPlan(settings, { schedule, stagesPerRank: stages });
        },
      ),
      planNumber('stagesPerRank', 'parallel.stagesPerRank', [1, 128], pipelined),
      planNumber('contextParallel', 'plan.contextParallel', [1, 1024], replicated),
    ],
  },
  {
    name: 'batch',
    fields: [
      planNumber('globalBatch', 'plan.globalBatch', [1, 1_000_000]),
      planNumber('microBatchRows', 'plan.microBatchRows', [1, 4_096]),
      planNumber('sequenceLength', 'train.sequenceLength', [1, 10_000_000]),
    ],
  },
  {
    name: 'computing',
    fields: [
      choiceField(
        { key: 'precision', term: 'plan.precision' },
        ['f32', 'bf16', 'fp8'],
        ({ plan }) => plan.precision,
        (settings, precision) =>
          settings.plan.hardware.peakTeraflops[precision] === undefined ? null : withPlan(settings, { precision }),
      ),
      choiceField(
        { key: 'recomputation', term: 'plan.recomputation' },
        recomputations,
        ({ plan }) => plan.recomputation,
        (settings, recomputation) => withPlan(settings, { recomputation }),
      ),
      choiceField(
        { key: 'moments', term: 'plan.moments' },
        moments,
        ({ plan }) => moments[plan.optimizerMoments],
        (settings, value) => withPlan(settings, { optimizerMoments: value === 'none' ? 0 : value === 'one' ? 1 : 2 }),
      ),
      switchField('fusedAttention', 'plan.fusedAttention'),
      switchField('compiled', 'plan.compiled'),
      switchField('sequenceParallel', 'plan.sequenceParallel', tensorShared),
      switchField('overlappedTensor', 'plan.overlappedTensor', tensorShared),
    ],
  },
  {
    name: 'failing',
    fields: [
      numberField({
        key: 'straggler',
        term: 'plan.straggler',
        range: [1, 100],
        whole: false,
        get: ({ plan }) => plan.straggler,
        set: (settings, straggler) => withPlan(settings, { straggler }),
      }),
      failureField('deviceHours', 'plan.deviceHours', [0.1, 1e9]),
      failureField('checkpointMinutes', 'plan.checkpointMinutes', [0.1, 1e6]),
      failureField('checkpointSeconds', 'plan.checkpointSeconds', [0.001, 1e6]),
      failureField('restartMinutes', 'plan.restartMinutes', [0, 1e5]),
    ],
  },
];

/** In the order in which a link's values are set: the mesh before what follows it. */
export const planFields: readonly PlanField[] = fieldGroups.flatMap(({ fields }) => fields);
