// GPT-2 as transformers computes it (pre-LN blocks, learned positions, Conv1D weights), as a function on symbolic tensors.
// It knows layers and names; nothing of devices, ranks or training loops.

import { hashName } from '../core/rng';
import type { Gpt2Config } from '../core/runConfig';
import type { Tensor } from '../gpu/graph';
import type { Trace } from '../gpu/trace';

export interface BatchShape {
  /** Sequences. */
  readonly batch: number;
  /** Tokens a sequence. */
  readonly tokens: number;
}

export interface Gpt2Outputs {
  /** Input of each block, then the final norm's output: transformers' hidden_states. */
  readonly hiddenStates: readonly Tensor[];
  /** [N, C] after the final norm. */
  readonly final: Tensor;
  /** Of each block: the packed projections and the log-sum-exp, from which attention weights follow. */
  readonly attentions: readonly { readonly qkv: Tensor; readonly lse: Tensor }[];
}

/** Inputs of the embedding; `order` and `starts` index the batch by token for its gradient and are absent where there is none. */
export interface TokenInputs {
  readonly tokens: Tensor;
  readonly order: Tensor | undefined;
  readonly starts: Tensor | undefined;
}

/**
 * Records the stack from tokens [N] to the final norm.
 * @param keep keeps every hidden state for read-back.
 * @param training dropout is applied as the config says; without it none is.
 */
export function traceGpt2(
  trace: Trace,
  config: Gpt2Config,
  shape: BatchShape,
  inputs: TokenInputs,
  options: { readonly keep: boolean; readonly training: boolean },
): Gpt2Outputs {
  const kept = options.keep ? ['x', 'y', 'lse'] : [];
  const dropout = (x: Tensor, residual: Tensor | undefined, probability: number, module: string): Tensor =>
    trace.apply(
      'dropout',
      { x, residual },
      { probability, tag: hashName(module), tokensPerSequence: shape.tokens },
      kept,
    ).y;
  const chance = (probability: number): number => (options.training ? probability : 0);

  trace.scope = '';
  let x = trace.apply(
    'embedding',
    {
      ...inputs,
      table: trace.parameter('transformer.wte.weight'),
      positions: trace.parameter('transformer.wpe.weight'),
    },
    { tokensPerSequence: shape.tokens },
    kept,
  ).x;
  if (chance(config.embd_pdrop) > 0) x = dropout(x, undefined, config.embd_pdrop, 'transformer.drop');

  const hiddenStates: Tensor[] = [];
  const attentions: { qkv: Tensor; lse: Tensor }[] = [];
  for (let layer = 0; layer < config.n_layer; layer++) {
    hiddenStates.push(x);
    const prefix = `transformer.h.${layer}`;
    const parameter = (name: string): Tensor => trace.parameter(`${prefix}.${name}`);
    trace.scope = `h.${layer}.`;

    /** Projection onto the residual stream; dropout between the two keeps them from being one kernel. */
    const onto = (
      residual: Tensor,
      from: Tensor,
      name: string,
      dropoutName: string,
      xPre: Tensor | undefined,
    ): Tensor => {
      const probability = chance(config.resid_pdrop);
      const inputs = { x: from, weight: parameter(`${name}.weight`), bias: parameter(`${name}.bias`), xPre };
      const attributes = {
        layout: 'conv1d',
        activation: null,
        xActivation: config.activation_function,
      } as const;
      if (probability === 0) return trace.apply('linear', { ...inputs, residual }, attributes, kept).y;
      return dropout(
        trace.apply('linear', { ...inputs, residual: undefined }, attributes).y,
        residual,
        probability,
        `${prefix}.${dropoutName}`,
      );
    };

    trace.scope = `h.${layer}.ln_1.`;
    const normed1 = trace.apply(
      'layerNorm',
      { x, weight: parameter('ln_1.weight'), bias: parameter('ln_1.bias') },
      { epsilon: config.layer_norm_epsilon },
    ).y;
    trace.scope = `h.${layer}.attn.c_attn.`;
    const qkv = trace.apply(
      'linear',
      {
        x: normed1,
        weight: parameter('attn.c_attn.weight'),
        bias: parameter('attn.c_attn.bias'),
        residual: undefined,
        xPre: undefined,
      },
      { layout: 'conv1d', activation: null, xActivation: null },
      kept,
    ).y;
    trace.scope = `h.${layer}.attn.`;
    const { out: attended, lse } = trace.apply(
      'attention',
      { qkv },
      {
        batch: shape.batch,
        tokens: shape.tokens,
        heads: config.n_head,
        kvHeads: config.n_head,
        headDim: config.n_embd / config.n_head,
        causal: true,
        dropout: chance(config.attn_pdrop),
        dropoutTag: hashName(`${prefix}.attn.attn_dropout`),
      },
      kept,
    );
    attentions.push({ qkv, lse });
    trace.scope = `h.${layer}.attn.c_proj.`;
    const middle = onto(x, attended, 'attn.c_proj', 'attn.resid_dropout', undefined);

    trace.scope = `h.${layer}.ln_2.`;
    const normed2 = trace.apply(
      'layerNorm',
      { x: middle, weight: parameter('ln_2.weight'), bias: parameter('ln_2.bias') },
      { epsilon: config.layer_norm_epsilon },
    ).y;
    trace.scope = `h.${layer}.mlp.c_fc.`;
    const { y: hidden, pre } = trace.apply(
      'linear',
      {
        x: normed2,
        weight: parameter('mlp.c_fc.weight'),
        bias: parameter('mlp.c_fc.bias'),
        residual: undefined,
        xPre: undefined,
      },
      { layout: 'conv1d', activation: config.activation_function, xActivation: null },
    );
    trace.scope = `h.${layer}.mlp.c_proj.`;
    x = onto(middle, hidden, 'mlp.c_proj', 'mlp.dropout', pre);
  }
  trace.scope = 'ln_f.';
  const final = trace.apply(
    'layerNorm',
    { x, weight: trace.parameter('transformer.ln_f.weight'), bias: trace.parameter('transformer.ln_f.bias') },
    { epsilon: config.layer_norm_epsilon },
    kept,
  ).y;
  hiddenStates.push(final);
  trace.scope = '';
  return { hiddenStates, final, attentions };
}

/** Logits [rows, V] of the language-model head, tied to the token embedding or not. */
export function traceHead(
  trace: Trace,
  config: Gpt2Config,
  hidden: Tensor,
  options: { readonly keep: boolean },
): Tensor {
  trace.scope = 'lm_head.';
  const weight = trace.parameter(config.tie_word_embeddings ? 'transformer.wte.weight' : 'lm_head.weight');
  const logits = trace.apply(
    'linear',
    { x: hidden, weight, bias: undefined, residual: undefined, xPre: undefined },
    { layout: 'linear', activation: null, xActivation: null },
    options.keep ? ['y'] : [],
  ).y;
  trace.scope = '';
  return logits;
}
