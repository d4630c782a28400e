// The whole of GPT-2 in float64, forward and backward, over a Map of parameters by Hugging Face name.
// B sequences of T tokens, N = B*T, C channels, F inner, H heads, V vocabulary, P positions. It composes this folder's
// operations one after the other, as transformers' eager model does; it must not fuse or share buffers.

import type { Gpt2Config } from '../core/models/gpt2';
import { hashName } from '../core/rng';
import { activation, activationBackward } from './activation';
import { type AttentionInput, attention, attentionBackward } from './attention';
import { crossEntropy, crossEntropyBackward, IGNORED_TARGET } from './crossEntropy';
import { dropout, dropoutBackward, dropoutMask } from './dropout';
import { embedding, embeddingBackward, sequencePositions } from './embedding';
import { layerNorm, layerNormBackward } from './layerNorm';
import { type LinearShape, linear, linearDBias, linearDInput, linearDWeight } from './linear';
import { type LoraShape, type LoraWeights, loraLinear, loraLinearBackward } from './lora';

/** By transformers' names, with the `transformer.` prefix; `lm_head.weight` only where the head is untied. */
export type NamedArrays = ReadonlyMap<string, Float64Array>;

export interface Gpt2Batch {
  /** [N] */
  readonly tokens: Int32Array;
  readonly batch: number;
  /** T */
  readonly sequenceLength: number;
  /** [N]: of each token the first one of its sequence that it may see, where its document begins; left out: all before it. */
  readonly mask?: Uint32Array;
  /** Turns the config's three dropouts on; tags are hashName of transformers' module names. Absent: evaluation. */
  readonly dropout?: { readonly seed: number; readonly step: number };
  /** Low-rank adapters beside linear layers, by module name (reference/lora.ts). */
  readonly adapters?: ReadonlyMap<string, Gpt2Adapter>;
}

export interface Gpt2Adapter extends Pick<LoraShape, 'rank' | 'scale'>, Pick<LoraWeights, 'down' | 'up'> {
  /** PEFT's lora_dropout, applied with the other dropouts. */
  readonly dropout: number;
}

type DropoutMask = Float64Array | undefined;

interface BlockState {
  /** [N, C] what enters the block. */
  readonly input: Float64Array;
  readonly norm1: Float64Array;
  readonly attentionInput: AttentionInput;
  readonly attended: Float64Array;
  /** [N, C] the residual stream between attention and MLP. */
  readonly middle: Float64Array;
  readonly norm2: Float64Array;
  /** [N, F] before and after the activation. */
  readonly inner: Float64Array;
  readonly activated: Float64Array;
  readonly attentionMask: DropoutMask;
  readonly mlpMask: DropoutMask;
}

export interface Gpt2Forward {
  /** [N, V] */
  readonly logits: Float64Array;
  /** n_layer + 1 of [N, C], as transformers gives them: the embedding, each block's result, the last one after ln_f. */
  readonly hiddenStates: readonly Float64Array[];
  /** n_layer of [B, H, T, T], before dropout. */
  readonly attentions: readonly Float64Array[];
  /** What the backward pass needs. */
  readonly blocks: readonly BlockState[];
  readonly embeddingMask: DropoutMask;
  /** [N, C] the stream before ln_f. */
  readonly last: Float64Array;
}

/**
 * The model's forward pass. Source: Radford et al. 2019, section 2.3, in transformers' form (pre-norm, Conv1D weights).
 * RangeError for a missing parameter or one of a wrong length, or for more tokens than positions.
 */
