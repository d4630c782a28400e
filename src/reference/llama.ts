// Llama and its relatives (Qwen2, Qwen3, Mistral) in float64, forward and backward, over a Map of parameters by Hugging Face name.
// B sequences of T tokens, N = B*T, C channels, F inner, Hq and Hkv heads of D, V vocabulary. It composes this folder's operations one after
// the other, as transformers' eager model does; projections are three and two products of their own here, never one.

import { type LlamaConfig, llamaSizes, llamaTraits, rotaryConfig, slidingWindow } from '../core/models/llama';
import { type AttentionInput, attention, attentionBackward } from './attention';
import { crossEntropy, crossEntropyBackward } from './crossEntropy';
import { embedding, embeddingBackward, sequencePositions } from './embedding';
import { type HeadNormInput, headNorm, headNormBackward } from './headNorm';
import { type LinearShape, linear, linearDBias, linearDInput, linearDWeight } from './linear';
import { rmsNorm, rmsNormBackward } from './rmsNorm';
import { rope, ropeBackward } from './rope';
import { swiglu, swigluBackward } from './swiglu';

/** By transformers' names; `lm_head.weight` only where the head is untied. */
export type NamedArrays = ReadonlyMap<string, Float64Array>;

export interface LlamaBatch {
  /** [N] */
  readonly tokens: Int32Array;
  readonly batch: number;
  /** T */
  readonly sequenceLength: number;
  /** [N]: of each token the first one of its sequence that it may see, where its document begins; left out: all before it. */
  readonly mask?: Uint32Array;
}

interface BlockState {
  /** [N, C] what enters the block. */
  readonly input: Float64Array;
  readonly norm1: Float64Array;
  /** Before the heads' norms, where there are any. */
  readonly headNorm: HeadNormInput | null;
  readonly attentionInput: AttentionInput;
  readonly attended: Float64Array;
  /** [N, C] the residual stream between attention and MLP. */
  readonly middle: Float64Array;
  readonly norm2: Float64Array;
  /** [N, 2 F] gates, then ups. */
  readonly gateUp: Float64Array;
  readonly activated: Float64Array;
}

export interface LlamaForward {
  /** [N, V] */
  readonly logits: Float64Array;
  /** As transformers gives them: the embedding, each block's result, the last one after the final norm. */
  readonly hiddenStates: readonly Float64Array[];
  /** Of each layer [B, Hq, T, T]. */
  readonly attentions: readonly Float64Array[];
  /** What the backward pass needs. */
  readonly blocks: readonly BlockState[];
  /** [N, C] the stream before the final norm. */
  readonly last: Float64Array;
}

/** A product of the model: its sizes, and whether it has a bias. */
interface Dense {
  readonly name: string;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly bias: boolean;
}

function products(config: LlamaConfig, layer: number) {
  const { width: C, inner: F, heads, kvHeads, headDim } = llamaSizes(config);
  const { qkvBias, outputBias, mlpBias } = llamaTraits(config);
  const dense = (name: string, inFeatures: number, outFeatures: number, bias: boolean): Dense => ({
    name: `model.layers.${layer}.${name}`,
    inFeatures,
    outFeatures,
    bias,
  });
  return {
    qkv: [
      dense('self_attn.q_proj', C, heads * headDim, qkvBias),
      dense('self_attn.k_proj', C, kvHeads * headDim, qkvBias),
      dense('self_attn.v_proj', C, kvHeads * headDim, qkvBias),
    ],
    output: dense('self_attn.o_proj', heads * headDim, C, outputBias),
    gateUp: [dense('mlp.gate_proj', C, F, mlpBias), dense('mlp.up_proj', C, F, mlpBias)],
    down: dense('mlp.down_proj', F, C, mlpBias),
  };
}

class Model {
  constructor(
    readonly config: LlamaConfig,
    readonly parameters: NamedArrays,
    readonly input: LlamaBatch,
  ) {
    const { tokens, batch, sequenceLength } = input;
    const { max_position_embeddings: positions } = config;
    if (tokens.length !== batch * sequenceLength)
      throw new RangeError(`llama: ${tokens.length} tokens, needs ${batch} x ${sequenceLength}`);
    if (sequenceLength > positions) throw new RangeError(`llama: ${sequenceLength} tokens a sequence, of ${positions}`);
  }

  get rows(): number {
    return this.input.tokens.length;
  }

  parameter(name: string, length: number): Float64Array {
    const array = this.parameters.get(name);
    if (array?.length !== length)
      throw new RangeError(`llama: parameter ${name} has ${array?.length ?? 'no'} elements, needs ${length}`);
    return array;
  }

