// The optimiser as dispatches over the arenas: gradient norm and clip scale first, then AdamW, SGD or Muon. Plain data; no device.

import type { TrainConfig } from '../core/runConfig';
import type { ArenaLayout } from '../gpu/arena';
import type { Emitter } from '../gpu/emitter';
import type { ArenaName, KernelCall, Tensor } from '../gpu/graph';
import { planGradientNorm } from '../gpu/plans/gradientNorm';
import { METRICS_LENGTH } from '../gpu/plans/metricsLayout';
import { type MuonPlan, planMuon } from '../gpu/plans/muon';
import { planAdamW, planSgd } from '../gpu/plans/optimizer';
import { bufferNames } from './bufferNames';

/** A non-finite gradient never reaches a weight, whatever the policy: `stop` and `skip` differ in what the session does next. */
const SKIP_NON_FINITE = true;

export function emitOptimizer(emit: Emitter, layout: ArenaLayout, train: TrainConfig): KernelCall[] {
  emit.segment = 'optimizer';
  const metrics = emit.tensors.make('metrics', [METRICS_LENGTH], 'f32', { kind: 'named', name: bufferNames.metrics });
  const range = (arena: ArenaName, start: number, end: number): Tensor =>
    emit.tensors.make(arena, [end - start], 'f32', { kind: 'arena', arena, offset: start });
  const bindings = (start: number, end: number): Record<string, Tensor> => ({
    parameters: range('parameters', start, end),
    gradients: range('gradients', start, end),
    moment1: range('moment1', start, end),
    moment2: range('moment2', start, end),
    metrics,
  });
  const { family } = emit.choices;
  const { length, matrixEnd, decayEnd } = layout;

  const norm = planGradientNorm({ counts: [length], maxNorm: train.clipNorm }, family);
  const partial = emit.scratch('norm.partial', [norm.partials, 2]);
  for (const part of norm.parts)
    emit.call('gradient norm', part, { gradients: range('gradients', 0, length), partial });
  emit.call('gradient norm', norm.finish, { partial, metrics });

  const shared = { weightDecay: train.weightDecay, skipNonFinite: SKIP_NON_FINITE };
  if (train.optimizer === 'sgd') {
    const problem = { ...shared, count: length, decayEnd, momentum: train.momentum, nesterov: false, coupled: false };
    for (const dispatch of planSgd(problem, family)) emit.call('sgd', dispatch, bindings(0, length));
    return emit.calls;
  }
  const start = train.optimizer === 'muon' ? matrixEnd : 0;
  const adamw = {
    ...shared,
    count: length - start,
    decayEnd: decayEnd - start,
    beta1: train.beta1,
    beta2: train.beta2,
    epsilon: train.epsilon,
  };
  for (const dispatch of planAdamW(adamw, family)) emit.call('adamw', dispatch, bindings(start, length));
  if (train.optimizer === 'muon') emitMuon(emit, layout, train, bindings(0, length));
  return emit.calls;
}

function emitMuon(
  emit: Emitter,
  layout: ArenaLayout,
  train: TrainConfig,
  arenas: Readonly<Record<string, Tensor>>,
): void {
  for (const { name, shape, offset } of layout.entries.values()) {
    if (offset >= layout.matrixEnd) continue;
    const [rows, columns] = shape;
    const plan = planMuon(
      {
        rows,
        columns,
        offset,
        momentum: train.momentum,
        nesterov: true,
        weightDecay: train.weightDecay,
        skipNonFinite: SKIP_NON_FINITE,
      },
      emit.choices.family,
    );
    emit.scope = `${name} `;
    emitMuonActions(emit, plan, arenas);
  }
  emit.scope = '';
}

function emitMuonActions(emit: Emitter, plan: MuonPlan, arenas: Readonly<Record<string, Tensor>>): void {
  const scratch = Object.fromEntries(
    Object.entries(plan.scratch).map(([name, elements]) => [name, emit.scratch(`muon.${name}`, [elements])]),
  );
  const tensors: Readonly<Record<string, Tensor>> = { ...arenas, ...scratch };
  for (const action of plan.actions) {
    if (action.kind === 'dispatch') emit.call('muon', action.dispatch, tensors);
    else {
      const { m, n, k, transA, transB } = action;
      emit.matmul(
        'muon',
        {
          m,
          n,
          k,
          ta: transA,
          tb: transB,
          bias: false,
          act: 0,
          aux: 0,
          residual: false,
          accumulate: false,
          biasGrad: false,
        },
        { a: tensors[action.a], b: tensors[action.b], c: tensors[action.out] },
      );
    }
  }
}
