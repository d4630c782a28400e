// The layers of GPT-2 as transformers computes them (pre-LN blocks, learned positions, Conv1D weights), as methods that record them on a trace,
// whole or as one tensor-parallel part. It knows parameter names; which layers come in which order is said in gpt2.ts and gpt2Text.ts.

import { partition, partOf } from '../core/partition';
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

/** One of `parts` tensor-parallel ranks; 1 and 0 for a rank that holds tensors whole. */
export interface TensorSplit {
  readonly parts: number;
  readonly index: number;
}

/** Inputs of the embedding; `order` and `starts` index the batch by token for its gradient and are absent where there is none. */
export interface TokenInputs {
  readonly tokens: Tensor;
  readonly order: Tensor | undefined;
  readonly starts: Tensor | undefined;
}

export interface TraceOptions {
  /** Keeps every hidden state for read-back. */
  readonly keep: boolean;
  /** Dropout is applied as the config says; without it none is. */
  readonly training: boolean;
}

/** Records the layers of one part; shared by all of its methods are the trace, the shapes and the split. */
export class Gpt2Tracer {
  private readonly kept: readonly string[];
  /** Rows of the stream on each tensor-parallel rank. */
  private readonly rows: readonly number[];

  constructor(
    private readonly trace: Trace,
    private readonly config: Gpt2Config,
    private readonly shape: BatchShape,
    private readonly options: TraceOptions,
    private readonly split: TensorSplit,
  ) {
    this.kept = options.keep ? ['x', 'y', 'lse'] : [];
    this.rows = partition(shape.batch * shape.tokens, split.parts).map(({ length }) => length);
  }

  private get whole(): boolean {
    return this.split.parts === 1;
  }

  /** The first row of this rank's part of the stream. */
  private get firstRow(): number {
    return partOf(this.shape.batch * this.shape.tokens, this.split.parts, this.split.index).start;
  }

  private chance(probability: number): number {
    return this.options.training ? probability : 0;
  }

  private dropout(x: Tensor, residual: Tensor | undefined, probability: number, module: string): Tensor {
    return this.trace.apply(
      'dropout',
      { x, residual },
      {
        probability,
        tag: hashName(module),
        tokensPerSequence: this.shape.tokens,
        firstRow: this.firstRow,
      },
      this.kept,
    ).y;
  }

  private norm(x: Tensor, name: string, keep: readonly string[] = []): Tensor {
    return this.trace.apply(
      'layerNorm',
      { x, weight: this.trace.parameter(`${name}.weight`), bias: this.trace.parameter(`${name}.bias`) },
      { epsilon: this.config.layer_norm_epsilon },
      keep,
    ).y;
  }

  /** All rows of the stream, as a layer that is split by columns needs them. */
  gathered(x: Tensor): Tensor {
    return this.whole ? x : this.trace.apply('allGather', { x }, { rows: this.rows, index: this.split.index }).y;
  }

  /** This rank's rows of a sum over the ranks. */
  private scattered(x: Tensor): Tensor {
    return this.trace.apply('reduceScatter', { x }, { rows: this.rows, index: this.split.index }).y;
  }

  embedding(inputs: TokenInputs): Tensor {
    const { trace, config, shape } = this;
    const table = trace.parameter('transformer.wte.weight');
    const positions = trace.parameter('transformer.wpe.weight');
    let x: Tensor;
    if (this.whole) {
      x = trace.apply('embedding', { ...inputs, table, positions }, { tokensPerSequence: shape.tokens }, this.kept).x;
    } else {
      const { start } = partOf(config.vocab_size, this.split.parts, this.split.index);
      const own = trace.apply('vocabularyEmbedding', { ...inputs, table }, { firstToken: start }).x;
      x = trace.apply(
        'positions',
        { x: this.scattered(own), table: positions },
        { tokensPerSequence: shape.tokens, firstRow: this.firstRow },
        this.kept,
      ).y;
    }
    const probability = this.chance(config.embd_pdrop);
    return probability > 0 ? this.dropout(x, undefined, probability, 'transformer.drop') : x;
  }

