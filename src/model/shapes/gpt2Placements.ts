// Where GPT-2's parameters lie along the tensor-parallel axis (Shoeybi et al. 2019, section 3): projections into heads and hidden units by
// columns, those back to the stream by rows, embedding and head by vocabulary; norms, positions and the biases that are added to the stream
// are replicated. Pure data.

import type { Gpt2Config } from '../../core/runConfig';
import { type Placement, REPLICATE, shard } from '../../parallel/placement';

/** @param name transformers' parameter name */
export function gpt2Placement(config: Gpt2Config, name: string): Placement {
  const headDim = config.n_embd / config.n_head;
  if (name === 'transformer.wte.weight' || name === 'lm_head.weight') return shard(0);
  if (name.endsWith('.attn.c_attn.weight')) return shard(1, { blocks: 3, unit: headDim });
  if (name.endsWith('.attn.c_attn.bias')) return shard(0, { blocks: 3, unit: headDim });
  if (name.endsWith('.attn.c_proj.weight')) return shard(0, { unit: headDim });
  if (name.endsWith('.mlp.c_fc.weight')) return shard(1);
  if (name.endsWith('.mlp.c_fc.bias') || name.endsWith('.mlp.c_proj.weight')) return shard(0);
  return REPLICATE;
}
