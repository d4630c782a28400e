// Rotary position embedding of the first heads of packed rows (Su et al. 2021); the rest of a row is copied. The backward pass is the same
// turn the other way, so nothing is saved. Never in place: the backward of what wrote x may need it as it was.

import type { Emitter } from '../emitter';
import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planRope } from '../plans/rope';

export interface RopeTypes {
  readonly inputs: {
    /** [N, width] */
    readonly x: Tensor;
    /** [headDim / 2], from ropeFrequencies: a buffer that the caller fills. */
    readonly frequencies: Tensor;
  };
  readonly attributes: {
    /** Tokens a sequence: the position of a row is firstPosition + row % tokens. */
    readonly tokens: number;
    readonly firstPosition: number;
    /** Heads to turn, from column 0 on: queries and keys of a packed row. */
    readonly heads: number;
    readonly headDim: number;
  };
  readonly outputs: { readonly y: Tensor };
}

function turn(
  emit: Emitter,
  label: string,
  direction: 1 | -1,
  attributes: RopeTypes['attributes'],
  bindings: { readonly x: Tensor; readonly frequencies: Tensor; readonly y: Tensor },
): void {
  const [rows, rowWidth] = bindings.x.shape;
  for (const dispatch of planRope({ ...attributes, rows, rowWidth, direction }, emit.choices.family))
    emit.call(label, dispatch, bindings);
}

export const rope: Operation<RopeTypes> = {
  outputs(make, { x, frequencies }, { tokens, heads, headDim }) {
    requireShape(
      x.shape.length === 2 &&
        x.shape[0] % tokens === 0 &&
        heads * headDim <= x.shape[1] &&
        frequencies.shape[0] === headDim / 2,
      'rope',
      `x is [${x.shape}], frequencies [${frequencies.shape}] for ${heads} heads of ${headDim}, sequences of ${tokens}`,
    );
    return { y: make('y', x.shape) };
  },
  forward(emit, { inputs, outputs, attributes }) {
    turn(emit, 'forward', 1, attributes, { ...inputs, ...outputs });
  },
  backward(emit, { inputs, outputs, attributes }) {
    const dY = emit.gradientOf(outputs.y);
    if (!dY) return;
    const { frequencies } = inputs;
    emit.contribute(inputs.x, (dX) => turn(emit, 'backward', -1, attributes, { x: dY, frequencies, y: dX }));
  },
};
