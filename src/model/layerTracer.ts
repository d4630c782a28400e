// What the layers of all families are written with: norms, dropout, projections and attention on a trace, whole or as one tensor-parallel part
// of the model. It knows no family, no parameter name and no order of layers.

import { LabError } from '../core/errors';
import type { ActivationName } from '../core/models/activationNames';
import { partition, partOf } from '../core/partition';
import { hashName } from '../core/rng';
import type { RotaryFrequencies } from '../core/rotary';
import type { Tensor } from '../gpu/graph';
import type { Trace } from '../gpu/trace';
import { type dividedInputs, downName, upName } from './shapes/adapterShapes';

export interface BatchShape {
  /** Sequences. */
  readonly batch: number;
  /** Tokens a sequence. */
  readonly tokens: number;
  /** Causal attention stays within documents: the mask says where each token's begins. */
  readonly documents?: boolean;
}

/** One of `parts` tensor-parallel ranks; 1 and 0 for a rank that holds tensors whole. */
export interface TensorSplit {
  readonly parts: number;
  readonly index: number;
}

export interface TraceOptions {
  /** Keeps every hidden state for read-back. */
  readonly keep: boolean;
  /** Dropout is applied as the config says; without it none is. */
  readonly training: boolean;
  /** For traces whose arenas have adapters. */
  readonly adapters?: AdapterOptions;
}

export interface AdapterOptions {
  /** What their products are multiplied by. */
  readonly scale: number;
  /** Of what they read, where dropout is applied. */
  readonly dropout: number;
  /** As dividedInputs has it. */
  readonly inputs: ReturnType<typeof dividedInputs>;
}

/** Inputs of the embedding; `order` and `starts` index the batch by token for its gradient and are absent where there is none. */
export interface TokenInputs {
  readonly tokens: Tensor;
  readonly order: Tensor | undefined;
  readonly starts: Tensor | undefined;
  /** Which segment each of this rank's rows belongs to, as 0 and 1: f32 [own rows, segments]. For families that have segments. */
  readonly types?: Tensor | undefined;
  /** For families that count positions themselves. */
  readonly places?: TokenPlaces | undefined;
}

/** Where this rank's rows stand in their sequences, indexed as tokens are for the gradient of the table. */
export interface TokenPlaces {
  /** u32 [own rows], below the table's rows. */
  readonly positions: Tensor;
  readonly order: Tensor | undefined;
  readonly starts: Tensor | undefined;
}

/** Conv1D weights are [in, out], Linear's [out, in]. */
export type WeightLayout = 'conv1d' | 'linear';

/** The two thin matrices beside a module's weight: A [r, in], B [out, r]. */
interface Adapter {
  /** The module's name. */
  readonly module: string;
  readonly down: Tensor;
  readonly up: Tensor;
  /** Of the module's outputs, in a product that several modules share. */
  readonly firstColumn: number;
}

export interface Projection {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly layout: WeightLayout;
  readonly adapters: readonly Adapter[];
}

interface HeadCounts {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** How a product's input came about: x = activation(pre). */
interface Activated {
  readonly pre: Tensor;
  readonly activation: ActivationName;
}

/** Shared by all of its methods are the trace, the shapes and the split. */
export class LayerTracer {
  /** Outputs to be kept for read-back, of operations whose result somebody may ask for. */
  readonly kept: readonly string[];
  /** Rows of the stream on each tensor-parallel rank. */
  private readonly rows: readonly number[];

  constructor(
    readonly trace: Trace,
    readonly shape: BatchShape,
    readonly options: TraceOptions,
    readonly split: TensorSplit,
    /** u32 [N]: 0 where a token is padding that attention must not see; of causal models the first key of each token, where its document begins. */
    private readonly mask?: Tensor | undefined,
  ) {
    this.kept = options.keep ? ['x', 'y', 'c', 'lse'] : [];
    this.rows = partition(shape.batch * shape.tokens, split.parts).map(({ length }) => length);
  }

  /** This rank holds every tensor whole. */
  get whole(): boolean {
    return this.split.parts === 1;
  }

  /** The first row of this rank's part of the stream. */
  get firstRow(): number {
    return partOf(this.shape.batch * this.shape.tokens, this.split.parts, this.split.index).start;
  }

