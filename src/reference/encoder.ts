// The whole of BERT, DistilBERT or RoBERTa in float64, forward and backward, with each head, over a Map of parameters by Hugging Face name. B sequences of T
// tokens, N = B*T, C channels, F inner, H heads, V vocabulary. It composes this folder's operations one after the other, as transformers'
// eager model does; it must not fuse, join query, key and value, or share buffers. Without dropout.

import type { EncoderModel } from '../core/models/encoderModel';
import { type EncoderConfig, encoderModel } from '../core/models/encoders';
import { positionRows } from '../core/models/modelSizes';
import { activation, activationBackward } from './activation';
import { type AttentionInput, attention, attentionBackward } from './attention';
import { crossEntropy, crossEntropyBackward } from './crossEntropy';
import { embedding, embeddingBackward, paddedPositions, sequencePositions } from './embedding';
import { layerNorm, layerNormBackward } from './layerNorm';
import { type LinearShape, linear, linearDBias, linearDInput, linearDWeight } from './linear';

type NamedArrays = ReadonlyMap<string, Float64Array>;

export interface EncoderBatch {
  /** [N] */
  readonly tokens: Int32Array;
  /** [N] segments. */
  readonly tokenTypes: Int32Array;
  /** [N]: 0 where a token is padding. */
  readonly mask: Uint32Array;
  readonly batch: number;
  /** T */
  readonly sequenceLength: number;
}

interface BlockState {
  readonly input: Float64Array;
  readonly attentionInput: AttentionInput;
  readonly attended: Float64Array;
  /** [N, C] what the block's first norm reads, and its result. */
  readonly beforeMiddle: Float64Array;
  readonly middle: Float64Array;
  /** [N, F] before and after the activation. */
  readonly inner: Float64Array;
  readonly activated: Float64Array;
  readonly beforeOutput: Float64Array;
}

interface HeadState {
  /** [R, outputs] of the R rows that the task judges: N of tokens, B of sequences. For spans [2 B, T]: first all starts, then all ends. */
  readonly logits: Float64Array;
  readonly columns: number;
  /** d hidden [N, C] and the head's own gradients, from d logits. */
  readonly backward: (dLogits: Float64Array, gradients: Map<string, Float64Array>) => Float64Array;
}

export interface EncoderForward {
  readonly logits: Float64Array;
  /** num_hidden_layers + 1 of [N, C]. */
  readonly hiddenStates: readonly Float64Array[];
  /** num_hidden_layers of [B, H, T, T]. */
  readonly attentions: readonly Float64Array[];
  readonly blocks: readonly BlockState[];
  /** [N, C] what the embeddings' norm reads. */
  readonly embedded: Float64Array;
  readonly head: HeadState;
}

/** Runs operations over one set of parameters, and gathers gradients by name. */
class Parameters {
  constructor(
    private readonly values: NamedArrays,
    private readonly epsilon: number,
  ) {}

  get(name: string, length: number): Float64Array {
    const array = this.values.get(name);
    if (array?.length !== length)
      throw new RangeError(`encoder: parameter ${name} has ${array?.length ?? 'no'} elements, needs ${length}`);
    return array;
  }

  private shape(x: Float64Array, inFeatures: number, outFeatures: number): LinearShape {
    return { rows: x.length / inFeatures, inFeatures, outFeatures, layout: 'outIn' };
  }

  dense(name: string, inputs: number, outputs: number, x: Float64Array): Float64Array {
    const weight = this.get(`${name}.weight`, inputs * outputs);
    return linear(this.shape(x, inputs, outputs), x, weight, this.get(`${name}.bias`, outputs));
  }

  denseBackward(
    name: string,
    inputs: number,
    outputs: number,
    x: Float64Array,
    dOut: Float64Array,
    gradients: Map<string, Float64Array>,
  ): Float64Array {
    const shape = this.shape(x, inputs, outputs);
    gradients.set(`${name}.weight`, linearDWeight(shape, dOut, x));
    gradients.set(`${name}.bias`, linearDBias(shape, dOut));
    return linearDInput(shape, dOut, this.get(`${name}.weight`, inputs * outputs));
  }

