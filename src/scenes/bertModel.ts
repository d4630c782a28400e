// A small BERT for a scene.

import * as v from 'valibot';
import { type BertConfig, type bertArchitectures, bertConfigSchema } from '../core/models/bert';

interface BertShape {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly positions: number;
  /** 0 where it is left out. */
  readonly dropout?: number;
}

/** Its vocabulary follows the data. */
export function bertModel(architecture: (typeof bertArchitectures)[number], shape: BertShape): BertConfig {
  const { width, layers, heads, positions, dropout = 0 } = shape;
  return v.parse(bertConfigSchema, {
    model_type: 'bert',
    architecture,
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: 4 * width,
    max_position_embeddings: positions,
    hidden_dropout_prob: dropout,
    attention_probs_dropout_prob: dropout,
    // 0.02 was made for widths of 768.
    initializer_range: 0.06,
  });
}