  /** The probability where dropout is on. */
  chance(probability: number): number {
    return this.options.training ? probability : 0;
  }

  /** dropout(x) + residual; the rows are this rank's. `module` is transformers' name of the place. */
  dropout(x: Tensor, residual: Tensor | undefined, probability: number, module: string): Tensor {
    return this.trace.apply(
      'dropout',
      { x, residual },
      { probability, tag: hashName(module), tokensPerSequence: this.shape.tokens, firstRow: this.firstRow },
      this.kept,
    ).y;
  }

  /** dropout(x) of rows that this rank has all of, `perSequence` of them a sequence. @param window where it has some of their columns */
  droppedRows(
    x: Tensor,
    rate: number,
    module: string,
    perSequence: number,
    window?: { readonly of: number; readonly first: number },
  ): Tensor {
    const probability = this.chance(rate);
    if (probability === 0) return x;
    const place = { tag: hashName(module), tokensPerSequence: perSequence, firstRow: 0, ...(window ? { window } : {}) };
    return this.trace.apply('dropout', { x, residual: undefined }, { probability, ...place }, this.kept).y;
  }

  layerNorm(x: Tensor, name: string, epsilon: number, keep: readonly string[] = []): Tensor {
    const weight = this.trace.parameter(`${name}.weight`);
    return this.trace.apply('layerNorm', { x, weight, bias: this.trace.parameter(`${name}.bias`) }, { epsilon }, keep)
      .y;
  }

  rmsNorm(x: Tensor, name: string, epsilon: number, keep: readonly string[] = []): Tensor {
    return this.trace.apply('rmsNorm', { x, weight: this.trace.parameter(`${name}.weight`) }, { epsilon }, keep).y;
  }

  /** Whole groups of query heads, with the key and value heads that they read, are dealt out over tensor-parallel ranks. */
  private ownHeads({ heads, kvHeads, headDim }: HeadCounts): HeadCounts & { readonly headOffset: number } {
    const own = partOf(kvHeads, this.split.parts, this.split.index);
    const group = heads / kvHeads;
    return { heads: group * own.length, kvHeads: own.length, headDim, headOffset: group * own.start };
  }

  /** RMS norm of each of the rank's query and key heads; weights are `name`.q_norm and .k_norm. */
  headNorm(qkv: Tensor, name: string, counts: HeadCounts, epsilon: number): Tensor {
    const { heads, kvHeads } = this.ownHeads(counts);
    const [queryWeight, keyWeight] = [`${name}.q_norm.weight`, `${name}.k_norm.weight`].map((weight) =>
      this.trace.parameter(weight),
    );
    const attributes = { heads, kvHeads, epsilon };
    return this.trace.apply('headNorm', { qkv, queryWeight, keyWeight }, attributes, this.kept).y;
  }

  /** Turns the rank's query and key heads in place: to their positions in whole sequences, or in texts that go on. */
  rope(qkv: Tensor, counts: HeadCounts, frequencies: RotaryFrequencies, firstPositions: Tensor | undefined): void {
    const { heads, kvHeads, headDim } = this.ownHeads(counts);
    const attributes = { tokens: this.shape.tokens, heads: heads + kvHeads, headDim, frequencies };
    this.trace.apply('rope', { x: qkv, firstPositions }, attributes);
  }

  /** The weight and bias of one module. */
  projection(name: string, layout: WeightLayout, biased = true): Projection {
    const bias = biased ? this.trace.parameter(`${name}.bias`) : undefined;
    return { weight: this.trace.parameter(`${name}.weight`), bias, layout, adapters: this.adaptersOf([name]) };
  }

  /** Linear modules whose parameters are joined, as one product. */
  joinedProjection(names: readonly string[], biased = true): Projection {
    const all = (kind: string): Tensor => this.trace.joined(names.map((name) => `${name}.${kind}`));
    const bias = biased ? all('bias') : undefined;
    return { weight: all('weight'), bias, layout: 'linear', adapters: this.adaptersOf(names) };
  }

