// No kernel without a check, no variant that a browser's compiler would refuse: every file in shaders/ is run by a case of some family, every
// file that cases name is there, and all flags of all cases are valid WGSL. As shader modules: whole pipelines are made where variants are run;
// they take a software adapter a hundred times longer.

import { expect, test } from 'vitest';
import { openDevice } from '../../gpu/device';
import { describeFlags, KernelCatalog, shaderSources } from '../../gpu/kernelCatalog';
import { readInterface } from '../../gpu/shaderInterface';
import { kernelFamilies } from './families';

test('every kernel file has a case, and every declared variant is valid WGSL', async () => {
  const files = [...shaderSources.keys()].filter((path) => !path.startsWith('include/'));
  expect(files.length).toBeGreaterThan(20);
  const gpu = await openDevice('adapter');
  const catalog = new KernelCatalog();
  const checked = new Set<string>();
  const sources = new Map<string, string>();
  for (const { family, cases } of kernelFamilies) {
    let count = 0;
    for (const { name, run, expected, needs } of cases()) {
      count++;
      if (Object.keys(expected).length > 0) checked.add(`${run.kernel}.wgsl`);
      if (needs !== undefined && !gpu.has(needs)) continue;
      const source = catalog.get(run.kernel, run.flags);
      // Plans read interfaces without the loops.
      expect(source.interface, name).toEqual(readInterface(run.kernel, source.code));
      sources.set(`${run.kernel} ${describeFlags(run.flags)}`, source.code);
    }
    expect(count, family).toBeGreaterThan(0);
  }
  expect([...checked].sort()).toEqual(files.sort());

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

test('every include is used', () => {
  const text = [...shaderSources.values()].join('\n');
  const included = new Set([...text.matchAll(/#include "([^"]+)"/g)].map(([, name]) => `include/${name}`));
  expect([...included].sort()).toEqual([...shaderSources.keys()].filter((path) => path.startsWith('include/')).sort());
});
