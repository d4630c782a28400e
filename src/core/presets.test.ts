import { expect, test } from 'vitest';
import { checkRunConfig } from './configCheck';
import { findPreset, presets } from './presets';
import { defaultRunConfig } from './runConfig';

test.each(presets.map(({ id, config }) => ({ id, config })))('$id passes the schema as it is', ({ config }) => {
  expect(checkRunConfig(config)).toEqual({ config, issues: [] });
});

test('default is another name of the first preset, which is the default configuration', () => {
  expect(findPreset('default')?.config).toEqual(defaultRunConfig);
  expect(findPreset('default')).toBe(presets[0]);
  expect(findPreset('nothing')).toBeUndefined();
  expect(findPreset('constructor')).toBeUndefined();
});