  private normInput(name: string, channels: number, x: Float64Array) {
    const weight = this.get(`${name}.weight`, channels);
    const bias = this.get(`${name}.bias`, channels);
    return { x, weight, bias, rows: x.length / channels, channels, epsilon: this.epsilon };
  }

  norm(name: string, channels: number, x: Float64Array): Float64Array {
    return layerNorm(this.normInput(name, channels, x)).out;
  }

  normBackward(
    name: string,
    channels: number,
    x: Float64Array,
    dOut: Float64Array,
    gradients: Map<string, Float64Array>,
  ): Float64Array {
    const { dX, dWeight, dBias } = layerNormBackward(this.normInput(name, channels, x), dOut);
    gradients.set(`${name}.weight`, dWeight);
    gradients.set(`${name}.bias`, dBias);
    return dX;
  }
}

/**
 * The model's forward pass with its head. Source: Devlin et al. 2019, in transformers' form (post-norm blocks).
 * RangeError for a missing parameter or one of a wrong length, or for more tokens than positions.
 */
export function encoderForward(config: EncoderConfig, parameters: NamedArrays, input: EncoderBatch): EncoderForward {
  const { batch, sequenceLength: T, mask } = input;
  const model = encoderModel(config);
  const { names, sizes } = model;
  const { width: C, inner: F, heads, headDim, positions } = sizes;
  if (T > positions) throw new RangeError(`encoder: ${T} tokens a sequence, the model has ${positions} positions`);
  const p = new Parameters(parameters, model.epsilon);
  const words = embedding(wordInput(model, p, input));
  const types = sizes.tokenTypes > 0 ? embedding(typeInput(model, p, input)) : null;
  const embedded = types ? sum(words, types) : words;
  let stream = p.norm(`${names.embeddings}.LayerNorm`, C, embedded);
  const hiddenStates = [stream];
  const attentions: Float64Array[] = [];
  const blocks: BlockState[] = [];
  for (let layer = 0; layer < sizes.layers; layer++) {
    const block = `${names.layers}.${layer}`;
    const parts = [names.query, names.key, names.value].map((part) => p.dense(`${block}.${part}`, C, C, stream));
    const attentionInput: AttentionInput = {
      qkv: packed(parts, C),
      batch,
      tokens: T,
      queryHeads: heads,
      keyValueHeads: heads,
      headSize: headDim,
      causal: false,
      mask,
    };
    const { out: attended, probabilities } = attention(attentionInput);
    const beforeMiddle = sum(stream, p.dense(`${block}.${names.attended}`, C, C, attended));
    const middle = p.norm(`${block}.${names.attendedNorm}`, C, beforeMiddle);
    const inner = p.dense(`${block}.${names.inner}`, C, F, middle);
    const activated = activation(model.activation, inner);
    const beforeOutput = sum(middle, p.dense(`${block}.${names.outer}`, F, C, activated));
    blocks.push({ input: stream, attentionInput, attended, beforeMiddle, middle, inner, activated, beforeOutput });
    attentions.push(probabilities);
    stream = p.norm(`${block}.${names.outerNorm}`, C, beforeOutput);
    hiddenStates.push(stream);
  }
  const head = headOf(model, p, input, stream);
  return { logits: head.logits, hiddenStates, attentions, blocks, embedded, head };
}

/**
 * Loss (nats, the sum over targets divided by `count`) and the gradient of every parameter, by name and in its layout.
 * `forward` must be of the same config, parameters and input. The embedding of the padding token, and padding's position where
 * there is one, get no gradient from being read.
 */
