// A pipeline's configuration: what is taken, what is refused with which words, and that anything ends in something runnable.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkPipelineConfig } from './pipelineCheck';
import { defaultPipelineConfig } from './pipelineConfig';

test('nothing gives the defaults, which pass their own check', () => {
  expect(checkPipelineConfig(undefined)).toEqual({ config: defaultPipelineConfig, issues: [] });
  expect(checkPipelineConfig(defaultPipelineConfig)).toEqual({ config: defaultPipelineConfig, issues: [] });
});

test('the order of stages is the written one; those that compare documents come last', () => {
  const { config, issues } = checkPipelineConfig({ stages: ['quality', 'normalize', 'near-dedup'] });
  expect(config.stages).toEqual(['quality', 'normalize', 'near-dedup']);
  expect(issues).toEqual([]);
  const wrong = checkPipelineConfig({ stages: ['near-dedup', 'quality', 'exact-dedup', 'quality'] });
  expect(wrong.config.stages).toEqual(['quality', 'exact-dedup', 'near-dedup']);
  expect(wrong.issues).toMatchObject([{ path: 'stages', expected: expect.stringContaining('each stage once') }]);
});

test('every refusal names the field, what it got and what it takes', () => {
  const { config, issues } = checkPipelineConfig({
    near: {},
    source: { columns: 'text', pieceKib: 3 },
    nearDedup: { bands: 1.5, threshold: 0.8 },
    pack: { sequenceLength: 4096, shardTokens: 1024 },
    split: 3,
    stages: ['dedup'],
  });
  expect(issues.map(({ path, expected }) => `${path}: ${expected}`)).toEqual([
    expect.stringMatching(/^near: one of stages, leaveOut, source/),
    'source.columns: a list of texts',
    'source.pieceKib: a whole number from 16 to 16384',
    'nearDedup.bands: a whole number from 1 to 64',
    expect.stringMatching(/^split: an object with validationFraction, seed/),
    expect.stringMatching(/^stages: a list of markup, normalize/),
    'pack.shardTokens: at least pack.sequenceLength = 4096; 4096 is used',
  ]);
  expect(config.nearDedup).toEqual({ ...defaultPipelineConfig.nearDedup, threshold: 0.8 });
  expect(config.stages).toEqual(defaultPipelineConfig.stages);
});

test('anything at all ends in a configuration that passes', () => {
  fc.assert(
    fc.property(fc.anything(), (input) => {
      const { config } = checkPipelineConfig(input);
      expect(checkPipelineConfig(config).issues).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
