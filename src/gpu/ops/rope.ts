// Rotary position embedding of the first heads of packed rows, in place (Su et al. 2021); the rest of a row stays. The backward pass is the same
// turn the other way, in place on the gradient, so nothing is saved. Only where nobody needs x as it was: no operation before it may keep its
// output for its backward pass, and nothing but what comes after it may read x.

import type { RotaryFrequencies } from '../../core/rotary';
import type { Emitter } from '../emitter';
import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planRope } from '../plans/rope';

export interface RopeTypes {
  readonly inputs: {
    /** [N, width], turned in place. */
    readonly x: Tensor;
    /** u32 [B] where rows go on texts; undefined where they are whole sequences from position 0 on. */
    readonly firstPositions: Tensor | undefined;
  };
  readonly attributes: {
    /** Rows a sequence, or a text. */
    readonly tokens: number;
    /** Heads to turn, from column 0 on: queries and keys of a packed row. */
    readonly heads: number;
    readonly headDim: number;
    readonly frequencies: RotaryFrequencies;
  };
  readonly outputs: Readonly<Record<string, never>>;
}

function turn(
  emit: Emitter,
  label: string,
  direction: 1 | -1,
  { x, firstPositions }: RopeTypes['inputs'],
  attributes: RopeTypes['attributes'],
): void {
  const [rows, rowWidth] = x.shape;
  const problem = { ...attributes, rows, rowWidth, direction, cached: firstPositions !== undefined };
  for (const dispatch of planRope(problem, emit.choices.family))
    emit.call(label, dispatch, { x, first_positions: firstPositions });
}

export const rope: Operation<RopeTypes> = {
  outputs(_make, { x, firstPositions }, { tokens, heads, headDim }) {
    requireShape(
      x.shape.length === 2 &&
        x.shape[0] % tokens === 0 &&
        heads * headDim <= x.shape[1] &&
        (firstPositions === undefined || firstPositions.shape[0] * tokens === x.shape[0]),
      'rope',
      `x is [${x.shape}] for ${heads} heads of ${headDim}, sequences of ${tokens}`,
    );
    return {};
  },
  forward(emit, { inputs, attributes }) {
    turn(emit, 'forward', 1, inputs, attributes);
  },
  backward(emit, { inputs, attributes }) {
    const dX = emit.gradientOf(inputs.x);
    if (dX) turn(emit, 'backward', -1, { ...inputs, x: dX }, attributes);
  },
};
