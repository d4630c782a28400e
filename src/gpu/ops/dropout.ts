// y = x * mask / (1 - p) + residual, the mask a function of (seed, tag, step, element of the global batch) that backward computes again
// (Srivastava et al. 2014). A rank that holds a run of the stream's rows, or of its columns, makes its part of the same mask.

import type { Emitter } from '../emitter';
import { elementCount, type Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planDropout } from '../plans/dropout';

export interface DropoutTypes {
  /** [rows, C]: all rows of the micro-batch's stream, or a run of them. */
  readonly inputs: { readonly x: Tensor; readonly residual: Tensor | undefined };
  readonly attributes: {
    readonly probability: number;
    /** Names this place. */
    readonly tag: number;
    readonly tokensPerSequence: number;
    /** The row of the micro-batch's stream [N, C] that row 0 of x is; 0 where not given. */
    readonly firstRow?: number;
    /** Where x is some columns of the stream: of how many, and from which on. */
    readonly window?: { readonly of: number; readonly first: number };
  };
  readonly outputs: { readonly y: Tensor };
}

function emitDropout(
  emit: Emitter,
  label: string,
  x: Tensor,
  residual: Tensor | undefined,
  y: Tensor,
  { probability, tag, tokensPerSequence, firstRow = 0, window }: DropoutTypes['attributes'],
): void {
  const columns = x.shape[x.shape.length - 1];
  const streamColumns = window?.of ?? columns;
  const problem = {
    count: elementCount(x.shape),
    sequenceElements: tokensPerSequence * streamColumns,
    firstElement: firstRow * streamColumns,
    tag,
    rate: probability,
    residual: residual !== undefined,
    ...(window ? { window: { columns, ...window } } : {}),
  };
  for (const dispatch of planDropout(problem, emit.choices.family)) emit.call(label, dispatch, { x, residual, y });
}

export const dropout: Operation<DropoutTypes> = {
  outputs(make, { x, residual }) {
    requireShape(
      !residual || residual.shape.join() === x.shape.join(),
      'dropout',
      `x is [${x.shape}], residual [${residual?.shape}]`,
    );
    return { y: make('y', x.shape) };
  },
  forward(emit, { inputs, outputs, attributes }) {
    emitDropout(emit, 'dropout', inputs.x, inputs.residual, outputs.y, attributes);
  },
  backward(emit, { inputs, outputs, attributes }) {
    const dY = emit.gradientOf(outputs.y);
    if (!dY) return;
    emit.contribute(inputs.x, (dX) => emitDropout(emit, 'd_dropout', dY, undefined, dX, attributes));
    if (inputs.residual) emit.pass(inputs.residual, dY);
  },
};
