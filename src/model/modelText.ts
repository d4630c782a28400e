// A model that goes on texts: a chunk of prompts into the cache, and one token of each text through to its logits; or a whole context anew.
// The layers are the family's.

import { attentionWindow, type ModelConfig, modelSizes } from '../core/modelConfig';
import type { Tensor } from '../gpu/graph';
import type { Trace } from '../gpu/trace';
import { type BatchShape, LayerTracer } from './layerTracer';
import { type TextLayers, textLayers } from './modelLayers';

/** The keys and values of texts; rows stand where shaders/include/text_position.wgsl says. */
export interface TextCache {
  /** u32 [B] */
  readonly firstPositions: Tensor;
  /** Of each layer: [B, positions, 2 * kvHeads * headDim]. */
  readonly layers: readonly Tensor[];
}

/** Elements of one layer's cache of a text: keys and values of every position. */
export function cacheElements(config: ModelConfig): number {
  const { positions, kvHeads, headDim } = modelSizes(config);
  return positions * 2 * kvHeads * headDim;
}

class TextTracer {
  readonly layers: TextLayers;

  constructor(
    private readonly trace: Trace,
    private readonly config: ModelConfig,
    private readonly shape: BatchShape,
    private readonly cache: TextCache,
  ) {
    const options = { keep: false, training: false };
    this.layers = textLayers(config, new LayerTracer(trace, shape, options, { parts: 1, index: 0 }));
  }

  embedding(tokens: Tensor): Tensor {
    return this.layers.embeddingAt(tokens, this.cache.firstPositions);
  }

  private get heads() {
    const { heads, kvHeads, headDim, positions: capacity } = modelSizes(this.config);
    return { ...this.shape, heads, kvHeads, headDim, capacity };
  }

  /** Projects the rows and puts their keys and values into the cache. */
  append(x: Tensor, layer: number) {
    const { firstPositions, layers } = this.cache;
    const qkv = this.layers.projections(x, layer, firstPositions);
    const inputs = { qkv, firstPositions, cache: layers[layer] };
    this.trace.scope = `h.${layer}.attn.`;
    this.trace.apply('appendKeyValue', inputs, this.heads);
    return inputs;
  }

  block(x: Tensor, layer: number): Tensor {
    const window = attentionWindow(this.config, layer);
    const attributes = { ...this.heads, ...(window === undefined ? {} : { window }) };
    const { out } = this.trace.apply('cachedAttention', this.append(x, layer), attributes);
    return this.layers.afterAttention(x, out, layer);
  }
}

/** Puts a chunk of each text into the cache. The last block ends with its keys and values: nothing reads what it would put out. */
export function tracePrefill(
  trace: Trace,
  config: ModelConfig,
  shape: BatchShape,
  tokens: Tensor,
  cache: TextCache,
): void {
  const tracer = new TextTracer(trace, config, shape, cache);
  const last = modelSizes(config).layers - 1;
  let x = tracer.embedding(tokens);
  for (let layer = 0; layer < last; layer++) x = tracer.block(x, layer);
  tracer.append(x, last);
  trace.scope = '';
}

/** Logits [B, V] after one more token of each of `texts`. */
export function traceDecode(
  trace: Trace,
  config: ModelConfig,
  texts: number,
  tokens: Tensor,
  cache: TextCache,
): Tensor {
  const tracer = new TextTracer(trace, config, { batch: texts, tokens: 1 }, cache);
  const count = modelSizes(config).layers;
  let x = tracer.embedding(tokens);
  for (let layer = 0; layer < count; layer++) x = tracer.block(x, layer);
  const logits = tracer.layers.logits(tracer.layers.finish(x));
  trace.scope = '';
  return logits;
}

/** Logits [1, V] of the token that stands at the step's position in a whole context, computed anew; they are kept for read-back. */
export function traceNextLogits(trace: Trace, config: ModelConfig, hidden: Tensor, shape: BatchShape): Tensor {
  const tracer = new LayerTracer(trace, shape, { keep: true, training: false }, { parts: 1, index: 0 });
  const logits = textLayers(config, tracer).logits(trace.apply('gatherRow', { x: hidden }, {}).y);
  trace.scope = '';
  return logits;
}
