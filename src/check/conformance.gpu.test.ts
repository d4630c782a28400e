// The conformance check on cases that the float64 twins made: the engine passes in both families, on the floor profile too, and one falsified
// value anywhere is found and named. The true golden folders are e2e/conformance.spec.ts's.

import { describe, expect, test } from 'vitest';
import type { LimitsProfile } from '../gpu/device';
import type { KernelFamilyName } from '../gpu/kernelChoices';
import { fixedChoices } from '../testing/fixedChoices';
import { type TestDevice, testDevice } from '../testing/testDevice';
import { rates } from '../testing/tinyRun';
import { twinGoldenCase } from '../testing/twinGolden';
import { runConformance, singleSubject } from './conformance';
import type { GoldenCase, NamedTensor } from './goldenCase';

async function failed({ gpu, cache }: TestDevice, golden: GoldenCase, family: KernelFamilyName) {
  const choices = fixedChoices(gpu, family);
  const rows = await runConformance(
    golden,
    () => undefined,
    await singleSubject({ gpu, cache, choices, rates }, golden),
  );
  expect(rows.length).toBeGreaterThan(60);
  return rows.filter(({ ok }) => !ok);
}

/** The same tensors, one value of one of them off by a fiftieth of the largest. */
function falsified(tensors: ReadonlyMap<string, NamedTensor>, name: string): Map<string, NamedTensor> {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`no tensor ${name}`);
  const data = tensor.data.slice();
  data[data.length >> 1] += 0.02 * data.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return new Map([...tensors, [name, { ...tensor, data }]]);
}

const profiles: readonly (readonly [LimitsProfile, KernelFamilyName])[] = [
  ['adapter', 'blocked'],
  ['min', 'blocked'],
  ['min', 'tiled'],
];

describe.each(profiles)('%s limits, %s kernels', (profile, family) => {
  const lab = testDevice(profile);

  test('the engine conforms', async () => {
    expect(await failed(lab, twinGoldenCase(), family)).toEqual([]);
  });

  if (profile === 'min') return;

  test('with an untied head, exact GELU and an inner width of its own', async () => {
    const golden = twinGoldenCase({ tie_word_embeddings: false, activation_function: 'gelu', n_inner: 20 });
    expect(await failed(lab, golden, family)).toEqual([]);
  });

  test('one falsified value is found and named, wherever it stands', async () => {
    const golden = twinGoldenCase();
    const checksOf = async (changes: Partial<GoldenCase>): Promise<string[]> =>
      (await failed(lab, { ...golden, ...changes }, family)).map(({ check }) => check);
    for (const name of ['grad.transformer.h.0.ln_1.weight', 'out.logits'])
      expect(await checksOf({ outputs: falsified(golden.outputs, name) })).toEqual([name]);
    const { greedy, train } = golden.expect;
    const tokens = greedy?.tokens.with(2, (greedy.tokens[2] + 1) % golden.config.vocab_size) ?? [];
    const expect2 = {
      ...golden.expect,
      greedy: { prompt: greedy?.prompt ?? [], tokens },
      train: { ...train, losses: train.losses.with(1, train.losses[1] + 0.002) },
    };
    expect(await checksOf({ expect: expect2 })).toEqual([
      'greedy.recompute',
      'greedy.tokens',
      'greedy.batched',
      'train.loss.1',
    ]);
    const without = new Map(golden.outputs);
    without.delete('grad.transformer.ln_f.bias');
    expect(await checksOf({ outputs: without })).toEqual(['grad.transformer.ln_f.bias']);
  });
});
