// y = base + scale * part, the part in the columns from firstColumn on: how a low-rank adapter comes to a product, or to one of several that
// lie side by side (Hu et al. 2022, section 4.1). Saves nothing. base gets the very gradient of y, the part its columns times the scale.

import { Emitter } from '../emitter';
import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { type AddColumnsProblem, planAddColumns, planAddColumnsBackward } from '../plans/addColumns';

export interface AddColumnsTypes {
  readonly inputs: { /** [..., C] */ readonly base: Tensor /** [..., W] */; readonly part: Tensor };
  readonly attributes: { readonly firstColumn: number; readonly scale: number };
  readonly outputs: { readonly y: Tensor };
}

function problemOf(
  { base, part }: AddColumnsTypes['inputs'],
  { firstColumn, scale }: AddColumnsTypes['attributes'],
): AddColumnsProblem {
  const [columns, width] = [base, part].map(({ shape }) => shape[shape.length - 1]);
  return { rows: Emitter.rows(base), columns, width, first: firstColumn, scale };
}

export const addColumns: Operation<AddColumnsTypes> = {
  outputs(make, inputs, attributes) {
    const { base, part } = inputs;
    const { columns, width, first, rows } = problemOf(inputs, attributes);
    requireShape(
      Emitter.rows(part) === rows && first >= 0 && first + width <= columns,
      'addColumns',
      `part is [${part.shape}] from column ${first} on, base [${base.shape}]`,
    );
    return { y: make('y', base.shape) };
  },
  forward(emit, { inputs, outputs, attributes }) {
    for (const dispatch of planAddColumns(problemOf(inputs, attributes), emit.choices.family))
      emit.call('forward', dispatch, { ...inputs, ...outputs });
  },
  backward(emit, { inputs, outputs, attributes }) {
    const dY = emit.gradientOf(outputs.y);
    if (!dY) return;
    // The part comes first: afterwards base's consumers may add to dY in place.
    emit.contribute(inputs.part, (dPart) => {
      for (const dispatch of planAddColumnsBackward(problemOf(inputs, attributes), emit.choices.family))
        emit.call('d_part', dispatch, { d_y: dY, d_part: dPart });
    });
    emit.pass(inputs.base, dY);
  },
};
