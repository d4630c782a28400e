// The whole of BERT in float64, forward and backward, with each of its heads, over a Map of parameters by Hugging Face name. B sequences of T
// tokens, N = B*T, C channels, F inner, H heads, V vocabulary. It composes this folder's operations one after the other, as transformers'
// eager model does; it must not fuse, join query, key and value, or share buffers. Without dropout.

import type { ActivationName } from '../core/models/activationNames';
import { type BertConfig, bertSizes } from '../core/models/bert';
import { activation, activationBackward } from './activation';
import { type AttentionInput, attention, attentionBackward } from './attention';
import { crossEntropy, crossEntropyBackward } from './crossEntropy';
import { embedding, embeddingBackward, sequencePositions } from './embedding';
import { layerNorm, layerNormBackward } from './layerNorm';
import { type LinearShape, linear, linearDBias, linearDInput, linearDWeight } from './linear';

type NamedArrays = ReadonlyMap<string, Float64Array>;

export interface BertBatch {
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

export interface BertForward {
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

const EMBEDDINGS = 'bert.embeddings';
const WORDS = `${EMBEDDINGS}.word_embeddings.weight`;

/** Runs operations over one set of parameters, and gathers gradients by name. */
class Parameters {
  constructor(
    private readonly values: NamedArrays,
    private readonly epsilon: number,
  ) {}

