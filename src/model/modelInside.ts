// A model over one text, traced to be looked into: the residual stream between its layers, what its attention follows from, and the logit lens,
// which is the model's own end put to every layer's stream (nostalgebraist 2020). It knows neither families nor devices.

import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { Tensor } from '../gpu/graph';
import type { Trace } from '../gpu/trace';
import { type BatchShape, LayerTracer } from './layerTracer';
import { type AttentionState, modelLayers } from './modelLayers';
import type { StackInputs } from './modelStack';

export interface InsideTensors {
  /** [N, C] each: what the first block reads, then what each block leaves. */
  readonly residuals: readonly Tensor[];
  readonly attentions: readonly AttentionState[];
  /** [N, rankingStride(top)] of each residual; null where the head says nothing of tokens. */
  readonly lens: readonly Tensor[] | null;
}

/** @param targets i32 [N]: the token that each place should give; -100 for none */
export function traceInside(
  trace: Trace,
  config: ModelConfig,
  shape: BatchShape,
  { source, mask }: StackInputs,
  targets: Tensor,
  top: number,
): InsideTensors {
  const split = { parts: 1, index: 0 };
  const layers = modelLayers(config, new LayerTracer(trace, shape, { keep: false, training: false }, split, mask));
  trace.scope = '';
  const residuals: Tensor[] = [];
  const attentions: AttentionState[] = [];
  const lens: Tensor[] = [];
  // Each ranking at once after its layer, so that one layer's logits are there at a time.
  const look = (x: Tensor): void => {
    residuals.push(x);
    const logits = layers.tokenLogits(layers.finish(x));
    if (!logits) return;
    trace.scope = `lens.${residuals.length - 1}.`;
    lens.push(trace.apply('topTokens', { logits, targets }, { top }).ranking);
  };
  let x = 'tokens' in source ? layers.embedding(source) : source;
  look(x);
  for (let layer = 0; layer < modelSizes(config).layers; layer++) {
    const block = layers.block(x, layer);
    attentions.push(block.attention);
    x = block.x;
    look(x);
  }
  trace.scope = '';
  return { residuals, attentions, lens: lens.length > 0 ? lens : null };
}
