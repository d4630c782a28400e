// GPT-2 with a KV cache as an ONNX graph, under the names that transformers.js expects of a text generation model. It has
// the fused operations of ONNX Runtime: attention with its cache, residual sum and norm in one, gelu with its bias.
// Source of the operations: docs/ContribOperators.md of ONNX Runtime.

import type { BenchShape } from '../../src/core/benchBatch';
import { parameterShapes } from '../shared/model';
import { elements, type Graph, type GraphConstant, type GraphNode, type GraphValue, type GraphWeight } from './graph';

const EPSILON = 1e-5;

/** Weights in the order of `parameterShapes`, one after another. */
function layOut(s: BenchShape): GraphWeight[] {
  let offset = 0;
  return parameterShapes(s).map(({ name, shape }) => {
    const weight = { name, shape, offset };
    offset += 4 * elements(shape);
    return weight;
  });
}

class Nodes {
  readonly list: GraphNode[] = [];

  /** Appends a node; `outputs` default to one, named `name`. Returns the first. */
  add(op: string, name: string, inputs: readonly string[], more: Partial<GraphNode> = {}): string {
    this.list.push({ op, inputs, outputs: [name], ...more });
    return name;
  }

  /** x + residual + bias, and its norm. Returns both; the sum is left out where nobody reads it. */
  normOfSum(name: string, x: string, residual: string, norm: string, bias: string, keepSum = true): [string, string] {
    const sum = `${name}/sum`;
    const normed = this.add(
      'SkipLayerNormalization',
      `${name}/norm`,
      [x, residual, `${norm}.weight`, `${norm}.bias`, bias],
      {
        domain: 'com.microsoft',
        outputs: keepSum ? [`${name}/norm`, '', '', sum] : [`${name}/norm`],
        floats: { epsilon: EPSILON },
      },
    );
    return [normed, sum];
  }
}

const constants = (width: number): GraphConstant[] => [
  { name: 'one', dims: [], values: [1] },
  { name: 'axis_1', dims: [1], values: [1] },
  { name: 'kept_shape', dims: [1], values: [1] },
  { name: 'to_end', dims: [1], values: [2 ** 53 - 1] },
  { name: 'rows_shape', dims: [2], values: [-1, width] },
  // One text: what the bench asks for.
  { name: 'qkv_shape', dims: [3], values: [1, -1, 3 * width] },
];

/**
 * One text, B = 1: input_ids, position_ids [B, S], attention_mask [B, P + S] and past [B, H, P, D] to logits [B, kept, V] and present
 * [B, H, P + S, D]; `num_logits_to_keep` of the last positions, all where it is 0.
 */
export function gpt2Graph(s: BenchShape): Graph {
  const headSize = s.width / s.heads;
  const nodes = new Nodes();
  const inputs: GraphValue[] = [
    { name: 'input_ids', type: 'int64', shape: ['batch_size', 'sequence_length'] },
    { name: 'attention_mask', type: 'int64', shape: ['batch_size', 'total_sequence_length'] },
    { name: 'position_ids', type: 'int64', shape: ['batch_size', 'sequence_length'] },
    { name: 'num_logits_to_keep', type: 'int64', shape: [] },
  ];
  const outputs: GraphValue[] = [{ name: 'logits', type: 'float', shape: ['batch_size', 'kept_length', s.vocabulary] }];

  // What attention asks of lengths: the last position of each text, and the longest in all.
  const lengths = nodes.add('ReduceSum', 'lengths', ['attention_mask', 'axis_1'], { ints: { keepdims: 0 } });
  const last = nodes.add('Sub', 'lengths_less_one', [lengths, 'one']);
  const lastOfText = nodes.add('Cast', 'last_positions', [last], { ints: { to: 6 } });
  const maskShape = nodes.add('Shape', 'mask_shape', ['attention_mask']);
  const total = nodes.add('Gather', 'total_length', [maskShape, 'one'], { ints: { axis: 0 } });
  const totalLength = nodes.add('Cast', 'total_length_int32', [total], { ints: { to: 6 } });
  const linear = (name: string, x: string): string => nodes.add('MatMul', `${name}/product`, [x, `${name}.weight`]);
  const tokens = nodes.add('Gather', 'token_embedding', ['transformer.wte.weight', 'input_ids'], { ints: { axis: 0 } });
  const places = nodes.add('Gather', 'position_embedding', ['transformer.wpe.weight', 'position_ids'], {
    ints: { axis: 0 },
  });
  let [normed, x] = nodes.normOfSum('embedding', tokens, places, 'transformer.h.0.ln_1', '');
  for (let layer = 0; layer < s.layers; layer++) {
    const at = `transformer.h.${layer}`;
    const cacheShape = (length: string): (number | string)[] => ['batch_size', s.heads, length, headSize];
    // The one product whose bias nothing after it takes: Gemm adds it in the same dispatch, of two dims only.
    const rows = nodes.add('Reshape', `${at}/rows`, [normed, 'rows_shape']);
    const flat = nodes.add('Gemm', `${at}/qkv_rows`, [rows, `${at}.attn.c_attn.weight`, `${at}.attn.c_attn.bias`]);
    const qkv = nodes.add('Reshape', `${at}/qkv`, [flat, 'qkv_shape']);
    const [pastKey, pastValue] = [`past_key_values.${layer}.key`, `past_key_values.${layer}.value`];
    const [presentKey, presentValue] = [`present.${layer}.key`, `present.${layer}.value`];
    for (const name of [pastKey, pastValue])
      inputs.push({ name, type: 'float', shape: cacheShape('past_sequence_length') });
    for (const name of [presentKey, presentValue])
      outputs.push({ name, type: 'float', shape: cacheShape('total_sequence_length') });
    // Queries, keys and values go in side by side, as the product leaves them.
    const mixed = nodes.add(
      'GroupQueryAttention',
      `${at}/mixed`,
      [qkv, '', '', pastKey, pastValue, lastOfText, totalLength],
      {
        domain: 'com.microsoft',
        outputs: [`${at}/mixed`, presentKey, presentValue],
        ints: { num_heads: s.heads, kv_num_heads: s.heads },
      },
    );
    [normed, x] = nodes.normOfSum(
      `${at}/attn`,
      linear(`${at}.attn.c_proj`, mixed),
      x,
      `${at}.ln_2`,
      `${at}.attn.c_proj.bias`,
    );
    const hidden = nodes.add('FastGelu', `${at}/gelu`, [linear(`${at}.mlp.c_fc`, normed), `${at}.mlp.c_fc.bias`], {
      domain: 'com.microsoft',
    });
    const final = layer === s.layers - 1;
    const nextNorm = final ? 'transformer.ln_f' : `transformer.h.${layer + 1}.ln_1`;
    [normed, x] = nodes.normOfSum(
      `${at}/mlp`,
      linear(`${at}.mlp.c_proj`, hidden),
      x,
      nextNorm,
      `${at}.mlp.c_proj.bias`,
      !final,
    );
  }
  const keep = nodes.add('Reshape', 'kept', ['num_logits_to_keep', 'kept_shape']);
  const from = nodes.add('Neg', 'kept_from', [keep]);
  const kept = nodes.add('Slice', 'kept_hidden', [normed, from, 'to_end', 'axis_1']);
  const head = nodes.add('Transpose', 'head', ['transformer.wte.weight'], { ints: { perm: [1, 0] } });
  nodes.add('MatMul', 'logits', [kept, head]);
  return { name: 'gpt2', inputs, outputs, nodes: nodes.list, weights: layOut(s), constants: constants(s.width) };
}