  get(name: string, length: number): Float64Array {
    const array = this.values.get(name);
    if (array?.length !== length)
      throw new RangeError(`bert: parameter ${name} has ${array?.length ?? 'no'} elements, needs ${length}`);
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
export function bertForward(config: BertConfig, parameters: NamedArrays, input: BertBatch): BertForward {
  const { batch, sequenceLength: T, mask } = input;
  const { width: C, inner: F, heads, headDim, positions } = bertSizes(config);
  if (T > positions) throw new RangeError(`bert: ${T} tokens a sequence, max_position_embeddings is ${positions}`);
  const p = new Parameters(parameters, config.layer_norm_eps);
  const embedded = sum(embedding(wordInput(config, p, input)), embedding(typeInput(config, p, input)));
  let stream = p.norm(`${EMBEDDINGS}.LayerNorm`, C, embedded);
  const hiddenStates = [stream];
  const attentions: Float64Array[] = [];
  const blocks: BlockState[] = [];
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const block = `bert.encoder.layer.${layer}`;
    const parts = ['query', 'key', 'value'].map((part) => p.dense(`${block}.attention.self.${part}`, C, C, stream));
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
    const beforeMiddle = sum(stream, p.dense(`${block}.attention.output.dense`, C, C, attended));
    const middle = p.norm(`${block}.attention.output.LayerNorm`, C, beforeMiddle);
    const inner = p.dense(`${block}.intermediate.dense`, C, F, middle);
    const activated = activation(config.hidden_act, inner);
    const beforeOutput = sum(middle, p.dense(`${block}.output.dense`, F, C, activated));
    blocks.push({ input: stream, attentionInput, attended, beforeMiddle, middle, inner, activated, beforeOutput });
    attentions.push(probabilities);
    stream = p.norm(`${block}.output.LayerNorm`, C, beforeOutput);
    hiddenStates.push(stream);
  }
  const head = headOf(config, p, input, stream);
  return { logits: head.logits, hiddenStates, attentions, blocks, embedded, head };
}

/**
 * Loss (nats, the sum over targets divided by `count`) and the gradient of every parameter, by name and in its layout.
 * `forward` must be of the same config, parameters and input. The embedding of the padding token gets no gradient from being read.
 */
export function bertBackward(
  config: BertConfig,
  parameters: NamedArrays,
  input: BertBatch,
  forward: BertForward,
  targets: Int32Array,
  count: number,
): { loss: number; gradients: Map<string, Float64Array> } {
  const { width: C, inner: F } = bertSizes(config);
  const p = new Parameters(parameters, config.layer_norm_eps);
  const gradients = new Map<string, Float64Array>();
  const lossInput = { logits: forward.head.logits, targets, vocabulary: forward.head.columns, count };
  let dStream = forward.head.backward(crossEntropyBackward(lossInput), gradients);
  for (let layer = config.num_hidden_layers - 1; layer >= 0; layer--) {
    const block = `bert.encoder.layer.${layer}`;
    const saved = forward.blocks[layer];
    const dOutput = p.normBackward(`${block}.output.LayerNorm`, C, saved.beforeOutput, dStream, gradients);
    const dActivated = p.denseBackward(`${block}.output.dense`, F, C, saved.activated, dOutput, gradients);
    const dInner = activationBackward(config.hidden_act, saved.inner, dActivated);
    const dMiddle = sum(dOutput, p.denseBackward(`${block}.intermediate.dense`, C, F, saved.middle, dInner, gradients));
    const norm = `${block}.attention.output.LayerNorm`;
    const dBefore = p.normBackward(norm, C, saved.beforeMiddle, dMiddle, gradients);
    const dAttended = p.denseBackward(`${block}.attention.output.dense`, C, C, saved.attended, dBefore, gradients);
    const dParts = unpacked(attentionBackward(saved.attentionInput, dAttended), C);
    dStream = dBefore;
    for (const [index, part] of ['query', 'key', 'value'].entries()) {
      const name = `${block}.attention.self.${part}`;
      dStream = sum(dStream, p.denseBackward(name, C, C, saved.input, dParts[index], gradients));
    }
  }
  const dEmbedded = p.normBackward(`${EMBEDDINGS}.LayerNorm`, C, forward.embedded, dStream, gradients);
  const { dTokenTable, dPositionTable } = embeddingBackward(wordInput(config, p, input), dEmbedded);
  const untrained = config.pad_token_id;
  if (untrained !== null) dTokenTable.fill(0, untrained * C, (untrained + 1) * C);
  const dTied = gradients.get(WORDS);
  gradients.set(WORDS, dTied ? sum(dTokenTable, dTied) : dTokenTable);
  if (dPositionTable) gradients.set(`${EMBEDDINGS}.position_embeddings.weight`, dPositionTable);
  const types = embeddingBackward(typeInput(config, p, input), dEmbedded).dTokenTable;
  gradients.set(`${EMBEDDINGS}.token_type_embeddings.weight`, types);
  return { loss: crossEntropy(lossInput).loss, gradients };
}

function headOf(
  config: BertConfig,
  p: Parameters,
  { batch, sequenceLength: T }: BertBatch,
  hidden: Float64Array,
): HeadState {
  const { width: C, outputs } = bertSizes(config);
  switch (config.architecture) {
    case 'BertForMaskedLM':
      return maskedHead(config, p, hidden);
    case 'BertForSequenceClassification': {
      const first = Float64Array.from({ length: batch * C }, (_, i) => hidden[Math.floor(i / C) * T * C + (i % C)]);
      const dense = p.dense('bert.pooler.dense', C, C, first);
      const pooled = activation('tanh', dense);
      return {
        logits: p.dense('classifier', C, outputs, pooled),
        columns: outputs,
        backward: (dLogits, gradients) => {
          const dPooled = p.denseBackward('classifier', C, outputs, pooled, dLogits, gradients);
          const dDense = activationBackward('tanh', dense, dPooled);
          const dFirst = p.denseBackward('bert.pooler.dense', C, C, first, dDense, gradients);
          const dHidden = new Float64Array(hidden.length);
          dFirst.forEach((value, i) => {
            dHidden[Math.floor(i / C) * T * C + (i % C)] = value;
          });
          return dHidden;
        },
      };
    }
    case 'BertForTokenClassification':
      return {
        logits: p.dense('classifier', C, outputs, hidden),
        columns: outputs,
        backward: (dLogits, gradients) => p.denseBackward('classifier', C, outputs, hidden, dLogits, gradients),
      };
    case 'BertForQuestionAnswering':
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
function maskedHead(config: BertConfig, p: Parameters, hidden: Float64Array): HeadState {
  const { hidden_size: C, vocab_size: V } = config;
  const rows = hidden.length / C;
  const transform = 'cls.predictions.transform';
  const act: ActivationName = config.hidden_act;
  const inner = p.dense(`${transform}.dense`, C, C, hidden);
  const activated = activation(act, inner);
  const normed = p.norm(`${transform}.LayerNorm`, C, activated);
  const decoder = config.tie_word_embeddings ? WORDS : 'cls.predictions.decoder.weight';
  const shape: LinearShape = { rows, inFeatures: C, outFeatures: V, layout: 'outIn' };
  const weight = p.get(decoder, V * C);
  return {
    logits: linear(shape, normed, weight, p.get('cls.predictions.bias', V)),
    columns: V,
    backward: (dLogits, gradients) => {
      gradients.set(decoder, linearDWeight(shape, dLogits, normed));
      gradients.set('cls.predictions.bias', linearDBias(shape, dLogits));
      const dNormed = linearDInput(shape, dLogits, weight);
      const dActivated = p.normBackward(`${transform}.LayerNorm`, C, activated, dNormed, gradients);
      const dInner = activationBackward(act, inner, dActivated);
      return p.denseBackward(`${transform}.dense`, C, C, hidden, dInner, gradients);
    },
  };
}

function wordInput(config: BertConfig, p: Parameters, { tokens, batch, sequenceLength }: BertBatch) {
  const { hidden_size: channels, vocab_size: V, max_position_embeddings: P } = config;
  const table = p.get(`${EMBEDDINGS}.position_embeddings.weight`, P * channels);
  const position = { table, indices: sequencePositions(batch, sequenceLength) };
  return { tokens, tokenTable: p.get(WORDS, V * channels), position, channels };
}

function typeInput(config: BertConfig, p: Parameters, { tokenTypes }: BertBatch) {
  const { hidden_size: channels, type_vocab_size } = config;
  const tokenTable = p.get(`${EMBEDDINGS}.token_type_embeddings.weight`, type_vocab_size * channels);
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
