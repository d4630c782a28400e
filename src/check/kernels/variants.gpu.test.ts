// Every declared variant of every kernel is WGSL that the browser's compiler takes: all flags of all cases, as shader modules. Whole pipelines
// are made where variants are run; they take a software adapter a hundred times longer.

import { expect, test } from 'vitest';
import { openDevice } from '../../gpu/device';
import { describeFlags, KernelCatalog } from '../../gpu/kernelCatalog';
import { kernelFamilies } from './families';

test('every declared variant is valid WGSL', { timeout: 120_000 }, async () => {
  const gpu = await openDevice('adapter');
  const catalog = new KernelCatalog();
  const sources = new Map<string, string>();
  for (const { cases } of kernelFamilies) {
    for (const { run, needs } of cases()) {
      if (needs !== undefined && !gpu.has(needs)) continue;
      sources.set(`${run.kernel} ${describeFlags(run.flags)}`, catalog.get(run.kernel, run.flags).code);
    }
  }
  expect(sources.size).toBeGreaterThan(200);
  gpu.device.pushErrorScope('validation');
  const found = await Promise.all(
    [...sources].map(async ([label, code]) => {
      const { messages } = await gpu.device.createShaderModule({ label, code }).getCompilationInfo();
      return messages.map(({ type, lineNum, message }) => `${label}: line ${lineNum}: ${type}: ${message}`);
    }),
  );
  expect(found.flat()).toEqual([]);
  expect(await gpu.device.popErrorScope()).toBeNull();
  gpu.destroy();
});