  /** Projection into heads or hidden units: split by columns. */
  private into(x: Tensor, name: string, activation: Gpt2Config['activation_function'] | null, keep: readonly string[]) {
    return this.trace.apply(
      'linear',
      {
        x: this.gathered(x),
        weight: this.trace.parameter(`${name}.weight`),
        bias: this.trace.parameter(`${name}.bias`),
        residual: undefined,
        xPre: undefined,
      },
      { layout: 'conv1d', activation, xActivation: null },
      keep,
    );
  }

  /** Projection back onto the residual stream: split by rows, so that its outputs are summands. Dropout keeps it from being one kernel. */
  private onto(residual: Tensor, x: Tensor, name: string, dropoutName: string, xPre: Tensor | undefined): Tensor {
    const { trace, config } = this;
    const probability = this.chance(config.resid_pdrop);
    const weight = trace.parameter(`${name}.weight`);
    const bias = trace.parameter(`${name}.bias`);
    const attributes = { layout: 'conv1d', activation: null, xActivation: config.activation_function } as const;
    const direct = probability === 0 ? residual : undefined;
    let y: Tensor;
    if (this.whole) {
      const keep = probability === 0 ? this.kept : [];
      y = trace.apply('linear', { x, weight, bias, xPre, residual: direct }, attributes, keep).y;
    } else {
      const summand = trace.apply('linear', { x, weight, bias: undefined, xPre, residual: undefined }, attributes).y;
      y = trace.apply('biasResidual', { x: this.scattered(summand), bias, residual: direct }, {}, this.kept).y;
    }
    return probability === 0 ? y : this.dropout(y, residual, probability, dropoutName);
  }

  /** The packed projections of the rank's own heads, from the block's input. */
  projections(x: Tensor, layer: number): Tensor {
    const prefix = `transformer.h.${layer}`;
    this.trace.scope = `h.${layer}.ln_1.`;
    const normed = this.norm(x, `${prefix}.ln_1`);
    this.trace.scope = `h.${layer}.attn.c_attn.`;
    return this.into(normed, `${prefix}.attn.c_attn`, null, this.kept).y;
  }

  /** The block's output, from its input and what its heads attended to. */
  afterAttention(x: Tensor, attended: Tensor, layer: number): Tensor {
    const { trace, config } = this;
    const prefix = `transformer.h.${layer}`;
    trace.scope = `h.${layer}.attn.c_proj.`;
    const middle = this.onto(x, attended, `${prefix}.attn.c_proj`, `${prefix}.attn.resid_dropout`, undefined);
    trace.scope = `h.${layer}.ln_2.`;
    const normed = this.norm(middle, `${prefix}.ln_2`);
    trace.scope = `h.${layer}.mlp.c_fc.`;
    const { y: hidden, pre } = this.into(normed, `${prefix}.mlp.c_fc`, config.activation_function, []);
    trace.scope = `h.${layer}.mlp.c_proj.`;
    return this.onto(middle, hidden, `${prefix}.mlp.c_proj`, `${prefix}.mlp.dropout`, pre);
  }

  /** A block whose rows attend to each other. */
  block(x: Tensor, layer: number): { readonly x: Tensor; readonly qkv: Tensor; readonly lse: Tensor } {
    const { trace, config, shape, split } = this;
    const heads = partOf(config.n_head, split.parts, split.index);
    const qkv = this.projections(x, layer);
    trace.scope = `h.${layer}.attn.`;
    const { out, lse } = trace.apply(
      'attention',
      { qkv },
      {
        batch: shape.batch,
        tokens: shape.tokens,
        heads: heads.length,
        kvHeads: heads.length,
        headDim: config.n_embd / config.n_head,
        headOffset: heads.start,
        totalHeads: config.n_head,
        causal: true,
        dropout: this.chance(config.attn_pdrop),
        dropoutTag: hashName(`transformer.h.${layer}.attn.attn_dropout`),
      },
      this.kept,
    );
    return { x: this.afterAttention(x, out, layer), qkv, lse };
  }

  finalNorm(x: Tensor): Tensor {
    this.trace.scope = 'ln_f.';
    return this.norm(x, 'transformer.ln_f', this.kept);
  }
}