export function gpt2Forward(config: Gpt2Config, parameters: NamedArrays, input: Gpt2Batch): Gpt2Forward {
  const { tokens, batch, sequenceLength } = input;
  const { n_embd: C, n_positions: P, vocab_size: V } = config;
  const rows = batch * sequenceLength;
  if (tokens.length !== rows) throw new RangeError(`gpt2: ${tokens.length} tokens, needs ${batch} x ${sequenceLength}`);
  if (sequenceLength > P) throw new RangeError(`gpt2: ${sequenceLength} tokens a sequence, n_positions is ${P}`);
  const mask = (module: string, count: number, p: number): DropoutMask =>
    input.dropout && p > 0
      ? dropoutMask(input.dropout.seed, hashName(module), input.dropout.step, count, p)
      : undefined;
  const norm = (name: string, x: Float64Array) => layerNorm(normInput(config, parameters, name, x)).out;
  const dense = (name: string, inFeatures: number, outFeatures: number, x: Float64Array) => {
    const shape: LinearShape = { rows, inFeatures, outFeatures, layout: 'inOut' };
    const weight = parameter(parameters, `${name}.weight`, inFeatures * outFeatures);
    const out = linear(shape, x, weight, parameter(parameters, `${name}.bias`, outFeatures));
    const adapter = input.adapters?.get(name);
    if (!adapter) return out;
    const zeros = new Float64Array(weight.length);
    return sum(
      out,
      loraLinear({ ...shape, ...adapter }, x, { ...adapter, weight: zeros }, adapterMask(input, name, x)),
    );
  };

  const embeddingMask = mask('transformer.drop', rows * C, config.embd_pdrop);
  let stream = dropped(embedding(embeddingInput(config, parameters, input)), embeddingMask);
  const hiddenStates = [stream];
  const attentions: Float64Array[] = [];
  const blocks: BlockState[] = [];
  const F = innerSize(config);
  for (let layer = 0; layer < config.n_layer; layer++) {
    const block = `transformer.h.${layer}`;
    const norm1 = norm(`${block}.ln_1`, stream);
    const scoreCount = batch * config.n_head * sequenceLength * sequenceLength;
    const probabilityMask = mask(`${block}.attn.attn_dropout`, scoreCount, config.attn_pdrop);
    const attentionInput: AttentionInput = {
      qkv: dense(`${block}.attn.c_attn`, C, 3 * C, norm1),
      batch,
      tokens: sequenceLength,
      queryHeads: config.n_head,
      keyValueHeads: config.n_head,
      headSize: C / config.n_head,
      causal: true,
      ...(input.mask ? { mask: input.mask } : {}),
      ...(probabilityMask ? { dropoutMask: probabilityMask } : {}),
    };
    const { out: attended, probabilities } = attention(attentionInput);
    const attentionMask = mask(`${block}.attn.resid_dropout`, rows * C, config.resid_pdrop);
    const middle = sum(stream, dropped(dense(`${block}.attn.c_proj`, C, C, attended), attentionMask));
    const norm2 = norm(`${block}.ln_2`, middle);
    const inner = dense(`${block}.mlp.c_fc`, C, F, norm2);
    const activated = activation(config.activation_function, inner);
    const mlpMask = mask(`${block}.mlp.dropout`, rows * C, config.resid_pdrop);
    const out = sum(middle, dropped(dense(`${block}.mlp.c_proj`, F, C, activated), mlpMask));
    attentions.push(probabilities);
    blocks.push({
      input: stream,
      norm1,
      attentionInput,
      attended,
      middle,
      norm2,
      inner,
      activated,
      attentionMask,
      mlpMask,
    });
    stream = out;
    if (layer < config.n_layer - 1) hiddenStates.push(stream);
  }
  const normalised = norm('transformer.ln_f', stream);
  hiddenStates.push(normalised);
  const logits = linear(headShape(config, rows), normalised, parameter(parameters, headName(config), V * C));
  return { logits, hiddenStates, attentions, blocks, embeddingMask, last: stream };
}

/**
 * [N] what each position predicts: the next label of its sequence, IGNORED_TARGET at the last one.
 * labels [N] are unshifted input ids, as transformers takes them; -100 stays ignored.
 */
export function nextTokenTargets(labels: Int32Array, sequenceLength: number): Int32Array {
  return labels.map((_, n) => ((n + 1) % sequenceLength === 0 ? IGNORED_TARGET : labels[n + 1]));
}

/** How many targets count. */
export function countTargets(targets: Int32Array): number {
  return targets.reduce((count, target) => count + (target === IGNORED_TARGET ? 0 : 1), 0);
}

/**
 * Loss (nats, the sum over targets divided by `count`) and the gradient of every parameter, by name and in its layout.
 * `forward` must be of the same config, parameters and input. A tied head adds its gradient to wte's.
 */