  /** The adapters of modules whose outputs lie side by side. */
  private adaptersOf(names: readonly string[]): Adapter[] {
    const adapters: Adapter[] = [];
    let firstColumn = 0;
    for (const name of names) {
      if (this.trace.has(downName(name))) {
        const [down, up] = [downName(name), upName(name)].map((parameter) => this.trace.parameter(parameter));
        adapters.push({ module: name, down, up, firstColumn });
      }
      // Modules that share a product have [out, in] weights.
      if (names.length > 1) firstColumn += this.trace.parameter(`${name}.weight`).shape[0];
    }
    return adapters;
  }

  /** Where adapters drop some of x, its gradient has to come to x itself, not to what was activated. */
  private givenTo(adapters: readonly Adapter[], activated: Activated | null): Activated | null {
    return adapters.length > 0 && this.chance(this.options.adapters?.dropout ?? 0) > 0 ? null : activated;
  }

  /** What a product gives with what adapters add to it: y + scale (dropout(x) Aᵀ) Bᵀ, in their columns. `activated`: as for `onto`. */
  private adapted(
    product: Tensor,
    x: Tensor,
    adapters: readonly Adapter[],
    activated: Activated | null,
    keep: readonly string[],
  ): Tensor {
    const { trace } = this;
    const { adapters: settings } = this.options;
    if (adapters.length === 0) return product;
    if (settings === undefined) throw new LabError({ code: 'internal', message: 'Adapters take a scale' });
    const { scale, inputs: divided, dropout } = settings;
    const { scope } = trace;
    trace.scope = `${scope}lora.`;
    const plain = { layout: 'linear', activation: null } as const;
    const none = { bias: undefined, residual: undefined };
    let y = product;
    for (const [index, { module, down, up, firstColumn }] of adapters.entries()) {
      const read = this.droppedRows(x, dropout, `${module}.lora_dropout`, this.shape.tokens, divided.get(module));
      const inputs = { x: read, weight: down, xPre: activated?.pre, ...none };
      const low = trace.apply('linear', inputs, { ...plain, xActivation: activated?.activation ?? null }).y;
      const part = trace.apply(
        'linear',
        { x: low, weight: up, xPre: undefined, ...none },
        { ...plain, xActivation: null },
      ).y;
      const kept = index === adapters.length - 1 ? keep : [];
      y = trace.apply('addColumns', { base: y, part }, { firstColumn, scale }, kept).y;
    }
    trace.scope = scope;
    return y;
  }

  /** All rows of the stream, as a layer that is split by columns needs them. */
  gathered(x: Tensor): Tensor {
    return this.whole ? x : this.trace.apply('allGather', { x }, { rows: this.rows, index: this.split.index }).y;
  }

  /** This rank's rows of a sum over the ranks. */
  scattered(x: Tensor, keep: readonly string[] = []): Tensor {
    return this.trace.apply('reduceScatter', { x }, { rows: this.rows, index: this.split.index }, keep).y;
  }

  /**
   * Token embedding, plus learned positions where there is a table of them. With several parts the table is divided by vocabulary, and the
   * result by rows.
   */
  embedding(
    { tokens, order, starts }: TokenInputs,
    table: Tensor,
    positions: Tensor | undefined,
    vocabulary: number,
  ): Tensor {
    const { trace, shape } = this;
    const inputs = { tokens, order, starts, table };
    const tokensPerSequence = shape.tokens;
    if (this.whole) return trace.apply('embedding', { ...inputs, positions }, { tokensPerSequence }, this.kept).x;
    const { start } = partOf(vocabulary, this.split.parts, this.split.index);
    const summand = trace.apply('vocabularyEmbedding', inputs, { firstToken: start }).x;
    if (!positions) return this.scattered(summand, this.kept);
    const own = this.scattered(summand);
    const attributes = { tokensPerSequence, firstRow: this.firstRow };
    return trace.apply('positions', { x: own, table: positions }, attributes, this.kept).y;
  }

  /** x plus the rows of a position table that the batch names. */
  positioned(x: Tensor, { places }: TokenInputs, table: Tensor): Tensor {
    if (!places) throw new LabError({ code: 'internal', message: 'This model counts positions and was given none' });
    const { trace } = this;
    const { positions: tokens, order, starts } = places;
    // Rows are read one by one: they need not be whole sequences.
    const rows = trace.apply(
      'embedding',
      { tokens, order, starts, table, positions: undefined },
      { tokensPerSequence: 1 },
    ).x;
    return trace.apply('add', { a: x, b: rows }, {}, this.kept).c;
  }

