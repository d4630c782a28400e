import { expect, test } from 'vitest';
import { defaultPipelineConfig } from '../../core/pipelineConfig';
import type { StageReport } from '../../core/pipelineRecords';
import { flowRows, flowStages, shownStage } from './flowRows';

const report: StageReport = {
  ...{ stage: 'quality', documentsIn: 10, documentsOut: 7, charactersIn: 4_000, charactersOut: 3_000, changed: 0 },
  ...{ dropped: { 'too short': 2, repeats: 1 }, counts: {}, milliseconds: 20, samples: [] },
};

test('stages stand in the order in which they run; those that have not begun are there with nothing', () => {
  expect(flowStages({ stages: ['quality', 'decontaminate'] })).toEqual([
    ...['decode', 'quality', 'tokenize', 'split', 'decontaminate', 'pack'],
  ]);
  const rows = flowRows(defaultPipelineConfig, [report]);
  expect(rows.map(({ stage }) => stage)).toEqual(flowStages(defaultPipelineConfig));
  expect(rows.find(({ stage }) => stage === 'quality')).toMatchObject({
    dropped: 3,
    rate: 200_000,
    charactersOut: 3_000,
  });
  expect(rows.find(({ stage }) => stage === 'pack')).toMatchObject({ documentsIn: 0, rate: null, charactersIn: null });
  expect(shownStage(['decode', 'pack'], 'quality')).toBe('decode');
});
