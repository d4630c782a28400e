// A model over whole sequences, as a function on symbolic tensors: whole, or the layers of one pipeline stage, or one tensor-parallel part of
// either. It knows neither families nor devices, workers or training loops.

import type { ModelConfig } from '../core/modelConfig';
import type { Tensor } from '../gpu/graph';
import type { Trace } from '../gpu/trace';
import type { StageSpan } from '../parallel/stages';
import { type BatchShape, LayerTracer, type TensorSplit, type TokenInputs, type TraceOptions } from './layerTracer';
import { type AttentionState, type LossGoal, modelLayers } from './modelLayers';

/** Which of the model a trace computes. With several parts the stream between layers is divided by rows (sequence parallelism). */
export interface ModelPart {
  readonly stage: StageSpan;
  readonly split: TensorSplit;
}

export interface StackOutputs {
  /** Input of each block of the stage, then what the head reads where the stage has it: transformers' hidden_states. */
  readonly hiddenStates: readonly Tensor[];
  /** [own rows, C]: what the head reads, or what the next stage gets. */
  readonly final: Tensor;
  /** Of each block. */
  readonly attentions: readonly AttentionState[];
  /** Of the head; null on a stage without it, and where no loss was asked for. */
  readonly logits: Tensor | null;
  /** [B, C] of a head with a pooler. */
  readonly pooled: Tensor | null;
}

export interface StackInputs {
  /** Tokens [N] where the stage embeds them, else what the stage before sent: [own rows, C]. */
  readonly source: TokenInputs | Tensor;
  /** u32 [N], for families whose attention does not see padding. */
  readonly mask: Tensor | undefined;
}

/** Records one part from its input to its output, and to its loss where `goal` is given. */
export function traceModel(
  trace: Trace,
  config: ModelConfig,
  shape: BatchShape,
  { source, mask }: StackInputs,
  options: TraceOptions,
  { stage, split }: ModelPart,
  goal: LossGoal | null,
): StackOutputs {
  const layers = modelLayers(config, new LayerTracer(trace, shape, options, split, mask));
  trace.scope = '';
  let x = 'tokens' in source ? layers.embedding(source) : source;
  const hiddenStates: Tensor[] = [];
  const attentions: AttentionState[] = [];
  for (let layer = stage.firstLayer; layer < stage.endLayer; layer++) {
    hiddenStates.push(x);
    const block = layers.block(x, layer);
    attentions.push(block.attention);
    x = block.x;
  }
  if (stage.head) {
    x = layers.finish(x);
    hiddenStates.push(x);
  }
  const logits = stage.head && goal ? layers.loss(x, goal) : null;
  trace.scope = '';
  return { hiddenStates, final: x, attentions, logits, pooled: layers.pooled ?? null };
}