  /** x plus the embedding of each row's segment: a product with a row of 0 and 1, whose gradient is a product too. */
  typed(x: Tensor, { types }: TokenInputs, table: Tensor): Tensor {
    if (!types) throw new LabError({ code: 'internal', message: 'This model embeds token types and was given none' });
    return this.trace.apply(
      'linear',
      { x: types, weight: table, bias: undefined, residual: x, xPre: undefined },
      { layout: 'conv1d', activation: null, xActivation: null },
    ).y;
  }

  /** A product of the rows that are here, without any exchange. */
  product(
    x: Tensor,
    { weight, bias, layout, adapters }: Projection,
    activation: ActivationName | null,
    keep: readonly string[],
  ): { readonly y: Tensor; readonly pre: Tensor } {
    const adapted = adapters.length > 0;
    const product = this.trace.apply(
      'linear',
      { x, weight, bias, residual: undefined, xPre: undefined },
      { layout, activation: adapted ? null : activation, xActivation: null },
      adapted ? [] : keep,
    );
    if (!adapted) return product;
    const pre = this.adapted(product.y, x, adapters, null, activation === null ? keep : []);
    return { pre, y: activation === null ? pre : this.trace.apply('activation', { x: pre }, { activation }, keep).y };
  }

  /** Projection of the stream into heads or hidden units: split by columns. `pre` is what the activation was applied to. */
  into(x: Tensor, projection: Projection, activation: ActivationName | null, keep: readonly string[]) {
    return this.product(this.gathered(x), projection, activation, keep);
  }

  /**
   * Projection back onto the residual stream: split by rows, so that its outputs are summands. Dropout keeps it from being one kernel.
   * @param activated of `x`, where it is activation(pre): its derivative is then taken on the way back
   */
  onto(
    residual: Tensor,
    x: Tensor,
    { weight, bias, layout, adapters }: Projection,
    dropout: { readonly probability: number; readonly module: string },
    activated: Activated | null,
  ): Tensor {
    const { trace } = this;
    const probability = this.chance(dropout.probability);
    const given = this.givenTo(adapters, activated);
    const attributes = { layout, activation: null, xActivation: given?.activation ?? null } as const;
    const xPre = given?.pre;
    const direct = probability === 0 ? residual : undefined;
    let y: Tensor;
    if (this.whole) {
      const keep = probability === 0 ? this.kept : [];
      const product = { x, weight, bias, xPre, residual: direct };
      y = trace.apply('linear', product, attributes, adapters.length > 0 ? [] : keep).y;
      y = this.adapted(y, x, adapters, given, keep);
    } else {
      const product = trace.apply('linear', { x, weight, bias: undefined, xPre, residual: undefined }, attributes).y;
      const scattered = this.scattered(this.adapted(product, x, adapters, given, []));
      // Without a bias the sum of scattered rows and residual is an addition.
      if (bias) y = trace.apply('biasResidual', { x: scattered, bias, residual: direct }, {}, this.kept).y;
      else y = direct ? trace.apply('add', { a: scattered, b: direct }, {}, this.kept).c : scattered;
    }
    return probability === 0 ? y : this.dropout(y, residual, probability, dropout.module);
  }

  /** The heads of this rank attend, over packed projections as the attention operation takes them. */
  attention(
    qkv: Tensor,
    counts: HeadCounts,
    options: {
      readonly causal: boolean;
      /** Keys that a token sees; all where it is left out. */
      readonly window?: number | undefined;
      readonly dropout: number;
      readonly module: string;
    },
  ): { readonly out: Tensor; readonly lse: Tensor } {
    const { shape } = this;
    return this.trace.apply(
      'attention',
      { qkv, mask: this.mask },
      {
        batch: shape.batch,
        tokens: shape.tokens,
        ...this.ownHeads(counts),
        totalHeads: counts.heads,
        causal: options.causal,
        ...(options.window === undefined ? {} : { window: options.window }),
        dropout: this.chance(options.dropout),
        dropoutTag: hashName(options.module),
      },
      this.kept,
    );
  }
}
