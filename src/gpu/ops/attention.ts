// Causal or full self-attention over packed projections, without a T x T matrix in memory (Dao et al. 2022). Saves the log-sum-exp.

import { type AttentionPlan, type AttentionSide, planAttention } from '../attention/plan';
import type { Emitter } from '../emitter';
import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';

export interface AttentionTypes {
  /** [N, (heads + 2 kvHeads) * headDim]: queries, then keys, then values. */
  readonly inputs: {
    readonly qkv: Tensor;
    /** u32 [N]: 0 where the key is padding; of causal attention the first key that each token may see: it stays within documents. */
    readonly mask?: Tensor | undefined;
  };
  readonly attributes: {
    readonly batch: number;
    readonly tokens: number;
    readonly heads: number;
    readonly kvHeads: number;
    readonly headDim: number;
    readonly causal: boolean;
    /** Where causal: keys that a query sees, itself and those before it; all of them where left out. */
    readonly window?: number;
    /** Probability that an attention weight is dropped. */
    readonly dropout: number;
    /** Names this place to the dropout mask. */
    readonly dropoutTag: number;
    /** For the dropout mask where heads are sharded: query heads of the whole model (default: heads) and the first of them here (0). */
    readonly totalHeads?: number;
    readonly headOffset?: number;
  };
  readonly outputs: { /** [N, heads * headDim] */ readonly out: Tensor /** [B * heads * T] */; readonly lse: Tensor };
}

const LABELS: Readonly<Record<AttentionSide, string>> = {
  forward: 'forward',
  query: 'd_query',
  keyValue: 'd_key_value',
  both: 'd_qkv',
};

function plan(emit: Emitter, attributes: AttentionTypes['attributes'], mask: Tensor | undefined): AttentionPlan {
  return planAttention(
    { ...attributes, masked: mask !== undefined },
    emit.choices.family,
    emit.choices.limits,
    emit.choices.features,
  );
}

export const attention: Operation<AttentionTypes> = {
  outputs(make, { qkv, mask }, { batch, tokens, heads, kvHeads, headDim }) {
    requireShape(
      Number.isInteger(headDim) &&
        qkv.shape.length === 2 &&
        qkv.shape[0] === batch * tokens &&
        qkv.shape[1] === (heads + 2 * kvHeads) * headDim,
      'attention',
      `qkv is [${qkv.shape}] for batch ${batch}, tokens ${tokens}, heads ${heads}/${kvHeads} of ${headDim}`,
    );
    requireShape(
      !mask || mask.shape.join() === `${batch * tokens}`,
      'attention',
      `mask is [${mask?.shape}] for ${batch} x ${tokens} tokens`,
    );
    return { out: make('out', [batch * tokens, heads * headDim]), lse: make('lse', [batch * heads * tokens]) };
  },
  forward(emit, { inputs, outputs, attributes }) {
    emit.call(LABELS.forward, plan(emit, attributes, inputs.mask).forward.dispatch, { ...inputs, ...outputs });
  },
  backward(emit, { inputs, outputs, attributes }) {
    const dOut = emit.gradientOf(outputs.out);
    if (!dOut) return;
    const delta = emit.scratch('delta', outputs.lse.shape);
    emit.contribute(inputs.qkv, (dQkv) => {
      const bindings = { ...inputs, ...outputs, d_out: dOut, delta, d_qkv: dQkv };
      for (const { side, dispatch } of plan(emit, attributes, inputs.mask).backward)
        emit.call(LABELS[side], dispatch, bindings);
    });
  },
};
