// GPT-2 that goes on texts: a chunk of prompts into the cache, and one token of each text through to its logits. The layers are gpt2Layers.ts's.

import type { Gpt2Config } from '../core/runConfig';
import type { Tensor } from '../gpu/graph';
import type { Trace } from '../gpu/trace';
import { traceHead } from './gpt2';
import { type BatchShape, Gpt2Tracer } from './gpt2Layers';

/** The keys and values of texts; rows stand where shaders/include/text_position.wgsl says. */
export interface TextCache {
  /** u32 [B] */
  readonly firstPositions: Tensor;
  /** Of each layer: [B, n_positions, 2 C]. */
  readonly layers: readonly Tensor[];
}

class TextTracer {
  private readonly tracer: Gpt2Tracer;

  constructor(
    private readonly trace: Trace,
    private readonly config: Gpt2Config,
    private readonly shape: BatchShape,
    private readonly cache: TextCache,
  ) {
    this.tracer = new Gpt2Tracer(trace, config, shape, { keep: false, training: false }, { parts: 1, index: 0 });
  }

  embedding(tokens: Tensor): Tensor {
    const { trace } = this;
    trace.scope = '';
    const table = trace.parameter('transformer.wte.weight');
    const positions = trace.parameter('transformer.wpe.weight');
    return trace.apply('embeddingAt', { tokens, table, positions, firstPositions: this.cache.firstPositions }, {}).x;
  }

  private get heads() {
    const { n_head, n_embd, n_positions } = this.config;
    return { ...this.shape, heads: n_head, kvHeads: n_head, headDim: n_embd / n_head, capacity: n_positions };
  }

  /** Projects the rows and puts their keys and values into the cache. */
  append(x: Tensor, layer: number) {
    const { firstPositions, layers } = this.cache;
    const qkv = this.tracer.projections(x, layer);
    const inputs = { qkv, firstPositions, cache: layers[layer] };
    this.trace.scope = `h.${layer}.attn.`;
    this.trace.apply('appendKeyValue', inputs, this.heads);
    return inputs;
  }

  block(x: Tensor, layer: number): Tensor {
    const { out } = this.trace.apply('cachedAttention', this.append(x, layer), this.heads);
    return this.tracer.afterAttention(x, out, layer);
  }

  finalNorm(x: Tensor): Tensor {
    return this.tracer.finalNorm(x);
  }
}

/** Puts a chunk of each text into the cache. The last block ends with its keys and values: nothing reads what it would put out. */
export function tracePrefill(
  trace: Trace,
  config: Gpt2Config,
  shape: BatchShape,
  tokens: Tensor,
  cache: TextCache,
): void {
  const tracer = new TextTracer(trace, config, shape, cache);
  let x = tracer.embedding(tokens);
  for (let layer = 0; layer < config.n_layer - 1; layer++) x = tracer.block(x, layer);
  tracer.append(x, config.n_layer - 1);
  trace.scope = '';
}

/** Logits [B, V] after one more token of each of `texts`. */
export function traceDecode(trace: Trace, config: Gpt2Config, texts: number, tokens: Tensor, cache: TextCache): Tensor {
  const tracer = new TextTracer(trace, config, { batch: texts, tokens: 1 }, cache);
  let x = tracer.embedding(tokens);
  for (let layer = 0; layer < config.n_layer; layer++) x = tracer.block(x, layer);
  return traceHead(trace, config, tracer.finalNorm(x), { keep: false });
}
