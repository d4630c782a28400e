// The optimiser as dispatches over the arenas: gradient norm and clip scale first, then AdamW, SGD or Muon. Plain data; no device.

import type { ArenaLayout, ArenaUnit } from '../core/arena';
import type { TrainConfig } from '../core/runConfig';
import type { Emitter } from '../gpu/emitter';
import type { ArenaName, ProgramCall, Tensor } from '../gpu/graph';
import { plainMatmul } from '../gpu/matmul/plan';
import { planGradientNorm } from '../gpu/plans/gradientNorm';
import { METRICS_LENGTH } from '../gpu/plans/metricsLayout';
import { type MuonPlan, planMuon } from '../gpu/plans/muon';
import { planAdamW, planSgd } from '../gpu/plans/optimizer';
import { bufferNames } from './bufferNames';

/** A non-finite gradient never reaches a weight, whatever the policy: `stop` and `skip` differ in what the session does next. */
const SKIP_NON_FINITE = true;

/** What of the arenas a rank updates: whole units, or its parts of them, which may lie elsewhere in an arena that holds parts alone. */
export interface UpdateRange {
  readonly unit: ArenaUnit;
  /** Elements of the whole arena: [start, start + length). */
  readonly start: number;
  readonly length: number;
  /** Where the range begins in each arena as this rank stores it. */
  readonly offsets: Readonly<Record<Exclude<ArenaName, 'frozen'>, number>>;
}

/** Every unit whole, where every arena is. */
export function wholeUnits(layout: ArenaLayout): UpdateRange[] {
  return layout.units.map((unit) => ({
    unit,
    start: unit.start,
    length: unit.end - unit.start,
    offsets: { parameters: unit.start, gradients: unit.start, moment1: unit.start, moment2: unit.start },
  }));
}

function metricsTensor(emit: Emitter): Tensor {
  return emit.tensors.make('metrics', [METRICS_LENGTH], 'f32', { kind: 'named', name: bufferNames.metrics });
}

function arenaRange(emit: Emitter, arena: ArenaName, offset: number, length: number): Tensor {
  return emit.tensors.make(arena, [length], 'f32', { kind: 'arena', arena, offset });
}

/** Norm, non-finite count and clip scale of the gradients in `ranges` (elements of the gradient arena as stored) into the metrics. */
export function emitGradientNorm(
  emit: Emitter,
  ranges: readonly { readonly offset: number; readonly length: number }[],
  maxNorm: number,
): void {
  emit.segment = 'optimizer';
  const counts = ranges.map(({ length }) => length);
  const norm = planGradientNorm({ counts, maxNorm }, emit.choices.family);
  const partial = emit.scratch('norm.partial', [norm.partials, 2]);
  norm.parts.forEach((part, index) => {
    const { offset, length } = ranges[index];
    emit.call('gradient norm', part, { gradients: arenaRange(emit, 'gradients', offset, length), partial });
  });
  emit.call('gradient norm', norm.finish, { partial, metrics: metricsTensor(emit) });
}

/** The update of `ranges` with what the metrics hold: clip scale and non-finite count. */
export function emitUpdate(
  emit: Emitter,
  layout: ArenaLayout,
  ranges: readonly UpdateRange[],
  train: TrainConfig,
): void {
  emit.segment = 'optimizer';
  const metrics = metricsTensor(emit);
  const shared = { weightDecay: train.weightDecay, skipNonFinite: SKIP_NON_FINITE };
  const { family } = emit.choices;
  for (const { unit, start, length, offsets } of ranges) {
    // Muon updates hidden matrices itself.
    const skipped = train.optimizer === 'muon' ? Math.min(length, Math.max(0, unit.matrixEnd - start)) : 0;
    const count = length - skipped;
    if (count === 0) continue;
    const decayEnd = Math.min(count, Math.max(0, unit.decayEnd - start - skipped));
    const bindings = {
      parameters: arenaRange(emit, 'parameters', offsets.parameters + skipped, count),
      gradients: arenaRange(emit, 'gradients', offsets.gradients + skipped, count),
      moment1: arenaRange(emit, 'moment1', offsets.moment1 + skipped, count),
      moment2: arenaRange(emit, 'moment2', offsets.moment2 + skipped, count),
      metrics,
    };
    const dispatches =
      train.optimizer === 'sgd'
        ? planSgd({ ...shared, count, decayEnd, momentum: train.momentum, nesterov: false, coupled: false }, family)
        : planAdamW(
            { ...shared, count, decayEnd, beta1: train.beta1, beta2: train.beta2, epsilon: train.epsilon },
            family,
          );
    for (const dispatch of dispatches) emit.call(train.optimizer === 'sgd' ? 'sgd' : 'adamw', dispatch, bindings);
  }
  if (train.optimizer === 'muon') emitMuon(emit, layout, ranges, train, metrics);
}

export function emitOptimizer(emit: Emitter, layout: ArenaLayout, train: TrainConfig): readonly ProgramCall[] {
  emitGradientNorm(emit, [{ offset: 0, length: layout.length }], train.clipNorm);
  emitUpdate(emit, layout, wholeUnits(layout), train);
  return emit.calls;
}

/** Of whole matrices in `ranges` only: their orthogonal factor is no sum over parts. */
function emitMuon(
  emit: Emitter,
  layout: ArenaLayout,
  ranges: readonly UpdateRange[],
  train: TrainConfig,
  metrics: Tensor,
): void {
  const arenas = {
    parameters: arenaRange(emit, 'parameters', 0, layout.length),
    gradients: arenaRange(emit, 'gradients', 0, layout.length),
    moment1: arenaRange(emit, 'moment1', 0, layout.length),
    moment2: arenaRange(emit, 'moment2', 0, layout.length),
    metrics,
  };
  for (const { name, shape, offset } of layout.entries.values()) {
    if (!ranges.some(({ unit }) => offset >= unit.start && offset < unit.matrixEnd)) continue;
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
        { ...plainMatmul(m, n, k), ta: transA, tb: transB },
        { a: tensors[action.a], b: tensors[action.b], c: tensors[action.out] },
      );
    }
  }
}
