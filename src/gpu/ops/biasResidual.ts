// y = x + bias + residual, for where x is a sum over ranks, so that no product's epilogue can add them (Shoeybi et al. 2019, section 3).
// Saves nothing. x and the residual both get the very gradient of y; one of them as a copy.

import { Emitter } from '../emitter';
import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planBiasResidual } from '../plans/biasResidual';

export interface BiasResidualTypes {
  readonly inputs: {
    /** [rows, C] */
    readonly x: Tensor;
    /** [C] */
    readonly bias: Tensor;
    /** [rows, C] */
    readonly residual: Tensor | undefined;
  };
  readonly attributes: Readonly<Record<string, never>>;
  readonly outputs: { readonly y: Tensor };
}

export const biasResidual: Operation<BiasResidualTypes> = {
  outputs(make, { x, bias, residual }) {
    requireShape(
      bias.shape.length === 1 &&
        x.shape[x.shape.length - 1] === bias.shape[0] &&
        (!residual || residual.shape.join() === x.shape.join()),
      'biasResidual',
      `x is [${x.shape}], bias [${bias.shape}], residual [${residual?.shape}]`,
    );
    return { y: make('y', x.shape) };
  },
  forward(emit, { inputs, outputs }) {
    const { x, bias, residual } = inputs;
    const problem = { rows: Emitter.rows(x), columns: bias.shape[0], residual: residual !== undefined };
    for (const dispatch of planBiasResidual(problem, emit.choices.family))
      emit.call('forward', dispatch, { ...inputs, ...outputs });
  },
  backward(emit, { inputs: { x, bias, residual }, outputs }) {
    const dY = emit.gradientOf(outputs.y);
    if (!dY) return;
    if (emit.wants(bias)) emit.columnSum('d_bias', dY, emit.parameterGradient(bias));
    if (residual) {
      // The copy comes before the pass: afterwards the residual's consumers may add to dY in place.
      emit.copy(x, dY);
      emit.pass(residual, dY);
    } else {
      emit.pass(x, dY);
    }
  },
};
