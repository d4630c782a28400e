// The numbers of a device and its links, as fields of the planner's form and link, and whose word each is.

import type { HardwareProfile, LinkLevel, ProductPrecision } from '../../planner/hardware';
import type { TermId } from '../i18n/termsEn';
import { numberField, type PlanField } from './planFields';
import type { PlannerSettings } from './plannerSettings';

/** The field of HardwareProfile that `sources` speaks of. */
export interface HardwareField extends PlanField {
  readonly source: string;
}

function hardwareField(
  source: string,
  key: string,
  term: TermId,
  range: readonly [number, number],
  get: (hardware: HardwareProfile) => number,
  set: (hardware: HardwareProfile, value: number) => HardwareProfile,
): HardwareField {
  const field = numberField({
    ...{ key: `hw.${key}`, term, range },
    whole: false,
    get: ({ plan }: PlannerSettings) => get(plan.hardware),
    set: (settings, value) => ({
      ...settings,
      plan: { ...settings.plan, hardware: set(settings.plan.hardware, value) },
    }),
  });
  return { ...field, source };
}

const precisionTerms: Readonly<Record<ProductPrecision, TermId>> = {
  f32: 'plan.hw.f32',
  bf16: 'plan.hw.bf16',
  fp8: 'plan.hw.fp8',
};

function linkFields(level: LinkLevel['level']): HardwareField[] {
  const find = ({ links }: HardwareProfile): LinkLevel | undefined => links.find((link) => link.level === level);
  const change = (hardware: HardwareProfile, part: Partial<LinkLevel>): HardwareProfile => ({
    ...hardware,
    links: hardware.links.map((link) => (link.level === level ? { ...link, ...part } : link)),
  });
  const rate = level === 'node' ? 'plan.hw.nodeRate' : 'plan.hw.clusterRate';
  const latency = level === 'node' ? 'plan.hw.nodeLatency' : 'plan.hw.clusterLatency';
  return [
    hardwareField(
      'links',
      `${level}Rate`,
      rate,
      [0.001, 1e6],
      (hardware) => find(hardware)?.gigabytesPerSecond ?? 0,
      (hardware, gigabytesPerSecond) => change(hardware, { gigabytesPerSecond }),
    ),
    hardwareField(
      'links',
      `${level}Latency`,
      latency,
      [0, 1e6],
      (hardware) => find(hardware)?.latencyUs ?? 0,
      (hardware, latencyUs) => change(hardware, { latencyUs }),
    ),
  ];
}

const nodeDevices = hardwareField(
  'links',
  'nodeDevices',
  'plan.hw.nodeDevices',
  [1, 100_000],
  ({ links }) => links.find(({ level }) => level === 'node')?.devices ?? 1,
  (hardware, devices) => ({
    ...hardware,
    links: hardware.links.map((link) => (link.level === 'node' ? { ...link, devices: Math.round(devices) } : link)),
  }),
);

type EfficiencyName = 'attention' | 'memory' | 'nodeLink' | 'clusterLink' | 'overlap';

function efficiencyField(name: EfficiencyName, term: TermId): HardwareField {
  return hardwareField(
    'efficiency',
    `reach.${name}`,
    term,
    [0.01, 1],
    ({ efficiency }) => efficiency[name],
    (hardware, value) => ({ ...hardware, efficiency: { ...hardware.efficiency, [name]: value } }),
  );
}

function peakField(precision: ProductPrecision): HardwareField {
  return hardwareField(
    'peakTeraflops',
    precision,
    precisionTerms[precision],
    [0.0001, 1e6],
    ({ peakTeraflops }) => peakTeraflops[precision] ?? 0,
    (hardware, value) => ({ ...hardware, peakTeraflops: { ...hardware.peakTeraflops, [precision]: value } }),
  );
}

/** What a device of this kind is described by: without the precisions and links that it does not have. */
export function hardwareFields({ peakTeraflops, links }: HardwareProfile): readonly HardwareField[] {
  const levels = links.map(({ level }) => level);
  const peaks = (['f32', 'bf16', 'fp8'] as const).filter((precision) => peakTeraflops[precision] !== undefined);
  return [
    ...peaks.map(peakField),
    hardwareField(
      'memoryGiB',
      'memoryGiB',
      'plan.hw.memoryGiB',
      [0.1, 1e5],
      ({ memoryGiB }) => memoryGiB,
      (hardware, memoryGiB) => ({ ...hardware, memoryGiB }),
    ),
    hardwareField(
      'memoryGigabytesPerSecond',
      'memoryRate',
      'plan.hw.memoryRate',
      [0.1, 1e6],
      ({ memoryGigabytesPerSecond }) => memoryGigabytesPerSecond,
      (hardware, memoryGigabytesPerSecond) => ({ ...hardware, memoryGigabytesPerSecond }),
    ),
    ...(levels.includes('node') ? [nodeDevices, ...linkFields('node')] : []),
    ...(levels.includes('cluster') ? linkFields('cluster') : []),
  ];
}

/** What the device reaches of its peaks. */
export function reachFields({ links, peakTeraflops }: HardwareProfile): readonly HardwareField[] {
  const levels = links.map(({ level }) => level);
  const products = (['f32', 'bf16', 'fp8'] as const)
    .filter((precision) => peakTeraflops[precision] !== undefined)
    .map((precision) =>
      hardwareField(
        'efficiency',
        `reach.${precision}`,
        precisionTerms[precision],
        [0.01, 1],
        ({ efficiency }) => efficiency.product[precision],
        (hardware, value) => ({
          ...hardware,
          efficiency: { ...hardware.efficiency, product: { ...hardware.efficiency.product, [precision]: value } },
        }),
      ),
    );
  return [
    ...products,
    efficiencyField('attention', 'plan.reach.attention'),
    efficiencyField('memory', 'plan.reach.memory'),
    ...(levels.includes('node') ? [efficiencyField('nodeLink', 'plan.reach.nodeLink')] : []),
    ...(levels.includes('cluster') ? [efficiencyField('clusterLink', 'plan.reach.clusterLink')] : []),
    efficiencyField('overlap', 'plan.reach.overlap'),
  ];
}