export function gpt2Backward(
  config: Gpt2Config,
  parameters: NamedArrays,
  input: Gpt2Batch,
  forward: Gpt2Forward,
  targets: Int32Array,
  count: number,
): { loss: number; gradients: Map<string, Float64Array> } {
  const { n_embd: C, vocab_size: V } = config;
  const F = innerSize(config);
  const rows = input.tokens.length;
  const gradients = new Map<string, Float64Array>();

  const denseBackward = (
    name: string,
    inFeatures: number,
    outFeatures: number,
    x: Float64Array,
    dOut: Float64Array,
  ) => {
    const shape: LinearShape = { rows, inFeatures, outFeatures, layout: 'inOut' };
    gradients.set(`${name}.weight`, linearDWeight(shape, dOut, x));
    gradients.set(`${name}.bias`, linearDBias(shape, dOut));
    const weight = parameter(parameters, `${name}.weight`, inFeatures * outFeatures);
    const adapter = input.adapters?.get(name);
    if (!adapter) return linearDInput(shape, dOut, weight);
    const mask = adapterMask(input, name, x);
    const { dX, dDown, dUp } = loraLinearBackward({ ...shape, ...adapter }, x, { ...adapter, weight }, dOut, mask);
    gradients.set(`${name}.lora_A.weight`, dDown);
    gradients.set(`${name}.lora_B.weight`, dUp);
    return dX;
  };
  const normBackward = (name: string, x: Float64Array, dOut: Float64Array) => {
    const { dX, dWeight, dBias } = layerNormBackward(normInput(config, parameters, name, x), dOut);
    gradients.set(`${name}.weight`, dWeight);
    gradients.set(`${name}.bias`, dBias);
    return dX;
  };

  const lossInput = { logits: forward.logits, targets, vocabulary: V, count };
  const { loss } = crossEntropy(lossInput);
  const dLogits = crossEntropyBackward(lossInput);
  const head = headShape(config, rows);
  const normalised = forward.hiddenStates[config.n_layer];
  const dHead = linearDWeight(head, dLogits, normalised);
  const dNormalised = linearDInput(head, dLogits, parameter(parameters, headName(config), V * C));
  let dStream = normBackward('transformer.ln_f', forward.last, dNormalised);

  for (let layer = config.n_layer - 1; layer >= 0; layer--) {
    const block = `transformer.h.${layer}`;
    const saved = forward.blocks[layer];
    const dActivated = denseBackward(`${block}.mlp.c_proj`, F, C, saved.activated, masked(dStream, saved.mlpMask));
    const dInner = activationBackward(config.activation_function, saved.inner, dActivated);
    const dNorm2 = denseBackward(`${block}.mlp.c_fc`, C, F, saved.norm2, dInner);
    const dMiddle = sum(dStream, normBackward(`${block}.ln_2`, saved.middle, dNorm2));
    const dProjected = masked(dMiddle, saved.attentionMask);
    const dAttended = denseBackward(`${block}.attn.c_proj`, C, C, saved.attended, dProjected);
    const dQkv = attentionBackward(saved.attentionInput, dAttended);
    const dNorm1 = denseBackward(`${block}.attn.c_attn`, C, 3 * C, saved.norm1, dQkv);
    dStream = sum(dMiddle, normBackward(`${block}.ln_1`, saved.input, dNorm1));
  }

  const { dTokenTable, dPositionTable } = embeddingBackward(
    embeddingInput(config, parameters, input),
    masked(dStream, forward.embeddingMask),
  );
  gradients.set('transformer.wte.weight', config.tie_word_embeddings ? sum(dTokenTable, dHead) : dTokenTable);
  if (dPositionTable) gradients.set('transformer.wpe.weight', dPositionTable);
  if (!config.tie_word_embeddings) gradients.set('lm_head.weight', dHead);
  return { loss, gradients };
}

function adapterMask({ dropout: place, adapters }: Gpt2Batch, module: string, { length }: Float64Array): DropoutMask {
  const p = adapters?.get(module)?.dropout ?? 0;
  return place && p > 0
    ? dropoutMask(place.seed, hashName(`${module}.lora_dropout`), place.step, length, p)
    : undefined;
}

function parameter(parameters: NamedArrays, name: string, length: number): Float64Array {
  const array = parameters.get(name);
  if (array?.length !== length) {
    throw new RangeError(`gpt2: parameter ${name} has ${array?.length ?? 'no'} elements, needs ${length}`);
  }
  return array;
}

function innerSize(config: Gpt2Config): number {
  return config.n_inner ?? 4 * config.n_embd;
}

function headName(config: Gpt2Config): string {
  return config.tie_word_embeddings ? 'transformer.wte.weight' : 'lm_head.weight';
}

function headShape(config: Gpt2Config, rows: number): LinearShape {
  return { rows, inFeatures: config.n_embd, outFeatures: config.vocab_size, layout: 'outIn' };
}

function normInput(config: Gpt2Config, parameters: NamedArrays, name: string, x: Float64Array) {
  const channels = config.n_embd;
  return {
    x,
    weight: parameter(parameters, `${name}.weight`, channels),
    bias: parameter(parameters, `${name}.bias`, channels),
    rows: x.length / channels,
    channels,
    epsilon: config.layer_norm_epsilon,
  };
}

function embeddingInput(config: Gpt2Config, parameters: NamedArrays, input: Gpt2Batch) {
  const { n_embd: channels, vocab_size: V, n_positions: P } = config;
  return {
    tokens: input.tokens,
    tokenTable: parameter(parameters, 'transformer.wte.weight', V * channels),
    position: {
      table: parameter(parameters, 'transformer.wpe.weight', P * channels),
      indices: sequencePositions(input.batch, input.sequenceLength),
    },
    channels,
  };
}

function sum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]);
}

function dropped(x: Float64Array, mask: DropoutMask): Float64Array {
  return mask ? dropout(x, mask) : x;
}

function masked(dOut: Float64Array, mask: DropoutMask): Float64Array {
  return mask ? dropoutBackward(dOut, mask) : dOut;
}
