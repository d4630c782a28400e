// Parameters and activations of Llama and its relatives: names, shapes, how each starts, and where it lies. Along the tensor-parallel axis whole
// groups of query heads are dealt out with the key and value heads that they read; gates and ups by columns, what goes back to the stream by
// rows, embedding and head by vocabulary; norms, and biases that are added to the stream, are replicated. Pure data.

import { type LlamaConfig, llamaSizes, llamaTraits } from '../../core/models/llama';
import { REPLICATE, shard } from '../../parallel/placement';
import type { ActivationShape, MicroBatchShape, ModelShapes, ParameterShape } from './modelShapes';
import { ParameterList } from './parameterList';

export function llamaShapes(config: LlamaConfig): ModelShapes {
  const { width: C, vocabulary: V } = llamaSizes(config);
  const stream = ({ rows, tokens }: MicroBatchShape): ActivationShape => ({
    name: 'stream',
    shape: [rows * tokens, C],
    placement: shard(0),
  });
  return {
    parameters: listParameters(config),
    // Positions turn keys, and with them what a bias adds: softmax sees it.
    unseenBias: () => null,
    stream,
    embeddingActivations: () => [],
    layerActivations: (batch) => layerActivations(config, batch, stream(batch)),
    headActivations: ({ rows, tokens }) => [
      stream({ rows, tokens }),
      { name: 'norm.stats', shape: [rows * tokens, 2], placement: shard(0) },
      { name: 'norm.y', shape: [rows * tokens, C], placement: REPLICATE, exchangedAt: 'norm' },
      { name: 'lm_head.y', shape: [rows * tokens, V], placement: shard(1) },
    ],
  };
}

/**
 * The embedding [V, C], the blocks, the final norm, and lm_head [V, C] where it is untied. Weights are [out, in]. Queries, keys and values lie
 * beneath each other, and so do gates and ups: one product each. transformers starts all of them alike.
 */
function listParameters(config: LlamaConfig): readonly ParameterShape[] {
  const { vocab_size: V, initializer_range: normal, tie_word_embeddings: tied } = config;
  const { width: C, inner: F, heads, kvHeads, headDim, layers } = llamaSizes(config);
  const { qkvBias, outputBias, mlpBias, headNorms } = llamaTraits(config);
  const group = (heads / kvHeads) * headDim;
  const list = new ParameterList();
  list.at(tied ? ['embedding', 'head'] : ['embedding'], 'model.');
  list.add('embed_tokens.weight', [V, C], normal, { placement: shard(0) });
  for (let layer = 0; layer < layers; layer++) {
    list.at(layer, `model.layers.${layer}.`).add('input_layernorm.weight', [C], 'ones');
    const qkv = [
      ['q_proj', heads, group],
      ['k_proj', kvHeads, headDim],
      ['v_proj', kvHeads, headDim],
    ] as const;
    for (const [name, count, unit] of qkv) {
      const options = { placement: shard(0, { unit }), joined: name !== 'q_proj' };
      list.add(`self_attn.${name}.weight`, [count * headDim, C], normal, options);
    }
    if (qkvBias)
      for (const [name, count, unit] of qkv) {
        const options = { placement: shard(0, { unit }), joined: name !== 'q_proj' };
        list.add(`self_attn.${name}.bias`, [count * headDim], 'zeros', options);
      }
    list.add('self_attn.o_proj.weight', [C, heads * headDim], normal, { placement: shard(1, { unit: group }) });
    if (outputBias) list.add('self_attn.o_proj.bias', [C], 'zeros');
    if (headNorms) for (const name of ['q_norm', 'k_norm']) list.add(`self_attn.${name}.weight`, [headDim], 'ones');
    list.add('post_attention_layernorm.weight', [C], 'ones');
    for (const name of ['gate_proj', 'up_proj'])
      list.add(`mlp.${name}.weight`, [F, C], normal, { placement: shard(0), joined: name === 'up_proj' });
    if (mlpBias)
      for (const name of ['gate_proj', 'up_proj'])
        list.add(`mlp.${name}.bias`, [F], 'zeros', { placement: shard(0), joined: name === 'up_proj' });
    list.add('mlp.down_proj.weight', [C, F], normal, { placement: shard(1) });
    if (mlpBias) list.add('mlp.down_proj.bias', [C], 'zeros');
  }
  list.at(['head'], 'model.').add('norm.weight', [C], 'ones');
  if (!tied) list.at(['head'], '').add('lm_head.weight', [V, C], normal, { placement: shard(0) });
  return list.parameters;
}

/** What the traced programs hold (planner/tensorMap.test.ts compares them). */
function layerActivations(
  config: LlamaConfig,
  { rows: B, tokens: T }: MicroBatchShape,
  stream: ActivationShape,
): readonly ActivationShape[] {
  const { width: C, heads, kvHeads, inner: F, headDim } = llamaSizes(config);
  const N = B * T;
  const group = heads / kvHeads;
  const qkv = {
    shape: [N, (heads + 2 * kvHeads) * headDim],
    placement: shard(1, { shares: [group, 1, 1], unit: headDim }),
  };
  const normed: readonly ActivationShape[] = [
    { name: 'self_attn.normed.queryStats', shape: [N, heads, 2], placement: shard(1, { unit: group }) },
    { name: 'self_attn.normed.keyStats', shape: [N, kvHeads, 2], placement: shard(1) },
    { ...qkv, name: 'self_attn.normed.y' },
  ];
  return [
    { name: 'input_layernorm.stats', shape: [N, 2], placement: shard(0) },
    // Brought together from all rows for the products that follow, and kept so.
    { name: 'input_layernorm.y', shape: [N, C], placement: REPLICATE, exchangedAt: 'self_attn.qkv' },
    { ...qkv, name: 'self_attn.qkv.y' },
    ...(llamaTraits(config).headNorms ? normed : []),
    { name: 'self_attn.out', shape: [N, heads * headDim], placement: shard(1, { unit: group * headDim }) },
    { name: 'self_attn.lse', shape: [B, heads, T], placement: shard(1, { unit: group }) },
    { ...stream, name: 'self_attn.o_proj.y', exchangedAt: 'self_attn.o_proj' },
    { name: 'post_attention_layernorm.stats', shape: [N, 2], placement: shard(0) },
    { name: 'post_attention_layernorm.y', shape: [N, C], placement: REPLICATE, exchangedAt: 'mlp.gate_up' },
    { name: 'mlp.gate_up.y', shape: [N, 2 * F], placement: shard(1, { blocks: 2 }) },
    { name: 'mlp.act.y', shape: [N, F], placement: shard(1) },
  ];
}
