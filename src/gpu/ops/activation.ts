// y = f(x), pointwise, for where no matmul's epilogue does it. Saves nothing but its input.

import { elementCount, type Tensor } from '../graph';
import type { Operation } from '../operation';
import { type ActivationProblem, planActivationBackward, planActivationForward } from '../plans/activation';

export interface ActivationTypes {
  readonly inputs: { readonly x: Tensor };
  readonly attributes: { readonly activation: ActivationProblem['activation'] };
  readonly outputs: { readonly y: Tensor };
}

function problemOf(x: Tensor, { activation }: ActivationTypes['attributes']): ActivationProblem {
  return { count: elementCount(x.shape), activation };
}

export const activation: Operation<ActivationTypes> = {
  outputs: (make, { x }) => ({ y: make('y', x.shape) }),
  forward(emit, { inputs, outputs, attributes }) {
    for (const dispatch of planActivationForward(problemOf(inputs.x, attributes), emit.choices.family))
      emit.call('forward', dispatch, { ...inputs, ...outputs });
  },
  backward(emit, { inputs, outputs, attributes }) {
    const dY = emit.gradientOf(outputs.y);
    if (!dY) return;
    emit.contribute(inputs.x, (dX) => {
      for (const dispatch of planActivationBackward(problemOf(inputs.x, attributes), emit.choices.family))
        emit.call('backward', dispatch, { d_y: dY, x: inputs.x, d_x: dX });
    });
  },
};
