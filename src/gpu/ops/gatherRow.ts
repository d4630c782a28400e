// The row that the step block's position names: the last hidden state of a prompt, in generation.

import type { Tensor } from '../graph';
import { nonDifferentiable, type Operation } from '../operation';
import { planGatherRow } from '../plans/gatherRow';

export interface GatherRowTypes {
  readonly inputs: { /** [N, C] */ readonly x: Tensor };
  readonly attributes: Readonly<Record<string, never>>;
  readonly outputs: { /** [1, C] */ readonly y: Tensor };
}

export const gatherRow: Operation<GatherRowTypes> = {
  outputs: (make, { x }) => ({ y: make('y', [1, x.shape[1]]) }),
  forward(emit, { inputs, outputs }) {
    for (const dispatch of planGatherRow({ columns: inputs.x.shape[1] }, emit.choices.family))
      emit.call('gather', dispatch, { x: inputs.x, y: outputs.y });
  },
  backward: nonDifferentiable('generation reads one row and never trains through it'),
};
