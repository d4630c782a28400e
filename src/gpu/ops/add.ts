// c = a + b, for where no epilogue adds the residual. Both inputs get the very gradient of c; only one of them without a copy.

import { elementCount, type Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planAdd } from '../plans/add';

export interface AddTypes {
  readonly inputs: { readonly a: Tensor; readonly b: Tensor };
  readonly attributes: Readonly<Record<string, never>>;
  readonly outputs: { readonly c: Tensor };
}

export const add: Operation<AddTypes> = {
  outputs(make, { a, b }) {
    requireShape(a.shape.join() === b.shape.join(), 'add', `a is [${a.shape}], b [${b.shape}]`);
    return { c: make('c', a.shape) };
  },
  forward(emit, { inputs, outputs }) {
    for (const dispatch of planAdd({ count: elementCount(inputs.a.shape) }, emit.choices.family))
      emit.call('forward', dispatch, { ...inputs, ...outputs });
  },
  backward(emit, { inputs, outputs }) {
    const dC = emit.gradientOf(outputs.c);
    if (!dC) return;
    // The copy comes first: afterwards a's consumers may add to dC in place.
    emit.copy(inputs.b, dC);
    emit.pass(inputs.a, dC);
  },
};
