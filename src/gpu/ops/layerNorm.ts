// y = (x - mean) / sqrt(var + epsilon) * weight + bias over the last dim (Ba et al. 2016). Saves mean and reciprocal deviation of each row.

import { Emitter } from '../emitter';
import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planNormBackward, planNormForward } from '../plans/norm';

export interface LayerNormTypes {
  readonly inputs: { /** [..., C] */ readonly x: Tensor; readonly weight: Tensor; readonly bias: Tensor };
  readonly attributes: { readonly epsilon: number };
  readonly outputs: { readonly y: Tensor /** [N, 2] */; readonly stats: Tensor };
}

export const layerNorm: Operation<LayerNormTypes> = {
  outputs(make, { x, weight, bias }) {
    const width = x.shape[x.shape.length - 1];
    requireShape(
      weight.shape[0] === width && bias.shape[0] === width,
      'layerNorm',
      `x is [${x.shape}], weight [${weight.shape}], bias [${bias.shape}]`,
    );
    return { y: make('y', x.shape), stats: make('stats', [Emitter.rows(x), 2]) };
  },
  forward(emit, { inputs, outputs, attributes }) {
    const problem = {
      rows: Emitter.rows(inputs.x),
      columns: inputs.weight.shape[0],
      rms: false,
      epsilon: attributes.epsilon,
    };
    for (const dispatch of planNormForward(problem, emit.choices.family))
      emit.call('forward', dispatch, { ...inputs, ...outputs });
  },
  backward(emit, { inputs, outputs }) {
    emitNormBackward(emit, {
      x: inputs.x,
      weight: inputs.weight,
      bias: inputs.bias,
      y: outputs.y,
      stats: outputs.stats,
    });
  },
};

/** The backward of both norms; RMS norm has no bias. */
export function emitNormBackward(
  emit: Emitter,
  {
    x,
    weight,
    bias,
    y,
    stats,
  }: {
    readonly x: Tensor;
    readonly weight: Tensor;
    readonly bias: Tensor | undefined;
    readonly y: Tensor;
    readonly stats: Tensor;
  },
): void {
  const dY = emit.gradientOf(y);
  if (!dY) return;
  const trained = emit.wants(weight);
  const dX = emit.into(x);
  const columns = weight.shape[0];
  const plan = planNormBackward(
    { rows: Emitter.rows(x), columns, rms: bias === undefined, accumulate: dX.accumulate },
    emit.choices.family,
  );
  const partial = emit.scratch('partial', [plan.partials, 2 * columns]);
  const bindings = {
    d_y: dY,
    x,
    weight,
    stats,
    d_x: dX.target,
    partial,
    d_weight: trained ? emit.parameterGradient(weight) : undefined,
    d_bias: trained && bias ? emit.parameterGradient(bias) : undefined,
  };
  emit.call('backward', plan.dispatches[0], bindings);
  if (trained) emit.call('d_weight', plan.dispatches[1], bindings);
}