export function encoderBackward(
  config: EncoderConfig,
  parameters: NamedArrays,
  input: EncoderBatch,
  forward: EncoderForward,
  targets: Int32Array,
  count: number,
): { loss: number; gradients: Map<string, Float64Array> } {
  const model = encoderModel(config);
  const { names, sizes } = model;
  const { width: C, inner: F } = sizes;
  const p = new Parameters(parameters, model.epsilon);
  const gradients = new Map<string, Float64Array>();
  const lossInput = { logits: forward.head.logits, targets, vocabulary: forward.head.columns, count };
  let dStream = forward.head.backward(crossEntropyBackward(lossInput), gradients);
  for (let layer = sizes.layers - 1; layer >= 0; layer--) {
    const block = `${names.layers}.${layer}`;
    const saved = forward.blocks[layer];
    const dOutput = p.normBackward(`${block}.${names.outerNorm}`, C, saved.beforeOutput, dStream, gradients);
    const dActivated = p.denseBackward(`${block}.${names.outer}`, F, C, saved.activated, dOutput, gradients);
    const dInner = activationBackward(model.activation, saved.inner, dActivated);
    const dMiddle = sum(dOutput, p.denseBackward(`${block}.${names.inner}`, C, F, saved.middle, dInner, gradients));
    const norm = `${block}.${names.attendedNorm}`;
    const dBefore = p.normBackward(norm, C, saved.beforeMiddle, dMiddle, gradients);
    const dAttended = p.denseBackward(`${block}.${names.attended}`, C, C, saved.attended, dBefore, gradients);
    const dParts = unpacked(attentionBackward(saved.attentionInput, dAttended), C);
    dStream = dBefore;
    for (const [index, part] of [names.query, names.key, names.value].entries()) {
      const name = `${block}.${part}`;
      dStream = sum(dStream, p.denseBackward(name, C, C, saved.input, dParts[index], gradients));
    }
  }
  const { embeddings } = names;
  const dEmbedded = p.normBackward(`${embeddings}.LayerNorm`, C, forward.embedded, dStream, gradients);
  const { dTokenTable, dPositionTable } = embeddingBackward(wordInput(model, p, input), dEmbedded);
  const { untrainedToken: untrained, paddingPosition: padding } = sizes;
  if (untrained !== null) dTokenTable.fill(0, untrained * C, (untrained + 1) * C);
  if (padding !== null) dPositionTable?.fill(0, padding * C, (padding + 1) * C);
  const words = `${embeddings}.word_embeddings.weight`;
  const dTied = gradients.get(words);
  gradients.set(words, dTied ? sum(dTokenTable, dTied) : dTokenTable);
  if (dPositionTable) gradients.set(`${embeddings}.position_embeddings.weight`, dPositionTable);
  if (sizes.tokenTypes > 0) {
    const types = embeddingBackward(typeInput(model, p, input), dEmbedded).dTokenTable;
    gradients.set(`${embeddings}.token_type_embeddings.weight`, types);
  }
  return { loss: crossEntropy(lossInput).loss, gradients };
}

function headOf(
  model: EncoderModel,
  p: Parameters,
  { batch, sequenceLength: T }: EncoderBatch,
  hidden: Float64Array,
): HeadState {
  const { names, firstActivation } = model;
  const { width: C, outputs } = model.sizes;
  switch (model.task) {
    case 'masked-lm':
      return maskedHead(model, p, hidden);
    case 'sequence-classification': {
      const first = Float64Array.from({ length: batch * C }, (_, i) => hidden[Math.floor(i / C) * T * C + (i % C)]);
      const dense = p.dense(names.first, C, C, first);
      const pooled = activation(firstActivation, dense);
      return {
        logits: p.dense(names.classifier, C, outputs, pooled),
        columns: outputs,
        backward: (dLogits, gradients) => {
          const dPooled = p.denseBackward(names.classifier, C, outputs, pooled, dLogits, gradients);
          const dDense = activationBackward(firstActivation, dense, dPooled);
          const dFirst = p.denseBackward(names.first, C, C, first, dDense, gradients);
          const dHidden = new Float64Array(hidden.length);
          dFirst.forEach((value, i) => {
            dHidden[Math.floor(i / C) * T * C + (i % C)] = value;
          });
          return dHidden;
        },
      };
    }
    case 'token-classification':
      return {
        logits: p.dense(names.classifier, C, outputs, hidden),
        columns: outputs,
        backward: (dLogits, gradients) => p.denseBackward(names.classifier, C, outputs, hidden, dLogits, gradients),
      };
    case 'question-answering':
      return {
        logits: transposed(p.dense('qa_outputs', C, 2, hidden), 2),
        columns: T,
        backward: (dLogits, gradients) => {
          const dPairs = transposed(dLogits, hidden.length / C);
          return p.denseBackward('qa_outputs', C, 2, hidden, dPairs, gradients);
        },
      };
  }
}

