// Llama and each relative on the device against their float64 twin: outputs, gradients, greedy tokens with and without a cache; then over meshes,
// gradients against the twin's. What transformers computed is e2e/conformance.spec.ts's.

import { expect, test } from 'vitest';
import { runConformance, singleSubject } from '../check/conformance';
import type { LlamaConfig } from '../core/models/llama';
import type { ParallelConfig } from '../core/runConfig';
import type { KernelFamilyName } from '../gpu/kernelChoices';
import { llamaBackward, llamaForward } from '../reference/llama';
import { fixedChoices } from '../testing/fixedChoices';
import { largestDifference, largestMagnitude } from '../testing/gradientCheck';
import { testDevice } from '../testing/testDevice';
import { tinyLlamaCase, tinyLlamas } from '../testing/tinyLlama';
import { TinyMesh } from '../testing/tinyMesh';
import { rates, tinyInputs, tinyTrain } from '../testing/tinyRun';
import { initialWeights } from './initialize';

const lab = testDevice('adapter');

for (const family of ['blocked', 'tiled'] satisfies KernelFamilyName[]) {
  // A GPU's kernels take a software adapter long to compile: those of the one relative that has most of them.
  const some = family === 'blocked' ? tinyLlamas : tinyLlamas.filter(([what]) => what === 'qwen3');
  test.each(some)(`${family}: %s`, async (_, config) => {
    const golden = tinyLlamaCase(config);
    const choices = fixedChoices(lab.gpu, family);
    const subject = await singleSubject({ gpu: lab.gpu, cache: lab.cache, choices, rates }, golden);
    const rows = await runConformance(golden, () => undefined, subject);
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter(({ ok }) => !ok)).toEqual([]);
  });
}

const [llama, scaled, qwen2, qwen3, mistral] = tinyLlamas.map(([, config]) => config);
const meshes: readonly (readonly [string, LlamaConfig, Partial<ParallelConfig>, microBatches: number])[] = [
  ['qwen3 over tp 2 and ZeRO 3', qwen3, { dp: 2, tp: 2, zero: 3 }, 1],
  ['qwen2 over tp 2', qwen2, { tp: 2 }, 1],
  ['tied, biases, over pp 2 and tp 2', scaled, { pp: 2, tp: 2, schedule: '1f1b' }, 2],
  ['three key heads over tp 2', { ...llama, num_attention_heads: 6, num_key_value_heads: 3 }, { tp: 2 }, 1],
  ['mistral in a split backward pass', mistral, { pp: 2, schedule: 'zbv', stagesPerRank: 2 }, 4],
];

test.each(meshes)('%s', async (_, small, parallel, microBatches) => {
  const model = { ...small, num_hidden_layers: 4 };
  const run = { model, train: { ...tinyTrain, batchSize: 4, microBatches } };
  const whole = tinyInputs({ ...run, train: { ...run.train, microBatches: 1 } }, 0).microBatch(0);
  const weights = new Map(
    [...initialWeights(model, run.train.seed)].map(([name, values]) => [name, Float64Array.from(values)]),
  );
  const batch = { tokens: Int32Array.from(whole.inputs), batch: 4, sequenceLength: run.train.sequenceLength };
  const forward = llamaForward(model, weights, batch);
  const wanted = llamaBackward(model, weights, batch, forward, whole.targets, whole.targets.length);
  const mesh = await TinyMesh.build(lab.gpu, lab.cache, 'blocked', run, parallel);
  try {
    const [first] = await mesh.run('gradients', 0);
    expect(first.loss).toBeCloseTo(wanted.loss, 4);
    const gradients = await mesh.merged('gradients');
    expect([...gradients.keys()].sort()).toEqual([...wanted.gradients.keys()].sort());
    for (const [name, values] of wanted.gradients) {
      const error = largestDifference(gradients.get(name) ?? new Float32Array(0), values);
      expect(error, name).toBeLessThan(1e-4 * largestMagnitude(values) + 1e-7);
    }
  } finally {
    mesh.destroy();
  }
});
