// The layers of GPT-2 as transformers computes them: pre-LN blocks, learned positions, Conv1D weights. It knows parameter names; which layers
// come in which order is modelStack.ts's and modelText.ts's.

import type { Gpt2Config } from '../core/models/gpt2';
import { gpt2Sizes } from '../core/models/gpt2';
import type { Tensor } from '../gpu/graph';
import type { LayerTracer, TokenInputs } from './layerTracer';
import type { AttentionState, LossGoal, ModelLayers, TextLayers } from './modelLayers';
import { vocabularyLoss } from './vocabularyLoss';

export class Gpt2Layers implements ModelLayers, TextLayers {
  constructor(
    private readonly config: Gpt2Config,
    private readonly tracer: LayerTracer,
  ) {}

  private scope(scope: string): void {
    this.tracer.trace.scope = scope;
  }

  private norm(x: Tensor, name: string, keep: readonly string[] = []): Tensor {
    return this.tracer.layerNorm(x, name, this.config.layer_norm_epsilon, keep);
  }

  embedding(inputs: TokenInputs): Tensor {
    const { tracer, config } = this;
    this.scope('');
    const table = tracer.trace.parameter('transformer.wte.weight');
    const x = tracer.embedding(inputs, table, tracer.trace.parameter('transformer.wpe.weight'), config.vocab_size);
    const probability = tracer.chance(config.embd_pdrop);
    return probability > 0 ? tracer.dropout(x, undefined, probability, 'transformer.drop') : x;
  }

  embeddingAt(tokens: Tensor, firstPositions: Tensor): Tensor {
    const { trace } = this.tracer;
    this.scope('');
    const table = trace.parameter('transformer.wte.weight');
    const positions = trace.parameter('transformer.wpe.weight');
    return trace.apply('embeddingAt', { tokens, table, positions, firstPositions }, {}).x;
  }

  projections(x: Tensor, layer: number): Tensor {
    const { tracer } = this;
    const prefix = `transformer.h.${layer}`;
    this.scope(`h.${layer}.ln_1.`);
    const normed = this.norm(x, `${prefix}.ln_1`);
    this.scope(`h.${layer}.attn.c_attn.`);
    return tracer.into(normed, tracer.projection(`${prefix}.attn.c_attn`, 'conv1d'), null, tracer.kept).y;
  }

  /** Projection back onto the stream, with the dropout that is `module` to transformers. */
  private onto(
    residual: Tensor,
    x: Tensor,
    name: string,
    module: string,
    activated: Parameters<LayerTracer['onto']>[4],
  ): Tensor {
    const dropout = { probability: this.config.resid_pdrop, module };
    return this.tracer.onto(residual, x, this.tracer.projection(name, 'conv1d'), dropout, activated);
  }

  afterAttention(x: Tensor, attended: Tensor, layer: number): Tensor {
    const { tracer, config } = this;
    const prefix = `transformer.h.${layer}`;
    const activation = config.activation_function;
    this.scope(`h.${layer}.attn.c_proj.`);
    const middle = this.onto(x, attended, `${prefix}.attn.c_proj`, `${prefix}.attn.resid_dropout`, null);
    this.scope(`h.${layer}.ln_2.`);
    const normed = this.norm(middle, `${prefix}.ln_2`);
    this.scope(`h.${layer}.mlp.c_fc.`);
    const hidden = tracer.into(normed, tracer.projection(`${prefix}.mlp.c_fc`, 'conv1d'), activation, []);
    this.scope(`h.${layer}.mlp.c_proj.`);
    const activated = { pre: hidden.pre, activation };
    return this.onto(middle, hidden.y, `${prefix}.mlp.c_proj`, `${prefix}.mlp.dropout`, activated);
  }

  block(x: Tensor, layer: number): { readonly x: Tensor; readonly attention: AttentionState } {
    const { tracer, config } = this;
    const qkv = this.projections(x, layer);
    this.scope(`h.${layer}.attn.`);
    const { out, lse } = tracer.attention(qkv, gpt2Sizes(config), {
      causal: true,
      dropout: config.attn_pdrop,
      module: `transformer.h.${layer}.attn.attn_dropout`,
    });
    return { x: this.afterAttention(x, out, layer), attention: { qkv, lse } };
  }

  finish(x: Tensor): Tensor {
    this.scope('ln_f.');
    return this.norm(x, 'transformer.ln_f', this.tracer.kept);
  }

  /** [rows, own V]. `hidden` has all rows. */
  logits(hidden: Tensor): Tensor {
    const { tracer, config } = this;
    this.scope('lm_head.');
    const name = config.tie_word_embeddings ? 'transformer.wte' : 'lm_head';
    return tracer.product(hidden, tracer.projection(name, 'linear', false), null, tracer.options.keep ? ['y'] : []).y;
  }

  tokenLogits(final: Tensor): Tensor {
    return this.logits(final);
  }

  loss(final: Tensor, goal: LossGoal): Tensor {
    this.scope('ln_f.');
    const logits = this.logits(this.tracer.gathered(final));
    vocabularyLoss(this.tracer, logits, this.config.vocab_size, goal);
    return logits;
  }
}
