// y = x / sqrt(mean(x^2) + epsilon) * weight over the last dim (Zhang & Sennrich 2019). Saves the reciprocal root of each row.

import { Emitter } from '../emitter';
import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planNormForward } from '../plans/norm';
import { emitNormBackward } from './layerNorm';

export interface RmsNormTypes {
  readonly inputs: { /** [..., C] */ readonly x: Tensor; readonly weight: Tensor };
  readonly attributes: { readonly epsilon: number };
  readonly outputs: { readonly y: Tensor /** [N, 2] */; readonly stats: Tensor };
}

export const rmsNorm: Operation<RmsNormTypes> = {
  outputs(make, { x, weight }) {
    requireShape(
      weight.shape[0] === x.shape[x.shape.length - 1],
      'rmsNorm',
      `x is [${x.shape}], weight [${weight.shape}]`,
    );
    return { y: make('y', x.shape), stats: make('stats', [Emitter.rows(x), 2]) };
  },
  forward(emit, { inputs, outputs, attributes }) {
    const problem = {
      rows: Emitter.rows(inputs.x),
      columns: inputs.weight.shape[0],
      rms: true,
      epsilon: attributes.epsilon,
    };
    for (const dispatch of planNormForward(problem, emit.choices.family))
      emit.call('forward', dispatch, { ...inputs, ...outputs });
  },
  backward(emit, { inputs, outputs }) {
    emitNormBackward(emit, { x: inputs.x, weight: inputs.weight, bias: undefined, y: outputs.y, stats: outputs.stats });
  },
};