  norm(name: string, x: Float64Array) {
    const channels = this.config.hidden_size;
    const weight = this.parameter(`${name}.weight`, channels);
    return { x, weight, rows: x.length / channels, channels, epsilon: this.config.rms_norm_eps };
  }

  shape({ inFeatures, outFeatures }: Dense): LinearShape {
    return { rows: this.rows, inFeatures, outFeatures, layout: 'outIn' };
  }

  dense(product: Dense, x: Float64Array): Float64Array {
    const { name, inFeatures, outFeatures, bias } = product;
    const weight = this.parameter(`${name}.weight`, inFeatures * outFeatures);
    return linear(this.shape(product), x, weight, bias ? this.parameter(`${name}.bias`, outFeatures) : undefined);
  }

  get head(): Dense {
    const { tie_word_embeddings: tied, hidden_size: inFeatures, vocab_size: outFeatures } = this.config;
    return { name: tied ? 'model.embed_tokens' : 'lm_head', inFeatures, outFeatures, bias: false };
  }

  get embedding() {
    const { hidden_size: channels, vocab_size: V } = this.config;
    return {
      tokens: this.input.tokens,
      tokenTable: this.parameter('model.embed_tokens.weight', V * channels),
      channels,
    };
  }

  /** Where queries and keys turn. */
  get rotation() {
    const { heads, kvHeads, headDim } = llamaSizes(this.config);
    const { batch, sequenceLength } = this.input;
    return {
      positions: sequencePositions(batch, sequenceLength),
      rowWidth: (heads + 2 * kvHeads) * headDim,
      heads: heads + kvHeads,
      headSize: headDim,
      ...rotaryConfig(this.config),
    };
  }

  block(stream: Float64Array, layer: number): { readonly state: BlockState; readonly out: Float64Array } {
    const { config } = this;
    const name = `model.layers.${layer}`;
    const { qkv, output, gateUp, down } = products(config, layer);
    const { heads, kvHeads, headDim } = llamaSizes(config);
    const norm1 = rmsNorm(this.norm(`${name}.input_layernorm`, stream)).out;
    const packed = sideBySide(
      qkv.map((product) => this.dense(product, norm1)),
      this.rows,
    );
    const headNormInput = llamaTraits(config).headNorms
      ? {
          qkv: packed,
          queryWeight: this.parameter(`${name}.self_attn.q_norm.weight`, headDim),
          keyWeight: this.parameter(`${name}.self_attn.k_norm.weight`, headDim),
          heads,
          kvHeads,
          epsilon: config.rms_norm_eps,
        }
      : null;
    const window = slidingWindow(config, layer);
    const attentionInput: AttentionInput = {
      qkv: rope({ ...this.rotation, x: headNormInput ? headNorm(headNormInput) : packed }),
      batch: this.input.batch,
      tokens: this.input.sequenceLength,
      queryHeads: heads,
      keyValueHeads: kvHeads,
      headSize: headDim,
      causal: true,
      ...(window === undefined ? {} : { window }),
      ...(this.input.mask ? { mask: this.input.mask } : {}),
    };
    const attended = attention(attentionInput).out;
    const middle = sum(stream, this.dense(output, attended));
    const norm2 = rmsNorm(this.norm(`${name}.post_attention_layernorm`, middle)).out;
    const gates = sideBySide(
      gateUp.map((product) => this.dense(product, norm2)),
      this.rows,
    );
    const activated = swiglu(gates, config.intermediate_size);
    const out = sum(middle, this.dense(down, activated));
    const state = { input: stream, norm1, headNorm: headNormInput, attentionInput, attended, middle, norm2 };
    return { state: { ...state, gateUp: gates, activated }, out };
  }
}

/**
 * The model's forward pass. Source: Touvron et al. 2023, section 2.2, in transformers' form.
 * RangeError for a missing parameter or one of a wrong length, or for more tokens than positions.
 */
export function llamaForward(config: LlamaConfig, parameters: NamedArrays, input: LlamaBatch): LlamaForward {
  const model = new Model(config, parameters, input);
  let stream = embedding(model.embedding);
  const hiddenStates = [stream];
  const blocks: BlockState[] = [];
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const { state, out } = model.block(stream, layer);
    blocks.push(state);
    stream = out;
    if (layer < config.num_hidden_layers - 1) hiddenStates.push(stream);
  }
  const normalised = rmsNorm(model.norm('model.norm', stream)).out;
  hiddenStates.push(normalised);
  const attentions = blocks.map(({ attentionInput }) => attention(attentionInput).probabilities);
  return { logits: model.dense(model.head, normalised), hiddenStates, attentions, blocks, last: stream };
}

