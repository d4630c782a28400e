// GPT-2 as transformers computes it (pre-LN blocks, learned positions, Conv1D weights), as a function on symbolic tensors: whole, or the layers
// of one pipeline stage, or one tensor-parallel part of either. It knows layers and names; nothing of devices, workers or training loops.

import { partition, partOf } from '../core/partition';
import { hashName } from '../core/rng';
import type { Gpt2Config } from '../core/runConfig';
import type { Tensor } from '../gpu/graph';
import type { Trace } from '../gpu/trace';
import type { StageSpan } from '../parallel/stages';

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

/** Which of the model a trace computes. With several parts the stream between layers is divided by rows (sequence parallelism). */
export interface ModelPart {
  readonly stage: StageSpan;
  readonly split: TensorSplit;
}

export interface Gpt2Outputs {
  /** Input of each block of the stage, then the final norm's output where the stage has it: transformers' hidden_states. */
  readonly hiddenStates: readonly Tensor[];
  /** [own rows, C]: after the final norm, or what the next stage gets. */
  readonly final: Tensor;
  /** Of each block: the packed projections of the rank's own heads and the log-sum-exp, from which attention weights follow. */
  readonly attentions: readonly { readonly qkv: Tensor; readonly lse: Tensor }[];
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
class Gpt2Tracer {
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

  block(x: Tensor, layer: number): { readonly x: Tensor; readonly qkv: Tensor; readonly lse: Tensor } {
    const { trace, config, shape, split } = this;
    const prefix = `transformer.h.${layer}`;
    const heads = partOf(config.n_head, split.parts, split.index);
    trace.scope = `h.${layer}.ln_1.`;
    const normed1 = this.norm(x, `${prefix}.ln_1`);
    trace.scope = `h.${layer}.attn.c_attn.`;
    const qkv = this.into(normed1, `${prefix}.attn.c_attn`, null, this.kept).y;
    trace.scope = `h.${layer}.attn.`;
    const { out: attended, lse } = trace.apply(
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
        dropoutTag: hashName(`${prefix}.attn.attn_dropout`),
      },
      this.kept,
    );
    trace.scope = `h.${layer}.attn.c_proj.`;
    const middle = this.onto(x, attended, `${prefix}.attn.c_proj`, `${prefix}.attn.resid_dropout`, undefined);
    trace.scope = `h.${layer}.ln_2.`;
    const normed2 = this.norm(middle, `${prefix}.ln_2`);
    trace.scope = `h.${layer}.mlp.c_fc.`;
    const { y: hidden, pre } = this.into(normed2, `${prefix}.mlp.c_fc`, config.activation_function, []);
    trace.scope = `h.${layer}.mlp.c_proj.`;
    return { x: this.onto(middle, hidden, `${prefix}.mlp.c_proj`, `${prefix}.mlp.dropout`, pre), qkv, lse };
  }

  finalNorm(x: Tensor): Tensor {
    this.trace.scope = 'ln_f.';
    return this.norm(x, 'transformer.ln_f', this.kept);
  }
}

/**
 * Records one part from its input to its output.
 * @param source tokens [N] where the stage embeds them, else what the stage before sent: [own rows, C]
 */
export function traceGpt2(
  trace: Trace,
  config: Gpt2Config,
  shape: BatchShape,
  source: TokenInputs | Tensor,
  options: TraceOptions,
  { stage, split }: ModelPart,
): Gpt2Outputs {
  const tracer = new Gpt2Tracer(trace, config, shape, options, split);
  trace.scope = '';
  let x = 'tokens' in source ? tracer.embedding(source) : source;
  const hiddenStates: Tensor[] = [];
  const attentions: { qkv: Tensor; lse: Tensor }[] = [];
  for (let layer = stage.firstLayer; layer < stage.endLayer; layer++) {
    hiddenStates.push(x);
    const block = tracer.block(x, layer);
    attentions.push({ qkv: block.qkv, lse: block.lse });
    x = block.x;
  }
  if (stage.head) {
    x = tracer.finalNorm(x);
    hiddenStates.push(x);
  }
  trace.scope = '';
  return { hiddenStates, final: x, attentions };
}

/** Logits [rows, own V] of the language-model head, tied to the token embedding or not. `hidden` has all rows. */
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

/**
 * The head and the loss of a stage that ends the model: cross-entropy over the whole vocabulary, or over the ranks' parts of it, whose
 * statistics are exchanged (Shoeybi et al. 2019, section 3). Returns the logits [N, own V], which training overwrites with their gradient.
 */
export function traceLoss(
  trace: Trace,
  config: Gpt2Config,
  shape: BatchShape,
  final: Tensor,
  { targets, loss }: { readonly targets: Tensor; readonly loss: Tensor },
  options: { readonly keep: boolean; readonly gradient: boolean },
  split: TensorSplit,
): Tensor {
  const { gradient } = options;
  if (split.parts === 1) {
    const logits = traceHead(trace, config, final, options);
    trace.apply('crossEntropy', { logits, targets, loss }, { gradient });
    return logits;
  }
  trace.scope = 'ln_f.';
  const whole = new Gpt2Tracer(trace, config, shape, { keep: false, training: false }, split).gathered(final);
  const logits = traceHead(trace, config, whole, options);
  const firstToken = partOf(config.vocab_size, split.parts, split.index).start;
  trace.scope = 'loss.';
  const { statistics } = trace.apply('crossEntropyStatistics', { logits, targets }, { firstToken });
  const gathered = trace.apply(
    'allGather',
    { x: statistics },
    { rows: new Array<number>(split.parts).fill(shape.batch * shape.tokens), index: split.index },
  ).y;
  trace.apply('crossEntropyMerge', { logits, targets, gathered, loss }, { gradient, firstToken });
  trace.scope = '';
  return logits;
}
