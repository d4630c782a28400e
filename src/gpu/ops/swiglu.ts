// y = silu(gate) * up, pointwise (Shazeer 2020, eq. 6). The matrices around it are `linear`'s business. Saves nothing but its inputs.

import { elementCount, type Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planSwigluBackward, planSwigluForward } from '../plans/activation';

export interface SwigluTypes {
  readonly inputs: { readonly gate: Tensor; readonly up: Tensor };
  readonly attributes: Readonly<Record<string, never>>;
  readonly outputs: { readonly y: Tensor };
}

export const swiglu: Operation<SwigluTypes> = {
  outputs(make, { gate, up }) {
    requireShape(gate.shape.join() === up.shape.join(), 'swiglu', `gate is [${gate.shape}], up [${up.shape}]`);
    return { y: make('y', gate.shape) };
  },
  forward(emit, { inputs, outputs }) {
    for (const dispatch of planSwigluForward({ count: elementCount(inputs.gate.shape) }, emit.choices.family))
      emit.call('forward', dispatch, { ...inputs, ...outputs });
  },
  backward(emit, { inputs, outputs }) {
    const dY = emit.gradientOf(outputs.y);
    if (!dY) return;
    emit.contribute(inputs.gate, (dGate) => {
      emit.contribute(inputs.up, (dUp) => {
        for (const dispatch of planSwigluBackward({ count: elementCount(dY.shape) }, emit.choices.family))
          emit.call('backward', dispatch, { ...inputs, d_y: dY, d_gate: dGate, d_up: dUp });
      });
    });
  },
};
