// No kernel without a check: every file in shaders/ is run by a case of some family, and every file that cases name is there.
// Plans only: it runs no kernel.

import { expect, test } from 'vitest';
import { shaderSources } from '../../gpu/kernelCatalog';
import { kernelFamilies } from './families';

test('every kernel file has a case, and every include is used', { timeout: 120_000 }, () => {
  const files = [...shaderSources.keys()].filter((path) => !path.startsWith('include/'));
  expect(files.length).toBeGreaterThan(20);
  const checked = new Set<string>();
  for (const { family, cases } of kernelFamilies) {
    let count = 0;
    for (const { run, expected } of cases()) {
      count++;
      if (Object.keys(expected).length > 0) checked.add(`${run.kernel}.wgsl`);
    }
    expect(count, family).toBeGreaterThan(0);
  }
  expect([...checked].sort()).toEqual(files.sort());

  const text = [...shaderSources.values()].join('\n');
  const included = new Set([...text.matchAll(/#include "([^"]+)"/g)].map(([, name]) => `include/${name}`));
  expect([...included].sort()).toEqual([...shaderSources.keys()].filter((path) => path.startsWith('include/')).sort());
});
