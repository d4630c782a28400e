// Tensors and the actions that carry them, on the plans that the trainer runs.

import { expect, test } from 'vitest';
import { defaultRunConfig, type ParallelConfig, type TrainConfig } from '../core/runConfig';
import { KernelCatalog } from '../gpu/kernelCatalog';
import { meshSize } from '../parallel/mesh';
import type { StepPlan } from '../parallel/stepPlan';
import { plannedChoices } from '../testing/plannedChoices';
import { tinyModel, tinyTrain } from '../testing/tinyRun';
import { planMeshRank } from '../train/meshRankPlan';
import { shownActions } from '../train/shownPlan';
import { lastTouch, touchedTensors } from './lastTouch';
import { mapTensors, type TensorLayer } from './tensorMap';

const catalog = new KernelCatalog();

function planned(changes: Partial<ParallelConfig>, train: Partial<TrainConfig> = {}) {
  const parallel = { ...defaultRunConfig.parallel, ...changes };
  const settings = { model: tinyModel, train: { ...tinyTrain, ...train }, parallel, lora: defaultRunConfig.lora };
  const { dp, pp, tp } = parallel;
  const plan: StepPlan = {
    mesh: { dp, pp, tp },
    stages: pp,
    microBatches: settings.train.microBatches,
    actions: Array.from({ length: meshSize(parallel) }, (_, rank) =>
      shownActions(planMeshRank({ ...settings, keepOutputs: false }, rank, plannedChoices, catalog)),
    ),
  };
  const last = (layer: TensorLayer, name: string, rank = 0) => {
    const map = mapTensors(settings, layer);
    const tensor = map.tensors.find((candidate) => candidate.name === name);
    if (tensor === undefined) throw new RangeError(`no tensor ${name}`);
    const index = lastTouch(map, tensor, rank, plan, parallel);
    return index === null ? null : plan.actions[rank][index];
  };
  return { settings, plan, last };
}

const matrix = 'transformer.h.1.mlp.c_fc.weight';

test('gradients of replicas are all-reduced, under ZeRO scattered and parameters gathered; state never travels', () => {
  const replicas = planned({ dp: 2 });
  expect(replicas.last('gradients', matrix)).toMatchObject({ kind: 'allReduce', axis: 'dp' });
  expect(replicas.last('parameters', matrix)).toBeNull();
  const zero = planned({ dp: 2, zero: 3 });
  expect(zero.last('gradients', matrix)).toMatchObject({ kind: 'reduceScatter', axis: 'dp' });
  expect(zero.last('parameters', matrix)).toMatchObject({ kind: 'allGather', tensor: { of: 'parameters' } });
  expect(zero.last('optimizer', matrix)).toBeNull();
  expect(planned({ dp: 2, zero: 1 }).last('parameters', matrix)).toMatchObject({ tensor: { unit: 'all' } });
  expect(planned({ dp: 2, strategy: 'local-sgd' }).last('parameters', matrix)).toMatchObject({
    tensor: { of: 'change' },
  });
  expect(planned({ dp: 2, strategy: 'async' }).last('gradients', matrix)).toMatchObject({ kind: 'push' });
});

test('with cut layers only what ranks hold in common is summed; a tied embedding is summed over its stages', () => {
  const cut = planned({ tp: 2 });
  expect(cut.last('gradients', matrix)).toBeNull();
  expect(cut.last('gradients', 'transformer.h.1.ln_1.weight')).toMatchObject({
    axis: 'tp',
    tensor: { share: 'replicated' },
  });
  expect(cut.last('activations', 'h.1.ln_2.y')).toMatchObject({ kind: 'allGather', axis: 'tp' });
  const piped = planned({ pp: 2 }, { microBatches: 2 });
  expect(piped.last('gradients', 'transformer.wte.weight', 1)).toMatchObject({ axis: 'tied' });
  expect(piped.last('gradients', 'transformer.h.0.ln_1.weight')).toBeNull();
  expect(piped.last('activations', 'h.1.stream', 1)).toMatchObject({ kind: 'receive', tensor: { of: 'activation' } });
});

test('an action points back at the tensors that it carries, a computation at those of its stage', () => {
  const { settings, plan } = planned({ dp: 2, pp: 2, zero: 1 }, { microBatches: 2 });
  const map = mapTensors(settings, 'gradients');
  const names = (wanted: (action: (typeof plan.actions)[number][number]) => boolean, rank = 3) => {
    const action = plan.actions[rank].find(wanted);
    if (action === undefined) throw new RangeError('no such action');
    return touchedTensors(map, rank, action, settings.parallel);
  };
  expect(names(({ kind }) => kind === 'reduceScatter').has(matrix)).toBe(true);
  expect(names(({ kind }) => kind === 'reduceScatter').has('transformer.h.0.ln_1.weight')).toBe(false);
  expect(names(({ kind }) => kind === 'compute').has('transformer.ln_f.weight')).toBe(true);
  expect(names(({ kind }) => kind === 'compute', 0).has(matrix)).toBe(false);
  expect(names(({ kind }) => kind === 'send', 0).size).toBe(0);
});
