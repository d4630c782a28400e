// Runs the attention checks on this device, variant by variant; shows that a wrong mask is found, and that bits repeat.

import { beforeAll, expect, test } from 'vitest';
import type { CheckRow } from '../../core/records';
import { KernelCatalog, shaderSources } from '../../gpu/kernelCatalog';
import { PipelineCache } from '../../gpu/pipelineCache';
import { runKernel } from '../../gpu/runKernel';
import { testDevice } from '../../testing/testDevice';
import { judge, type KernelCase } from '../kernelCase';
import { attentionFamily } from './attentionCases';

const lab = testDevice('adapter');

/** The first `most` that this device has the workgroup memory for; expectations of others are not worked out. */
function casesNamed(pattern: RegExp, most: number): KernelCase[] {
  const storage = lab.gpu.facts.limits['maxComputeWorkgroupStorageSize'];
  const found: KernelCase[] = [];
  for (const one of attentionFamily.cases((name) => pattern.test(name))) {
    if ((one.needsWorkgroupStorage ?? 0) <= storage) found.push(one);
    if (found.length === most) break;
  }
  return found;
}

async function rowsOf(cases: readonly KernelCase[], pipelines: PipelineCache): Promise<CheckRow[]> {
  const rows: CheckRow[] = [];
  for (const { name, run, expected } of cases)
    rows.push(...judge(name, await runKernel(lab.gpu, pipelines, run), expected));
  return rows;
}

// A GPU's kernels take a software adapter seconds each to compile: a few of them here, all of them in `verify`.
const VARIANTS = [
  ['blocked', / blocked (?!quad)/, 8],
  ['blocked quad', / blocked quad/, 8],
  ['tiled forward', /^forward tiled/, 2],
  ['tiled backward, queries', /^backward query tiled/, 1],
  ['tiled backward, keys and values', /^backward key value tiled/, 1],
  ['wide forward', /^forward wide /, 1],
  ['wide backward', /^backward (key value )?wide/, 1],
] as const;
const chosen = new Map<string, readonly KernelCase[]>();
const twice = /^backward key value blocked dropout /;

// Compiled side by side: that is most of the time.
beforeAll(async () => {
  for (const [variant, pattern, most] of VARIANTS) chosen.set(variant, casesNamed(pattern, most));
  const all = [...chosen.values(), casesNamed(twice, 1)].flat();
  await Promise.all(all.map(({ run }) => lab.cache.get(run)));
});

test.for(VARIANTS)('%s', async ([variant]) => {
  const rows = await rowsOf(chosen.get(variant) ?? [], lab.cache);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.filter((row) => !row.ok)).toEqual([]);
});

test('a mask that lets every row see one key too many is found', async () => {
  const file = 'attention_forward.wgsl';
  const right = shaderSources.get(file) ?? '';
  const wrong = right.replace('min(row{{R}}, last) + 1u', 'min(row{{R}}, last) + 2u');
  expect(wrong).not.toBe(right);
  const rows = await rowsOf(
    casesNamed(/^forward blocked two column tiles/, 1),
    new PipelineCache(lab.gpu.device, new KernelCatalog({ [file]: wrong })),
  );
  expect(rows.filter((row) => !row.ok)).not.toEqual([]);
});

test('the same input twice gives the same bits', async () => {
  const [first] = casesNamed(twice, 1);
  const once = await runKernel(lab.gpu, lab.cache, first.run);
  const again = await runKernel(lab.gpu, lab.cache, first.run);
  expect(new Uint32Array(again['d_qkv'].buffer)).toEqual(new Uint32Array(once['d_qkv'].buffer));
});
