// y = the transposed x, so that what stood side by side in a row can be judged column by column. Saves nothing.

import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planTranspose } from '../plans/rowMoves';

export interface TransposeTypes {
  readonly inputs: { /** [R, C] */ readonly x: Tensor };
  readonly attributes: Readonly<Record<string, never>>;
  readonly outputs: { /** [C, R] */ readonly y: Tensor };
}

export const transpose: Operation<TransposeTypes> = {
  outputs(make, { x }) {
    requireShape(x.shape.length === 2, 'transpose', `x is [${x.shape}]`);
    return { y: make('y', [x.shape[1], x.shape[0]]) };
  },
  forward(emit, { inputs, outputs }) {
    const [rows, columns] = inputs.x.shape;
    for (const dispatch of planTranspose({ rows, columns }, emit.choices.family))
      emit.call('forward', dispatch, { ...inputs, ...outputs });
  },
  backward(emit, { inputs, outputs }) {
    const dY = emit.gradientOf(outputs.y);
    if (!dY) return;
    const [columns, rows] = inputs.x.shape;
    emit.contribute(inputs.x, (dX) => {
      for (const dispatch of planTranspose({ rows, columns }, emit.choices.family))
        emit.call('backward', dispatch, { x: dY, y: dX });
    });
  },
};
