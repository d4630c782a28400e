// GPT-2's parameters and activations: names, shapes, how each starts, and where it lies. Along the tensor-parallel axis (Shoeybi et al. 2019,
// section 3) projections into heads and hidden units are divided by columns, those back to the stream by rows, embedding and head by
// vocabulary; norms, positions and the biases that are added to the stream are replicated. Pure data.

import { type Gpt2Config, gpt2Sizes } from '../../core/models/gpt2';
import { REPLICATE, shard } from '../../parallel/placement';
import type { ActivationShape, MicroBatchShape, ModelShapes, ParameterShape } from './modelShapes';
import { ParameterList } from './parameterList';

export function gpt2Shapes(config: Gpt2Config): ModelShapes {
  const C = config.n_embd;
  const stream = ({ rows, tokens }: MicroBatchShape): ActivationShape => ({
    name: 'stream',
    shape: [rows * tokens, C],
    placement: shard(0),
  });
  return {
    parameters: listParameters(config),
    unseenBias: (name) => (name.endsWith('attn.c_attn.bias') ? { start: C, length: C } : null),
    stream,
    layerActivations: (batch) => layerActivations(config, batch, stream(batch)),
    embeddingActivations: () => [],
    headActivations: ({ rows, tokens }) => [
      stream({ rows, tokens }),
      { name: 'ln_f.stats', shape: [rows * tokens, 2], placement: shard(0) },
      { name: 'ln_f.y', shape: [rows * tokens, C], placement: REPLICATE, exchangedAt: 'ln_f' },
      { name: 'lm_head.y', shape: [rows * tokens, config.vocab_size], placement: shard(1) },
    ],
  };
}

/**
 * Embeddings [V, C] and [P, C], the blocks, ln_f, and lm_head [V, C] where it is untied. Conv1D weights are [in, out]. Projections that write
 * to the residual stream start smaller by sqrt(2 L), as transformers does (Radford et al. 2019, section 2.3).
 */
function listParameters(config: Gpt2Config): readonly ParameterShape[] {
  const { vocab_size: V, n_positions: P, n_embd: C, n_layer: L, initializer_range: normal } = config;
  const { inner: F, headDim } = gpt2Sizes(config);
  const residual = normal / Math.sqrt(2 * L);
  const tied = config.tie_word_embeddings;
  const list = new ParameterList();
  list.at(tied ? ['embedding', 'head'] : ['embedding'], 'transformer.');
  list.add('wte.weight', [V, C], normal, { placement: shard(0) });
  list.at(['embedding'], 'transformer.').add('wpe.weight', [P, C], normal);
  for (let layer = 0; layer < L; layer++) {
    list.at(layer, `transformer.h.${layer}.`).norm('ln_1', C);
    list.add('attn.c_attn.weight', [C, 3 * C], normal, { placement: shard(1, { blocks: 3, unit: headDim }) });
    list.add('attn.c_attn.bias', [3 * C], 'zeros', { placement: shard(0, { blocks: 3, unit: headDim }) });
    list.add('attn.c_proj.weight', [C, C], residual, { placement: shard(0, { unit: headDim }) });
    list.add('attn.c_proj.bias', [C], 'zeros').norm('ln_2', C);
    list.add('mlp.c_fc.weight', [C, F], normal, { placement: shard(1) });
    list.add('mlp.c_fc.bias', [F], 'zeros', { placement: shard(0) });
    list.add('mlp.c_proj.weight', [F, C], residual, { placement: shard(0) }).add('mlp.c_proj.bias', [C], 'zeros');
  }
  list.at(['head'], 'transformer.').norm('ln_f', C);
  if (!tied) list.at(['head'], '').add('lm_head.weight', [V, C], normal, { placement: shard(0) });
  return list.parameters;
}

/** What the traced programs hold (planner/tensorMap.test.ts compares them); dropout changes none of it: its masks are made anew. */
function layerActivations(
  config: Gpt2Config,
  { rows: B, tokens: T }: MicroBatchShape,
  stream: ActivationShape,
): readonly ActivationShape[] {
  const { width: C, heads: H, inner: F, headDim } = gpt2Sizes(config);
  const N = B * T;
  return [
    { name: 'ln_1.stats', shape: [N, 2], placement: shard(0) },
    // Brought together from all rows for the products that follow, and kept so.
    { name: 'ln_1.y', shape: [N, C], placement: REPLICATE, exchangedAt: 'attn.c_attn' },
    { name: 'attn.c_attn.y', shape: [N, 3 * C], placement: shard(1, { blocks: 3, unit: headDim }) },
    { name: 'attn.out', shape: [N, C], placement: shard(1, { unit: headDim }) },
    { name: 'attn.lse', shape: [B, H, T], placement: shard(1) },
    { ...stream, name: 'attn.c_proj.y', exchangedAt: 'attn.c_proj' },
    { name: 'ln_2.stats', shape: [N, 2], placement: shard(0) },
    { name: 'ln_2.y', shape: [N, C], placement: REPLICATE, exchangedAt: 'mlp.c_fc' },
    { name: 'mlp.c_fc.pre', shape: [N, F], placement: shard(1) },
    { name: 'mlp.c_fc.y', shape: [N, F], placement: shard(1) },
  ];
}
