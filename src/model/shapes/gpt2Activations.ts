// What GPT-2's forward pass leaves for its backward pass, tensor by tensor: names, shapes, and how tensor-parallel ranks divide each. The list
// is what the traced programs hold (planner/tensorMap.test.ts compares them); dropout changes none of it, since its masks are made anew. Pure.

import type { Gpt2Config } from '../../core/runConfig';
import { type Placement, REPLICATE, shard } from '../../parallel/placement';

export interface ActivationShape {
  /** As the trace labels it, without the layer: `attn.c_attn.y`. */
  readonly name: string;
  /** Of one replica's micro-batch: N = sequences * tokens rows. */
  readonly shape: readonly number[];
  readonly placement: Placement;
}

interface MicroBatchShape {
  /** Sequences. */
  readonly rows: number;
  readonly tokens: number;
}

/** The residual stream where a layer, or the head, reads it. Divided by rows along tp (Korthikanti et al. 2022). */
export function streamShape({ n_embd: C }: Gpt2Config, { rows, tokens }: MicroBatchShape): ActivationShape {
  return { name: 'stream', shape: [rows * tokens, C], placement: shard(0) };
}

/** Of one layer, beside the stream that enters it. */
export function layerActivations(config: Gpt2Config, batch: MicroBatchShape): readonly ActivationShape[] {
  const { n_embd: C, n_head: H } = config;
  const { rows: B, tokens: T } = batch;
  const N = B * T;
  const F = config.n_inner ?? 4 * C;
  const headDim = C / H;
  return [
    { name: 'ln_1.stats', shape: [N, 2], placement: shard(0) },
    // Brought together from all rows for the products that follow, and kept so.
    { name: 'ln_1.y', shape: [N, C], placement: REPLICATE },
    { name: 'attn.c_attn.y', shape: [N, 3 * C], placement: shard(1, { blocks: 3, unit: headDim }) },
    { name: 'attn.out', shape: [N, C], placement: shard(1, { unit: headDim }) },
    { name: 'attn.lse', shape: [B, H, T], placement: shard(1) },
    { ...streamShape(config, batch), name: 'attn.c_proj.y' },
    { name: 'ln_2.stats', shape: [N, 2], placement: shard(0) },
    { name: 'ln_2.y', shape: [N, C], placement: REPLICATE },
    { name: 'mlp.c_fc.pre', shape: [N, F], placement: shard(1) },
    { name: 'mlp.c_fc.y', shape: [N, F], placement: shard(1) },
  ];
}

/** Of the final norm and the head, beside the stream that enters them. */
export function headActivations(config: Gpt2Config, { rows, tokens }: MicroBatchShape): readonly ActivationShape[] {
  const N = rows * tokens;
  return [
    { name: 'ln_f.stats', shape: [N, 2], placement: shard(0) },
    { name: 'ln_f.y', shape: [N, config.n_embd], placement: REPLICATE },
    { name: 'lm_head.y', shape: [N, config.vocab_size], placement: shard(1) },
  ];
}
