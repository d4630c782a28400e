// Runs the checks of every kernel but matmul and attention on this device, family by family, and names each that misses.

import { expect, test } from 'vitest';
import type { CheckRow } from '../../core/records';
import { runKernel } from '../../gpu/runKernel';
import { testDevice } from '../../testing/testDevice';
import { judge } from '../kernelCase';
import { draftFamily } from './draftCases';
import { embeddingFamily } from './embeddingCases';
import { generationFamily } from './generationCases';
import { insideFamily } from './insideCases';
import { normFamily } from './normCases';
import { optimizerFamily } from './optimizerCases';
import { pointwiseFamily } from './pointwiseCases';
import { softmaxFamily } from './softmaxCases';
import { tensorParallelFamily } from './tensorParallelCases';

const lab = testDevice('min');

for (const { family, cases } of [
  normFamily,
  pointwiseFamily,
  softmaxFamily,
  embeddingFamily,
  tensorParallelFamily,
  optimizerFamily,
  generationFamily,
  draftFamily,
  insideFamily,
]) {
  test(family, { timeout: 120_000 }, async () => {
    const missed: CheckRow[] = [];
    let checks = 0;
    const all = [...cases()];
    // Compiled side by side: that is most of the time.
    await Promise.all(all.map(({ run }) => lab.cache.get(run)));
    for (const { name, run, expected } of all) {
      const rows = judge(name, await runKernel(lab.gpu, lab.cache, run), expected);
      checks += rows.length;
      missed.push(...rows.filter((row) => !row.ok));
    }
    expect(checks).toBeGreaterThan(0);
    expect(missed).toEqual([]);
  });
}
