import { expect, test } from 'vitest';
import { plannerFromLink, plannerToLink } from './plannerLink';
import { defaultSettings, withConfig, withHardware } from './plannerSettings';

function entries(parts: readonly string[]): Map<string, string> {
  return new Map(
    parts.map((part) => {
      const [key = '', value = ''] = part.split('=');
      return [key, decodeURIComponent(value)];
    }),
  );
}

const qwen = {
  model_type: 'qwen2',
  _name_or_path: 'Qwen/Qwen2.5-7B',
  vocab_size: 152064,
  hidden_size: 3584,
  num_hidden_layers: 28,
  num_attention_heads: 28,
  num_key_value_heads: 4,
  intermediate_size: 18944,
  tie_word_embeddings: false,
  rope_scaling: { type: 'yarn' },
};

test('as it starts, the planner says nothing in the link; everything that was changed comes back', () => {
  expect(plannerToLink(defaultSettings)).toEqual([]);
  const changed = entries([
    'plan.model=llama-3.1-405b',
    'plan.hardware=a100-80gb',
    'plan.dp=16',
    'plan.pp=8',
    'plan.tp=4',
    'plan.zero=1',
    'plan.schedule=zbv',
    'plan.globalBatch=512',
    'plan.recomputation=full',
    'plan.compiled=false',
    'plan.straggler=1.05',
    'plan.checkpointMinutes=5',
    'plan.hw.memoryGiB=40',
    'plan.reach.memory=0.5',
  ]);
  changed.delete('plan.reach.memory');
  changed.set('plan.hw.reach.memory', '0.5');
  const { settings, issues } = plannerFromLink(changed);
  expect(issues).toEqual([]);
  if (settings === null) throw new Error('nothing was read');
  expect(settings.plan.mesh).toEqual({ dp: 16, pp: 8, tp: 4 });
  expect(settings.plan.stagesPerRank).toBe(2);
  expect(settings.plan.hardware.memoryGiB).toBe(40);
  expect(settings.plan.hardware.efficiency.memory).toBe(0.5);
  expect(settings.failures.checkpointMinutes).toBe(5);
  expect(plannerFromLink(entries(plannerToLink(settings))).settings).toEqual(settings);
});

test('a config.json of one’s own travels in the link', () => {
  const own = withConfig(defaultSettings, qwen);
  const { settings, issues } = plannerFromLink(entries(plannerToLink(own)));
  expect(issues).toEqual([]);
  expect(settings).toEqual(own);
  expect(settings?.plan.model.name).toBe('Qwen/Qwen2.5-7B');
});

test('what cannot be is listed, and the rest is taken', () => {
  const { settings, issues } = plannerFromLink(
    entries(['plan.tp=0', 'plan.dp=8', 'plan.schedule=none', 'plan.config={', 'plan.nothing=1', 'plan.model=x']),
  );
  expect(settings?.plan.mesh).toEqual({ dp: 8, pp: 1, tp: 8 });
  expect(issues.map(({ path }) => path).sort()).toEqual([
    'plan.config',
    'plan.model',
    'plan.nothing',
    'plan.schedule',
    'plan.tp',
  ]);
  expect(plannerFromLink(new Map([['view', 'train']])).settings).toBeNull();
});

test('a device that was measured here travels by its numbers', () => {
  const measured = { ...defaultSettings.plan.hardware, id: 'this-device', peakTeraflops: { f32: 0.005 }, memoryGiB: 4 };
  const own = withHardware(defaultSettings, measured);
  const { settings, issues } = plannerFromLink(entries(plannerToLink(own)));
  expect(issues).toEqual([]);
  expect(settings?.plan.hardware.memoryGiB).toBe(4);
  expect(settings?.plan.hardware.peakTeraflops.f32).toBe(0.005);
  expect(settings?.plan.precision).toBe('f32');
});
