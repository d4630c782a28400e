import { expect, test } from 'vitest';
import { fakePlan } from '../testing/fakeCluster';
import { clusterPredictor } from './clusterPredictor';
import { modelPresets } from './modelPresets';
import { hardwareProfiles } from './profiles';
import { searching } from './search';

test('Llama 3.1 70B on 512 H100s: thousands of plans in seconds, and one that torchtitan’s users would start with', () => {
  const model = modelPresets.find(({ id }) => id === 'llama-3.1-70b');
  const hardware = hardwareProfiles.find(({ id }) => id === 'h100-sxm');
  if (model === undefined || hardware === undefined) throw new Error('no such preset');
  const base = { ...fakePlan, model: model.shape, hardware };
  // Of this process: other work on the machine is not the search's.
  const started = process.cpuUsage();
  const search = searching({ base, ranks: 512 }, clusterPredictor);
  let step = search.next();
  while (step.done !== true) step = search.next();
  const { candidates, best, counts } = step.value;
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1e6).toBeLessThan(10);
  expect(counts.considered).toBeGreaterThan(2_000);
  const { choice, peakBytes, modelFlopsShare } = candidates[best ?? 0];
  // FSDP, tensor parallelism inside the node if any, at most a short pipeline; as busy as published runs are.
  expect(choice.mesh.tp).toBeLessThanOrEqual(8);
  expect(choice.mesh.pp).toBeLessThanOrEqual(4);
  expect(choice.mesh.dp).toBeGreaterThanOrEqual(16);
  expect(choice.zero).toBeGreaterThanOrEqual(1);
  expect(modelFlopsShare).toBeGreaterThan(0.35);
  expect(modelFlopsShare).toBeLessThan(0.6);
  expect(peakBytes).toBeLessThan(80 * 2 ** 30);
});
