// A replica whose loss or gradients are not finite, on real ranks: it is named, nobody else is, and no rank changes a weight. The fault is planted
// in the kernels of that replica's ranks alone, at step 2.

import { expect, test } from 'vitest';
import type { NonFiniteRank } from '../core/nonFiniteRanks';
import type { ParallelConfig } from '../core/runConfig';
import { KernelCatalog, shaderSources } from '../gpu/kernelCatalog';
import { PipelineCache } from '../gpu/pipelineCache';
import { coordinatesOf } from '../parallel/mesh';
import { testDevice } from '../testing/testDevice';
import { TinyMesh } from '../testing/tinyMesh';
import { tinyModel, tinyTrain } from '../testing/tinyRun';

const lab = testDevice('adapter');
const NAN_AT_STEP_2 = 'bitcast<f32>(select(0u, 0x7fc00000u + step.step, step.step == 2u))';

/** Kernels that add NaN to the loss of each row, or to its gradients, at step 2. */
function spoiledCache(what: 'loss' | 'gradients'): PipelineCache {
  const changed = new Map<string, string>();
  for (const name of ['cross_entropy.wgsl', 'cross_entropy_merge.wgsl']) {
    const source = shaderSources.get(name) ?? '';
    // Only training's variants know the step; the loss of the others stays.
    const lines = source.split('\n').flatMap((line) => {
      if (what === 'gradients' && line.includes('step.inverse_tokens') && !line.startsWith('//'))
        return [line.replace('step.inverse_tokens', `(step.inverse_tokens + ${NAN_AT_STEP_2})`)];
      const stored = /^(\s*row_loss\[row\] = )(.*);$/.exec(line);
      if (what === 'loss' && stored)
        return ['#if GRADIENT', `${stored[1]}${stored[2]} + ${NAN_AT_STEP_2};`, '#else', line, '#endif'];
      return [line];
    });
    expect(lines.join('\n')).not.toBe(source);
    changed.set(name, lines.join('\n'));
  }
  return new PipelineCache(lab.gpu.device, new KernelCatalog(Object.fromEntries(changed)));
}

const cases: readonly {
  readonly parallel: Partial<ParallelConfig>;
  readonly fault: 'loss' | 'gradients';
  /** Ranks that must be named, and none else. */
  readonly ranks: readonly number[];
}[] = [
  { parallel: { dp: 2 }, fault: 'gradients', ranks: [1] },
  // A stage's loss is its last rank's; what is wrong with its gradient goes back through all stages.
  { parallel: { dp: 2, pp: 2 }, fault: 'loss', ranks: [3] },
  { parallel: { dp: 2, pp: 2, zero: 2 }, fault: 'gradients', ranks: [1, 3] },
  // Tensor-parallel ranks compute the same loss from the same sums: both are named.
  { parallel: { dp: 2, tp: 2 }, fault: 'gradients', ranks: [2, 3] },
];

test.each(cases.map((each) => [JSON.stringify([each.parallel, each.fault]), each] as const))(
  '%s in replica 1',
  async (_, { parallel, fault, ranks }) => {
    const run = { model: tinyModel, train: { ...tinyTrain, microBatches: parallel.pp ?? 1 } };
    const spoiled = spoiledCache(fault);
    const shape = { dp: 1, pp: 1, tp: 1, ...parallel };
    const cacheOf = (rank: number): PipelineCache => (coordinatesOf(shape, rank).dp === 1 ? spoiled : lab.cache);
    const mesh = await TinyMesh.build(lab.gpu, lab.cache, 'blocked', run, parallel, { cacheOf });
    try {
      const [sound] = await mesh.run('train', 0);
      expect(sound.nonFiniteRanks).toBeUndefined();
      const before = await mesh.merged('parameters');
      const [bad, ...others] = await mesh.run('train', 1);
      for (const other of others) expect(other).toEqual(bad);
      const wanted = ranks.map((rank) => ({ rank, ...coordinatesOf(shape, rank), loss: fault === 'loss' }));
      const named = (bad.nonFiniteRanks ?? []).map(({ gradients: _, ...row }: NonFiniteRank) => row);
      expect(named).toEqual(wanted);
      expect(Number.isNaN(bad.loss)).toBe(fault === 'loss');
      for (const { gradients } of bad.nonFiniteRanks ?? []) expect(gradients > 0).toBe(fault === 'gradients');
      if (fault === 'gradients') expect(await mesh.merged('parameters')).toEqual(before);
      const [after] = await mesh.run('train', 2);
      expect(after.nonFiniteRanks).toBeUndefined();
      expect(Number.isFinite(after.loss)).toBe(true);
    } finally {
      mesh.destroy();
    }
  },
);
