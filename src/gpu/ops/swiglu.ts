// y = silu(gate) * up, pointwise, of packed rows: the gates, then the ups, as one product makes them of two matrices that lie beneath each other
// (Shazeer 2020, eq. 6). The matrices are `linear`'s business. Saves nothing but its input.

import { Emitter } from '../emitter';
import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planSwigluBackward, planSwigluForward, type SwigluProblem } from '../plans/activation';

export interface SwigluTypes {
  /** [..., 2 F] */
  readonly inputs: { readonly x: Tensor };
  readonly attributes: Readonly<Record<string, never>>;
  /** [..., F] */
  readonly outputs: { readonly y: Tensor };
}

function problemOf(y: Tensor): SwigluProblem {
  return { rows: Emitter.rows(y), columns: y.shape[y.shape.length - 1] };
}

export const swiglu: Operation<SwigluTypes> = {
  outputs(make, { x }) {
    const width = x.shape[x.shape.length - 1];
    requireShape(width % 2 === 0, 'swiglu', `x is [${x.shape}], its rows do not divide by 2`);
    return { y: make('y', [...x.shape.slice(0, -1), width / 2]) };
  },
  forward(emit, { inputs: { x }, outputs: { y } }) {
    for (const dispatch of planSwigluForward(problemOf(y), emit.choices.family))
      emit.call('forward', dispatch, { x, y });
  },
  backward(emit, { inputs: { x }, outputs: { y } }) {
    const dY = emit.gradientOf(y);
    if (!dY) return;
    emit.contribute(x, (dX) => {
      for (const dispatch of planSwigluBackward(problemOf(y), emit.choices.family))
        emit.call('backward', dispatch, { d_y: dY, x, d_x: dX });
    });
  },
};