/** A transform, then the embedding's own table, or another one, and a bias a token. */
function maskedHead(
  { names, sizes, tied, transformActivation: act }: EncoderModel,
  p: Parameters,
  hidden: Float64Array,
): HeadState {
  const { width: C, vocabulary: V } = sizes;
  const rows = hidden.length / C;
  const inner = p.dense(names.transform, C, C, hidden);
  const activated = activation(act, inner);
  const normed = p.norm(names.transformNorm, C, activated);
  const decoder = tied ? `${names.embeddings}.word_embeddings.weight` : `${names.decoder}.weight`;
  const shape: LinearShape = { rows, inFeatures: C, outFeatures: V, layout: 'outIn' };
  const weight = p.get(decoder, V * C);
  return {
    logits: linear(shape, normed, weight, p.get(names.decoderBias, V)),
    columns: V,
    backward: (dLogits, gradients) => {
      gradients.set(decoder, linearDWeight(shape, dLogits, normed));
      gradients.set(names.decoderBias, linearDBias(shape, dLogits));
      const dNormed = linearDInput(shape, dLogits, weight);
      const dActivated = p.normBackward(names.transformNorm, C, activated, dNormed, gradients);
      const dInner = activationBackward(act, inner, dActivated);
      return p.denseBackward(names.transform, C, C, hidden, dInner, gradients);
    },
  };
}

function wordInput({ names, sizes }: EncoderModel, p: Parameters, { tokens, batch, sequenceLength }: EncoderBatch) {
  const { width: channels, vocabulary: V, paddingPosition: padding } = sizes;
  const table = p.get(`${names.embeddings}.position_embeddings.weight`, positionRows(sizes) * channels);
  const indices =
    padding === null ? sequencePositions(batch, sequenceLength) : paddedPositions(tokens, sequenceLength, padding);
  const tokenTable = p.get(`${names.embeddings}.word_embeddings.weight`, V * channels);
  return { tokens, tokenTable, position: { table, indices }, channels };
}

function typeInput({ names, sizes }: EncoderModel, p: Parameters, { tokenTypes }: EncoderBatch) {
  const { width: channels, tokenTypes: count } = sizes;
  const tokenTable = p.get(`${names.embeddings}.token_type_embeddings.weight`, count * channels);
  return { tokens: tokenTypes, tokenTable, channels };
}

/** Rows of three tensors [N, C] side by side: [N, 3 C]. */
function packed(parts: readonly Float64Array[], C: number): Float64Array {
  const wide = parts.length * C;
  return Float64Array.from({ length: parts[0].length * parts.length }, (_, i) => {
    const column = i % wide;
    return parts[Math.floor(column / C)][Math.floor(i / wide) * C + (column % C)];
  });
}

function unpacked(whole: Float64Array, C: number): Float64Array[] {
  return [0, 1, 2].map((part) =>
    Float64Array.from({ length: whole.length / 3 }, (_, i) => whole[Math.floor(i / C) * 3 * C + part * C + (i % C)]),
  );
}

/** [rows, columns] as [columns, rows]. */
function transposed(x: Float64Array, columns: number): Float64Array {
  const rows = x.length / columns;
  return Float64Array.from(x, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)]);
}

function sum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]);
}
