// Muon's plan from end to end: its dispatches on this device in order, its products by the matmul twin, against the twin of the step.

import { expect, test } from 'vitest';
import { planMuon } from '../../gpu/plans/muon';
import { runKernel } from '../../gpu/runKernel';
import { clip } from '../../reference/globalNorm';
import { matmul } from '../../reference/matmul';
import { muon } from '../../reference/muon';
import { testDevice } from '../../testing/testDevice';
import { judge } from '../kernelCase';
import { defaultStep, normals, planFamilies, stepBytes, unwritten, wide } from './caseData';

const lab = testDevice('min');

for (const family of planFamilies) {
  for (const [rows, columns] of [
    [8, 20],
    [20, 8],
    [7, 5],
  ] as const) {
    test(`${family} ${rows}x${columns}`, async () => {
      const settings = { momentum: 0.95, nesterov: true, weightDecay: 0.1 };
      const plan = planMuon({ rows, columns, offset: 0, skipNonFinite: true, ...settings }, family);
      const tensors = new Map<string, Float32Array>([
        ['parameters', normals('p', rows * columns)],
        ['gradients', normals('g', rows * columns)],
        ['moment1', normals('m', rows * columns)],
        ['metrics', Float32Array.of(0, 0, 0, 0.5)],
        ...Object.entries(plan.scratch).map(([name, length]) => [name, unwritten(length)] as const),
      ]);
      const tensor = (name: string): Float32Array => {
        const found = tensors.get(name);
        if (!found) throw new RangeError(`the plan names ${name}, which is neither scratch nor an arena`);
        return found;
      };
      const expected = muon(
        { parameter: wide(tensor('parameters')), buffer: wide(tensor('moment1')) },
        clip(wide(tensor('gradients')), 0.5),
        rows,
        columns,
        { learningRate: defaultStep.learningRate, ...settings },
      );
      for (const action of plan.actions) {
        if (action.kind === 'matmul') {
          const { a, b, out, ...shape } = action;
          const product = matmul({ a: wide(tensor(a)), b: wide(tensor(b)), ...shape }).out;
          tensors.set(out, Float32Array.from(product));
          continue;
        }
        const { buffers, ...dispatch } = action.dispatch;
        const contents = Object.fromEntries(Object.entries(buffers).map(([binding, name]) => [binding, tensor(name)]));
        const outputs = await runKernel(lab.gpu, lab.cache, { ...dispatch, step: stepBytes(), buffers: contents });
        for (const [binding, values] of Object.entries(outputs))
          tensors.set(buffers[binding], Float32Array.from(values));
      }
      const rowsOfResult = judge(
        'muon',
        { parameters: tensor('parameters'), moment1: tensor('moment1') },
        {
          // Five iterations enlarge what rounding leaves of small singular values by up to 3.4445^5, times the learning rate 0.01.
          parameters: { values: expected.parameter, terms: rows * columns, factor: 5 },
          moment1: { values: expected.buffer, terms: 1 },
        },
      );
      expect(rowsOfResult.filter((row) => !row.ok)).toEqual([]);
    });
  }
}
