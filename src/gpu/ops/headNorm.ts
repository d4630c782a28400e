// RMS norm of each query head and each key head of packed rows, with a weight for either (Qwen3; Henry et al. 2020, "Query-key normalization");
// values are copied. Saves the reciprocal root of each head.

import type { Emitter } from '../emitter';
import { elementCount, type Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planCopy } from '../plans/activation';
import { type NormProblem, planNormBackward, planNormForward } from '../plans/norm';

export interface HeadNormTypes {
  readonly inputs: {
    /** [N, (heads + 2 kvHeads) headDim]: queries, then keys, then values. */
    readonly qkv: Tensor;
    /** [headDim], as is keyWeight. */
    readonly queryWeight: Tensor;
    readonly keyWeight: Tensor;
  };
  readonly attributes: { readonly heads: number; readonly kvHeads: number; readonly epsilon: number };
  readonly outputs: {
    readonly y: Tensor;
    /** [N heads, 2] */
    readonly queryStats: Tensor;
    /** [N kvHeads, 2] */
    readonly keyStats: Tensor;
  };
}

type Part = 'query' | 'key';
const PARTS: readonly Part[] = ['query', 'key'];

function problemOf({ qkv, queryWeight }: HeadNormTypes['inputs'], part: Part, attributes: HeadNormTypes['attributes']) {
  const [rows, rowWidth] = qkv.shape;
  const columns = queryWeight.shape[0];
  const heads = part === 'query' ? attributes.heads : attributes.kvHeads;
  const first = part === 'query' ? 0 : attributes.heads * columns;
  return { rows: rows * heads, columns, rms: true, heads: { heads, rowWidth, first } } satisfies NormProblem;
}

function copy(emit: Emitter, from: Tensor, to: Tensor): void {
  for (const dispatch of planCopy({ count: elementCount(from.shape) }, emit.choices.family))
    emit.call('copy', dispatch, { x: from, y: to });
}

export const headNorm: Operation<HeadNormTypes> = {
  outputs(make, { qkv, queryWeight, keyWeight }, { heads, kvHeads }) {
    const [rows, width] = qkv.shape;
    const headDim = queryWeight.shape[0];
    requireShape(
      qkv.shape.length === 2 && width === (heads + 2 * kvHeads) * headDim && keyWeight.shape[0] === headDim,
      'headNorm',
      `qkv is [${qkv.shape}] for heads ${heads}/${kvHeads}, weights [${queryWeight.shape}] and [${keyWeight.shape}]`,
    );
    return {
      y: make('y', qkv.shape),
      queryStats: make('queryStats', [rows * heads, 2]),
      keyStats: make('keyStats', [rows * kvHeads, 2]),
    };
  },
  forward(emit, { inputs, outputs, attributes }) {
    copy(emit, inputs.qkv, outputs.y);
    for (const part of PARTS) {
      const problem = { ...problemOf(inputs, part, attributes), epsilon: attributes.epsilon };
      const bindings = { x: inputs.qkv, y: outputs.y, weight: inputs[`${part}Weight`], stats: outputs[`${part}Stats`] };
      for (const dispatch of planNormForward(problem, emit.choices.family)) emit.call(part, dispatch, bindings);
    }
  },
  backward(emit, { inputs, outputs, attributes }) {
    const dY = emit.gradientOf(outputs.y);
    if (!dY) return;
    emit.contribute(inputs.qkv, (dX) => {
      copy(emit, dY, dX);
      for (const part of PARTS) {
        const problem = problemOf(inputs, part, attributes);
        const plan = planNormBackward({ ...problem, accumulate: false }, emit.choices.family);
        const weight = inputs[`${part}Weight`];
        const bindings = {
          d_y: dY,
          x: inputs.qkv,
          weight,
          stats: outputs[`${part}Stats`],
          d_x: dX,
          partial: emit.scratch('partial', [plan.partials, 2 * problem.columns]),
          d_weight: emit.wants(weight) ? emit.parameterGradient(weight) : undefined,
        };
        emit.call(`d_${part}`, plan.dispatches[0], bindings);
        if (bindings.d_weight) emit.call(`d_${part}_weight`, plan.dispatches[1], bindings);
      }
    });
  },
};