/**
 * Loss (nats, the sum over targets divided by `count`) and the gradient of every parameter, by name and in its layout.
 * `forward` must be of the same config, parameters and input. A tied head adds its gradient to the embedding's.
 */
export function llamaBackward(
  config: LlamaConfig,
  parameters: NamedArrays,
  input: LlamaBatch,
  forward: LlamaForward,
  targets: Int32Array,
  count: number,
): { loss: number; gradients: Map<string, Float64Array> } {
  const model = new Model(config, parameters, input);
  const gradients = new Map<string, Float64Array>();
  const add = (name: string, gradient: Float64Array): void => {
    const known = gradients.get(name);
    gradients.set(name, known ? sum(known, gradient) : gradient);
  };
  const denseBackward = (product: Dense, x: Float64Array, dOut: Float64Array): Float64Array => {
    const shape = model.shape(product);
    add(`${product.name}.weight`, linearDWeight(shape, dOut, x));
    if (product.bias) add(`${product.name}.bias`, linearDBias(shape, dOut));
    const weight = model.parameter(`${product.name}.weight`, shape.inFeatures * shape.outFeatures);
    return linearDInput(shape, dOut, weight);
  };
  /** Of products that read the same x, whose results lie side by side. */
  const jointBackward = (list: readonly Dense[], x: Float64Array, dOut: Float64Array): Float64Array =>
    apart(
      dOut,
      list.map(({ outFeatures }) => outFeatures),
    )
      .map((part, i) => denseBackward(list[i], x, part))
      .reduce(sum);
  const normBackward = (name: string, x: Float64Array, dOut: Float64Array): Float64Array => {
    const { dX, dWeight } = rmsNormBackward(model.norm(name, x), dOut);
    add(`${name}.weight`, dWeight);
    return dX;
  };

  const lossInput = { logits: forward.logits, targets, vocabulary: config.vocab_size, count };
  const normalised = forward.hiddenStates[config.num_hidden_layers];
  const dNormalised = denseBackward(model.head, normalised, crossEntropyBackward(lossInput));
  let dStream = normBackward('model.norm', forward.last, dNormalised);
  for (let layer = config.num_hidden_layers - 1; layer >= 0; layer--) {
    const name = `model.layers.${layer}`;
    const saved = forward.blocks[layer];
    const { qkv, output, gateUp, down } = products(config, layer);
    const dActivated = denseBackward(down, saved.activated, dStream);
    const dGateUp = swigluBackward(saved.gateUp, config.intermediate_size, dActivated);
    const dNorm2 = jointBackward(gateUp, saved.norm2, dGateUp);
    const dMiddle = sum(dStream, normBackward(`${name}.post_attention_layernorm`, saved.middle, dNorm2));
    const dAttended = denseBackward(output, saved.attended, dMiddle);
    let dPacked = ropeBackward(model.rotation, attentionBackward(saved.attentionInput, dAttended));
    if (saved.headNorm) {
      const { dQkv, dQueryWeight, dKeyWeight } = headNormBackward(saved.headNorm, dPacked);
      add(`${name}.self_attn.q_norm.weight`, dQueryWeight);
      add(`${name}.self_attn.k_norm.weight`, dKeyWeight);
      dPacked = dQkv;
    }
    const dNorm1 = jointBackward(qkv, saved.norm1, dPacked);
    dStream = sum(dMiddle, normBackward(`${name}.input_layernorm`, saved.input, dNorm1));
  }
  add('model.embed_tokens.weight', embeddingBackward(model.embedding, dStream).dTokenTable);
  return { loss: crossEntropy(lossInput).loss, gradients };
}

/** Rows of several arrays [rows, *] as one row each. */
function sideBySide(parts: readonly Float64Array[], rows: number): Float64Array {
  const widths = parts.map((part) => part.length / rows);
  const width = widths.reduce((a, b) => a + b, 0);
  const out = new Float64Array(rows * width);
  let first = 0;
  for (const [i, part] of parts.entries()) {
    for (let row = 0; row < rows; row++)
      out.set(part.subarray(row * widths[i], (row + 1) * widths[i]), row * width + first);
    first += widths[i];
  }
  return out;
}

/** The inverse of sideBySide. */
function apart(packed: Float64Array, widths: readonly number[]): Float64Array[] {
  const width = widths.reduce((a, b) => a + b, 0);
  let first = 0;
  return widths.map((own) => {
    const begin = first;
    first += own;
    return Float64Array.from(
      { length: (packed.length / width) * own },
      (_, i) => packed[Math.floor(i / own) * width + begin + (i % own)],
    );
  });
}

function sum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]);
}
