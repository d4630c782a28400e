// y = softmax(x) over the last dim. Saves y alone: dx = y (dy - sum(dy y)). Attention has its own, online.

import { Emitter } from '../emitter';
import type { Tensor } from '../graph';
import type { Operation } from '../operation';
import { planSoftmaxBackward, planSoftmaxForward, type SoftmaxProblem } from '../plans/softmax';

export interface SoftmaxTypes {
  readonly inputs: { /** [..., C] */ readonly x: Tensor };
  readonly attributes: Readonly<Record<string, never>>;
  readonly outputs: { readonly y: Tensor };
}

function problemOf(x: Tensor): SoftmaxProblem {
  return { rows: Emitter.rows(x), columns: x.shape[x.shape.length - 1] };
}

export const softmax: Operation<SoftmaxTypes> = {
  outputs: (make, { x }) => ({ y: make('y', x.shape) }),
  forward(emit, { inputs, outputs }) {
    for (const dispatch of planSoftmaxForward(problemOf(inputs.x), emit.choices.family))
      emit.call('forward', dispatch, { ...inputs, ...outputs });
  },
  backward(emit, { inputs, outputs }) {
    const dY = emit.gradientOf(outputs.y);
    if (!dY) return;
    emit.contribute(inputs.x, (dX) => {
      for (const dispatch of planSoftmaxBackward(problemOf(inputs.x), emit.choices.family))
        emit.call('backward', dispatch, { d_y: dY, y: outputs.y, d_x: dX });
    });
  },
};
