// The first row of each sequence: what BERT's pooler reads of [CLS]. Saves nothing.

import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planFirstRows } from '../plans/rowMoves';

export interface FirstRowsTypes {
  readonly inputs: { /** [R * stride, C] */ readonly x: Tensor };
  readonly attributes: { /** Rows of a sequence. */ readonly stride: number };
  readonly outputs: { /** [R, C] */ readonly y: Tensor };
}

export const firstRows: Operation<FirstRowsTypes> = {
  outputs(make, { x }, { stride }) {
    requireShape(
      x.shape.length === 2 && x.shape[0] % stride === 0,
      'firstRows',
      `x is [${x.shape}], sequences of ${stride} rows`,
    );
    return { y: make('y', [x.shape[0] / stride, x.shape[1]]) };
  },
  forward(emit, { inputs, outputs, attributes: { stride } }) {
    const [rows, columns] = outputs.y.shape;
    for (const dispatch of planFirstRows({ rows, columns, stride, backward: false }, emit.choices.family))
      emit.call('forward', dispatch, { ...inputs, ...outputs });
  },
  backward(emit, { inputs, outputs, attributes: { stride } }) {
    const dY = emit.gradientOf(outputs.y);
    if (!dY) return;
    const [rows, columns] = outputs.y.shape;
    emit.contribute(inputs.x, (dX) => {
      for (const dispatch of planFirstRows({ rows, columns, stride, backward: true }, emit.choices.family))
        emit.call('backward', dispatch, { y: dY, x: dX });
    });
  },
};
