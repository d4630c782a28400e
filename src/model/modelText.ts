// A model that goes on texts, whole or one stage of a pipeline: a chunk of prompts into the cache, and one token of each text through to its
// logits; or a whole context anew. The layers are the family's.

import { attentionWindow, type ModelConfig, modelSizes } from '../core/modelConfig';
import type { Tensor } from '../gpu/graph';
import type { Trace } from '../gpu/trace';
import type { StageSpan } from '../parallel/stages';
import { type BatchShape, LayerTracer } from './layerTracer';
import { type TextLayers, textLayers } from './modelLayers';

/** The keys and values of texts; rows stand where shaders/include/text_position.wgsl says. */
export interface TextCache {
  /** u32 [B] */
  readonly firstPositions: Tensor;
  /** Of each layer of the stage: [B, positions, 2 * kvHeads * headDim]. */
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
    private readonly stage: StageSpan,
    private readonly shape: BatchShape,
    private readonly cache: TextCache,
  ) {
    const options = { keep: false, training: false };
    this.layers = textLayers(config, new LayerTracer(trace, shape, options, { parts: 1, index: 0 }));
  }

  /** Through layers up to `endLayer`, from tokens where the stage embeds them, else from what the stage before put out. */
  blocks(input: Tensor, endLayer: number): Tensor {
    let x = this.stage.embedding ? this.layers.embeddingAt(input, this.cache.firstPositions) : input;
    for (let layer = this.stage.firstLayer; layer < endLayer; layer++) x = this.block(x, layer);
    return x;
  }

  private get heads() {
    const { heads, kvHeads, headDim, positions: capacity } = modelSizes(this.config);
    return { ...this.shape, heads, kvHeads, headDim, capacity };
  }

  /** Projects the rows and puts their keys and values into the cache. */
  append(x: Tensor, layer: number) {
    const { firstPositions, layers } = this.cache;
    const qkv = this.layers.projections(x, layer, firstPositions);
    const inputs = { qkv, firstPositions, cache: layers[layer - this.stage.firstLayer] };
    this.trace.scope = `h.${layer}.attn.`;
    this.trace.apply('appendKeyValue', inputs, this.heads);
    return inputs;
  }

  private block(x: Tensor, layer: number): Tensor {
    const window = attentionWindow(this.config, layer);
    const attributes = { ...this.heads, ...(window === undefined ? {} : { window }) };
    const { out } = this.trace.apply('cachedAttention', this.append(x, layer), attributes);
    return this.layers.afterAttention(x, out, layer);
  }
}

/**
 * Puts a chunk of each text into the cache. The model's last block ends with its keys and values: nothing reads what it would put out.
 * @param input tokens [B T] where the stage embeds them, else [B T, C]
 * @returns [B T, C] for the next stage; null from the last
 */
export function tracePrefill(
  trace: Trace,
  config: ModelConfig,
  stage: StageSpan,
  shape: BatchShape,
  input: Tensor,
  cache: TextCache,
): Tensor | null {
  const tracer = new TextTracer(trace, config, stage, shape, cache);
  const end = stage.head ? stage.endLayer - 1 : stage.endLayer;
  const x = tracer.blocks(input, end);
  if (stage.head) tracer.append(x, end);
  trace.scope = '';
  return stage.head ? null : x;
}

/** Logits [B T, V] after each of so many more tokens of each text; from a stage without the head [B T, C] for the next one. */
export function traceDecode(
  trace: Trace,
  config: ModelConfig,
  stage: StageSpan,
  shape: BatchShape,
  input: Tensor,
  cache: TextCache,
): Tensor {
  const tracer = new TextTracer(trace, config, stage, shape, cache);
  const x = tracer.blocks(input, stage.endLayer);
  const out = stage.head ? tracer.layers.logits(tracer.layers.finish(x)) : x;
  trace.scope = '';
  return out;
}

/** Logits [1, V] of the token that stands at the step's position in a whole context, computed anew; they are kept for read-back. */
export function traceNextLogits(trace: Trace, config: ModelConfig, hidden: Tensor, shape: BatchShape): Tensor {
  const tracer = new LayerTracer(trace, shape, { keep: true, training: false }, { parts: 1, index: 0 });
  const logits = textLayers(config, tracer).logits(trace.apply('gatherRow', { x: hidden }, {}).y);
  trace.scope = '';
  return logits;
}
