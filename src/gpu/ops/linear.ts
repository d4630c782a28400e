// y = activate(x W + b) + residual. W is [in, out] (`conv1d`, GPT-2) or [out, in] (`linear`).
// Saves x, and the pre-activation where there is an activation. Gradients: dx = dy Wᵀ, dW = xᵀ dy, db = sum of rows of dy.

import type { ActivationName } from '../../core/models/activationNames';
import { Emitter } from '../emitter';
import type { Tensor } from '../graph';
import { type MatmulProblem, plainMatmul } from '../matmul/plan';
import { type Operation, requireShape } from '../operation';
import { activationFlag, planActivationBackward } from '../plans/activation';

export interface LinearTypes {
  readonly inputs: {
    /** [..., in], N rows. */
    readonly x: Tensor;
    readonly weight: Tensor;
    readonly bias: Tensor | undefined;
    readonly residual: Tensor | undefined;
    /** Where x = activate(xPre): dx is then delivered to xPre directly, times the activation's derivative. */
    readonly xPre: Tensor | undefined;
  };
  readonly attributes: {
    readonly layout: 'conv1d' | 'linear';
    readonly activation: ActivationName | null;
    readonly xActivation: ActivationName | null;
  };
  readonly outputs: { readonly y: Tensor /** Written where there is an activation. */; readonly pre: Tensor };
}

function flagOf(activation: ActivationName | null): MatmulProblem['act'] {
  return activation === null ? 0 : activationFlag[activation];
}

function sizes(
  x: Tensor,
  weight: Tensor,
  layout: 'conv1d' | 'linear',
): { rows: number; fanIn: number; fanOut: number } {
  const [first, second] = weight.shape;
  return layout === 'conv1d'
    ? { rows: Emitter.rows(x), fanIn: first, fanOut: second }
    : { rows: Emitter.rows(x), fanIn: second, fanOut: first };
}

export const linear: Operation<LinearTypes> = {
  outputs(make, { x, weight, bias, residual }, { layout, activation }) {
    const { fanIn, fanOut } = sizes(x, weight, layout);
    const width = x.shape[x.shape.length - 1];
    requireShape(
      weight.shape.length === 2 && width === fanIn,
      'linear',
      `x is [${x.shape}], W is [${weight.shape}] (${layout})`,
    );
    requireShape(!bias || bias.shape[0] === fanOut, 'linear', `bias is [${bias?.shape}], out is ${fanOut}`);
    const shape = [...x.shape.slice(0, -1), fanOut];
    requireShape(
      !residual || residual.shape.join() === shape.join(),
      'linear',
      `residual is [${residual?.shape}], y is [${shape}]`,
    );
    return { y: make('y', shape), pre: make('pre', activation === null ? [1] : shape) };
  },

  forward(emit, { inputs, outputs, attributes }) {
    const { rows, fanIn, fanOut } = sizes(inputs.x, inputs.weight, attributes.layout);
    emit.matmul(
      'forward',
      {
        ...plainMatmul(rows, fanOut, fanIn),
        tb: attributes.layout === 'linear',
        bias: inputs.bias !== undefined,
        act: flagOf(attributes.activation),
        aux: attributes.activation === null ? 0 : 1,
        residual: inputs.residual !== undefined,
      },
      { a: inputs.x, b: inputs.weight, c: outputs.y, bias: inputs.bias, aux: outputs.pre, residual: inputs.residual },
    );
  },

  backward(emit, { inputs, outputs, attributes }) {
    const { rows, fanIn, fanOut } = sizes(inputs.x, inputs.weight, attributes.layout);
    const conv1d = attributes.layout === 'conv1d';
    const dY = emit.gradientOf(outputs.y);
    let dPre = attributes.activation === null ? dY : emit.gradientOf(outputs.pre);
    if (!dPre) {
      if (!dY || attributes.activation === null) return;
      // Nobody took the derivative of the activation on the way here.
      dPre = emit.into(outputs.pre).target;
      for (const dispatch of planActivationBackward(
        { count: rows * fanOut, activation: attributes.activation },
        emit.choices.family,
      )) {
        emit.call('d_activation', dispatch, { d_y: dY, x: outputs.pre, d_x: dPre });
      }
    }
    const dBias = inputs.bias && emit.wants(inputs.bias) ? emit.parameterGradient(inputs.bias) : undefined;
    if (emit.wants(inputs.weight)) {
      const dWeight = emit.into(inputs.weight);
      emit.matmul(
        'd_weight',
        {
          ...plainMatmul(conv1d ? fanIn : fanOut, conv1d ? fanOut : fanIn, rows),
          ta: true,
          accumulate: dWeight.accumulate,
          // The bias gradient sums the columns of B, which is dy only in the conv1d layout.
          biasGrad: conv1d && dBias !== undefined,
        },
        { a: conv1d ? inputs.x : dPre, b: conv1d ? dPre : inputs.x, c: dWeight.target, bias_grad: dBias },
      );
    }
    if (!conv1d && dBias) emit.columnSum('d_bias', dPre, dBias);

    emitInputGradient(emit, inputs, attributes, dPre);
    // Last: where x is the residual too, its gradient from above must not be the dy that is still read here.
    if (inputs.residual && dY) emit.pass(inputs.residual, dY);
  },
};

function emitInputGradient(
  emit: Emitter,
  inputs: LinearTypes['inputs'],
  attributes: LinearTypes['attributes'],
  dPre: Tensor,
): void {
  const { rows, fanIn, fanOut } = sizes(inputs.x, inputs.weight, attributes.layout);
  const conv1d = attributes.layout === 'conv1d';
  const wanted = inputs.xPre ?? inputs.x;
  if (wanted.storage.kind === 'named' || !emit.wants(wanted)) return;
  const dX = emit.into(wanted);
  emit.matmul(
    'd_input',
    {
      ...plainMatmul(rows, fanIn, fanOut),
      tb: conv1d,
      accumulate: dX.accumulate,
      act: inputs.xPre ? flagOf(attributes.xActivation) : 0,
      aux: inputs.xPre ? 2 : 0,
    },
    { a: dPre, b: inputs.weight, c: dX.target, aux: inputs.xPre },
  );
}
