// What a family is to whoever traces it: an embedding, blocks, an end, a head with its loss, and where it continues texts the same over a cache.
// Stages, programs and generation are built of these (modelStack.ts, modelText.ts) and never ask which family it is.

import { LabError } from '../core/errors';
import type { ModelConfig } from '../core/modelConfig';
import { encoderModel } from '../core/models/encoders';
import type { Distillation } from '../core/records';
import type { Tensor } from '../gpu/graph';
import { EncoderLayers } from './encoder';
import { Gpt2Layers } from './gpt2';
import type { LayerTracer, TokenInputs } from './layerTracer';
import { LlamaLayers } from './llama';

/** The packed projections of the rank's own heads, and the log-sum-exp: attention weights follow from them. */
export interface AttentionState {
  readonly qkv: Tensor;
  readonly lse: Tensor;
}

/** Where the loss comes from and goes to. */
export interface LossGoal {
  readonly targets: Tensor;
  /** Metrics buffer whose loss element is added to. */
  readonly loss: Tensor;
  /** Logits are overwritten with their gradient. */
  readonly gradient: boolean;
  /** Of a model that this one learns from beside the targets; for whole models that train. */
  readonly teacher?: Distillation & { /** [N, V] */ readonly logits: Tensor };
}

/** Tensors of the stream have the rank's own rows: [own rows, C]. */
export interface ModelLayers {
  embedding(inputs: TokenInputs): Tensor;
  block(x: Tensor, layer: number): { readonly x: Tensor; readonly attention: AttentionState };
  /** What the head reads, and the last hidden state: after the final norm, where there is one. */
  finish(x: Tensor): Tensor;
  /** The head and the loss. Returns the logits, of which the rank has its own part where they are divided. */
  loss(final: Tensor, goal: LossGoal): Tensor;
  /** [rows, V] of what finish() gave, or gives for an earlier layer's stream; null where the head says nothing of tokens. For whole models only. */
  tokenLogits(final: Tensor): Tensor | null;
  /** What the head's pooler made of each sequence's first token, [B, C], once `loss` was called; none of a head without one. */
  readonly pooled?: Tensor | null;
}

/** Layers that can also go on texts, whose keys and values a cache holds. For whole models only. */
export interface TextLayers {
  /** x [B T, C] of tokens that stand behind `firstPositions` [B] cached ones. */
  embeddingAt(tokens: Tensor, firstPositions: Tensor): Tensor;
  /** The packed queries, keys and values as attention takes them, from the block's input. */
  projections(x: Tensor, layer: number, firstPositions: Tensor): Tensor;
  /** The block's output, from its input and what its heads attended to. */
  afterAttention(x: Tensor, attended: Tensor, layer: number): Tensor;
  finish(x: Tensor): Tensor;
  /** [rows, V] */
  logits(hidden: Tensor): Tensor;
}

export function modelLayers(config: ModelConfig, tracer: LayerTracer): ModelLayers {
  switch (config.model_type) {
    case 'gpt2':
      return new Gpt2Layers(config, tracer);
    case 'llama':
    case 'qwen2':
    case 'qwen3':
    case 'mistral':
      return new LlamaLayers(config, tracer);
    case 'bert':
    case 'distilbert':
    case 'roberta':
      return new EncoderLayers(encoderModel(config), tracer);
  }
}

/** @throws LabError `model.unsupported` for a family that does not continue texts */
export function textLayers(config: ModelConfig, tracer: LayerTracer): TextLayers {
  const layers = modelLayers(config, tracer);
  if (continuesTexts(layers)) return layers;
  throw new LabError({
    code: 'model.unsupported',
    message: `A model of type ${config.model_type} does not continue texts.`,
    why: 'It reads whole sequences: it was not trained to give the next token.',
    advice: 'Load a causal language model to generate.',
  });
}

function continuesTexts(layers: ModelLayers): layers is ModelLayers & TextLayers {
  return 'projections' in layers;
}
