// The layers of Llama and its relatives Qwen2, Qwen3 and Mistral as transformers computes them: pre-norm blocks with RMS norm, grouped queries,
// rotary positions, sliding windows, SwiGLU. It knows parameter names; which layers come in which order is modelStack.ts's and modelText.ts's.

import { type LlamaConfig, llamaSizes, llamaTraits, rotaryConfig, slidingWindow } from '../core/models/llama';
import type { Tensor } from '../gpu/graph';
import type { LayerTracer, Projection, TokenInputs } from './layerTracer';
import type { AttentionState, LossGoal, ModelLayers, TextLayers } from './modelLayers';
import { vocabularyLoss } from './vocabularyLoss';

/** No dropout on the stream in this family. */
const NO_DROPOUT = { probability: 0, module: '' } as const;

export class LlamaLayers implements ModelLayers, TextLayers {
  private readonly traits;

  constructor(
    private readonly config: LlamaConfig,
    private readonly tracer: LayerTracer,
  ) {
    this.traits = llamaTraits(config);
  }

  private scope(scope: string): void {
    this.tracer.trace.scope = scope;
  }

  private norm(x: Tensor, name: string, keep: readonly string[] = []): Tensor {
    return this.tracer.rmsNorm(x, name, this.config.rms_norm_eps, keep);
  }

  embedding(inputs: TokenInputs): Tensor {
    this.scope('');
    const table = this.tracer.trace.parameter('model.embed_tokens.weight');
    return this.tracer.embedding(inputs, table, undefined, this.config.vocab_size);
  }

  embeddingAt(tokens: Tensor): Tensor {
    return this.embedding({ tokens, order: undefined, starts: undefined });
  }

  /** Matrices that lie beneath each other, as one product. */
  private joined(prefix: string, names: readonly string[], biased: boolean): Projection {
    return this.tracer.joinedProjection(
      names.map((name) => `${prefix}.${name}`),
      biased,
    );
  }

  /** The packed heads, normed where the family does so, turned to their positions: those of texts that go on, or of whole sequences. */
  projections(x: Tensor, layer: number, firstPositions?: Tensor): Tensor {
    const { tracer, config, traits } = this;
    const prefix = `model.layers.${layer}`;
    this.scope(`h.${layer}.input_layernorm.`);
    const normed = this.norm(x, `${prefix}.input_layernorm`);
    this.scope(`h.${layer}.self_attn.qkv.`);
    const projection = this.joined(`${prefix}.self_attn`, ['q_proj', 'k_proj', 'v_proj'], traits.qkvBias);
    let qkv = tracer.into(normed, projection, null, traits.headNorms ? [] : tracer.kept).y;
    const sizes = llamaSizes(config);
    this.scope(`h.${layer}.self_attn.normed.`);
    if (traits.headNorms) qkv = tracer.headNorm(qkv, `${prefix}.self_attn`, sizes, config.rms_norm_eps);
    this.scope(`h.${layer}.self_attn.rope.`);
    tracer.rope(qkv, sizes, rotaryConfig(config), firstPositions);
    return qkv;
  }

  afterAttention(x: Tensor, attended: Tensor, layer: number): Tensor {
    const { tracer, traits } = this;
    const prefix = `model.layers.${layer}`;
    this.scope(`h.${layer}.self_attn.o_proj.`);
    const output = tracer.projection(`${prefix}.self_attn.o_proj`, 'linear', traits.outputBias);
    const middle = tracer.onto(x, attended, output, NO_DROPOUT, null);
    this.scope(`h.${layer}.post_attention_layernorm.`);
    const normed = this.norm(middle, `${prefix}.post_attention_layernorm`);
    this.scope(`h.${layer}.mlp.gate_up.`);
    const gateUp = this.joined(`${prefix}.mlp`, ['gate_proj', 'up_proj'], traits.mlpBias);
    const gates = tracer.into(normed, gateUp, null, []).y;
    this.scope(`h.${layer}.mlp.act.`);
    const activated = tracer.trace.apply('swiglu', { x: gates }, {}).y;
    this.scope(`h.${layer}.mlp.down_proj.`);
    const down = tracer.projection(`${prefix}.mlp.down_proj`, 'linear', traits.mlpBias);
    return tracer.onto(middle, activated, down, NO_DROPOUT, null);
  }

  block(x: Tensor, layer: number): { readonly x: Tensor; readonly attention: AttentionState } {
    const { tracer, config } = this;
    const qkv = this.projections(x, layer);
    this.scope(`h.${layer}.self_attn.`);
    const { out, lse } = tracer.attention(qkv, llamaSizes(config), {
      causal: true,
      window: slidingWindow(config, layer),
      dropout: config.attention_dropout,
      module: `model.layers.${layer}.self_attn.attention_dropout`,
    });
    return { x: this.afterAttention(x, out, layer), attention: { qkv, lse } };
  }

  finish(x: Tensor): Tensor {
    this.scope('norm.');
    return this.norm(x, 'model.norm', this.tracer.kept);
  }

  /** [rows, own V]. `hidden` has all rows. */
  logits(hidden: Tensor): Tensor {
    const { tracer, config } = this;
    this.scope('lm_head.');
    const name = config.tie_word_embeddings ? 'model.embed_tokens' : 'lm_head';
    return tracer.product(hidden, tracer.projection(name, 'linear', false), null, tracer.options.keep ? ['y'] : []).y;
  }

  tokenLogits(final: Tensor): Tensor {
    return this.logits(final);
  }

  loss(final: Tensor, goal: LossGoal): Tensor {
    this.scope('norm.');
    const logits = this.logits(this.tracer.gathered(final));
    vocabularyLoss(this.tracer, logits, this.config.vocab_size, goal);
    return logits;
  }
}
